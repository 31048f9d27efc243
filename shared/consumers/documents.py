"""公开文档 (documents): the newest public document of each foreign stream, and nothing else.

Also kept here: from where on each reaction owes. It ignores what was on a topic before its first
start, unless it says `from_start`.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from shared import envelope
from shared.consumers.consumer_record import ConsumerRecord
from shared.decider import Document
from shared.document import Reaction
from shared.envelope import PublicHead
from shared.events import reading
from shared.record.statements import columns
from shared.record.transaction import DatabaseTransaction

Starts: TypeAlias = Mapping[tuple[str, str, int], tuple[int, datetime]]
"""By reaction, topic and partition: the topic's end and the time of the reaction's first start."""
_SKEW = timedelta(minutes=5)
"""By how much the clock of another room may be behind ours."""


@dataclass(frozen=True, slots=True)
class NewestDocument:
    """A stream's newest document, its row locked."""

    room: str
    partition: int
    seq: int
    recorded_at: datetime
    head: PublicHead
    types: frozenset[str]
    """The milestones that have brought a document of this stream so far."""
    types_before: frozenset[str]
    newer: bool
    """Whether it came just now."""
    generation: str = ""
    """The generation of the room's record with whose fact it came."""

    @property
    def place(self) -> str:
        """The place of the fact it came with."""
        return f"{self.room}/{self.partition}/{self.seq}"


_COLUMNS = "version, seq, partition, recorded_at, types, body, generation"
_LOCK = f"SELECT {_COLUMNS} FROM worker.documents WHERE room = %s AND stream = %s FOR UPDATE"  # noqa: S608
_MAKE = """
INSERT INTO worker.documents (
    room, stream, version, seq, partition, recorded_at, hash, body, generation, types
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, ARRAY[%s]) ON CONFLICT DO NOTHING
"""
_RENEW = """
UPDATE worker.documents SET version = %s, seq = %s, recorded_at = %s, hash = %s, body = %s,
    generation = %s, types = %s
WHERE room = %s AND stream = %s
"""
_TYPES = "UPDATE worker.documents SET types = %s WHERE room = %s AND stream = %s"
_STREAMS = """
SELECT room, stream FROM worker.documents
WHERE types && %s ORDER BY room, stream
"""
_KEPT = """
SELECT d.stream, d.body FROM worker.documents AS d
WHERE d.room = %s AND d.stream > %s AND d.stream < %s ORDER BY d.stream LIMIT %s
"""
CARDS = 10_000
"""So many cards of a register are read at once."""
_FORGET = """
DELETE FROM worker.parked
WHERE consumer = %s AND partition = %s AND room = %s AND stream = %s AND discarded_at IS NULL
AND (kind = 'document' OR (kind IN ('reaction', 'command') AND details ->> 'reaction' = ANY (%s)))
"""
_START = """
INSERT INTO worker.reactions (reaction, topic, partition, end_offset)
SELECT * FROM unnest(%s::text[], %s::text[], %s::int4[], %s::int8[]) ON CONFLICT DO NOTHING
"""
_STARTS = "SELECT reaction, topic, partition, end_offset, started_at FROM worker.reactions"


def keep(db: DatabaseTransaction, record: ConsumerRecord) -> NewestDocument:
    """Lock the stream's row, made if absent, and keep the document that came if it is newer."""
    stored, room = record.stored, record.source.room
    if (found := lock(db, room, stored.stream)) is None:
        first = (room, stored.stream, record.head.version, stored.seq, stored.partition)
        what = (stored.hash, stored.public, record.generation.id, stored.type)
        made = (*first, stored.recorded_at, *what)
        if db.execute(_MAKE, made):
            return newest(None, record)
        # Another milestone of the stream came by another topic at the same time.
        found = lock(db, room, stored.stream)
        assert found is not None
    kept = newest(found, record)
    if kept.newer:
        values = (record.head.version, stored.seq, stored.recorded_at, stored.hash, stored.public)
        of = record.generation.id
        db.execute(_RENEW, (*values, of, sorted(kept.types), room, stored.stream))
    elif kept.types != found.types:
        db.execute(_TYPES, (sorted(kept.types), room, stored.stream))
    return kept


