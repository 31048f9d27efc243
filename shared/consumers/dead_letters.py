"""停放 (parking): what a consumer could not do, kept until somebody retries or discards it.

Parked is the row, the document or the command, never the partition: the rest goes on. What is
discarded stays in the list for ever, and every later fold leaves the same fact out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from shared.consumers.consumer_record import ConsumerRecord
from shared.decider import Refused
from shared.record.statements import ResultRow, columns
from shared.record.transaction import DatabaseTransaction
from shared.view import Key, RowKey


class DeadLetterKind(StrEnum):
    """停放的类别: what is parked."""

    ROW = "row"
    STREAM = "stream"
    """A fact of the stream could not be read, so it is unknown which rows it changes."""
    DOCUMENT = "document"
    REACTION = "reaction"
    COMMAND = "command"
    TIMER = "timer"
    UNKNOWN = "unknown"
    """A newer program has parked it, or somebody has written it by hand. It hides no other line."""

    @classmethod
    def _missing_(cls, _value: object) -> "DeadLetterKind":
        return cls.UNKNOWN


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that failed when tried alone, about to be parked."""

    kind: DeadLetterKind
    key: str
    partition: int
    seq: int
    room: str
    stream: str
    reason: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """停放: one line of the list."""

    id: int
    consumer: str
    kind: DeadLetterKind
    key: str
    partition: int
    seq: int
    room: str
    stream: str
    reason: str
    details: Mapping[str, Any]
    """As the consumer wrote it: JSON whose values it alone knows."""
    parked_at: datetime
    discarded_at: datetime | None


@dataclass(slots=True)
class ParkedKeys:
    """What a consumer must leave alone on some partitions."""

    rows: set[tuple[int, str]] = field(default_factory=set)
    streams: dict[tuple[int, str], int] = field(default_factory=dict)
    """Streams with a fact that could not be read, by partition and name; the seq of that fact."""
    left_out: set[tuple[int, int, str]] = field(default_factory=set)
    """Discarded facts by partition, seq and row key; the key is empty if it is for all rows."""

    def of(self, partition: int) -> "ParkedKeys":
        """What of it is on one partition."""
        return ParkedKeys(
            {each for each in self.rows if each[0] == partition},
            {named: seq for named, seq in self.streams.items() if named[0] == partition},
            {each for each in self.left_out if each[0] == partition},
        )

    def holds(self, place: RowKey) -> bool:
        """Whether the row is parked."""
        return bool(self.rows) and (place[0], key_text(place[1])) in self.rows

    def leaves_out(self, partition: int, seq: int, key: Key | None = None) -> bool:
        """Whether this fact was discarded, for this row or, without a key, for all rows."""
        text = "" if key is None else key_text(key)
        return bool(self.left_out) and (partition, seq, text) in self.left_out


def key_text(key: Key) -> str:
    """A row's key as one text, the same for equal keys."""
    return msgspec.json.encode(key).decode()


def unread(record: ConsumerRecord, error: Exception) -> Failure:
    """The stream of a fact that could not be read, about to be parked."""
    at, room = record.stored, record.source.room
    kind = DeadLetterKind.STREAM
    return Failure(kind, at.stream, at.partition, at.seq, room, at.stream, describe(error))


def describe(error: BaseException) -> str:
    """An error in one line. It may hold texts of facts; personal ones are sealed in them."""
    if isinstance(error, Refused):
        return f"refused: {', '.join(error.codes)}"
    return f"{type(error).__name__}: {error}".partition("\n")[0][:500]


_PARKS = """
SELECT consumer, partition, kind, key, seq, discarded_at IS NOT NULL FROM worker.parked
WHERE consumer = ANY (%s) AND partition = ANY (%s) AND kind IN ('row', 'stream')
"""
_PARK = """
INSERT INTO worker.parked (consumer, kind, key, partition, seq, room, stream, reason, details)
SELECT %(consumer)s, * FROM unnest(
    %(kind)s::text[], %(key)s::text[], %(partition)s::int4[], %(seq)s::int8[], %(room)s::text[],
    %(stream)s::text[], %(reason)s::text[], %(details)s::jsonb[]
) AS f (kind, key, partition, seq, room, stream, reason, details)
WHERE NOT EXISTS (
    SELECT FROM worker.parked AS p
    WHERE p.consumer = %(consumer)s AND p.partition = f.partition AND p.kind = f.kind
    AND p.key = f.key AND p.seq = f.seq AND p.discarded_at IS NOT NULL
)
ON CONFLICT (consumer, partition, kind, key) WHERE discarded_at IS NULL DO NOTHING
"""
_UNPARK = """
DELETE FROM worker.parked AS p
USING unnest(%s::text[], %s::text[]) AS k (kind, key)
WHERE p.consumer = %s AND p.partition = %s AND p.kind = k.kind AND p.key = k.key
AND p.discarded_at IS NULL
"""
MOST = 1_000
"""So many lines of the list are read at once."""
_LIST = """
SELECT id, consumer, kind, key, partition, seq, room, stream, reason, details, parked_at,
    discarded_at
FROM worker.parked
WHERE (%(id)s IS NULL OR id = %(id)s) AND (%(consumer)s IS NULL OR consumer = %(consumer)s)
AND (%(discarded)s OR discarded_at IS NULL) AND id > %(after)s
ORDER BY id LIMIT %(limit)s
"""
_DISCARD = """
UPDATE worker.parked SET discarded_at = clock_timestamp() WHERE id = %s AND discarded_at IS NULL
"""
_STANDS = """
SELECT FROM worker.parked
WHERE consumer = %s AND partition = %s AND kind = %s AND key = %s AND discarded_at IS NULL
"""
_DISCARDED = """
SELECT key FROM worker.parked
WHERE consumer = %s AND room = %s AND stream = %s AND kind = 'command' AND discarded_at IS NOT NULL
"""
_COUNT = "SELECT consumer, count(*) FROM worker.parked WHERE discarded_at IS NULL GROUP BY 1"


