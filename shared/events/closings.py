"""截帐的事实 (facts of closings): a month of a store that nothing changes any more."""

from datetime import datetime, timedelta
from enum import StrEnum

from shared.events import fact
from shared.events.inventory import Valuing
from shared.events.order_sheet import Pieces
from shared.events.values import (
    At,
    BranchCode,
    ContentHash,
    PartList,
    Period,
    Ref,
    Role,
    Signature,
)

WRITER = ("inventory",)
REPORT_AFTER = timedelta(days=3)
"""How long after the end of a month its report is due, where the closing does not say it."""


@fact(writers=WRITER, schema=4)
class PeriodClosed:
    """截帐: what is recorded from now on counts in a later month, whenever it happened."""

    store: BranchCode
    period: Period
    begins_at: At
    ends_at: At
    """The first moment of the next month, on the calendar of the store."""
    stocktake: Ref
    """The monthly stocktake that was approved."""
    unsettled: PartList[Ref]
    """未核销: the first issue notes of the time up to then that are not settled; a warning."""
    valuing: Valuing
    """计价方法: by which the month is told what its pieces cost, as policy said at its end."""
    closed_by: Ref
    report_due_at: At | None = None
    """应报时限: by when its report is sent; None: it was not said, and three days are given."""
    unsettled_more: Pieces | None = None
    """另有未核销: how many notes more than these; None: it was not counted then."""
    by_months: bool = False
    """按月计价: what counts, and what it cost, goes by the months; else the fen by the record."""

    @property
    def due_at(self) -> datetime:
        """By when its report is sent."""
        return self.report_due_at or self.ends_at + REPORT_AFTER


@fact(writers=WRITER)
class ConsumptionReportSent:
    """消耗报表报送: the keeper signs what the month was, by its digest; nobody typed it."""

    number: Ref
    """Of the report: `XH-HZ01-2026-11`."""
    store: BranchCode
    period: Period
    digest: ContentHash
    """Of the whole report, as it is computed from the movements."""
    keeper_sig: Signature


@fact(writers=WRITER)
class ConsumptionReportUrged:
    """督促报送: the report of a closed month was not sent by then; once."""

    store: BranchCode
    period: Period
    due_at: At
    owed_by: Role
    """Who is to sign it, of the people of the store."""
    told: Ref
    """Who closed the month, and waits for it."""


class MonthDuty(StrEnum):
    """月份事项: of what a keeper is reminded, month by month."""

    CLOSING = "closing"
    """To count the store, so that its month can be closed."""
    REPORTING = "reporting"
    """To send the consumption report of the month."""


@fact(writers=WRITER)
class MonthOverdue:
    """月份逾期: the keeper was reminded of a month in vain; approvers of the store are told."""

    store: BranchCode
    period: Period
    duty: MonthDuty
    due_at: At
    """By when it was to be done."""
    upward_at: At
    told: Role
    """In which role people of the store are told."""


@fact(writers=WRITER, schema=2)
class ClosingUrged:
    """督促盘点: a month is over, and it is neither counted nor closed; once a month."""

    store: BranchCode
    period: Period
    due_at: At
    owed_by: Role
    """Who takes stock, of the people of the store."""
    told: Ref | None
    """Who closed the month before, and waits for it; None: nobody has closed one yet."""
