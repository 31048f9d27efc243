"""派工的待办 (tasks of dispatch): what waits on orders, visits and claims, for whom and by when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from services.dispatch.views import cash_due
from shared import clock_runs, tasks
from shared.events import dispatch, travel_claims, visits
from shared.events.intake import RepairClosed
from shared.events.order_sheet import OrderStage
from shared.events.urging import CashUrged, TechnicianUrged
from shared.events.values import Role
from shared.fields import filled
from shared.tasks import DueAnew, HandedOn, Left, Urged, Waits
from shared.view import Key, Recorded

NAME = "tasks"
VERSION = 5 + cash_due.VERSION
"""Another fold of that list is another fold of this."""
KEY = tasks.KEY
INDEXES = tasks.INDEXES
WAITING = {"waiting": True}
"""Which rows are tasks."""
ORDER, JOURNEY, SUPPLEMENT, FEES, HELP = "order", "journey", "supplement", "fees", "help"
CLAIM, CASH = "claim", "cash"
VISIT, APPOINTMENT, DEVIATION = "visit", "appointment", "deviation"
"""The lines of work."""
_CLERK, _APPROVER = (Role.CLERK.value,), (Role.APPROVER.value,)
_FINANCE, _BASE = (Role.FINANCE.value,), (Role.BASE.value,)
_RECEIVERS = (Role.FINANCE.value, Role.APPROVER.value)
_DECIDERS = (Role.APPROVER.value, Role.GENERAL_MANAGER.value)
_ASIDE: Mapping[str, Left] = dict.fromkeys((JOURNEY, SUPPLEMENT, FEES, HELP, CASH))
"""What is asked for beside the order ends with it."""
_STEP_AT = {
    OrderStage.ASSIGNED: "signatures",
    OrderStage.ACCEPTED: "work-records",
    OrderStage.SIGNED: "hand-ins",
}
"""What an order waits for that is with its technician."""
_TO_AGREE = Waits("appointments", _CLERK)


@dataclass(frozen=True, slots=True)
class Row(tasks.Row):
    """派工待办一行."""

    waiting: bool = True
    """Whether something waits just now."""
    cash: cash_due.Row | None = None
    """What a customer paid, and what of it was received; it may be recorded otherwise later."""


def told(recorded: Recorded) -> Mapping[str, Left]:
    """What a fact leaves to be done."""
    if recorded.stream.partition("-")[0] == "visit":
        return _of_visit(recorded.fact)
    return on_clocks(recorded)


def on_clocks(recorded: Recorded) -> Mapping[str, Left]:
    """What has its time from policy; a visit has the one that was agreed with the customer."""
    paper, fact = recorded.stream.partition("-")[0], recorded.fact
    if paper == "claim":
        return _of_claim(fact)
    if paper != "work_order":
        return {}
    if isinstance(fact, dispatch.ApprovalNoted):
        # What is approved anew later on does not begin the order again.
        return {ORDER: Waits("openings", _CLERK)} if recorded.version == 1 else {}
    return _of_order(fact) or _aside(fact)


def _of_order(fact: object) -> Mapping[str, Left]:
    match fact:
        case dispatch.WorkOrderOpened():
            return {ORDER: Waits("assignments", _CLERK)}
        case dispatch.TechnicianAssigned(technician=who, due_at=due_at):
            return {ORDER: Waits("signatures", person=who, due_at=due_at)}
        case dispatch.WorkOrderDeclined() | dispatch.WorkOrderRecalled():
            return {ORDER: Waits("assignments", _CLERK)}
        case dispatch.WorkOrderSigned() | dispatch.SignatureVoided():
            return {ORDER: Waits("work-records")}
        case _:
            return _at_the_end(fact)


def _at_the_end(fact: object) -> Mapping[str, Left]:  # noqa: PLR0911 - one return a fact
    """From the customer's signature on."""
    match fact:
        case dispatch.CustomerSigned(due_at=due_at) | dispatch.SignatureWaived(due_at=due_at):
            return {ORDER: Waits("hand-ins", due_at=due_at)}
        case dispatch.HandInReturned():
            return {ORDER: Waits("hand-ins")}
        case dispatch.HandInEntrusted(clerk=clerk):
            return {ORDER: HandedOn(clerk)}
        case dispatch.TaskHandedIn():
            return {ORDER: Waits("closings", _CLERK)}
        case CashUrged(due_at=due_at):
            return {CASH: Waits("cash-settlements", _RECEIVERS, due_at=due_at)}
        case dispatch.CashSettled():
            return {CASH: None}
        case dispatch.RepairContinued() | RepairClosed():
            return {ORDER: None, **_ASIDE}
        case _:
            return {}