def parked_keys(db: DatabaseTransaction, consumer: str, partitions: Collection[int]) -> ParkedKeys:
    """As `parked_keys_of`, of one consumer."""
    return parked_keys_of(db, [consumer], partitions)[consumer]


def parked_keys_of(
    db: DatabaseTransaction, consumers: Collection[str], partitions: Collection[int]
) -> dict[str, ParkedKeys]:
    """What the consumers of views must leave alone. Read behind the lock on their cursors."""
    found = {consumer: ParkedKeys() for consumer in consumers}
    lines = db.query(_PARKS, (list(consumers), sorted(partitions)))
    for consumer, partition, kind, key, seq, discarded in lines:
        if discarded:
            text = key if kind == DeadLetterKind.ROW else ""
            found[consumer].left_out.add((partition, seq, text))
        elif kind == DeadLetterKind.ROW:
            found[consumer].rows.add((partition, key))
        else:
            found[consumer].streams[partition, key] = seq
    return found


def park(db: DatabaseTransaction, consumer: str, failures: Sequence[Failure]) -> int:
    """Park what failed; what is parked already stays as it is. How many are new."""
    if not failures:
        return 0
    names = ("kind", "key", "partition", "seq", "room", "stream")
    values = {name: [getattr(each, name) for each in failures] for name in names}
    reasons = [each.reason.replace("\0", "") for each in failures]
    details = [msgspec.json.encode(each.details).decode() for each in failures]
    return db.execute(
        _PARK, {"consumer": consumer, **values, "reason": reasons, "details": details}
    )


def unpark(
    db: DatabaseTransaction,
    consumer: str,
    partition: int,
    named: Iterable[tuple[DeadLetterKind, str]],
) -> int:
    """Take from the list what works now. How many there were."""
    lines = sorted(named)
    return db.execute(_UNPARK, (*columns(lines, 2), consumer, partition)) if lines else 0


def listed(
    db: DatabaseTransaction,
    consumer: str | None = None,
    *,
    discarded: bool = False,
    after: int = 0,
    limit: int = MOST,
) -> list[DeadLetter]:
    """The list behind an id, oldest first."""
    values = {"id": None, "consumer": consumer, "discarded": discarded, "limit": limit}
    values["after"] = after
    return [_parked(line) for line in db.query(_LIST, values)]


def one(db: DatabaseTransaction, parked_id: int) -> DeadLetter:
    """One line of the list, discarded or not. KeyError if there is none."""
    values = {"id": parked_id, "consumer": None, "discarded": True, "limit": 1, "after": 0}
    for line in db.query(_LIST, values):
        return _parked(line)
    raise KeyError(parked_id)


def is_parked(db: DatabaseTransaction, parked: DeadLetter) -> bool:
    """Whether the same is still parked; after a retry it may have another id."""
    asked = (parked.consumer, parked.partition, parked.kind, parked.key)
    return bool(db.query(_STANDS, asked))


def give_up(db: DatabaseTransaction, parked_id: int) -> None:
    """Mark it as discarded, for ever. The caller then folds what it had stopped."""
    db.execute(_DISCARD, (parked_id,))


def discarded_commands(db: DatabaseTransaction, consumer: str, room: str, stream: str) -> set[str]:
    """The keys of the discarded commands of a stream's documents."""
    return {key for (key,) in db.query(_DISCARDED, (consumer, room, stream))}


def counted(db: DatabaseTransaction) -> dict[str, int]:
    """How many are parked, by consumer."""
    return dict(db.query(_COUNT))


def _parked(line: ResultRow) -> DeadLetter:
    number, consumer, kind, *rest = line
    return DeadLetter(number, consumer, DeadLetterKind(kind), *rest)
