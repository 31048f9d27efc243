"""待报 (reports due): the closed months whose report nobody has signed yet; feeds the clock."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.closings import ConsumptionReportSent, ConsumptionReportUrged, PeriodClosed
from shared.events.values import Role
from shared.view import Key, Recorded

NAME = "reports_due"
VERSION = 1
KEY = ("store", "period")
INDEXES = (("due",), ("branch",))


@dataclass(frozen=True, slots=True)
class Row:
    """待报一行: the report of a closed month that is to be sent, by when, and by whom."""

    stream: str
    due: datetime
    store: str
    period: str
    branch: str
    """The store's."""
    owed_by: Role
    """Who signs it: a storekeeper of the store."""
    told: str
    """Who is told when it is late: who closed the month."""
    closed_at: datetime
    urged: bool


def keys(recorded: Recorded) -> Iterable[Key]:
    """The month that a fact of a closing is about."""
    fact = recorded.fact
    if isinstance(fact, PeriodClosed | ConsumptionReportSent | ConsumptionReportUrged):
        return [(fact.store, fact.period)]
    return []


def project(_: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There from the closing on until it is sent; once gone it does not come back."""
    match recorded.fact:
        case PeriodClosed() as closed:
            return Row(
                stream=recorded.stream,
                due=closed.due_at,
                store=closed.store,
                period=closed.period,
                branch=closed.store,
                owed_by=Role.STOREKEEPER,
                told=closed.closed_by,
                closed_at=recorded.recorded_at,
                urged=False,
            )
        case ConsumptionReportUrged() if row is not None:
            return replace(row, urged=True)
        case _:
            return None
