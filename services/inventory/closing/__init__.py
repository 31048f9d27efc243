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
)
from services.inventory.closing.state import evolve
from services.inventory.periods import Closings
from shared.document import CommandOwed, Timer
from shared.events.closings import PeriodClosed
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
STEPS = (
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
)
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
