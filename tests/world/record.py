"""A record in memory that begins anew for each story, on a clock that the story moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from shared.decider import Happened, State
from shared.envelope import Stored
from shared.handler import Handler
from shared.record.store import Snapshot
from tests.memory_record import Memory
from tests.memory_tables import MemoryTables

BEGIN = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""A Monday morning at nine by the calendar of the branch."""
PARTITIONS = 6
MOST_FOLDED = 5_000
Folded: TypeAlias = tuple[State, Sequence[Happened]]


class Clock:
    """时钟: the one clock of all rooms."""

    def __init__(self) -> None:
        self.now = BEGIN

    def pass_on(self, by: timedelta) -> None:
        """Let time go by."""
        self.now += by

    def reach(self, moment: datetime) -> None:
        """Let it be that late; it never goes back."""
        self.now = max(self.now, moment)


class Page(Memory):
    """记录: a room's record in memory that can be made blank again."""

    def __init__(self, room: str, clock: Clock) -> None:
        super().__init__(room, PARTITIONS)
        self._clock = clock

    def now(self) -> datetime:
        """As Store.now."""
        return self._clock.now

    @property
    def whole(self) -> Sequence[Stored]:
        """Every fact in the order in which they became true."""
        return [stored for _, stored in self.tables.lines]

    def since(self, count: int) -> Sequence[Stored]:
        """The facts after the first so many."""
        return [stored for _, stored in self.tables.lines[count:]]

    def blank(self, before: "Page | None" = None) -> None:
        """Forget everything, or all that is not on another page."""
        self.tables = before.tables if before else MemoryTables()

    def copied(self) -> "Page":
        """Another page that says the same."""
        other = Page(self.room, self._clock)
        other.blank(self)
        return other


@dataclass(frozen=True, slots=True)
class Desk(Handler):
    """受理台: folds no stream twice: the hash of its last fact says how it came to stand so."""

    folded_before: dict[tuple[str, bytes], Folded] = field(default_factory=dict, compare=False)

    def folded(self, stream: str, facts: Sequence[Stored], kept: Snapshot | None = None) -> Folded:
        """As Handler.folded."""
        if kept is not None or not facts:
            return Handler.folded(self, stream, facts, kept)
        here = (stream, facts[-1].hash)
        if (known := self.folded_before.get(here)) is None:
            if len(self.folded_before) >= MOST_FOLDED:
                self.folded_before.clear()
            known = self.folded_before[here] = Handler.folded(self, stream, facts)
        return known
