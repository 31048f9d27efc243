"""派工的反应 (reactions of dispatch): what documents of other rooms, and the calendar, call for."""

from collections.abc import Sequence
from datetime import datetime

from services.dispatch import rules
from services.dispatch.views import cash_due, claims_due, next_visit
from services.dispatch.work_order import urged
from services.dispatch.work_order.cash import UrgeCash
from services.dispatch.work_order.claiming import UrgeClaim
from services.dispatch.work_order.notices import NoteAmendment, NoteApproval, NoteIssueNote
from services.dispatch.work_order.urging import UrgeApprovers, UrgeNextVisit
from shared.document import CommandOwed, Published, Reaction, Recurring, Timer
from shared.events.dispatch import AmendmentNoted, ApprovalNoted
from shared.events.issue_notes import IssueNoteDocument
from shared.events.order_sheet import ApprovedReport, NotedLine, NotedNote
from shared.events.report_form import ReportDocument, Stage
from shared.events.values import PartWanted
from shared.fields import filled
from shared.policy import Core
from shared.policy.clocks import Occurrence, reached


def note_approval(document: Published) -> Sequence[CommandOwed]:
    """得知批准: an approved report is noted on the first work order of its ticket."""
    report = document.state
    assert isinstance(report, ReportDocument)
    decided = report.stage in (Stage.APPROVED, Stage.CLOSED) and bool(report.approvals)
    if not decided or report.diagnosis is None or document.ticket is None:
        return ()
    number = f"{document.ticket}-W1"
    noted = ApprovalNoted(
        number=number,
        ticket=document.ticket,
        branch=document.branch,
        report=document.stream,
        version=document.version,
        approved=filled(ApprovedReport, report, approved_by=_approvers(report)),
    )
    return (CommandOwed(f"work_order-{number}", NoteApproval(noted)),)


def _approvers(report: ReportDocument) -> tuple[str, ...]:
    """Who approved it, and whom they stood in for: neither is sent on it."""
    both = (person for each in report.approvals for person in (each.by, each.acting_for))
    return tuple(dict.fromkeys(filter(None, both)))


def note_amendment(document: Published) -> Sequence[CommandOwed]:
    """得知更正: a change that waits for its approval is noted on the first order of the ticket."""
    report = document.state
    assert isinstance(report, ReportDocument)
    if report.amends is None or document.ticket is None:
        return ()
    noted = AmendmentNoted(document.stream, document.version)
    return (CommandOwed(f"work_order-{document.ticket}-W1", NoteAmendment(noted)),)


def note_issue_note(document: Published) -> Sequence[CommandOwed]:
    """得知出库: every change of an issue note is noted on the order that names it."""
    note = document.state
    assert isinstance(note, IssueNoteDocument)
    if document.ticket is None:
        return ()  # what a technician had before the books belongs to no order
    noted = NotedNote(
        number=note.number,
        version=document.version,
        stage=note.stage,
        recipient=note.recipient,
        delivery=note.delivery,
        lines=tuple(
            NotedLine(
                part=line.part,
                permitted=line.permitted,
                issued=line.issued.quantity if line.issued else None,
                reconciled=line.account is not None,
                used=line.account.used if line.account else None,
                missing=_missing(note, line.part),
                lost=_pieces(note.lost, line.part),
            )
            for line in note.lines
            if line.dropped_because is None
        ),
        expected_at=note.announced.expected_at if note.announced else None,
        announced=note.announced is not None,
        opened=note.opened is not None,
        reconciled_against=note.content,
    )
    return (CommandOwed(f"work_order-{note.order}", NoteIssueNote(noted)),)


def _missing(note: IssueNoteDocument, part: str) -> int:
    """How many pieces were not in the parcel, or not fit, when it was opened together."""
    return _pieces(note.opened.missing if note.opened else (), part)


def _pieces(listed: Sequence[PartWanted], part: str) -> int:
    return sum(each.quantity for each in listed if each.part == part)


REACTIONS = (
    Reaction(
        "note-approval",
        of=("report",),
        owes=note_approval,
        # A new report, and a change that is asked for, is not approved yet. One that intake closed
        # never was, though it may show the first of two approvals.
        ignores=("RepairReported", "ReportAmended", "RepairClosed"),
        from_start=True,
    ),
    Reaction(
        "note-amendment",
        of=("report",),
        owes=note_amendment,
        # No change waits after these; what they decide is noted as an approval.
        ignores=("RepairReported", "RepairApproved", "RepairClosed", "ContactCorrected"),
        from_start=True,
    ),
    Reaction("note-issue-note", of=("issue_note",), owes=note_issue_note, from_start=True),
)


def urge_claim(row: claims_due.Row) -> CommandOwed:
    """督促报销: of an order whose time to claim has run out."""
    assert row.due is not None
    return CommandOwed(row.stream, UrgeClaim(row.due))


def visit_lacking(policy: Core, row: next_visit.Row, until: datetime) -> Occurrence | None:
    """安排上门时限: once parts have been out for so long that its technician is reminded."""
    found = rules.visit_lacking(policy, row.since) if row.since else None
    return reached(found, policy.calendar, until)


def urge_next_visit(row: next_visit.Row, on: Occurrence) -> CommandOwed | None:
    """督促安排上门: the order looks for itself whether it is still so."""
    return CommandOwed(row.stream, UrgeNextVisit(row.since, on.due)) if row.since else None


def upward(policy: Core, row: urged.Row, until: datetime) -> Occurrence | None:
    """上报时限: so long after a reminder came to nothing."""
    return reached(rules.upward(policy, row.clock, row.due), policy.calendar, until)


def urge_approvers(row: urged.Row, on: Occurrence) -> CommandOwed:
    """督促上报: of what its technician was reminded of."""
    return CommandOwed(row.stream, UrgeApprovers(row.clock, row.due, on.due))


def cash_day_over(policy: Core, row: cash_due.Row, until: datetime) -> Occurrence | None:
    """当日结清: when the day is over on which the money was taken."""
    is_next = row.waits and row.urged_due is None
    found = rules.cash_due(policy, row.since) if is_next else None
    return reached(found, policy.calendar, until)


def urge_cash(row: cash_due.Row, on: Occurrence) -> CommandOwed:
    """督促交款: the order looks for itself whether it is settled."""
    return CommandOwed(row.stream, UrgeCash(on.due))


def cash_upward(policy: Core, row: cash_due.Row, until: datetime) -> Occurrence | None:
    """交款上报: so long after who took it was reminded in vain."""
    if not row.waits or row.urged_due is None or row.is_told:
        return None
    return reached(rules.cash_upward(policy, row.urged_due), policy.calendar, until)


def urge_cash_upward(row: cash_due.Row, on: Occurrence) -> CommandOwed | None:
    """交款上报: of what who took it was reminded of."""
    return CommandOwed(row.stream, UrgeCash(row.urged_due, on.due)) if row.urged_due else None


TIMERS = (
    Recurring("urge-cash", cash_due, cash_day_over, urge_cash),
    Recurring("urge-cash-upward", cash_due, cash_upward, urge_cash_upward),
    Timer("urge-claim", claims_due, urge_claim),
    Recurring("urge-next-visit", next_visit, visit_lacking, urge_next_visit),
    Recurring("urge-approvers", urged, upward, urge_approvers),
)