def newest(found: NewestDocument | None, record: ConsumerRecord) -> NewestDocument:
    """A stream's newest document once a record has come, from the one that was kept before it."""
    before = found.types if found else frozenset()
    types = before | {record.stored.type}
    if found is not None and not _is_newer(record, found):
        return replace(found, types=types, types_before=before, newer=False)
    stored = record.stored
    return NewestDocument(
        record.source.room,
        stored.partition,
        stored.seq,
        stored.recorded_at,
        record.head,
        types,
        before,
        newer=True,
        generation=record.generation.id,
    )


def _is_newer(record: ConsumerRecord, found: NewestDocument) -> bool:
    """Whether its version is higher, or the kept one came with a fact that the room has no more."""
    now = record.generation
    if now.id < found.generation:
        return False
    gone = now.id > found.generation and now.first_seq <= found.seq
    return gone or record.head.version > found.head.version


def lock(db: DatabaseTransaction, room: str, stream: str) -> NewestDocument | None:
    """The newest document of a stream, held until the transaction ends."""
    for _, seq, partition, recorded_at, types, body, of in db.query(_LOCK, (room, stream)):
        known = frozenset(types)
        head = envelope.public_head(bytes(body))
        place = (room, partition, seq, recorded_at)
        return NewestDocument(*place, head, known, known, newer=False, generation=of)
    return None


def streams(db: DatabaseTransaction, milestones: Iterable[str]) -> list[tuple[str, str]]:
    """The streams, by room, that have a document which came with one of these milestones."""
    lines = db.query(_STREAMS, (sorted(milestones),))
    return [(room, stream) for room, stream in lines]


def kept(db: DatabaseTransaction, room: str, prefix: str) -> dict[str, Document]:
    """By stream the newest documents of a room's streams that begin with this name."""
    # "." follows "-" in ASCII: the index finds all streams with the prefix.
    lines = db.query(_KEPT, (room, f"{prefix}-", f"{prefix}.", CARDS))
    found: dict[str, Document] = {}
    for stream, body in lines:
        head = envelope.public_head(bytes(body))
        with suppress(reading.FutureSchema):  # a newer room wrote it: nobody is named by it yet
            found[stream] = reading.load_document(head.document, head.schema, bytes(head.state))
    return found


def forget_parked(
    db: DatabaseTransaction, consumer: str, kept: NewestDocument, reactions: Sequence[str]
) -> None:
    """Forget what these reactions had parked for the stream: it is decided anew."""
    values = (consumer, kept.partition, kept.room, kept.head.stream, list(reactions))
    db.execute(_FORGET, values)


def starts(db: DatabaseTransaction) -> dict[tuple[str, str, int], tuple[int, datetime]]:
    """When each reaction first started, and where each topic ended then."""
    return {
        (reaction, topic, partition): (end, started_at)
        for reaction, topic, partition, end, started_at in db.query(_STARTS)
    }


def start(db: DatabaseTransaction, ends: Mapping[tuple[str, str, int], int]) -> None:
    """Remember where the topics end at the first start of these reactions."""
    db.execute(_START, columns([(*named, end) for named, end in sorted(ends.items())], 4))


def before(known: Starts, reaction: Reaction, record: ConsumerRecord) -> bool:
    """Whether the record was on its topic before the reaction's first start.

    Offset and time must both say so: a topic that was filled again has other offsets.
    """
    if reaction.from_start:
        return False
    found = known.get((reaction.name, record.source.topic, record.source.partition))
    if found is None:
        return False
    end, started_at = found
    return record.offset < end and record.recorded_at < started_at + _SKEW
