"""演示 (the demo): the main job, run on a stack of its own and proved.

A branch and its store are entered by commands. Repairs, straight ones and those of hard days, are
played through the APIs of the rooms, each to its filed dossier. A month of the store goes by on a
clock for stories, until it is closed. The history of another desk is imported, and a worker is
killed while facts are in flight. Then everything that was accepted is looked up at its source.
"""

import json
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from guiyi.demo.ending import CLOSED, Ending
from guiyi.demo.legacy import SAMPLE, fitting_map, import_log
from guiyi.demo.month import Month
from guiyi.demo.proof import Gauges, Reading
from guiyi.demo.screen import Screen
from guiyi.demo.shown import shown_stage
from guiyi.demo.stage import Stage, check_folder
from guiyi.demo.tickets import Told, imported_in_view, open_legacy_ticket
from guiyi.demo.unhappy import complained, repeated
from guiyi.legacy.mapping import read_map
from guiyi.legacy.tally import Tally
from guiyi.play.case import Case
from guiyi.play.cast import cast
from guiyi.play.commissioning import commissioned
from guiyi.play.complaints import UNHAPPY, came_back, of_manner
from guiyi.play.desk import Desk
from guiyi.play.hard_days import HARD_DAYS
from guiyi.play.people import OPERATOR
from guiyi.play.player import NotSo
from guiyi.play.registers import enter_registers, enter_stock, enter_stores
from guiyi.play.repairs import STORIES, continued
from guiyi.play.store.month import play_month
from guiyi.play.week import spoilt
from guiyi.speech import say
from guiyi.story_clock import advance_in, ahead_of
from shared.record.story_clock import iso

KILL_AT = 1 / 3
"""How far the import is when the worker is killed."""
VICTIM = "intake-worker"
CONTINUED = "diagnosed"
"""The state of the ticket that continues a legacy one; that of a story's is closed at its end."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person who starts the demo asked for."""

    legacy: Path = SAMPLE
    mapping: Path | None = None
    state: Path | None = None
    keep: bool = False


