"""空缺看守 (the watch over gaps): missing records are waited for, then read for again, then logged.

If a gap stays open, the next start of the process reads its source again from offset 0. If it is
still open then, it is a finding: a forged record far ahead must not stop a partition.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import Engine

from shared.consumers.consumer import BatchOutcome
from shared.consumers.cursors import Gap, Source
from shared.record.transaction import DatabaseTransaction, transaction

PATIENCE_S = 30.0

ConsumerSource: TypeAlias = tuple[str, Source]
"""A consumer and one of its sources."""


@dataclass(frozen=True, slots=True)
class OpenGap:
    """空缺: what a consumer waits for, and since when (monotonic seconds)."""

    gap: Gap
    since: float


@dataclass(slots=True)
class GapWatch:
    """The gaps of a worker's consumers."""

    findings: dict[ConsumerSource, int] = field(default_factory=dict)
    """Gaps that reading from offset 0 has not closed: the lowest missing seq of each source."""
    open: dict[ConsumerSource, OpenGap] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic

    def note(self, consumer: str, taken: BatchOutcome) -> set[ConsumerSource]:
        """Open and close gaps by what was taken. Returns the findings that this has closed."""
        healed = set()
        for source, at in taken.at.items():
            spot = (consumer, source)
            if spot in self.open and self.open[spot].gap.wanted <= at:
                del self.open[spot]
            if self.findings.get(spot, at + 1) <= at:
                del self.findings[spot]
                healed.add(spot)
        for source, gap in taken.gaps.items():
            self._note_gap((consumer, source), gap)
        return healed

    def overdue(self) -> dict[ConsumerSource, OpenGap]:
        """The gaps that nobody has closed in time, and the others of the same partitions.

        A partition is read from 0 for all its consumers, so none of them has to ask for it again.
        """
        latest = self.clock() - PATIENCE_S
        known = list(self.open.items())
        late = {_partition(spot) for spot, found in known if found.since <= latest}
        return {spot: found for spot, found in known if _partition(spot) in late}

    def keep(self, kept: Collection[tuple[str, int]]) -> None:
        """Forget the gaps of partitions that another worker has now."""
        self.open = {
            spot: found for spot, found in list(self.open.items()) if _partition(spot) in kept
        }

    def _note_gap(self, spot: ConsumerSource, gap: Gap) -> None:
        if gap.wanted >= self.findings.get(spot, gap.wanted + 1):
            return  # a finding below it explains it
        found = self.open.get(spot)
        if found is None:
            self.open[spot] = OpenGap(gap, self.clock())
        elif gap.wanted < found.gap.wanted:
            # The one above it is seen again when this one is read for.
            self.open[spot] = OpenGap(gap, self.clock())


def _partition(spot: ConsumerSource) -> tuple[str, int]:
    return spot[1].topic, spot[1].partition


_GIVE_UP = """
INSERT INTO worker.holes (consumer, topic, partition, room, wanted) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING
"""
_FROM_0 = """
UPDATE worker.cursors SET next_offset = 0
WHERE consumer = %s AND topic = %s AND partition = %s AND room = %s
"""
_FINDINGS = (
    "SELECT consumer, topic, partition, room, min(wanted) FROM worker.holes GROUP BY 1,2,3,4"
)
_HEAL = """
DELETE FROM worker.holes AS h USING worker.cursors AS c
WHERE c.consumer = h.consumer AND c.topic = h.topic AND c.partition = h.partition
AND c.room = h.room AND c.seq >= h.wanted
"""


def read_from_0(db: DatabaseTransaction, overdue: Mapping[ConsumerSource, OpenGap]) -> None:
    """The next start reads these sources from the beginning."""
    for (consumer, source), found in sorted(overdue.items(), key=lambda item: item[0]):
        named = (consumer, source.topic, source.partition, source.room)
        db.execute(_GIVE_UP, (*named, found.gap.wanted))
        db.execute(_FROM_0, named)


def findings(engine: Engine) -> dict[ConsumerSource, int]:
    """The gaps that reading from offset 0 has not closed. Closed ones are forgotten."""
    with transaction(engine) as db:
        db.execute(_HEAL)
        return {
            (consumer, Source(topic, partition, room)): wanted
            for consumer, topic, partition, room, wanted in db.query(_FINDINGS)
        }
