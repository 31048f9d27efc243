"""积压 (the backlog): what of a room's record is not on its journal yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

UNSENT = """
SELECT sum(c.seq - coalesce(p.seq, 0)), min(f.recorded_at),
    extract(epoch FROM clock_timestamp() - min(f.recorded_at))
FROM record.counters AS c
LEFT JOIN record.published AS p ON p.partition = c.partition AND p.topic = %s
LEFT JOIN record.facts AS f ON f.partition = c.partition AND f.seq = coalesce(p.seq, 0) + 1
"""
"""Asked with the name of the journal."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """积压: facts of the room that are not on its journal yet."""

    facts: int
    oldest: datetime | None
    """When the oldest of them was recorded."""
    age: float
    """Its age in seconds, by the database's clock."""


def backlog(rows: Sequence[Sequence[Any]]) -> Backlog:
    """What the answer to UNSENT says."""
    ((facts, oldest, age),) = rows
    return Backlog(int(facts or 0), oldest, max(float(age or 0), 0.0))
