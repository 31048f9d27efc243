"""The full check: what must be true of all rooms once all is calm, whatever has happened.

Nothing is believed that the stack says of itself: facts are read from the databases, records from
the broker, and compared.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing

from guiyi.demo.proof import Gauges
from guiyi.play.player import NotSo
from guiyi.rooms import ROOMS
from shared import envelope
from shared.broker.reader import FetchedRecord, Reader
from shared.envelope import ZERO_HASH, BrokenFact, Head, Stored
from shared.proof.check import proofs_of
from shared.proof.key_ring import KeyRing
from shared.record.postgres import Record
from shared.relay.producer_record import ProducerRecord, journal_record, milestone_record
from shared.topics import TopicPartition, journal_topic, milestone_topics, source_header, topics_of
from tests.chaos.consumers import odd_cursors, odd_documents, odd_views
from tests.chaos.ledger import Promise
from tests.stack.whole import Whole

CHUNK = 2_000


def calm(stack: Whole) -> Iterator[str]:
    """Wait until nothing is under way."""
    with Gauges(stack.access) as gauges:
        try:
            gauges.calm(lambda _: None)
        except NotSo as error:
            yield f"calm: {error}"


def wrong(stack: Whole, promises: Collection[Promise]) -> list[str]:
    """Everything that is wrong now, although nothing is under way."""
    found = [*parked(stack)]
    records = {room: facts_of(stack, room) for room in ROOMS}
    for room, facts in records.items():
        mine = [promise for promise in promises if promise.room == room]
        odd = [*odd_record(room, facts), *odd_topics(stack, room, facts)]
        # Nothing is rebuilt from a record with something wrong: it would wait for what is gone.
        found += [*lost_promises(facts, mine), *odd, *([] if odd else odd_views(stack, room))]
        found += [*odd_cursors(stack, room, records), *odd_documents(stack, room, records)]
    return found


def parked(stack: Whole) -> Iterator[str]:
    """Nothing is parked."""
    with Gauges(stack.access) as gauges:
        try:
            gauges.check_nothing_parked()
        except NotSo as error:
            yield f"parked: {error}"


def facts_of(stack: Whole, room: str) -> Mapping[int, Sequence[Stored]]:
    """The room's record, by partition, in order."""
    settings = stack.access.settings(room)
    with closing(Record(settings.runtime_url, room, settings.partitions)) as record:
        return {number: [*_facts(record, number)] for number in range(settings.partitions)}


def _facts(record: Record, number: int) -> Iterator[Stored]:
    after = 0
    while found := record.facts(number, after, CHUNK):
        yield from found
        after = found[-1].seq


def lost_promises(
    facts: Mapping[int, Sequence[Stored]], promises: Iterable[Promise]
) -> Iterator[str]:
    """Every command that was accepted is in the record, whole, where its answer said.

    Some of its facts may stand on other streams than the one that was named.
    """
    heads = [envelope.head(stored.body) for each in facts.values() for stored in each]
    at = {(head.stream, head.version): head for head in heads}
    of: defaultdict[object, list[Head]] = defaultdict(list)
    for head in heads:
        of[head.command].append(head)
    for promise in promises:
        own = at.get((promise.stream, promise.version))
        kept = sorted(of[own.command], key=lambda head: head.n) if own else []
        if tuple(head.type for head in kept) != promise.facts:
            said = ", ".join(head.type for head in kept) or "nothing"
            yield f"lost: {promise.room} accepted {promise}, the record has {said}"


def odd_record(room: str, facts: Mapping[int, Sequence[Stored]]) -> Iterator[str]:
    """Numbers are dense, chains whole, and no command is there twice."""
    versions: defaultdict[str, list[tuple[int, Stored]]] = defaultdict(list)
    commands: defaultdict[object, list[int]] = defaultdict(list)
    for number, each in facts.items():
        if [stored.seq for stored in each] != list(range(1, len(each) + 1)):
            yield f"gap: {room}, partition {number}: its numbers are not dense"
        for stored in each:
            try:
                envelope.verify(stored)
            except BrokenFact as error:
                yield f"changed: {room}: {error}"
                continue
            head = envelope.head(stored.body)
            versions[stored.stream].append((head.version, stored))
            commands[head.command].append(head.n)
    for stream, kept in versions.items():
        yield from _odd_stream(room, stream, kept)
    for command, numbers in commands.items():
        if sorted(numbers) != list(range(len(numbers))):
            yield f"twice: {room}: facts {sorted(numbers)} of the command {command}"
    yield from _odd_tickets(room, versions)


