"""待排上门 (unplanned): orders that somebody took or went to, and nobody is to go.

No visit was ever planned for one that is to be done on site; or its last visit ended otherwise
than done. What waits with parts out is `next_visit`, which feeds a clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.decider import number_of
from shared.events.dispatch import (
    ApprovalNoted,
    CustomerSigned,
    RepairContinued,
    SignatureVoided,
    SignatureWaived,
    TechnicianAssigned,
    WorkOrderDeclined,
    WorkOrderRecalled,
    WorkOrderSigned,
)
from shared.events.intake import RepairClosed
from shared.events.order_sheet import VisitOutcome
from shared.events.visits import VisitCancelled, VisitEnded, VisitPlanned, VisitReassigned
from shared.view import Key, Recorded, first_row

NAME = "unplanned"
VERSION = 1
KEY = ("ticket",)
INDEXES = (("branch", "why"), ("technician", "why"))
_OF_ORDER = (
    *(ApprovalNoted, TechnicianAssigned, WorkOrderSigned, WorkOrderDeclined, WorkOrderRecalled),
    *(CustomerSigned, SignatureWaived, SignatureVoided, RepairContinued, RepairClosed),
)
_OF_VISITS = (VisitPlanned, VisitReassigned, VisitEnded, VisitCancelled)


class NothingPlanned(StrEnum):
    """缘由: why somebody has to plan a visit, or to end the order."""

    NO_VISIT = "no_visit"
    """Taken, to be done on site, and nobody has been there."""
    NOT_DONE = "not_done"
    """The last visit ended otherwise than done."""


@dataclass(frozen=True, slots=True)
class Row:
    """待排上门一行: a ticket with the order that is worked on and its visits."""

    ticket: str
    order: str
    branch: str
    technician: str | None
    on_site: bool
    taken: bool
    """Whether a technician has taken the order."""
    signed: bool
    """Whether the customer has signed its work, or need not."""
    visits: tuple[str, ...]
    """The visits that are planned or under way."""
    last_visit: str | None
    """Of the order, the one that ended last."""
    outcome: VisitOutcome | None
    because: str | None
    next_step: str | None
    why: NothingPlanned | None
    """None: somebody is to go, or nobody needs to."""
    since: datetime | None
    """From when on it was so, by when it was recorded."""
    changed_at: datetime


def keys(recorded: Recorded) -> Iterable[Key]:
    """The ticket of an order or of a visit."""
    is_order = recorded.stream.startswith("work_order-") and isinstance(recorded.fact, _OF_ORDER)
    is_told = is_order or isinstance(recorded.fact, _OF_VISITS)
    return [(recorded.ticket,)] if is_told and recorded.ticket else []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There from the approval until the case is closed."""
    fact = recorded.fact
    if isinstance(fact, RepairClosed):
        return None
    if isinstance(fact, ApprovalNoted):
        row = _approved(str(key[0]), row, fact, recorded)
    if row is None:
        return None
    after = _of_visit(_of_order(row, fact), fact, number_of(recorded.stream))
    why = _why(after)
    since = (row.since if why is row.why else None) or recorded.recorded_at
    return replace(after, why=why, since=since if why else None, changed_at=recorded.recorded_at)


def _why(row: Row) -> NothingPlanned | None:
    if row.visits or row.signed:
        return None
    if row.outcome not in (None, VisitOutcome.DONE):
        return NothingPlanned.NOT_DONE
    never = row.taken and row.on_site and row.outcome is None
    return NothingPlanned.NO_VISIT if never else None


def _approved(ticket: str, row: Row | None, noted: ApprovalNoted, recorded: Recorded) -> Row:
    """What is approved of an order; of a further one anew."""
    on_site = bool(noted.approved.diagnosis.on_site)
    if row is not None and row.order == noted.number:
        return replace(row, on_site=on_site)
    return first_row(
        Row,
        ticket=ticket,
        order=noted.number,
        branch=noted.branch,
        on_site=on_site,
        taken=False,
        signed=False,
        visits=row.visits if row else (),
        changed_at=recorded.recorded_at,
    )


def _of_order(row: Row, fact: object) -> Row:
    match fact:
        case TechnicianAssigned(technician):
            return replace(row, technician=technician)
        case WorkOrderSigned():
            return replace(row, taken=True)
        case WorkOrderDeclined() | WorkOrderRecalled():
            return replace(row, technician=None, taken=False)
        case CustomerSigned() | SignatureWaived() | RepairContinued():
            return replace(row, signed=True)
        case SignatureVoided():
            return replace(row, signed=False)
        case _:
            return row


def _of_visit(row: Row, fact: object, visit: str) -> Row:
    others = tuple(each for each in row.visits if each != visit)
    match fact:
        case VisitPlanned():
            return replace(row, visits=(*row.visits, visit))
        case VisitReassigned(technician):
            return replace(row, technician=technician)
        case VisitEnded(outcome, because, next_step):
            ended = replace(row, outcome=outcome, because=because, next_step=next_step)
            return replace(ended, visits=others, last_visit=visit)
        case VisitCancelled():
            return replace(row, visits=others)
        case _:
            return row
