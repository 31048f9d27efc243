"""网点之月 (a month of a branch): played on a stack of its own, and counted from its journals.

Nothing that the views or the deciders say is believed: each `agrees` comes of a second fold over
the journals, `guiyi/recount`. Several branches and months are played in the same way.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from guiyi.demo.branch_count import Recount
from guiyi.demo.branch_play import Months
from guiyi.demo.ending import Ending
from guiyi.demo.post import Letters, post_office
from guiyi.demo.proof import Gauges
from guiyi.demo.screen import Screen
from guiyi.demo.shown import shown_stage
from guiyi.demo.stage import Stage, check_folder
from guiyi.play.player import NotSo
from guiyi.recount.clocks import clocks
from guiyi.recount.endings import exceptions, tickets, unfinished
from guiyi.speech import say
from guiyi.story_clock import ahead_of
from shared.record.story_clock import iso


@dataclass(frozen=True, slots=True)
class MonthWish:
    """What the person who starts the month asked for."""

    tickets: int = 200
    """Of each branch in each month."""
    seed: int = 7
    state: Path | None = None
    keep: bool = False
    months: int = 1
    branches: int = 1


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
    commands: int = 0
    commands_per_s: float = 0.0
    story_ahead: str = ""
    """How far the clock was ahead at the end: no moment of it all is a real one."""

    def line(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


def run_month(wish: MonthWish, screen: Screen) -> MonthResult:
    """The whole month. Raises NotSo, and what its parts raise. At the end everything is removed."""
    check_folder(wish.state)
    with (
        tempfile.TemporaryDirectory(prefix="guiyi-post-") as folder,
        post_office(Path(folder)) as letters,
        shown_stage(wish.state, screen, keep=wish.keep) as made,
        Gauges(made.access) as gauges,
    ):
        result = _told(wish, screen, made, gauges, letters)
    check(result)
    screen.step("demo.good")
    return result


def _told(
    wish: MonthWish, screen: Screen, made: Stage, gauges: Gauges, letters: Letters
) -> MonthResult:
    """Played, then counted."""
    asked = {"tickets": wish.tickets, "branches": wish.branches, "months": wish.months}
    screen.step("demo.branch_month_begins", **asked)
    months = Months(made, gauges, screen, wish.branches, wish.months)
    months.play(wish.tickets, wish.seed)
    tally = months.tally
    seconds, rate = tally.seconds, tally.rate
    counts = {"commands": f"{tally.commands:,}", "refused": tally.refusals}
    screen.note("demo.played", seconds=f"{seconds:.0f}", rate=f"{rate:.1f}", **counts)
    screen.step("demo.calming")
    months.settle()
    gauges.check_nothing_parked()
    screen.step("demo.counting")
    counted = Recount(made.access, gauges, screen, letters)
    return MonthResult(
        tickets=len(tickets(counted.every)),
        **counted.agreeing(),
        rebuilt_equal=Ending(made.access, gauges, screen).rebuild(),
        clocks=clocks(counted.every),
        exceptions=exceptions(counted.every),
        dead_ends=len(unfinished(counted.every)),
        commands=tally.commands,
        commands_per_s=round(rate, 1),
        story_ahead=iso(max(ahead_of(made.access).values())),
    )


def check(result: MonthResult) -> None:
    """Raise NotSo unless everything agrees, every exception happened, and nothing is left open."""
    lacks = [name for name, value in asdict(result).items() if value is False]
    lacks += [name for name, n in result.exceptions.items() if not n]
    if lacks or result.dead_ends:
        raise NotSo(say("demo.month_lacks", what=", ".join(lacks), open=result.dead_ends))