def _aside(fact: object) -> Mapping[str, Left]:  # noqa: PLR0911 - one return a fact
    """What an approver or base is asked for while the order goes on."""
    match fact:
        case TechnicianUrged(by, who, stage, because):
            step = _STEP_AT.get(stage)
            return {ORDER: Urged(step, by, who, because)} if step else {}
        case dispatch.TravelChangeAsked():
            return {JOURNEY: Waits("travel-change-approvals", _APPROVER)}
        case dispatch.TravelChangeApproved() | dispatch.TravelChangeRefused():
            return {JOURNEY: None}
        case dispatch.SupplementAsked():
            return {SUPPLEMENT: Waits("supplement-approvals", _APPROVER)}
        case dispatch.SupplementApproved() | dispatch.SupplementRefused():
            return {SUPPLEMENT: None}
        case dispatch.FeesAsked():
            return {FEES: Waits("fee-approvals", _APPROVER)}
        case dispatch.FeesApproved() | dispatch.FeesRefused():
            return {FEES: None}
        case dispatch.BaseHelpAsked():
            return {HELP: Waits("base-guidances", _BASE)}
        case dispatch.BaseGuided() | dispatch.BaseTechnicianSent() | dispatch.BaseHelpDeclined():
            return {HELP: None}
        case _:
            return {}


def _of_visit(fact: object) -> Mapping[str, Left]:
    """From the plan on the technician is to leave at the hour that stands on it."""
    match fact:
        case visits.VisitPlanned(technician=who, travel_at=at):
            return {VISIT: Waits("departures", person=who, due_at=at), APPOINTMENT: _TO_AGREE}
        case visits.VisitRescheduled(travel_at=at, customer_agreed=agreed):
            return {VISIT: DueAnew(at), APPOINTMENT: None if agreed else _TO_AGREE}
        case visits.AppointmentConfirmed():
            return {APPOINTMENT: None}
        case visits.AnotherTimeAsked():
            return {APPOINTMENT: Waits("reschedulings", _CLERK)}
        case visits.VisitReassigned(technician=who):
            return {VISIT: HandedOn(who)}
        case _:
            return _on_the_way(fact)


def _on_the_way(fact: object) -> Mapping[str, Left]:
    """From the departure on."""
    match fact:
        case visits.Departed(deviation=deviation):
            judged = {DEVIATION: Waits("deviation-grants", _APPROVER)} if deviation else {}
            return {VISIT: Waits("arrivals"), APPOINTMENT: None, **judged}
        case visits.DeviationGranted() | visits.DeviationDenied():
            return {DEVIATION: None}
        case visits.Arrived():
            return {VISIT: Waits("endings")}
        case visits.VisitEnded() | visits.VisitCancelled():
            return {VISIT: None, APPOINTMENT: None}
        case _:
            return {}


def _of_claim(fact: object) -> Mapping[str, Left]:  # noqa: PLR0911 - one return a fact
    match fact:
        case travel_claims.ClaimSubmitted(claimant=who):
            return {CLAIM: Waits("reviews", _FINANCE, who)}
        case travel_claims.ClaimReturned():
            return {CLAIM: Waits("resubmissions")}
        case travel_claims.ClaimReviewed(needed=needed):
            return {CLAIM: Waits("approvals", needed or _DECIDERS)}
        case travel_claims.ClaimApproved():
            return {CLAIM: Waits("payments", _FINANCE)}
        case travel_claims.ClaimApprovalTakenBack():
            return {CLAIM: Waits("reviews", _FINANCE)}
        case travel_claims.ClaimRejected() | travel_claims.ClaimPaid():
            return {CLAIM: None}
        case travel_claims.ClaimWithdrawn():
            return {CLAIM: None}
        case _:
            return tasks.by_hand(fact, CLAIM)


_told_keys = tasks.keys_of(told)


def keys(recorded: Recorded) -> Iterable[Key]:
    """The lines of work that a fact touches."""
    paid = ((stream, CASH) for (stream,) in cash_due.keys(recorded))
    return dict.fromkeys((*_told_keys(recorded), *paid))


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    stream, line = key
    if line == CASH:
        cash = cash_due.project((stream,), row.cash if row else None, recorded)
        return _of_cash(cash, recorded) if cash is not None else None
    after = tasks.after(told, key, row, recorded)
    return filled(Row, after) if after is not None else None


def _of_cash(cash: cash_due.Row, recorded: Recorded) -> Row:
    """待结清: from the record on, in every branch; by when is said once somebody is reminded."""
    waits = Waits("cash-settlements", _RECEIVERS, due_at=cash.urged_due)
    after = tasks.after(lambda _: {CASH: waits}, (cash.stream, CASH), None, recorded)
    assert after is not None
    return replace(filled(Row, after, waiting=cash.waits, cash=cash), since=cash.since)


CLOCKS = clock_runs.view_of(on_clocks, 3)
"""By when each of them was due, and when it was done."""
