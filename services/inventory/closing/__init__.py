"""截帐 (closing): the months of a store that are closed, in one stream for each store.

Nothing that is recorded afterwards changes such a month: it counts in the next one that is open,
marked (`periods.py`).
"""

from collections.abc import Sequence
from datetime import datetime

from services.inventory.closing import (
    board,
    closing,
    first_months,
    months_due,
    reports_due,
    sending,
    upward,
)
from services.inventory.closing.state import evolve as evolve_paper
from services.inventory.periods import Closings
from shared import urging
from shared.document import CommandOwed, Timer
from shared.events.closings import ClosingUrged, PeriodClosed
from shared.events.stocktakes import StocktakeApproved
from shared.events.values import Role
from shared.ground import last_of
from shared.step import Address, Owed, PaperType, PathField, Step, by_command
from shared.view import View

__all__ = ["PAPER", "STEPS", "Closings", "decide", "evolve", "initial"]

STORE = PathField("store", described="网点仓库 store", pattern=r"^[A-Z0-9]{2,8}$")
PAPER: PaperType[Closings] = PaperType(
    prefix="closing",
    address=Address("/closings/{store}", (STORE,)),
    place_of=lambda number: number,
)

initial = Closings()
_STEPS = (
    Step(
        "periods",
        closing.ClosePeriod,
        closing.close,
        by={Role.FINANCE},
        begins=True,
        reads=closing.reads_stocktakes,
        rests_on=last_of(StocktakeApproved),
        example={"period": "2026-11"},
    ),
    Step(
        "reports",
        sending.SendConsumption,
        sending.send,
        by={Role.STOREKEEPER},
        rests_on=last_of(PeriodClosed),
        example={"period": "2026-11", "digest": "5f" * 32},
    ),
    Owed(sending.UrgeConsumption, sending.urge),
    Owed(closing.UrgeClosing, closing.urge_closing),
    Owed(upward.TellOfMonth, upward.tell),
)


def _months(closings: Closings) -> Sequence[urging.Awaited]:
    """月份: each whose report is not sent, and the one that was to be closed and is not."""
    last, reminded = closings.last, closings.reminded
    late = reminded is not None and not closings.has(reminded)
    unsent = (last.period,) if last and last.period not in closings.sent else ()
    months = sorted({*(each for each in closings.urged if each not in closings.sent), *unsent})
    reports = [urging.Awaited("reports", each) for each in months]
    return (*reports, *((urging.Awaited("periods", reminded),) if late else ()))


_URGED = urging.Urgeable(_STEPS, urging.no_stage, beside=_months)
_URGINGS = urging.urgings(
    _URGED,
    by={Role.FINANCE, Role.STOREKEEPER, Role.APPROVER, Role.GENERAL_MANAGER},
    rests_on=last_of(PeriodClosed, ClosingUrged),
)
STEPS = (*_STEPS, _URGINGS)
evolve = urging.remembering(evolve_paper)
decide = by_command(STEPS)


def reminder(stream: str, period: str, due_at: datetime) -> CommandOwed:
    """督促盘点: what the timers owe the closings of a store."""
    return CommandOwed(stream, closing.UrgeClosing(period, due_at))


def _urge(row: reports_due.Row) -> CommandOwed:
    return CommandOwed(
        row.stream, sending.UrgeConsumption(row.store, row.period, row.due, row.told)
    )


VIEWS: Sequence[View] = (board, reports_due, months_due, first_months)
TIMERS = (Timer("urge-consumption", reports_due, _urge),)
