"""回访的反应 (reactions of followup): the commands that documents of all rooms call for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.followup import rules
from services.followup.dossier import filings_due, returns_late
from services.followup.dossier.clocks import MarkFilingOverdue
from services.followup.dossier.collection import AddPaper, AskPapers
from services.followup.dossier.custody import LendToClaim, MarkReturnsOverdue, ReturnFromClaim
from services.followup.dossier.state import stream_of as stream_of_dossier
from services.followup.survey import call_backs_due
from services.followup.survey.schedule import (
    MarkCallBackOverdue,
    NoteContact,
    ScheduleCallBack,
)
from services.followup.survey.state import number_of
from services.followup.survey.state import stream_of as stream_of_survey
from shared import envelope
from shared.document import CommandOwed, Published, Reaction, Recurring
from shared.events.custody import ClaimSaid, PaperRef
from shared.events.followup import (
    CallBackScheduled,
    ContactNoted,
    Paper,
    PaperAsked,
    PaperKind,
    PapersAsked,
    SurveyDocument,
)
from shared.events.issue_notes import IssueNoteDocument
from shared.events.order_sheet import NoteStage, Work, WorkOrderDocument
from shared.events.report_form import ReportDocument, Stage
from shared.events.travel_claims import TravelClaimDocument
from shared.events.values import Ending, Personal, ReportKind, Role, key_of
from shared.policy import Core
from shared.policy.clocks import Occurrence, reached


@dataclass(frozen=True, slots=True)
class _Closing:
    """结案: how a case ended, whom to call about it, and who did the job."""

    ticket: str
    kind: ReportKind
    ending: Ending
    contact_name: Personal
    contact_phone: Personal
    technicians: tuple[str, ...]
    worked: bool = False
    """Whether the customer signed for parts, or was charged."""


def case_closed(document: Published, policy: Core) -> Sequence[CommandOwed]:
    """结案后: an ended case has a list of papers and, if the policy says so, a call-back.

    The list of papers comes first: its place among what is owed is the same under every policy.
    """
    closing = _closing(document.state, document.ticket)
    if closing is None:
        return ()
    ticket, ending = closing.ticket, closing.ending
    kind, worked = closing.kind, closing.worked
    is_called = rules.is_called_back(policy, ending, ticket, kind, worked=worked)
    wanted = _wanted(document.state, closing, number_of(ticket) if is_called else None)
    asked = PapersAsked(
        ticket=ticket,
        branch=document.branch,
        kind=kind,
        ending=ending,
        closed=document.stream,
        version=document.version,
        papers=wanted,
        subject=key_of(closing.contact_phone),
    )
    file_by = rules.filing_due(policy, document.recorded_at)
    owed = [CommandOwed(stream_of_dossier(ticket), AskPapers(asked, file_by))]
    if is_called:
        owed.append(CommandOwed(stream_of_survey(ticket), _call_back(document, closing, policy)))
    return owed


def add_paper(document: Published, policy: Core) -> Sequence[CommandOwed]:
    """归入: a finished paper goes into the dossier, as its newest document shows it."""
    ticket = document.ticket
    kind, number, done = _paper(document.state, ticket or "")
    if not done or ticket is None:
        return ()
    content = envelope.sha256(envelope.canonical(document.state)).hex()
    paper = Paper(kind, number, document.stream, document.version, content)
    file_by = rules.filing_due(policy, document.recorded_at)
    return (CommandOwed(stream_of_dossier(ticket), AddPaper(paper, file_by)),)


def note_contact(document: Published) -> Sequence[CommandOwed]:
    """得知更正: whom to call is noted where a case is approved or over.

    Before that the approval, or the end, will say it.
    """
    report, ticket = document.state, document.ticket
    assert isinstance(report, ReportDocument)
    if ticket is None or report.stage not in (Stage.APPROVED, Stage.CLOSED):
        return ()
    noted = ContactNoted(document.version, report.contact_name, report.contact_phone)
    return (CommandOwed(stream_of_survey(ticket), NoteContact(noted)),)


def attach_report(document: Published, policy: Core) -> Sequence[CommandOwed]:
    """报销附件: finance has the report while a claim waits to be decided; then it comes back."""
    claim, ticket = document.state, document.ticket
    assert isinstance(claim, TravelClaimDocument)
    if ticket is None:
        return ()
    report, home = PaperRef(PaperKind.REPORT, ticket), stream_of_dossier(ticket)
    said = ClaimSaid(claim.number, document.version)
    if not claim.has_report:
        return (CommandOwed(home, ReturnFromClaim(report, said)),)
    until = rules.finance_has_it(policy, document.recorded_at)
    return (CommandOwed(home, LendToClaim(report, FINANCE, claim.number, until, said)),)


FINANCE = Role.FINANCE.value
"""Who answers for a report that is attached to a claim."""
REPORTED = ("RepairReported",)
UNDECIDED = (
    *REPORTED,
    "BaseTechnicianSent",
    "TechnicianAssigned",
    "TaskHandedIn",
    "HandInReturned",
)
"""No case ends with them and no paper is finished by them."""
CORRECTED = "ContactCorrected"

REACTIONS = (
    Reaction(
        "case-closed",
        of=("report", "work_order"),
        owes=case_closed,
        # A correction ends no case; what it says of whom to call is noted by itself.
        ignores=(*UNDECIDED, CORRECTED),
        from_start=True,
        asks_policy=True,
    ),
    Reaction(
        "add-paper",
        of=("report", "work_order", "issue_note", "survey"),
        owes=add_paper,
        ignores=UNDECIDED,
        from_start=True,
        asks_policy=True,
    ),
    Reaction(
        "note-contact",
        of=("report",),
        owes=note_contact,
        # By these whom to call is not corrected; the end of the case says whom.
        ignores=(*REPORTED, "RepairApproved", "RepairClosed"),
        from_start=True,
    ),
    Reaction("attach-report", of=("claim",), owes=attach_report, from_start=True, asks_policy=True),
)


def _call_back(document: Published, closing: _Closing, policy: Core) -> ScheduleCallBack:
    scheduled = CallBackScheduled(
        ticket=closing.ticket,
        branch=document.branch,
        closed=document.stream,
        version=document.version,
        ending=closing.ending,
        contact_name=closing.contact_name,
        contact_phone=closing.contact_phone,
        technicians=closing.technicians,
        questions=rules.questions(policy, closing.kind, closing.ending),
        attempts_needed=rules.attempts_needed(policy),
        due_at=rules.call_back_due(policy, document.recorded_at),
        policy=policy.label,
    )
    return ScheduleCallBack(scheduled)


def _closing(state: object, ticket: str | None) -> _Closing | None:
    """The end of the case, if the newest document says that it has ended."""
    match state:
        case WorkOrderDocument(ending=Ending() as ending) as order:
            went = order.travel.travellers if order.travel else ()
            before = (who for each in order.earlier for who in each.technicians)
            signed = (*order.technicians, order.technician, *went, *before)
            return _Closing(
                ticket=order.ticket,
                kind=order.approved.kind,
                ending=ending,
                contact_name=order.approved.contact_name,
                contact_phone=order.approved.contact_phone,
                technicians=tuple(dict.fromkeys(filter(None, signed))),
                worked=_has_worked(order),
            )
        case ReportDocument(ending=Ending() as ending) as report if (
            ticket is not None and not _is_approved(report)
        ):
            return _Closing(
                ticket=ticket,
                kind=report.kind,
                ending=ending,
                contact_name=report.contact_name,
                contact_phone=report.contact_phone,
                technicians=_helpers(report),
            )
        case _:
            return None


def _helpers(report: ReportDocument) -> tuple[str, ...]:
    """Who did the job before there was an order: whose word solved it, else all who tried.

    Whoever tried in vain did not do the job that the customer is asked about: in a small branch
    everybody may have, and somebody has to call.
    """
    tried = [attempt.by for attempt in report.remote_attempts]
    if tried and report.ending is Ending.SOLVED_REMOTELY:
        return (tried[-1],)
    signed = [report.technician_sig.by] if report.technician_sig else []
    return tuple(dict.fromkeys((*signed, *tried)))


def _has_worked(order: WorkOrderDocument) -> bool:
    """Whether parts are in the machine or money was charged, by this order or one before it."""
    work = order.work or Work()
    used = any(each.used or each.old_taken for each in work.parts_used)
    return used or bool(work.fees) or any(each.worked for each in order.earlier)


def _is_approved(report: ReportDocument) -> bool:
    """Whether everybody asked has approved it: then its order says how the case ended."""
    given = {each.as_what for each in report.approvals}
    return report.approval is not None and given.issuperset(report.approval.needed)


def _wanted(state: object, closing: _Closing, call_back: str | None) -> tuple[PaperAsked, ...]:
    if isinstance(state, WorkOrderDocument):
        return rules.papers_of_order(state, call_back)
    return rules.papers_of_report(closing.ticket, closing.ending, call_back)


def _paper(state: object, ticket: str) -> tuple[PaperKind, str, bool]:
    """The kind and number of the paper of a document, and whether the paper is finished."""
    match state:
        case ReportDocument(stage=stage):
            return PaperKind.REPORT, ticket, stage in (Stage.APPROVED, Stage.CLOSED)
        case WorkOrderDocument(number=number, ending=ending, continued_as=further):
            return PaperKind.WORK_ORDER, number, ending is not None or further is not None
        case IssueNoteDocument(number=number, stage=stage):
            return PaperKind.ISSUE_NOTE, number, stage in (NoteStage.SETTLED, NoteStage.VOID)
        case SurveyDocument(number=number):
            return PaperKind.FOLLOW_UP, number, True
        case _:
            raise TypeError(f"{type(state).__name__} is no paper of a dossier")


def call_back_overdue(policy: Core, row: call_backs_due.Row, until: datetime) -> Occurrence | None:
    """回访逾期: so long after a call was due that was urged and is not made."""
    found = rules.call_back_overdue(policy, row.due) if row.urged else None
    return reached(found, policy.calendar, until)


def mark_overdue(row: call_backs_due.Row, on: Occurrence) -> CommandOwed:
    """回访逾期: the approvers of the branch are told."""
    return CommandOwed(row.stream, MarkCallBackOverdue(row.due, on.due))


def filing_overdue(policy: Core, row: filings_due.Row, until: datetime) -> Occurrence | None:
    """归档逾期: so long after it was to be filed that was urged and is not filed."""
    found = rules.filing_overdue(policy, row.due) if row.urged else None
    return reached(found, policy.calendar, until)


def mark_filing(row: filings_due.Row, on: Occurrence) -> CommandOwed:
    """归档逾期: the approvers of the branch are told."""
    return CommandOwed(row.stream, MarkFilingOverdue(row.due, on.due))


def return_overdue(policy: Core, row: returns_late.Row, until: datetime) -> Occurrence | None:
    """归还逾期: so long after a paper was due that was urged and is not back."""
    return reached(rules.return_overdue(policy, row.due), policy.calendar, until)


def mark_returns(row: returns_late.Row, on: Occurrence) -> CommandOwed:
    """归还逾期: the approvers of the branch are told."""
    return CommandOwed(row.stream, MarkReturnsOverdue(row.due, on.due))


TIMERS = (
    Recurring("call-back-overdue", call_backs_due, call_back_overdue, mark_overdue),
    Recurring("filing-overdue", filings_due, filing_overdue, mark_filing),
    Recurring("return-overdue", returns_late, return_overdue, mark_returns),
)
