"""游标 (cursors): how far a consumer has come on one source, and what it does with a record.

The cursor's seq is the truth; Kafka's offsets are hints for where to read on. Every record names
its predecessor (`prev`), so a missing record is noticed, and a repeated one is known by its seq.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from shared.envelope import FIRST, Generation
from shared.record.statements import Statement, columns
from shared.record.transaction import DatabaseTransaction

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Source(NamedTuple):
    """One ordered source of records: what one room writes on one partition of a topic."""

    topic: str
    partition: int
    room: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far one consumer has come on one source."""

    seq: int = 0
    hash: bytes = b""
    next_offset: int = 0
    """The offset behind the last record that was taken; a hint."""
    seen_offset: int = 0
    """The offset behind the last record that was looked at, taken or not."""
    recorded_at: datetime = _NEVER
    generation: str = ""
    """The generation of the last record that was taken."""
    next: Generation = FIRST
    """A later one that begins before the cursor: nothing is taken any more."""


class CursorVerdict(Enum):
    """裁定: what is done with a record."""

    APPLY = auto()
    SKIP = auto()
    """It was taken before: a copy."""
    GAP = auto()
    """A record before it is missing. It is dropped: it is sent again after the missing one."""


def judge(at: int, prev: int, seq: int) -> CursorVerdict:
    """What to do with the record `seq`, whose predecessor on its source is `prev`."""
    if seq <= at:
        return CursorVerdict.SKIP
    if prev > at:
        return CursorVerdict.GAP
    # prev < at can only be where a forged record moved the cursor: nothing is missing before it.
    return CursorVerdict.APPLY


class SequencedRecord(Protocol):
    """What the cursor must know of a record."""

    @property
    def source(self) -> Source:
        """Where it comes from."""

    @property
    def offset(self) -> int:
        """Where it stands on the topic."""

    @property
    def prev(self) -> int:
        """The seq of its predecessor on the source; 0 for the first."""

    @property
    def seq(self) -> int:
        """Its fact's seq."""

    @property
    def hash(self) -> bytes:
        """The hash of the fact it carries."""

    @property
    def recorded_at(self) -> datetime:
        """When the fact was recorded."""

    @property
    def generation(self) -> Generation:
        """The generation of its room's record."""


N = TypeVar("N", bound=SequencedRecord)


@dataclass(frozen=True, slots=True)
class Gap:
    """空缺: records that follow one which this consumer has not seen."""

    source: Source
    at: int
    """Where the cursor stands."""
    wanted: int
    """The missing predecessor; the gap is closed once the cursor has reached it."""


@dataclass(slots=True)
class Advance(Generic[N]):
    """What became of a batch of records, and where it leaves the cursors."""

    cursors: dict[Source, Cursor]
    applied: list[N] = field(default_factory=list)
    copies: list[N] = field(default_factory=list)
    refused: list[N] = field(default_factory=list)
    """In their turn, but not what the room's own record holds there: no cursor moves for them."""
    gaps: dict[Source, Gap] = field(default_factory=dict)
    """The lowest gap of each source that has one now."""


def advance(
    cursors: Mapping[Source, Cursor], records: Iterable[N], false: Collection[N] = ()
) -> Advance[N]:
    """Go over the records in their order; those behind a gap, and the false ones, are dropped."""
    walked = Advance[N](dict(cursors))
    at = {source: cursor.seq for source, cursor in cursors.items()}
    last: dict[Source, N] = {}
    seen: dict[Source, int] = {}
    for record in records:
        source, here = record.source, at.get(record.source, 0)
        match judge(here, record.prev, record.seq):
            case CursorVerdict.APPLY if record in false:
                walked.refused.append(record)
            case CursorVerdict.APPLY:
                walked.applied.append(record)
                at[source] = record.seq
                last[source] = record
            case CursorVerdict.SKIP:
                walked.copies.append(record)
            case CursorVerdict.GAP:
                gap = walked.gaps.get(source)
                if gap is None or record.prev < gap.wanted:
                    walked.gaps[source] = Gap(source, here, record.prev)
        seen[source] = record.offset + 1
    for source, offset in seen.items():
        walked.cursors[source] = _moved(walked.cursors.get(source), last.get(source), offset)
    walked.gaps = {s: gap for s, gap in walked.gaps.items() if gap.wanted > at.get(s, 0)}
    return walked


def _moved(cursor: Cursor | None, taken: SequencedRecord | None, seen: int) -> Cursor:
    if taken is None:
        return replace(cursor or Cursor(), seen_offset=seen)
    now = taken.generation.id
    return Cursor(taken.seq, taken.hash, taken.offset + 1, seen, taken.recorded_at, now)


