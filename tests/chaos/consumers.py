"""What a room's consumers keep, cursors, documents and views, against the records."""

from collections.abc import Iterator, Mapping, Sequence

from guiyi.demo.proof import Gauges
from guiyi.rooms import wiring
from shared.envelope import Stored
from shared.rebuild.topic import JournalLacks
from tests.stack.whole import Whole

Records = Mapping[str, Mapping[int, Sequence[Stored]]]
"""The facts of every room, by partition, in order."""

_CURSORS = "SELECT consumer, topic, partition, room, seq, hash FROM worker.cursors WHERE seq > 0"
_DOCUMENTS = "SELECT room, stream, version, hash, body, types FROM worker.documents"


def odd_cursors(stack: Whole, room: str, records: Records) -> Iterator[str]:
    """Each cursor stands at a fact of its room's record, and at the last one of its topic."""
    for consumer, topic, partition, source, seq, kept in stack.ask(room, _CURSORS):
        facts = records[source][partition]
        at = f"cursor: {room}'s {consumer} at {topic}/{partition} of {source}"
        if seq > len(facts) or facts[seq - 1].hash != bytes(kept):
            yield f"{at}: {seq} is not the fact it was"
        elif seq != (last := last_of(topic, facts)):
            yield f"{at}: {seq}, the last one is {last}"


def last_of(topic: str, facts: Sequence[Stored]) -> int:
    """The seq of the last fact that a topic brings: a journal all, a milestone its type."""
    if topic.startswith("journal."):
        return len(facts)
    brought = (stored.seq for stored in facts if stored.type == topic and stored.public is not None)
    return max(brought, default=0)


def odd_documents(stack: Whole, room: str, records: Records) -> Iterator[str]:
    """Each document is the newest of its stream, by the milestones that the room hears."""
    streams: dict[tuple[str, str], list[tuple[int, Stored]]] = {}
    for source, partitions in records.items():
        for facts in partitions.values():
            for stored in facts:
                versions = streams.setdefault((source, stored.stream), [])
                versions.append((len(versions) + 1, stored))
    for source, stream, version, kept, body, types in stack.ask(room, _DOCUMENTS):
        heard = [
            (number, stored)
            for number, stored in streams.get((source, stream), ())
            if stored.public is not None and stored.type in types
        ]
        at = f"document: {room} has version {version} of {source}'s {stream}"
        if not heard:
            yield f"{at}, and the record has none"
            continue
        number, newest = heard[-1]
        if version != number:
            yield f"{at}, the newest is {number}"
        elif (bytes(kept), bytes(body)) != (newest.hash, newest.public):
            yield f"{at}, not the record's bytes"


def odd_views(stack: Whole, room: str) -> Iterator[str]:
    """Every view is as it is when it is built anew."""
    with Gauges(stack.access) as gauges:
        for view in wiring(room).views:
            at = f"view: {room}'s {view.NAME}"
            try:
                made = gauges.rebuilt(room, view.NAME)
            except JournalLacks as error:
                yield f"{at}: {error}"
                continue
            if not made.equal:
                yield f"{at}: {made.differing} rows differ: {made.samples}"
