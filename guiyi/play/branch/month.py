"""一个月 (the month): what begins, goes on and ends in a branch, in the order of its moments."""

import heapq
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from guiyi.play.branch.crowd import another
from guiyi.play.branch.fridays import errands
from guiyi.play.branch.pairs import OTHER
from guiyi.play.branch.plan import TAKEN_UP, Begun, leads_on, stretches
from guiyi.play.case import Case, Rooms
from guiyi.play.cast import Cast
from guiyi.play.player import UNWATCHED, NotSo, Turn, Watcher, play
from guiyi.play.report import REPORT
from guiyi.play.store.month import first_day, play_month
from guiyi.play.week import spoilt


class Waits(ABC):
    """等待: how time goes by where it is played, and who is told of how far it is."""

    @abstractmethod
    def turn_to(self, moment: datetime) -> None:
        """Let time go by until then, if it is not later already."""

    def hour_of(self, moment: datetime, *, is_store: bool) -> datetime:  # noqa: ARG002 - either
        """When it is done, by a repair or in the store, if it falls due then; never before."""
        return moment

    def since(self, now: datetime) -> datetime:
        """From when on it is counted when that goes on which is done now."""
        return now

    def told(self, count: int) -> None:  # noqa: B027 - who does not want to know need not
        """So many repairs have come to their end."""


A_DAY = timedelta(days=1)
SPOILT = "spoilt"
"""What the repair is called here that comes home with a damaged piece."""


@dataclass(order=True, slots=True)
class Due:
    """待办: what is done next for a repair or in the store, and when."""

    moment: datetime
    nth: int
    """Of two at one moment the one that began first."""
    begun: Begun | None = field(compare=False)
    """The repair; None: it is the store's."""
    case: Case = field(compare=False)
    left: list[Sequence[Turn]] = field(compare=False)
    """What is still to be done, in stretches without a long wait."""


class BranchMonth:
    """网点之月: `BranchMonth(...).play()`; `told` afterwards says what was played."""

    def __init__(
        self,
        rooms: Rooms,
        cast: Cast,
        begun: Sequence[Begun],
        waits: Waits,
        watcher: Watcher = UNWATCHED,
        *,
        hands: Executor | None = None,
    ) -> None:
        """`hands`: who takes repairs whose moment has come, so many at once; None: one by one."""
        self._hands = hands
        self._rooms, self._cast, self._begun = rooms, cast, begun
        self._waits, self._watcher = waits, watcher
        self._due: list[Due] = []
        self._numbers = count()
        self.told: dict[str, str] = {}
        """Each ticket that came to its end, and the repair that it tells."""

    def play(self, first: datetime, *, opens: bool = True) -> str:
        """From the first morning of a month to its closing; which month it was: `2026-12`.

        `opens`: it is the first one of the store. Raises NotSo, Answered, Away.
        """
        self._waits.turn_to(self._waits.hour_of(first, is_store=False))
        midnight = first.replace(hour=0, minute=0)
        for each in self._begun:
            self._begins(each, midnight + each.after)
        # A month begins in the middle of its first day where the one before was closed on it.
        for moment, turns in errands(first_day(self._rooms.now), opens=opens):
            self._put(moment, None, self._of_store(), turns)
        return play_month(self._of_store(), self._reach, self._spoil, self._watcher)

    def _begins(self, begun: Begun, moment: datetime, ticket: str = "") -> None:
        story = begun.story
        said = another(self._cast, begun.nth, self._cast[story.said])
        case = Case(self._rooms, said, story.technician, ticket=ticket)
        self._put(moment, begun, case, story.steps)

    def _of_store(self) -> Case:
        return Case(self._rooms, self._cast["store_month"])

    def _put(
        self, moment: datetime, begun: Begun | None, case: Case, steps: Sequence[Turn]
    ) -> None:
        left = [*stretches(steps)]
        hour = self._waits.hour_of(moment, is_store=begun is None)
        heapq.heappush(self._due, Due(hour, next(self._numbers), begun, case, left))

    def _reach(self, moment: datetime, _name: str) -> None:
        """Everything that comes before is done, each at its moment."""
        hour = self._waits.hour_of(moment, is_store=True)
        while self._due and self._due[0].moment < hour:
            self._waits.turn_to(self._due[0].moment)
            now = self._rooms.now
            together = self._together(hour, now)
            began = self._waits.since(now)
            for _ in (self._hands.map if self._hands else map)(self._go_on, together):
                pass
            for due in together:
                self._after(due, began)
        self._waits.turn_to(hour)

    def _together(self, until: datetime, now: datetime) -> Sequence[Due]:
        """What comes next, and if that is no errand, the repairs whose moment has come as well."""
        first = heapq.heappop(self._due)
        together = [first]
        while self._hands and self._due and self._due[0].moment < until:
            following = self._due[0]
            if following.moment > now or None in (first.begun, following.begun):
                break
            together.append(heapq.heappop(self._due))
        return together

    def _go_on(self, due: Due) -> None:
        """The next stretch of a repair."""
        play(due.case, due.left.pop(0), self._watcher)

    def _after(self, due: Due, began: datetime) -> None:
        """It goes on later, or has come to its end.

        Of several at once each goes on so long after they began, so that none falls behind.
        """
        if due.left:
            since = began if self._hands else self._rooms.now
            moment = since + due.left[0][0].after
            due.moment = self._waits.hour_of(moment, is_store=due.begun is None)
            heapq.heappush(self._due, due)
            return
        if due.begun is not None:
            self._ended(due.begun, due.case)

    def _ended(self, begun: Begun, case: Case) -> None:
        self.told[case.ticket] = begun.story.name
        if OTHER in case.papers:
            self.told[case.papers[OTHER]] = begun.story.name
        self._waits.told(len(self.told))
        if leads_on(begun.story):
            self._take_up(begun, case)

    def _take_up(self, begun: Begun, case: Case) -> None:
        """The report that a customer's answer led to, a day later."""
        for _ in self._rooms.moments():
            seen = case.seen("intake", f"{REPORT}/{case.ticket}")
            for ticket in seen["report"]["repeated"].values() if seen else ():
                again = replace(begun, story=TAKEN_UP)
                self._begins(again, self._rooms.now + A_DAY, str(ticket))
                return
        raise NotSo(f"{case.ticket}: nothing came of what its customer said")

    def _spoil(self) -> None:
        """The repair that leaves the store something to judge; its customer is the first there."""
        nth = min(each.nth for each in self._begun)
        case = Case(self._rooms, another(self._cast, nth, self._cast[spoilt.said]))
        self.told[play(case, spoilt.steps, self._watcher)] = SPOILT