_LOCK = """
SELECT consumer, topic, partition, room, seq, hash, next_offset, seen_offset, recorded_at,
    generation, next_generation, next_first_seq
FROM worker.cursors
WHERE consumer = ANY (%s) AND (topic, partition, room) IN %s
ORDER BY consumer COLLATE "C", topic COLLATE "C", partition, room COLLATE "C"
FOR NO KEY UPDATE
"""
_MAKE = """
INSERT INTO worker.cursors (
    consumer, topic, partition, room, seq, hash, next_offset, seen_offset, recorded_at
)
SELECT consumer, topic, partition, room, 0, ''::bytea, 0, 0, %s
FROM unnest(%s::text[]) AS n (consumer),
    unnest(%s::text[], %s::int4[], %s::text[]) AS s (topic, partition, room)
ORDER BY consumer COLLATE "C", topic COLLATE "C", partition, room COLLATE "C"
ON CONFLICT DO NOTHING
"""
_SAVE = """
UPDATE worker.cursors AS c
SET seq = s.seq, hash = s.hash, next_offset = s.next_offset, seen_offset = s.seen_offset,
    recorded_at = s.recorded_at, generation = s.generation,
    next_generation = s.next_generation, next_first_seq = s.next_first_seq
FROM unnest(
    %s::text[], %s::int4[], %s::text[], %s::int8[], %s::bytea[], %s::int8[],
    %s::int8[], %s::timestamptz[], %s::text[], %s::text[], %s::int8[]
) AS s (
    topic, partition, room, seq, hash, next_offset, seen_offset, recorded_at, generation,
    next_generation, next_first_seq
)
WHERE c.consumer = ANY (%s) AND c.topic = s.topic AND c.partition = s.partition
AND c.room = s.room
"""
_ALL = """
SELECT topic, partition, room, seq, hash, next_offset, seen_offset, recorded_at,
    generation, next_generation, next_first_seq
FROM worker.cursors WHERE consumer = %s
"""


def lock(
    db: DatabaseTransaction, consumer: str, sources: Collection[Source]
) -> dict[Source, Cursor]:
    """As `lock_all`, of one consumer."""
    return lock_all(db, [consumer], sources)[consumer]


def lock_all(
    db: DatabaseTransaction, consumers: Collection[str], sources: Collection[Source]
) -> dict[str, dict[Source, Cursor]]:
    """The consumers' cursors of the sources, locked until the transaction ends.

    Missing ones are made. If another worker has the same partition for a moment, it waits here.
    """
    named = sorted(sources)
    wanted = (list(consumers), tuple(tuple(source) for source in named))
    lines = db.query(_LOCK, wanted) if named else []
    if len(lines) < len(sources) * len(consumers):
        db.execute(_MAKE, (_NEVER, list(consumers), *columns(named, 3)))
        lines = db.query(_LOCK, wanted)
    found: dict[str, dict[Source, Cursor]] = {consumer: {} for consumer in consumers}
    for consumer, *line in lines:
        source, cursor = _cursor(line)
        found[consumer][source] = cursor
    return found


def save(db: DatabaseTransaction, consumer: str, cursors: Mapping[Source, Cursor]) -> None:
    """Write how far a consumer has come; its rows are locked already."""
    db.execute_all(saving({consumer: cursors}))


def saving(consumers: Mapping[str, Mapping[Source, Cursor]]) -> Sequence[Statement]:
    """What writes how far the consumers have come."""
    return [
        (_SAVE, [*columns([(*s, *_line(c)) for s, c in sorted(at.items())], 11), names])
        for names, at in side_by_side(consumers)
        if at
    ]


def side_by_side(
    consumers: Mapping[str, Mapping[Source, Cursor]],
) -> Sequence[tuple[list[str], Mapping[Source, Cursor]]]:
    """How far consumers have come, with the names of those that have come equally far.

    The views of a room mostly stand side by side: what is worked out for one holds for all.
    """
    groups: list[tuple[list[str], Mapping[Source, Cursor]]] = []
    for name, at in sorted(consumers.items()):
        names = next((names for names, same in groups if same == at), None)
        if names is None:
            groups.append(([name], at))
        else:
            names.append(name)
    return groups


def read(db: DatabaseTransaction, consumer: str) -> dict[Source, Cursor]:
    """How far a consumer has come, on every source from which it has taken a record."""
    return dict(map(_cursor, db.query(_ALL, (consumer,))))


def _cursor(line: Sequence[Any]) -> tuple[Source, Cursor]:  # Any: columns of several types
    topic, partition, room, seq, hash_, next_, seen, recorded_at, now, later, first_seq = line
    known = Generation(later, first_seq) if later else FIRST
    cursor = Cursor(seq, bytes(hash_), next_, seen, recorded_at, now, known)
    return Source(topic, partition, room), cursor


def _line(at: Cursor) -> tuple[object, ...]:
    here = (at.seq, at.hash, at.next_offset, at.seen_offset, at.recorded_at)
    return (*here, at.generation, at.next.id, at.next.first_seq)