@dataclass(slots=True)
class Result:
    """结果: what the demo found."""

    tickets: list[Told] = field(default_factory=list)
    imported: dict[str, int] = field(default_factory=dict)
    parts_balanced: bool = False
    warranty: dict[str, str] = field(default_factory=dict)
    """Of the machine that was commissioned: from when it runs, and until when."""
    repeated: str = ""
    """The new report of the customer whose fault came back."""
    complaint: str = ""
    """The complaint of manner, which is closed."""
    month: Month | None = None
    rebuilt_equal: bool = False
    lag: int = -1
    story_ahead: str = ""
    """How far the clock was ahead at the end: no moment of it all is a real one."""

    def line(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


def run(wish: Wish, screen: Screen) -> Result:
    """The whole demo. Raises NotSo, and what its parts raise. At the end everything is removed."""
    mapping = fitting_map(wish.legacy, wish.mapping)
    check_folder(wish.state)
    screen.title()
    with shown_stage(wish.state, screen, keep=wish.keep) as made, Gauges(made.access) as gauges:
        outcome = _Run(wish, mapping, screen, made, gauges).all()
    screen.step("demo.good")
    return outcome


class _Run:
    """One run, on a stack that is up."""

    def __init__(
        self, wish: Wish, mapping: Path, screen: Screen, made: Stage, gauges: Gauges
    ) -> None:
        self._wish, self._mapping, self._screen = wish, mapping, screen
        self._stage, self._access, self._gauges = made, made.access, gauges
        self._map = read_map(mapping)
        self._cast = cast()
        self._outcome = Result()
        self._tickets: list[tuple[str, str, str]] = []
        """Each story, its ticket, and the state it should be in."""

    def all(self) -> Result:
        """One part after the other."""
        key = self._stage.installation.token_private_key_file
        with Desk(self._access.peers, key, self._map.branch) as desk:
            self._screen.step("demo.registers")
            enter_registers(desk, self._cast, self._screen)
            enter_stock(desk, self._cast, self._screen)
            self._calm()
            for story in (*STORIES, *HARD_DAYS, commissioned, *UNHAPPY):
                self._screen.step(f"demo.{story.name}_begins")
                ticket = story(desk, self._cast, self._screen)
                self._tickets.append((story.name, ticket, CLOSED))
            period = self._month(desk)
            self._import()
            legacy = self._continue(desk)
            self._hear_out(desk)
        self._screen.step("demo.calming")
        self._outcome.lag = self._calm().lag
        self._gauges.check_nothing_parked()
        ending = Ending(self._access, self._gauges, self._screen)
        self._outcome.tickets = [ending.ticket(*each) for each in self._tickets]
        ending.histories(self._outcome.tickets[0].ticket, legacy)
        ending.dossier(self._outcome.tickets[0].ticket)
        self._outcome.warranty = ending.warranty(self._cast[commissioned.said])
        self._outcome.parts_balanced = ending.balance()
        self._outcome.month = ending.month(self._map.branch, period)
        self._outcome.rebuilt_equal = ending.rebuild()
        self._screen.step("demo.ended")
        self._screen.tickets(self._outcome.tickets)
        self._outcome.story_ahead = iso(max(ahead_of(self._access).values()))
        self._screen.note("clock.story", ahead=self._outcome.story_ahead)
        return self._outcome

    def _month(self, desk: Desk) -> str:
        """A month of the store, with a repair in it; which one was closed."""
        self._screen.step("demo.month_begins")
        enter_stores(desk, self._cast, self._screen)

        def turn_to(moment: datetime, name: str) -> None:
            self._gauges.calm(lambda _now: None)  # what people see is as new as what they did
            if (step := moment - desk.now) > timedelta(0):
                desk.ahead = advance_in(self._gauges.databases, step, OPERATOR.id)
            self._screen.step(f"demo.{name}", day=f"{moment:%Y-%m-%d %H:%M}")

        def repair() -> None:
            ticket = spoilt(desk, self._cast, self._screen)
            self._tickets.append((spoilt.name, ticket, CLOSED))

        case = Case(desk, self._cast["store_month"])
        return play_month(case, turn_to, repair, self._screen)

    def _hear_out(self, desk: Desk) -> None:
        """Who was not satisfied was heard: their case goes on, or their complaint is closed."""
        self._calm()
        of_story = {name: ticket for name, ticket, _ in self._tickets}
        again, rude = of_story[came_back.name], of_story[of_manner.name]
        self._outcome.repeated = repeated(desk, again)
        self._outcome.complaint = complained(desk, rude)
        self._screen.note("demo.repeated", ticket=again, again=self._outcome.repeated)
        self._screen.note("demo.complained", ticket=rude, complaint=self._outcome.complaint)

    def _calm(self) -> Reading:
        with self._screen.bar("demo.waiting") as bar:
            most = 1

            def watch(now: Reading) -> None:
                nonlocal most
                most = max(most, now.lag)
                bar(most - now.lag, most, say("demo.lag_now", lag=f"{now.lag:,}"))

            now = self._gauges.calm(watch)
        self._screen.note("demo.calm", facts=f"{now.facts:,}")
        return now

    def _import(self) -> None:
        wish, screen = self._wish, self._screen
        screen.step("demo.importing", file=wish.legacy.name, mapping=self._mapping.name)
        began = time.monotonic()
        killed: list[int] = []

        def watch(tally: Tally, done: float) -> None:
            if done >= KILL_AT and not killed:
                killed.append(self._kill(tally))

        with screen.bar("import.doing") as bar:
            tally = import_log(
                self._access.settings("intake"),
                *(wish.legacy, self._mapping, self._stage.installation.folder / "rejects.csv"),
                *(watch, bar),
            )
        self._say_imported(tally, time.monotonic() - began)
        if not killed:
            raise NotSo(say("demo.not_killed"))
        pid = self._stage.back(VICTIM, killed[0])
        screen.note("demo.back", name=VICTIM, pid=pid)
        self._calm()
        screen.note("demo.all_there", seconds=f"{time.monotonic() - began:.0f}")
        self._check_imported(tally)

    def _kill(self, tally: Tally) -> int:
        """Called between two batches: what is in the record and not in the views is in flight."""
        pid = self._stage.kill(VICTIM)
        behind, unsent = self._gauges.views_behind("intake"), self._gauges.unsent("intake")
        if not behind:
            raise NotSo(say("demo.nothing_in_flight"))
        told = {"name": VICTIM, "pid": pid, "added": f"{tally.added:,}"}
        self._screen.note("demo.killed", **told, lag=f"{behind:,}", unsent=f"{unsent:,}")
        return pid

    def _say_imported(self, tally: Tally, took: float) -> None:
        counts = {"tickets": f"{tally.tickets:,}", "facts": f"{tally.facts:,}"}
        rate = f"{tally.rows / max(took, 0.1):,.0f}"
        self._screen.note("demo.imported", **counts, seconds=f"{took:.0f}", rate=rate)
        if tally.rejected:
            reasons = ", ".join(f"{code} {n}" for code, n in sorted(tally.reasons.items()))
            self._screen.note("demo.rejected", rows=tally.rejected, reasons=reasons)

    def _check_imported(self, tally: Tally) -> None:
        """Record and view have each good row of the file exactly once, although a process died."""
        good = tally.rows - tally.rejected
        recorded = self._gauges.facts_of("intake", "LegacyEntryImported")
        seen = imported_in_view(self._access, self._map.source)
        if (recorded, *seen) != (good, tally.tickets, good):
            numbers = {"rows": good, "recorded": recorded, "tickets": seen[0], "shown": seen[1]}
            raise NotSo(say("demo.import_differs", **numbers))
        self._outcome.imported = {"tickets": tally.tickets, "facts": tally.facts}
        self._screen.note("demo.import_checked", facts=f"{recorded:,}")

    def _continue(self, desk: Desk) -> str | None:
        self._screen.step("demo.continued_begins")
        legacy = open_legacy_ticket(self._access, self._map.source)
        if legacy is None:
            self._screen.note("demo.none_open")
            return None
        ticket = continued(legacy)(desk, self._cast, self._screen)
        self._tickets.append(("continued", ticket, CONTINUED))
        return legacy
