"""One complaint, as the stories tell it: a technician's manner, from the call to its end."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial, reduce
from typing import Any

from services.intake import complaint, delegation, report
from services.intake.complaint.assigning import (
    AssignComplaint,
    ReclassifyComplaint,
)
from services.intake.complaint.calling import ConfirmComplaint, ReopenComplaint
from services.intake.complaint.reassigning import ReassignComplaint
from services.intake.complaint.receiving import ReceiveComplaint
from services.intake.complaint.resolving import ResolveComplaint
from services.intake.complaint.ruling import Ruled
from services.intake.complaint.state import Complaint
from services.intake.delegation import Delegations
from shared.decider import Asked, Fact, Happened
from shared.events.cards import PersonCard
from shared.events.complaints import (
    CallEnding,
    ComplaintAssigned,
    ComplaintCallEnded,
    ComplaintChannel,
    ComplaintConfirmed,
    ComplaintReceived,
    ComplaintReopened,
    ComplaintResolved,
    ComplaintSubject,
    Terms,
)
from shared.events.followup import Satisfied
from shared.events.intake import DelegationRecorded
from shared.events.values import Role, Sealed
from shared.view import View
from tests.intake.example import (
    AT,
    BRANCH,
    CARDS,
    HE,
    LI,
    QIAN,
    TICKET,
    TO_APPROVED,
    WANG,
    ZHAO,
    ZHOU,
)
from tests.intake.example import state as reported
from tests.seen import fold_view, recorded_on

NUMBER = f"TS-{BRANCH}-2026-0001"
HOME = f"complaint-{NUMBER}"
OTHER = f"TS-{BRANCH}-2026-0002"
TODAY = date(2026, 11, 23)
HALF_HOUR, A_DAY = timedelta(minutes=30), timedelta(days=1)


def sealed(field: str) -> Sealed:
    return Sealed(HOME, field, "c2VhbGVk")


def terms(after: timedelta = HALF_HOUR, since: datetime = AT, *, notice: bool = False) -> Terms:
    """So long after it was received; the call-back a day later."""
    return Terms(since + after, since + after + A_DAY, notice)


CLASSES = ("general", "fairly_complex", "complex", "very_complex")
RULED = Ruled(
    terms=terms(),
    classes=CLASSES,
    departments=("service", "quality"),
    head=(ZHAO,),
    upward=(ZHOU,),
    on=TODAY,
)
RECEIVE = ReceiveComplaint(
    channel=ComplaintChannel.CALL,
    contact_name=sealed("contact_name"),
    contact_phone=sealed("contact_phone"),
    what=sealed("what"),
    subject=ComplaintSubject.MANNER,
    ticket=TICKET,
    complained_of=WANG,
    branch=BRANCH,
    terms=terms(),
    upward=(ZHOU,),
)
RECEIVED = ComplaintReceived(
    number=NUMBER,
    branch=BRANCH,
    channel=ComplaintChannel.CALL,
    received_at=AT,
    received_by=LI,
    contact_name=sealed("contact_name"),
    contact_phone=sealed("contact_phone"),
    customer=None,
    what=sealed("what"),
    subject=ComplaintSubject.MANNER,
    ticket=TICKET,
    complained_of=WANG,
    machine=None,
    survey=None,
    terms=terms(),
    upward=(ZHOU,),
    warnings=(),
)
ASSIGN = AssignComplaint("general", "service", HE, ruled=RULED)
ASSIGNED = ComplaintAssigned(
    class_code="general",
    department="service",
    owner=HE,
    emergency=False,
    terms=terms(),
    upward=(ZHOU,),
    told=(),
    nobody_above=False,
    complained_of=WANG,
    assigned_by=LI,
)
RECLASSIFY = ReclassifyComplaint("complex", "牵涉三方", ruled=RULED)
REASSIGN = ReassignComplaint(ZHAO, "何梅病假", ruled=RULED)
RESOLVE = ResolveComplaint("查实未穿鞋套", verified=True, measures="当面道歉")
RESOLVED = ComplaintResolved(
    findings="查实未穿鞋套",
    verified=True,
    measures="当面道歉",
    quality_was_cause=False,
    penalty=None,
    compensation_fen=0,
    corrective_action=None,
    customer_told_at=None,
    written_notice=None,
    call_due_at=terms().call_due_at,
    by=HE,
)
CONFIRM = ConfirmComplaint(Satisfied.YES, sealed("said"))
CONFIRMED = ComplaintConfirmed(Satisfied.YES, AT, AT, sealed("said"), LI)
REOPEN = ReopenComplaint(sealed("said"), ruled=RULED)
REOPENED = ComplaintReopened(sealed("said"), AT, terms(), LI)
GIVEN_UP = ComplaintCallEnded(CallEnding.UNREACHED, "号码停机", (), LI)

TO_ASSIGNED: tuple[Fact, ...] = (RECEIVED, ASSIGNED)
TO_RESOLVED: tuple[Fact, ...] = (*TO_ASSIGNED, RESOLVED)
TO_CONFIRMED: tuple[Fact, ...] = (*TO_RESOLVED, CONFIRMED)


def state(*facts: Fact) -> Complaint:
    """The complaint after these facts."""
    return reduce(complaint.evolve, facts, complaint.initial)


def stands_in(deputy: str) -> Delegations:
    """Somebody lets this deputy act for them all week."""
    given = DelegationRecorded(1, deputy, ("clerk",), BRANCH, TODAY, TODAY + timedelta(6), None)
    return delegation.evolve(delegation.initial, given)


READ: Mapping[str, Any] = {
    **CARDS,
    f"report-{TICKET}": reported(*TO_APPROVED),
    "report-BX-HZ01-20261123-0404": report.initial,
    HOME: complaint.initial,
    **{f"delegation-{name}": delegation.initial for name in (LI, HE, WANG, ZHAO, QIAN, ZHOU)},
    **dict.fromkeys(("delegation-T-NOBODY", "delegation-T-FAR", "delegation-T-GONE")),
}


NOTHING: Mapping[str, Any] = {}


def by(actor: str, *, for_: str | None = None, read: Mapping[str, Any] = NOTHING) -> Asked:
    """Asked by somebody of the register; `read`: what stands otherwise than usual."""
    card = CARDS.get(f"person-{actor}")
    roles = frozenset(card.roles) if isinstance(card, PersonCard) else frozenset[Role]()
    reads = {**READ, **read}
    return Asked(HOME, actor, roles, AT, BRANCH, TICKET, reads, acting_for=for_)


def told(asked: Asked, *facts: tuple[Fact, float]) -> Asked:
    """The same, when these facts were recorded so many days after the first morning."""
    happened = [Happened(fact, AT, AT + timedelta(days=days)) for fact, days in facts]
    return replace(asked, happened={HOME: happened})


def rows_of(view: View, *facts: Fact) -> list[Any]:
    """What a view has of the complaint after these facts."""
    recorded = partial(recorded_on, "intake", HOME, ticket=TICKET, branch=BRANCH, at=AT)
    told = [recorded(fact, seq=n, version=n) for n, fact in enumerate(facts, start=1)]
    return [*fold_view(view, told).values()]