def _odd_stream(room: str, stream: str, kept: Sequence[tuple[int, Stored]]) -> Iterator[str]:
    if [version for version, _ in kept] != list(range(1, len(kept) + 1)):
        yield f"gap: {room}: the versions of {stream} are not dense"
    chain = [ZERO_HASH, *(stored.hash for _, stored in kept)]
    if [stored.previous_hash for _, stored in kept] != chain[:-1]:
        yield f"chain: {room}: {stream} does not follow from its first fact"


def _odd_tickets(room: str, streams: Iterable[str]) -> Iterator[str]:
    """BX-HZ01-20261128-0007: the numbers of a branch's day have no gap."""
    days: defaultdict[str, list[int]] = defaultdict(list)
    for stream in streams:
        if stream.startswith("report-BX-"):
            day, _, number = stream.removeprefix("report-").rpartition("-")
            days[day].append(int(number))
    for day, numbers in days.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            yield f"number: {room}: the tickets of {day} are {sorted(numbers)}"


def odd_topics(stack: Whole, room: str, facts: Mapping[int, Sequence[Stored]]) -> Iterator[str]:
    """Each topic gives a reader every fact that belongs there, with the bytes of the record."""
    settings = stack.access.settings(room)
    with closing(proofs_of(settings)) as proofs:
        ring = proofs.begun().ring
    wanted = {
        place: record
        for number, each in facts.items()
        for place, record in _sent(room, number, each, ring).items()
    }
    places = [(topic, number) for topic in topics_of(room) for number in facts]
    at: Counter[TopicPartition] = Counter()
    with closing(Reader(settings.kafka)) as reader:
        for place, records in reader.read(reader.bounds(places), lambda: None):
            for record in records:
                yield from _odd_copy(room, place, record, wanted, at)
    for place in places:
        last = max((seq for topic, number, seq in wanted if (topic, number) == place), default=0)
        if at[place] != last:
            yield f"topic: {place[0]}/{place[1]} leads a reader to {at[place]}, not to {last}"


def _sent(
    room: str, number: int, facts: Sequence[Stored], ring: KeyRing
) -> Mapping[tuple[str, int, int], ProducerRecord]:
    """What the topics must hold of one partition, by topic, partition and seq."""
    keys = {stored.seq: ring.key_at(room, number, stored.seq) for stored in facts}
    made = {
        (journal_topic(room), number, stored.seq): journal_record(
            room, stored, proof=keys[stored.seq]
        )
        for stored in facts
    }
    last: Counter[str] = Counter()
    for stored in facts:
        if stored.public is not None and stored.type in milestone_topics(room):
            place = (stored.type, number, stored.seq)
            key, previous = keys[stored.seq], last[stored.type]
            made[place] = milestone_record(room, stored, previous, proof=key)
            last[stored.type] = stored.seq
    return made


def _odd_copy(
    room: str,
    place: TopicPartition,
    record: FetchedRecord,
    wanted: Mapping[tuple[str, int, int], ProducerRecord],
    at: Counter[TopicPartition],
) -> Iterator[str]:
    """Go on as every reader does: what follows the last one is taken, all else is left."""
    said = record.headers
    if said.get("source") != source_header(room) or not said.get("seq", b"").isdigit():
        return
    seq = int(said["seq"])
    sound = wanted.get((*place, seq))
    if sound is None or (sound.value, dict(sound.headers)) != (record.value, dict(said)):
        yield f"topic: {place[0]}/{place[1]}, offset {record.offset}: not the record's fact {seq}"
    elif int(said["prev"]) == at[place]:
        at[place] = seq
