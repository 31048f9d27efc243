"""截帐一览 (closings): the months that are closed, of every store."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.closings import ConsumptionReportSent, PeriodClosed
from shared.events.inventory import Valuing
from shared.view import Key, Recorded, first_row

NAME = "closings"
VERSION = 2
KEY = ("store", "period")
INDEXES = (("branch", "period"),)


@dataclass(frozen=True, slots=True)
class Row:
    """截帐一行: one month of a store."""

    store: str
    period: str
    branch: str
    """The store's."""
    begins_at: datetime
    ends_at: datetime
    stocktake: str
    unsettled: tuple[str, ...]
    """The first notes that were not settled."""
    unsettled_more: int | None
    """How many more there were; None: it was not counted then."""
    valuing: Valuing
    closed_by: str
    closed_at: datetime
    """When it was recorded."""
    report: str | None
    """消耗报表: the number of the report that was sent."""
    digest: str | None
    sent_by: str | None
    sent_at: datetime | None


def keys(recorded: Recorded) -> Iterable[Key]:
    """The month that is closed."""
    match recorded.fact:
        case PeriodClosed(store, period) | ConsumptionReportSent(store=store, period=period):
            return [(store, period)]
        case _:
            return []


def project(_: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row of the month after the fact."""
    fact = recorded.fact
    if isinstance(fact, PeriodClosed):
        return first_row(Row, fact, branch=fact.store, closed_at=recorded.recorded_at)
    if row is None:
        return None
    assert isinstance(fact, ConsumptionReportSent)
    return replace(
        row,
        report=fact.number,
        digest=fact.digest,
        sent_by=fact.keeper_sig.by,
        sent_at=recorded.recorded_at,
    )
