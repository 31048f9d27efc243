"""积压 (the backlog): the facts of a room that its relays have not sent to the journal yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.record.statements import ResultRow

UNSENT = """
SELECT sum(c.seq - coalesce(p.seq, 0)), min(f.recorded_at),
    extract(epoch FROM clock_timestamp() - min(f.recorded_at))
FROM record.counters AS c
LEFT JOIN record.published AS p ON p.partition = c.partition AND p.topic = %s
LEFT JOIN record.facts AS f ON f.partition = c.partition AND f.seq = coalesce(p.seq, 0) + 1
"""
"""The query. Its one value is the name of the journal's topic."""
LACKS = "the record lacks"
"""How the reason of a partition begins that waits for a fact, not for a topic's limit."""
REFUSED = "SELECT partition, refused FROM record.leases WHERE refused IS NOT NULL ORDER BY 1"
"""The query for the partitions that wait, each with the record that is too large to send."""


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


def refused_notes(refused: Mapping[int, str]) -> Sequence[str]:
    """A line for each partition that waits, because a record is too large or a fact is gone."""
    return [
        f"partition {number} waits, {_told(record)}; see docs/runbooks/relay.md"
        for number, record in sorted(refused.items())
    ]


def _told(record: str) -> str:
    return record if record.startswith(LACKS) else f"a record is too large: {record}"
