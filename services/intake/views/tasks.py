"""受理的待办 (tasks of intake): what waits on reports and complaints, for whom and by when."""

from collections.abc import Mapping

from shared import clock_runs, tasks
from shared.events import complaints, intake
from shared.events.values import ReportKind, Role
from shared.tasks import DueAnew, Given, HandedOn, Left, Urged, Waits
from shared.view import Key, Recorded

NAME = "tasks"
VERSION = 3
KEY = tasks.KEY
INDEXES = tasks.INDEXES
Row = tasks.Row
REPORT, COMPLAINT = "report", "complaint"
"""The lines of work."""
_DESK = (Role.CLERK.value, Role.APPROVER.value, Role.GENERAL_MANAGER.value)
"""Whoever deals with complaints that nobody owns alone."""
_FIRST = {
    ReportKind.REPAIR: "diagnoses",
    ReportKind.INQUIRY: "closings",
    ReportKind.COMMISSIONING: "plans",
}
"""What a new report waits for."""


def told(recorded: Recorded) -> Mapping[str, Left]:
    """What a fact leaves to be done."""
    paper = recorded.stream.partition("-")[0]
    left = {REPORT: _of_report, COMPLAINT: _of_complaint}.get(paper)
    return left(recorded.fact) if left else {}


def _of_report(fact: object) -> Mapping[str, Left]:  # noqa: PLR0911 - one return a fact
    match fact:
        case intake.RepairReported(kind=kind, owner=owner):
            return {REPORT: Waits(_FIRST[kind], person=owner)}
        case intake.CaseHandedOver(owner=owner):
            return {REPORT: HandedOn(owner)}
        case intake.FaultDiagnosed() | intake.CommissioningPlanned():
            return {REPORT: Waits("submissions")}
        case intake.ReportReturned() | intake.ReportRecalled():
            return {REPORT: Waits("submissions")}
        case intake.ReportSubmitted(approval=asked) | intake.ReportAmended(approval=asked):
            return {REPORT: Waits("approvals", asked.needed, due_at=asked.due_at)}
        case intake.DecisionUrged(by, _, because):
            return {REPORT: Urged("approvals", by, None, because)}
        case intake.ApprovalGiven(approval=approval):
            return {REPORT: Given(approval.as_what)}
        case intake.RepairApproved() | intake.AmendmentRefused() | intake.AmendmentRecalled():
            return {REPORT: None}
        case intake.RepairClosed() | intake.ClosingNoted():
            return {REPORT: None}
        case _:
            return {}


def _of_complaint(fact: object) -> Mapping[str, Left]:  # noqa: PLR0911 - one return a fact
    match fact:
        case complaints.ComplaintReceived(terms=terms):
            return {COMPLAINT: Waits("assignments", _DESK, due_at=terms.due_at)}
        case complaints.ComplaintAssigned(owner=owner, terms=terms):
            return {COMPLAINT: Waits("resolutions", person=owner, due_at=terms.due_at)}
        case complaints.ComplaintReclassified(terms=terms):
            return {COMPLAINT: DueAnew(terms.due_at)}
        case complaints.ComplaintReassigned(owner=owner):
            return {COMPLAINT: HandedOn(owner)}
        case complaints.ComplaintReopened(terms=terms):
            return {COMPLAINT: Waits("resolutions", due_at=terms.due_at)}
        case complaints.ComplaintResolved(call_due_at=due_at):
            return {COMPLAINT: Waits("confirmations", _DESK, due_at=due_at)}
        case complaints.ComplaintConfirmed() | complaints.ComplaintCallEnded():
            return {COMPLAINT: Waits("closings", _DESK, is_timed=True)}
        case complaints.ComplaintClosingUrged(due_at):
            return {COMPLAINT: DueAnew(due_at)}
        case complaints.ComplaintClosed() | complaints.ComplaintEnded():
            return {COMPLAINT: None}
        case _:
            return tasks.by_hand(fact, COMPLAINT)


keys = tasks.keys_of(told)


def project(key: Key, row: tasks.Row | None, recorded: Recorded) -> tasks.Row | None:
    """The row after the fact."""
    return tasks.after(told, key, row, recorded)


CLOCKS = clock_runs.view_of(told, 3)
"""By when each of them was due, and when it was done."""
