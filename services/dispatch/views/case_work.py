"""维修用时 (case work): how often somebody went for a ticket, and how long its orders took."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events import dispatch as facts
from shared.events.intake import RepairClosed
from shared.events.order_sheet import OrderStage, VisitOutcome
from shared.events.values import Ending
from shared.events.visits import VisitEnded
from shared.figures import seconds
from shared.view import Key, Recorded

NAME = "case_work"
VERSION = 1
KEY = ("ticket",)
INDEXES = (("branch", "closed_at"),)


@dataclass(frozen=True, slots=True)
class OrderStay:
    """停留: how long the orders of a ticket were at a stage, all of their times there together."""

    stage: OrderStage
    seconds: int


@dataclass(frozen=True, slots=True)
class Row:
    """维修用时一行: one ticket with its orders and visits."""

    ticket: str
    branch: str
    stage: OrderStage
    since: datetime
    """From when on the order that is worked on is at its stage."""
    stays: tuple[OrderStay, ...]
    orders: int
    visits: int
    """Those that ended, whether done or not; not those at a closed door."""
    done: bool
    """Whether the last of them was done."""
    closed_at: datetime | None
    ending: Ending | None
    changed_at: datetime


_MOVES: dict[type, OrderStage] = {
    facts.WorkOrderOpened: OrderStage.OPENED,
    facts.WorkOrderDeclined: OrderStage.OPENED,
    facts.WorkOrderRecalled: OrderStage.OPENED,
    facts.TechnicianAssigned: OrderStage.ASSIGNED,
    facts.WorkOrderSigned: OrderStage.ACCEPTED,
    facts.SignatureVoided: OrderStage.ACCEPTED,
    facts.CustomerSigned: OrderStage.SIGNED,
    facts.SignatureWaived: OrderStage.SIGNED,
    facts.HandInReturned: OrderStage.SIGNED,
    facts.TaskHandedIn: OrderStage.HANDED_IN,
    RepairClosed: OrderStage.CLOSED,
}
"""To which stage a fact brings the order."""


def keys(recorded: Recorded) -> list[Key]:
    """The ticket of an order or of a visit."""
    told = isinstance(recorded.fact, (facts.ApprovalNoted, VisitEnded, *_MOVES))
    return [(recorded.ticket,)] if told and recorded.ticket else []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact; there from the approval on."""
    fact = recorded.fact
    if isinstance(fact, facts.ApprovalNoted):
        return _approved(str(key[0]), row, fact, recorded)
    if row is None:
        return None
    row = replace(row, changed_at=recorded.recorded_at)
    if isinstance(fact, VisitEnded):
        return _gone(row, fact)
    if isinstance(fact, RepairClosed) and row.closed_at is None:
        row = replace(row, closed_at=recorded.recorded_at, ending=fact.ending)
    return _moved(row, _MOVES[type(fact)], recorded)


def _approved(ticket: str, row: Row | None, noted: facts.ApprovalNoted, recorded: Recorded) -> Row:
    """The first fact of each order; what is approved anew of one changes nothing here."""
    if row is None:
        return Row(
            ticket=ticket,
            branch=noted.branch,
            stage=OrderStage.AWAITING,
            since=recorded.recorded_at,
            stays=(),
            orders=1,
            visits=0,
            done=False,
            closed_at=None,
            ending=None,
            changed_at=recorded.recorded_at,
        )
    if recorded.version > 1:
        return row
    return _moved(replace(row, orders=row.orders + 1), OrderStage.AWAITING, recorded)


def _gone(row: Row, ended: VisitEnded) -> Row:
    if ended.outcome is VisitOutcome.NO_ACCESS:
        return row
    return replace(row, visits=row.visits + 1, done=ended.outcome is VisitOutcome.DONE)


def _moved(row: Row, stage: OrderStage, recorded: Recorded) -> Row:
    """The row at its next stage; once closed it stays so."""
    if row.stage is OrderStage.CLOSED:
        return row
    known = {stay.stage: stay.seconds for stay in row.stays}
    known[row.stage] = known.get(row.stage, 0) + seconds(row.since, recorded.recorded_at)
    stays = tuple(OrderStay(each, known[each]) for each in OrderStage if each in known)
    return replace(row, stage=stage, since=recorded.recorded_at, stays=stays)
