"""跨周 (over a week): a repair whose steps are days apart, each on its day by the branch's clock.

Between the days nothing is done but waiting. Who plays it lets the time go by: in memory, or on an
installation whose clock is one for stories.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

import httpx

from guiyi.play import after, order
from guiyi.play.case import Case
from guiyi.play.hard_days import DONE, SETTLED, SIGNED
from guiyi.play.people import CLERK, LIU, Person
from guiyi.play.player import UNWATCHED, Turn, Watcher, play
from guiyi.play.repairs import (
    DRAWN,
    FILED,
    agreed_by,
    home,
    reported_by,
    there,
)

ZONE = ZoneInfo("Asia/Shanghai")
A_WEEK = timedelta(days=7)


class Weekday(IntEnum):
    """星期."""

    MON = 0
    TUE = 1
    WED = 2
    THU = 3
    FRI = 4
    SAT = 5
    SUN = 6


@dataclass(frozen=True, slots=True)
class Day:
    """一天: from when on, by the branch's clock, what is done on it, and what is urged by then."""

    day: Weekday
    at: time
    turns: Sequence[Turn] = ()
    urged: frozenset[str] = frozenset()
    """Every reminder that the ticket has had when the day begins."""

    def next(self, now: datetime) -> datetime:
        """When it is that day and hour for the first time from now on."""
        there = now.astimezone(ZONE)
        days = timedelta(days=(self.day - there.weekday()) % 7)
        moment = datetime.combine(there.date() + days, self.at, ZONE)
        return moment if moment > now else moment + A_WEEK


def no_answer(case: Case, who: Person) -> httpx.Response:
    """回访尝试: nobody answers."""
    tried = {"channel": "phone", "result": "no_answer"}
    return after.survey_step(case, who, "attempts", tried)


def give_up(case: Case, who: Person) -> httpx.Response:
    """回访终结: the customer cannot be reached."""
    said = {"ending": "unreached", "because": "三天都没有人接"}
    return after.survey_step(case, who, "endings", said)


NOBODY = Turn(no_answer, CLERK)
TOO_SOON = Turn(give_up, CLERK, refused=("too-few-days",))
TAKING, CALLING = "TakingUrged", "CallBackUrged"
OVER_A_WEEK: Sequence[Day] = (
    Day(Weekday.THU, time(10), (*reported_by(LIU), Turn(order.open_order(), CLERK))),
    Day(Weekday.SAT, time(16), (Turn(order.assign(), CLERK),)),
    # An hour and a half of Saturday count, nothing of Sunday, and the rest of Monday morning.
    Day(Weekday.SUN, time(18)),
    Day(Weekday.MON, time(10, 45)),
    Day(
        Weekday.MON,
        time(12),
        (Turn(order.take_order, LIU), DRAWN, *agreed_by(CLERK)),
        frozenset({TAKING}),
    ),
    Day(
        Weekday.TUE,
        time(9),
        (
            *(*there(LIU), Turn(order.record_work(), LIU), DONE, SIGNED),
            *(SETTLED, *home(LIU), Turn(order.close, CLERK)),
        ),
        frozenset({TAKING}),
    ),
    Day(Weekday.WED, time(15), (NOBODY, NOBODY, TOO_SOON), frozenset({TAKING, CALLING})),
    Day(Weekday.THU, time(15), (NOBODY, TOO_SOON), frozenset({TAKING, CALLING})),
    Day(
        Weekday.FRI,
        time(15),
        (NOBODY, Turn(give_up, CLERK), FILED),
        frozenset({TAKING, CALLING}),
    ),
)
"""周四报修，下周二上门: the order waits over a Sunday, the calls are made on three days."""


def play_days(
    case: Case,
    days: Sequence[Day],
    turn_to: Callable[[datetime], None],
    begun: Callable[[Day], None],
    watcher: Watcher = UNWATCHED,
) -> str:
    """Play each day when it comes; the ticket's number.

    `turn_to` lets time go by until then; `begun` is told of each day before anything is done on it.
    """
    for day in days:
        turn_to(day.next(case.rooms.now))
        begun(day)
        play(case, day.turns, watcher)
    return case.ticket
