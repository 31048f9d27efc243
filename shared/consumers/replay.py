"""重放 (replay): facts of the room's own record, as if they came from its journal."""

from collections.abc import Sequence
from hashlib import sha256

from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Source
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


def differing(
    db: DatabaseTransaction, records: Sequence[ConsumerRecord]
) -> frozenset[ConsumerRecord]:
    """Records of the room's own journal that are not what its record holds at their place.

    Whoever reaches the broker can write a record whose hash is right. It is a fact only if the
    record holds it.
    """
    if not records or _are_held(db, records):
        return frozenset()
    places = [(record.stored.partition, record.seq, record.hash) for record in records]
    lines = db.query(_DIFFERING, columns(places, 3))
    return frozenset(records[n - 1] for (n,) in lines)


def _are_held(db: DatabaseTransaction, records: Sequence[ConsumerRecord]) -> bool:
    """Whether the record holds them all: one digest a partition, because hashes are many bytes.

    It answers no, too, where they leave seqs out, or two of them have one place.
    """
    runs: dict[int, dict[int, bytes]] = {}
    for record in records:
        run = runs.setdefault(record.stored.partition, {})
        if run.setdefault(record.seq, record.hash) != record.hash:
            return False
    ends = [(partition, min(run), max(run)) for partition, run in runs.items()]
    if any(high - low >= len(runs[partition]) for partition, low, high in ends):
        return False
    lines = db.query(_DIGESTS, columns(ends, 3))
    ours = (sha256(b"".join(run[seq] for seq in sorted(run))).digest() for run in runs.values())
    return all(
        found is not None and bytes(found) == own for (found,), own in zip(lines, ours, strict=True)
    )
