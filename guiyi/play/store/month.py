"""一个月 (the month): what is done in the store on each of its days, until the month is closed.

Whoever plays it lets the time go by. It begins on the first Thursday whose week ends in its month,
so it is the same on whatever day and at whatever hour it is played.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, TypeAlias

from guiyi.play.case import Case
from guiyi.play.days import Weekday
from guiyi.play.people import (
    APPROVER,
    BASE_CLERK,
    BASE_KEEPER,
    CLERK,
    FINANCE,
    KEEPER,
    LIU,
    NEIGHBOUR_APPROVER,
    NEIGHBOUR_KEEPER,
)
from guiyi.play.player import UNWATCHED, Turn, Watcher, play
from guiyi.play.store import closing, goods, old_parts, refill, spoilt, stocktake, transfer
from guiyi.play.store.papers import ZONE

Turns: TypeAlias = Callable[[Case], Iterable[Turn]]
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)


class StoreDay(NamedTuple):
    """库日: so many days after the first, from when on, what is done."""

    name: str
    after: int
    at: time
    turns: Turns


def _just(*turns: Turn) -> Turns:
    return lambda _case: turns


def _judged(case: Case) -> Iterator[Turn]:
    """Each line of the list by itself."""
    yield Turn(old_parts.count_old_parts, KEEPER, refused=("role",))
    yield Turn(old_parts.count_old_parts, BASE_CLERK)
    lines = range(len(old_parts.listed(case)))
    yield from (Turn(old_parts.judge_old_part(nth), BASE_CLERK) for nth in lines)
    yield from (Turn(old_parts.settle_old_part(nth), BASE_CLERK) for nth in lines)


def _counted(case: Case) -> Iterator[Turn]:
    """Every place by the keeper; what differs by somebody else as well, and then it is decided."""
    yield Turn(stocktake.open_stocktake, KEEPER)
    shelves = list(stocktake.lying(case, APPROVER))
    yield from (Turn(stocktake.count_shelf(each), KEEPER) for each in shelves)
    yield Turn(stocktake.witness, CLERK, refused=("second-count-needed",))
    short = (case.said["counting"]["part"], "store")
    again = (each for each in shelves if (each.part, each.place) == short)
    yield from (Turn(stocktake.count_shelf(each), LIU) for each in again)
    yield Turn(stocktake.witness, CLERK)
    yield Turn(stocktake.approve_stocktake, FINANCE, refused=("stocktake-stage",))
    yield Turn(closing.close_month, FINANCE, refused=("stocktake-open", "month-uncounted"))
    yield Turn(stocktake.explain, KEEPER)
    yield Turn(stocktake.approve_stocktake, FINANCE)
    yield Turn(closing.close_month, FINANCE)
    yield Turn(closing.send_report, KEEPER)


GOODS_IN = _just(
    Turn(goods.order_goods, BASE_CLERK),
    Turn(goods.receive_goods, BASE_KEEPER),
    Turn(goods.end_purchase, BASE_CLERK),
    Turn(closing.close_this_month, FINANCE, refused=("month-not-over", "month-uncounted")),
)
ASKED = _just(
    Turn(refill.ask_refill(more=2), KEEPER, refused=("figure-unexplained",)),
    Turn(refill.ask_refill(), KEEPER),
    Turn(refill.check_refill, BASE_CLERK),
    Turn(refill.send_refill, BASE_KEEPER),
)
ON_THE_SHELF = _just(
    Turn(refill.count_refill(missing=2), KEEPER),
    Turn(refill.find_piece, KEEPER),
    Turn(refill.ask_refill_loss, KEEPER),
    Turn(refill.grant_refill_loss, KEEPER, refused=("role",)),
    Turn(refill.grant_refill_loss, APPROVER),
    Turn(spoilt.keep_spoilt, KEEPER, refused=("not-in-quarantine",)),
    Turn(spoilt.scrap_spoilt, KEEPER, refused=("role",)),
    Turn(spoilt.scrap_spoilt, APPROVER),
    Turn(transfer.ask_transfer, KEEPER),
    Turn(transfer.approve_transfer, NEIGHBOUR_APPROVER),
    Turn(transfer.send_transfer, NEIGHBOUR_KEEPER),
)
LENT = _just(
    Turn(transfer.count_transfer, KEEPER),
    Turn(spoilt.ask_own_use, KEEPER),
    Turn(spoilt.approve_own_use, KEEPER, refused=("role",)),
    Turn(spoilt.approve_own_use, APPROVER),
    Turn(old_parts.list_old_parts, KEEPER),
    Turn(old_parts.send_old_parts, KEEPER),
)
REFILL_DAY = StoreDay("refilled", 1, time(9, 5), ASKED)
WEEK: Sequence[StoreDay] = (
    StoreDay("goods_in", 0, time(10), GOODS_IN),
    REFILL_DAY,
    StoreDay("on_the_shelf", 4, time(10), ON_THE_SHELF),
    StoreDay("lent", 5, time(15), LENT),
    StoreDay("judged", 7, time(10), _judged),
)
"""从周四到下一个周四: goods in; Friday's refilling; its parcel; a transfer; old parts."""
CLOSED, FIRST_OF_NEXT = "month_closed", time(9, 30)
"""When the month that is over is counted and closed, on the first day of the next."""
Wait: TypeAlias = Callable[[datetime, str], None]
"""Lets time go by until a moment, and is told what comes then."""


def play_month(
    case: Case,
    turn_to: Wait,
    repair: Callable[[], object],
    watcher: Watcher = UNWATCHED,
) -> str:
    """Play each day when it comes; the month that is closed at the end: `2026-11`.

    `repair` is what the parts are used for, while those that were asked for are on their way.
    Raises NotSo, Answered, Away.
    """
    first = first_day(case.rooms.now)
    for day in WEEK:
        turn_to(datetime.combine(first + day.after * A_DAY, day.at, ZONE), day.name)
        play(case, day.turns(case), watcher)
        if day is REFILL_DAY:
            repair()
    following = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
    turn_to(datetime.combine(following, FIRST_OF_NEXT, ZONE), CLOSED)
    play(case, _counted(case), watcher)
    return f"{first:%Y-%m}"


def first_day(now: datetime) -> date:
    """The first Thursday from now on whose next one is in the same month."""
    here = now.astimezone(ZONE)
    ahead = (Weekday.THU - here.weekday()) % 7
    day = here.date() + timedelta(days=ahead)
    if datetime.combine(day, WEEK[0].at, ZONE) <= here:
        day += A_WEEK
    return day if (day + A_WEEK).month == day.month else day + A_WEEK
