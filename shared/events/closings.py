"""截帐的事实 (facts of closings): a month of a store that nothing changes any more."""

from shared.events import fact
from shared.events.inventory import Valuing
from shared.events.values import At, BranchCode, ContentHash, PartList, Period, Ref, Signature

WRITER = ("inventory",)


@fact(writers=WRITER)
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
