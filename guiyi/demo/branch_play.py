"""各店各月 (months of branches): over HTTP, each branch by a thread, by one clock for stories.

What takes time is to wait for what a room hears of another; meanwhile the other branches go on.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from threading import Lock

from guiyi.demo.proof import Gauges
from guiyi.demo.screen import Screen
from guiyi.demo.stage import Stage
from guiyi.play.branch.branches import Branch, cast_of, code_of
from guiyi.play.branch.crowd import crowd, stocked
from guiyi.play.branch.evenings import ByEvening, InTurn, is_for_stores
from guiyi.play.branch.month import BranchMonth
from guiyi.play.branch.months import first_of_next, with_a_holiday
from guiyi.play.branch.people import staffed
from guiyi.play.branch.plan import crowd_for, plan
from guiyi.play.branch.together import Stopped, Together
from guiyi.play.case import Rooms
from guiyi.play.cast import Cast, cast
from guiyi.play.days import ZONE
from guiyi.play.desk import LOOK, Desk
from guiyi.play.people import OPERATOR, Person
from guiyi.play.player import A_DAY, Done, Watcher
from guiyi.play.registers import catalogue, customers, enter, people, stock, stores
from guiyi.story_clock import advance_in

A_STORE_FOR = 8
"""For so many tickets the store has as much as for the repairs of the demo."""
AT_ONCE = 24
"""So many repairs go on at once, where there are several branches, whosever they are."""
A_LOOK = 0.1
"""Then others have enough to do meanwhile, and whoever asks in vain takes their time."""


class Tally(Watcher):
    """计数: how many commands were taken, and how many refused as they should be. For threads."""

    def __init__(self) -> None:
        self.commands = self.refusals = self.ended = 0
        self.is_stopped = False
        """Whether whoever plays has to stop."""
        self._lock = Lock()
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    @property
    def rate(self) -> float:
        """Commands in a second."""
        return self.commands / self.seconds

    def done(self, who: Person, done: Done) -> None:  # noqa: ARG002 - whoever did it
        """As Watcher.done. Raises Stopped."""
        with self._lock:
            self.commands += 1
        if self.is_stopped:
            raise Stopped

    def refused(self, who: Person, path: str, problem: object) -> None:  # noqa: ARG002
        """As Watcher.refused."""
        with self._lock:
            self.refusals += 1

    def told(self) -> None:
        """A repair has come to its end."""
        with self._lock:
            self.ended += 1


class Months:
    """各月: `Months(...).play()`; `tally` says how many commands that were."""

    def __init__(
        self, made: Stage, gauges: Gauges, screen: Screen, branches: int, months: int
    ) -> None:
        self._made, self._gauges, self._screen = made, gauges, screen
        self._codes = [code_of(nth) for nth in range(branches)]
        self._months, self._desks = months, list[Desk]()
        self.tally = Tally()
        self._many = branches > 1

    def play(self, tickets: int, seed: int) -> None:
        """So many tickets at each branch in each month. Raises NotSo, Answered, Away."""
        self._tickets, self._seed = tickets, seed
        with ExitStack() as open_:
            key = self._made.installation.token_private_key_file
            peers = self._made.access.peers
            look, hands = (A_LOOK, AT_ONCE) if self._many else (LOOK, 1)
            self._hands = open_.enter_context(ThreadPoolExecutor(hands))
            for code in self._codes:
                self._desks.append(open_.enter_context(Desk(peers, key, code, look=look)))
            self._first = with_a_holiday(self.now)
            self._until = self._first + self._months * 31 * A_DAY
            self._advance(self._first - A_DAY)
            self._together = Together(len(self._codes), lambda: self.now, self._go_on)
            self._all_at_once()

    @property
    def now(self) -> datetime:
        """What time it is in the story."""
        return self._desks[0].now

    def settle(self) -> None:
        """Wait until every room has heard of everything."""
        self._gauges.calm(lambda _now: None)

    def _all_at_once(self) -> None:
        self._enter()
        with ThreadPoolExecutor(len(self._places)) as pool:
            playing = [pool.submit(self._branch, nth) for nth in range(len(self._places))]
            try:
                for each in playing:
                    each.result()
            except BaseException:
                self._stop()
                raise

    def _enter(self) -> None:
        """登记: each branch and its people, the catalogue, and the other stores."""
        first, whole = self._desks[0], staffed(self._told())
        casts = [cast_of(whole, nth) for nth in range(len(self._codes))]
        self._places: list[tuple[Rooms, Cast]] = [(first, whole)]
        for desk, here in zip(self._desks[1:], casts[1:], strict=True):
            self._places.append((Branch(desk, here), here))
        for rooms, here in self._places:
            enter(rooms, people(here, rooms.branch), self.tally)
        enter(first, catalogue(whole, first.branch), self.tally)
        enter(first, stores(self._told(len(self._codes)), *self._codes), self.tally)

    def _branch(self, nth: int) -> None:
        with self._leaving():
            rooms, here = self._places[nth]
            enter(rooms, stock(here, rooms.branch), self.tally)
            first, number = self._first, nth * CALLERS
            for month in range(self._months):
                seed = self._seed + nth * self._months + month
                begun = plan(self._tickets, seed, first=number)
                number = crowd_for(begun).stop
                said = crowd(here, crowd_for(begun))
                self._register(rooms, said)
                kind, hands = (ByEvening, self._hands) if self._many else (InTurn, None)
                waits = kind(self._together, self.tally.told)
                played = BranchMonth(rooms, said, begun, waits, self.tally, hands=hands)
                played.play(first, opens=not month)
                first = first_of_next(first)

    def _register(self, rooms: Rooms, said: Cast) -> None:
        """The customers, and then their machines, as many at once as there are hands."""
        for _, cards in groupby(customers(said), key=lambda each: each.path):
            for _ in self._hands.map(lambda card: enter(rooms, (card,), self.tally), cards):
                pass

    @contextmanager
    def _leaving(self) -> Iterator[None]:
        """Nobody waits for a branch that is through; if it fails, the others stop."""
        try:
            yield
        except Stopped:
            pass
        except BaseException:
            self._stop()
            raise
        else:
            self._together.leave()

    def _stop(self) -> None:
        """After the step that each is at."""
        self.tally.is_stopped = True
        self._together.stop()

    def _told(self, branches: int = 1) -> Cast:
        """The cast with a store that is large enough; who lends, lends to all, each month."""
        times = max(1, self._tickets // A_STORE_FOR)
        return stocked(cast(), times if branches == 1 else times * branches * self._months)

    def _go_on(self, moment: datetime) -> None:
        """Let time go by; of one branch, a day begins when all have heard of the day before.

        Of several, all have heard of everything when stores read lists.
        """
        now = self.now
        is_new = moment.astimezone(ZONE).date() > now.astimezone(ZONE).date()
        if is_new:
            self._say_day(now)
        if is_new and not self._many:  # what comes of a seed does not hang on the machine
            self.settle()
        self._advance(moment)
        if is_for_stores(moment) if self._many else is_new:
            self.settle()

    def _advance(self, moment: datetime) -> None:
        step = moment - self.now
        if step > timedelta(0):
            ahead = advance_in(self._gauges.databases, step, OPERATOR.id)
            for desk in self._desks:
                desk.ahead = ahead

    def _say_day(self, day: datetime) -> None:
        done = (day - self._first) / (self._until - self._first)
        if done <= 0:
            return
        left = self.tally.seconds / done * (1 - done) / 60
        counts = {"commands": f"{self.tally.commands:,}", "rate": f"{self.tally.rate:.1f}"}
        told = {"ended": self.tally.ended, "refused": self.tally.refusals, "left": f"{left:.0f}"}
        self._screen.note("demo.day", day=f"{day.astimezone(ZONE):%Y-%m-%d}", **told, **counts)


CALLERS = 10_000
"""So many customers at most call at a branch: those of another have other numbers."""
