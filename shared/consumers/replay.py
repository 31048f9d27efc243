"""重放 (replay): facts of the room's own record, as if they came from its journal."""

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Cursor, Source
from shared.envelope import Stored
from shared.record.queries import STORED
from shared.record.statements import ResultRow, columns
from shared.record.transaction import DatabaseTransaction
from shared.topics import journal_topic

STREAM = f"""
SELECT {STORED}, NULL::bytea
FROM record.facts AS f WHERE stream = %s AND seq < %s ORDER BY version
"""  # noqa: S608 - the names of our own columns
FACTS = f"""
SELECT {STORED}, NULL::bytea
FROM record.facts AS f WHERE partition = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s
"""  # noqa: S608 - the names of our own columns

_DIGESTS = """
SELECT (
    SELECT sha256(string_agg(f.hash, ''::bytea ORDER BY f.seq)) FROM record.facts AS f
    WHERE f.partition = r.partition AND f.seq BETWEEN r.low AND r.high
) FROM unnest(%s::int4[], %s::int8[], %s::int8[]) WITH ORDINALITY AS r (partition, low, high, n)
ORDER BY n
"""
_DIFFERING = """
SELECT c.n FROM unnest(%s::int4[], %s::int8[], %s::bytea[])
    WITH ORDINALITY AS c (partition, seq, hash, n)
LEFT JOIN record.facts AS f ON f.partition = c.partition AND f.seq = c.seq
WHERE f.hash IS DISTINCT FROM c.hash
"""
_BROKEN = """
SELECT c.consumer, c.partition, c.seq, c.topic, c.room FROM worker.cursors AS c
LEFT JOIN record.facts AS f ON f.partition = c.partition AND f.seq = c.seq
WHERE c.topic = %s AND c.room = %s AND c.consumer = ANY (%s)
AND c.seq > 0 AND f.hash IS DISTINCT FROM c.hash
ORDER BY c.consumer, c.partition
"""
_END = 2**62
_NOWHERE = -1
"""The offset of a fact that did not come from the topic: the cursor then holds no hint."""


def from_record(room: str, line: ResultRow) -> ConsumerRecord:
    """A fact as it stands in the record, as if it came from the journal."""
    fact = Stored(*line)
    source = Source(journal_topic(room), fact.partition, room)
    return ConsumerRecord(source, _NOWHERE, fact.seq - 1, fact)


def facts_after(
    db: DatabaseTransaction, source: Source, seq: int, limit: int
) -> Sequence[ConsumerRecord]:
    """The facts of the record that follow this one on a partition of the room, at most `limit`."""
    lines = db.query(FACTS, (source.partition, seq, _END, limit))
    return [from_record(source.room, line) for line in lines]


class BrokenCursor(NamedTuple):
    """A cursor that names no fact of the record: somebody moved it, or the fact was deleted."""

    consumer: str
    source: Source
    seq: int

    def __str__(self) -> str:
        source = self.source
        return f"{self.consumer} on {source.topic}/{source.partition}, cursor {self.seq}"


def broken_cursors(
    db: DatabaseTransaction, room: str, consumers: Collection[str]
) -> Sequence[BrokenCursor]:
    """The cursors on the room's own journal that do not name a fact of its record."""
    lines = db.query(_BROKEN, (journal_topic(room), room, list(consumers)))
    return [
        BrokenCursor(consumer, Source(topic, partition, of), seq)
        for consumer, partition, seq, topic, of in lines
    ]


class Doubts(NamedTuple):
    """What is not as the room's own record has it."""

    false: frozenset[ConsumerRecord]
    """Records that are not what the record holds at their place."""
    stopped: frozenset[tuple[str, Source]]
    """Consumers and sources whose cursor names no fact of the record. They take nothing there."""


def doubts(
    db: DatabaseTransaction,
    held: Mapping[str, Mapping[Source, Cursor]],
    records: Sequence[ConsumerRecord],
) -> Doubts:
    """Compare records of the room's own journal, and cursors that are held, with its record.

    Whoever reaches the broker can write a record whose hash is right. It is a fact only if the
    record holds it.
    """
    named = [
        (consumer, source, (source.partition, cursor.seq, cursor.hash))
        for consumer, at in held.items()
        for source, cursor in at.items()
        if cursor.seq
    ]
    absent = _absent(db, [*(place for *_, place in named), *map(_place, records)])
    return Doubts(
        frozenset(record for record in records if _place(record) in absent),
        frozenset((consumer, source) for consumer, source, place in named if place in absent),
    )


def differing(
    db: DatabaseTransaction, records: Sequence[ConsumerRecord]
) -> frozenset[ConsumerRecord]:
    """Records of the room's own journal that are not what its record holds at their place."""
    return doubts(db, {}, records).false


FactPlace: TypeAlias = tuple[int, int, bytes]
"""Partition, seq and hash of a fact."""


def _place(record: ConsumerRecord) -> FactPlace:
    return record.stored.partition, record.seq, record.hash


def _absent(db: DatabaseTransaction, places: Sequence[FactPlace]) -> frozenset[FactPlace]:
    """Those of the facts that the record does not hold."""
    if not places or _are_held(db, places):
        return frozenset()
    asked = list(dict.fromkeys(places))
    return frozenset(asked[n - 1] for (n,) in db.query(_DIFFERING, columns(asked, 3)))


def _are_held(db: DatabaseTransaction, places: Sequence[FactPlace]) -> bool:
    """Whether the record holds them all: one digest a partition, because hashes are many bytes.

    It answers no, too, where they leave seqs out, or two of them have one place.
    """
    runs: dict[int, dict[int, bytes]] = {}
    for partition, seq, own in places:
        if runs.setdefault(partition, {}).setdefault(seq, own) != own:
            return False
    ends = [(partition, min(run), max(run)) for partition, run in runs.items()]
    if any(high - low >= len(runs[partition]) for partition, low, high in ends):
        return False
    lines = db.query(_DIGESTS, columns(ends, 3))
    ours = (sha256(b"".join(run[seq] for seq in sorted(run))).digest() for run in runs.values())
    return all(
        found is not None and bytes(found) == own for (found,), own in zip(lines, ours, strict=True)
    )
