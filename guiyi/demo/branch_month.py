"""网点之月 (a month of a branch): played on a stack of its own, and counted from its journals.

Nothing that the views or the deciders say is believed: each `agrees` comes of a second fold over
the journals, `guiyi/recount`.
"""

import json
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path

from guiyi.demo.ending import Ending
from guiyi.demo.journals import journals
from guiyi.demo.post import Letters, post_office
from guiyi.demo.proof import Gauges
from guiyi.demo.screen import Screen
from guiyi.demo.shown import shown_stage
from guiyi.demo.stage import Stage, check_folder
from guiyi.play.branch.crowd import crowd, stocked
from guiyi.play.branch.month import BranchMonth, Waits
from guiyi.play.branch.months import with_a_holiday
from guiyi.play.branch.people import staffed
from guiyi.play.branch.plan import crowd_for, plan
from guiyi.play.cast import cast
from guiyi.play.days import ZONE
from guiyi.play.desk import Desk
from guiyi.play.people import OPERATOR, Person
from guiyi.play.player import A_DAY, Done, NotSo, Watcher
from guiyi.play.registers import enter_registers, enter_stock, enter_stores
from guiyi.recount import notices, verdict
from guiyi.recount.clocks import clocks
from guiyi.recount.endings import exceptions, tickets, unfinished
from guiyi.speech import say
from guiyi.story_clock import advance, ahead_of
from shared.record.story_clock import iso

BRANCH = "HZ01"
A_STORE_FOR = 8
"""For so many tickets the store has as much as for the repairs of the demo."""
SENT_SECONDS = 60.0
LOOK = 0.5


@dataclass(frozen=True, slots=True)
class MonthWish:
    """What the person who starts the month asked for."""

    tickets: int = 200
    seed: int = 7
    state: Path | None = None
    keep: bool = False


