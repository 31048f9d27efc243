"""积压 (the backlog): the facts of a room that its relays have not sent to the journal yet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.record.statements import ResultRow

UNSENT = """
SELECT sum(c.seq - coalesce(p.seq, 0)), min(f.recorded_at),
    extract(epoch FROM record.now() - min(f.recorded_at))
FROM record.counters AS c
LEFT JOIN record.published AS p ON p.partition = c.partition AND p.topic = %s
LEFT JOIN record.facts AS f ON f.partition = c.partition AND f.seq = coalesce(p.seq, 0) + 1
"""
"""The query. Its one value is the name of the journal's topic."""
WAITING = """
SELECT partition, refused_kind, refused FROM record.leases WHERE refused IS NOT NULL ORDER BY 1
"""
"""The query for the partitions that wait, each with the record that cannot be sent."""


class WaitKind(StrEnum):
    """为何等待: why a partition waits. The words do not change."""

    TOO_LARGE = "too-large"
    """Kafka, or the producer, refuses its record because of its size."""
    REFUSED = "refused"
    """Kafka refuses its record for another reason."""
    LACKS = "lacks"
    """The record has not got the fact that is to be sent next."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """等待: what a partition waits for."""

    kind: WaitKind
    record: str
    """Where it stands, and what Kafka says of it."""

    def __str__(self) -> str:
        return f"{_TOLD[self.kind]}{self.record}"


_TOLD = {
    WaitKind.TOO_LARGE: "a record is too large: ",
    WaitKind.REFUSED: "Kafka refuses a record: ",
    WaitKind.LACKS: "",
}


@dataclass(frozen=True, slots=True)
class Backlog:
    """积压: how many facts of the room are not on its journal yet, and since when."""

    facts: int
    oldest: datetime | None
    """When the oldest of them was recorded."""
    age: float
    """Its age in seconds, by the database's clock."""


def backlog(rows: Sequence[ResultRow]) -> Backlog:
    """The backlog from the result of UNSENT."""
    ((facts, oldest, age),) = rows
    return Backlog(int(facts or 0), oldest, max(float(age or 0), 0.0))


def waiting(rows: Iterable[ResultRow]) -> Mapping[int, Waiting]:
    """By partition, what waits, from the result of WAITING."""
    return {number: Waiting(WaitKind(kind), record) for number, kind, record in rows}


def waiting_notes(waiting: Mapping[int, Waiting]) -> Sequence[str]:
    """A line for each partition that waits."""
    return [
        f"partition {number} waits, {each}; see docs/runbooks/relay.md"
        for number, each in sorted(waiting.items())
    ]