@dataclass(slots=True)
class MonthResult:
    """结果: what was counted again, and whether it agrees."""

    tickets: int = 0
    balanced: bool = False
    report_agrees: bool = False
    stocktake_agrees: bool = False
    claims_agree: bool = False
    notices_agree: bool = False
    rebuilt_equal: bool = False
    clocks: Mapping[str, int] = field(default_factory=dict)
    exceptions: Mapping[str, int] = field(default_factory=dict)
    dead_ends: int = 0
    story_ahead: str = ""
    """How far the clock was ahead at the end: no moment of it all is a real one."""

    def line(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


class Counter(Watcher):
    """计数: how many commands were taken, and how many refused as they should be."""

    def __init__(self) -> None:
        self.commands = self.refusals = 0

    def done(self, who: Person, done: Done) -> None:  # noqa: ARG002 - whoever did it
        """As Watcher.done."""
        self.commands += 1

    def refused(self, who: Person, path: str, problem: object) -> None:  # noqa: ARG002
        """As Watcher.refused."""
        self.refusals += 1


def run_month(wish: MonthWish, screen: Screen) -> MonthResult:
    """The whole month. Raises NotSo, and what its parts raise. At the end everything is removed."""
    check_folder(wish.state)
    with (
        tempfile.TemporaryDirectory(prefix="guiyi-post-") as folder,
        post_office(Path(folder)) as letters,
        shown_stage(wish.state, screen, keep=wish.keep) as made,
        Gauges(made.access) as gauges,
    ):
        result = _Month(wish, screen, made, gauges, letters).all()
    check(result)
    screen.step("demo.good")
    return result


class _Month(Waits):
    """One month, on a stack that is up."""

    def __init__(
        self,
        wish: MonthWish,
        screen: Screen,
        made: Stage,
        gauges: Gauges,
        letters: Letters,
    ) -> None:
        self._tickets, self._begun = wish.tickets, plan(wish.tickets, wish.seed)
        self._screen, self._letters = screen, letters
        self._access, self._gauges = made.access, gauges
        self._key = made.installation.token_private_key_file
        self._counter = Counter()
        self._ended = 0

    def all(self) -> MonthResult:
        """Played, then counted."""
        told = staffed(stocked(crowd(cast(), crowd_for(self._begun)), self._tickets // A_STORE_FOR))
        with Desk(self._access.peers, self._key, BRANCH) as self._desk:
            first = with_a_holiday(self._desk.now)
            self.turn_to(first - A_DAY)
            self._screen.step("demo.registers")
            for enter in (enter_registers, enter_stock, enter_stores):
                enter(self._desk, told, self._counter)
            self.settle()
            self._screen.step("demo.branch_month_begins", tickets=self._tickets)
            month = BranchMonth(self._desk, told, self._begun, self, self._counter)
            began = time.monotonic()
            period = month.play(first)
            self._say_played(time.monotonic() - began)
        self._screen.step("demo.calming")
        self.settle()
        self._gauges.check_nothing_parked()
        return self._counted(period)

    def turn_to(self, moment: datetime) -> None:
        """As Waits.turn_to; a day begins when everybody has heard of the day before."""
        now = self._desk.now
        if moment <= now:
            return
        if moment.astimezone(ZONE).date() > now.astimezone(ZONE).date():
            self.settle()
            self._say_day(now)
            self._desk.ahead = advance(self._access, moment - self._desk.now, OPERATOR.id)
            self.settle()
        else:
            self._desk.ahead = advance(self._access, moment - now, OPERATOR.id)

    def settle(self) -> None:
        """Wait until every room has heard of everything."""
        self._gauges.calm(lambda _now: None)

    def told(self, count: int) -> None:
        """As Waits.told."""
        self._ended = count

    def _say_day(self, day: datetime) -> None:
        told = {"ended": self._ended, "tickets": self._tickets}
        counts = {"commands": f"{self._counter.commands:,}", "refused": self._counter.refusals}
        self._screen.note("demo.day", day=f"{day.astimezone(ZONE):%Y-%m-%d}", **told, **counts)

    def _say_played(self, took: float) -> None:
        counts = {"commands": f"{self._counter.commands:,}", "refused": self._counter.refusals}
        rate = f"{self._counter.commands / took:.1f}"
        self._screen.note("demo.played", seconds=f"{took:.0f}", rate=rate, **counts)

    def _counted(self, period: str) -> MonthResult:
        self._screen.step("demo.counting")
        records = self._heard_of_all_notices()
        path = f"/v1/consumption/{BRANCH}/{period}"
        shown = self._access.get("inventory", path, self._access.token())
        every = [*chain.from_iterable(records.values())]
        open_ = unfinished(every)
        return MonthResult(
            tickets=len(tickets(every)),
            balanced=self._agrees("balanced", verdict.unbalanced(records)),
            report_agrees=self._agrees("report", verdict.report_differs(records, shown)),
            stocktake_agrees=self._agrees("stocktake", verdict.stocktake_differs(records)),
            claims_agree=self._agrees("claims", verdict.claims_differ(records)),
            notices_agree=self._agrees("notices", notices.differing(every, self._letters.texts)),
            rebuilt_equal=Ending(self._access, self._gauges, self._screen).rebuild(),
            clocks=clocks(every),
            exceptions=exceptions(every),
            dead_ends=len(open_),
            story_ahead=iso(max(ahead_of(self._access).values())),
        )

    def _heard_of_all_notices(self) -> verdict.Records:
        """The records, once nothing waits to be sent any more, or no longer than a minute."""
        limit = time.monotonic() + SENT_SECONDS
        while any(self._owed(room) for room in self._gauges.rooms) and time.monotonic() < limit:
            time.sleep(LOOK)
        self.settle()
        return journals(self._gauges.settings)

    def _owed(self, room: str) -> int:
        """How many notices a room has not sent yet."""
        asked, sent = (self._gauges.facts_of(room, f"Notice{each}") for each in ("Asked", "Sent"))
        return asked - sent

    def _agrees(self, what: str, differing: Iterable[str]) -> bool:
        """Whether nothing differs; what does is shown."""
        odd = [*differing]
        self._screen.note("demo.agrees" if not odd else "demo.differs", what=say(f"demo.{what}"))
        for each in odd[:10]:
            self._screen.note("demo.odd", what=each)
        return not odd


def check(result: MonthResult) -> None:
    """Raise NotSo unless everything agrees, every exception happened, and nothing is left open."""
    lacks = [name for name, value in asdict(result).items() if value is False]
    lacks += [name for name, n in result.exceptions.items() if not n]
    if lacks or result.dead_ends:
        raise NotSo(say("demo.month_lacks", what=", ".join(lacks), open=result.dead_ends))
