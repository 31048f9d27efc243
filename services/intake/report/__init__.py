"""报修单 (repair report): from the call to the approval, or to an end without one.

The technician says what is broken and signs it, the clerk completes and signs it, whoever the
ladder names approves it. A change of what was signed makes the signatures void. Who must approve
and by when comes in with the command; whom and what it names is looked up in the registers.
"""

from collections.abc import Sequence

from services.intake.report import (
    amending,
    approval,
    approvals_due,
    basics,
    checks,
    complained,
    contact,
    defects,
    diagnosis,
    ending,
    enquiries,
    grounds,
    notes,
    open_reports,
    planning,
    reaching,
    repeat,
    reporting,
    submission,
    values_said,
)
from services.intake.report.document import public, shown
from services.intake.report.state import Report, evolve, initial
from shared.document import CommandOwed, Timer
from shared.events.report_form import Stage
from shared.events.values import TICKET_FORM, Role
from shared.step import WORDS, Address, Owed, PaperType, PathField, Step, by_command, offering
from shared.view import View

__all__ = ["PAPER", "STEPS", "Report", "decide", "evolve", "initial", "public"]


def own_ticket(number: str) -> str:
    """A report has the number of its ticket."""
    return number


TICKET = PathField("ticket", pattern=rf"^{TICKET_FORM}$")
PAPER: PaperType[Report] = PaperType(
    prefix="report",
    address=Address("/reports/{ticket}", (TICKET,)),
    ticket_of=own_ticket,
    subject_of=checks.customer_key,
    shown=shown,
    named=checks.named,
)
CLERK, TECHNICIAN = {Role.CLERK}, {Role.TECHNICIAN}
EMPLOYEES = frozenset(Role) - {Role.AUDITOR, Role.OPERATOR, Role.CUSTOMER}
"""Any of them may take a call, and stand in for an approver; who may not is refused by the rule."""

STEPS = (
    Step(
        "/reports",
        reporting.RegisterReport,
        reporting.register,
        by=EMPLOYEES,
        rests_on=grounds.BRANCH,
        since=grounds.SINCE_REPORTED,
        begins=True,
        reads=reporting.reads_registration,
        matter=reporting.matter_of,
        location="/v1/reports/{ticket}",
        offer=offering(),
        example=reporting.REPORT_EXAMPLE,
    ),
    Step(
        "/my-reports",
        reporting.RegisterReport,
        reporting.register,
        by={Role.CUSTOMER},
        rests_on=grounds.BRANCH,
        since=grounds.SINCE_REPORTED,
        begins=True,
        reads=reporting.reads_registration,
        matter=reporting.matter_of,
        location="/v1/my-reports/{ticket}",
        offer=offering(),
        example=reporting.WEB_EXAMPLE,
        said="网上报修: report one's own machine, or ask something; the branch names who owns it.",
    ),
    Step(
        "basics",
        basics.CompleteBasics,
        basics.complete,
        by=CLERK,
        rests_on=grounds.REPORT,
        since=grounds.SINCE_COMPLETED,
        until=Stage.APPROVED,
        reads=basics.reads_completed,
        offer=basics.offered_completion,
        example={
            "circumstances": {"customer_wish": "周末前修好", "priority": "urgent"},
            "called_customer_at": "2026-11-23T10:05:00+08:00",
        },
    ),
    Step(
        "diagnoses",
        diagnosis.DiagnoseFault,
        diagnosis.diagnose,
        by=TECHNICIAN,
        rests_on=grounds.REPORT,
        since=grounds.SINCE_DIAGNOSED,
        until=Stage.APPROVED,
        reads=diagnosis.reads_diagnosed,
        example=diagnosis.DIAGNOSIS_EXAMPLE,
    ),
    Step(
        "plans",
        planning.PlanCommissioning,
        planning.plan,
        by=CLERK,
        rests_on=grounds.REPORT,
        until=Stage.APPROVED,
        reads=planning.reads_planned,
        example=planning.PLAN_EXAMPLE,
    ),
    Step(
        "remote-guidances",
        diagnosis.GiveRemoteGuidance,
        diagnosis.guide,
        by={Role.TECHNICIAN, Role.CLERK},
        rests_on=grounds.REPORT,
        since=grounds.SINCE_GUIDED,
        until=Stage.APPROVED,
        offer=diagnosis.offered_guidance,
        example={
            "result": "not_solved",
            "steps": "电话指导关闭进水阀后重新启动，仍漏水",
            "at": "2026-11-23T10:15:00+08:00",
        },
    ),
    Step(
        "signatures",
        diagnosis.SignReport,
        diagnosis.sign,
        by=TECHNICIAN,
        rests_on=grounds.CONTENT,
        until=Stage.APPROVED,
        offer=diagnosis.offered_signing,
        example={"content": "4b7e" * 16, "how": "session"},
    ),
    Step(
        "submissions",
        submission.SubmitReport,
        submission.submit,
        by=CLERK,
        rests_on=grounds.SIGNED,
        until=Stage.APPROVED,
        reads=submission.reads_submitted,
        example={"content": "4b7e" * 16, "how": "session"},
    ),
    Step(
        "approvals",
        approval.GiveApproval,
        approval.approve,
        by=EMPLOYEES,
        rests_on=grounds.ASKED_FOR,
        until=Stage.APPROVED,
        reads=approval.reads_approvers,
        example={"as_what": "approver", "content": "4b7e" * 16},
    ),
    Step(
        "returns",
        approval.ReturnReport,
        approval.send_back,
        by=EMPLOYEES,
        rests_on=grounds.ASKED_FOR,
        until=Stage.APPROVED,
        reads=approval.reads_approvers,
        example={
            "as_what": "approver",
            "reasons": ["预计费用偏高，请核对"],
            "fields": ["estimated_fen"],
        },
    ),
    Step(
        "recalls",
        submission.RecallReport,
        submission.recall,
        by=CLERK,
        rests_on=grounds.ASKED_FOR,
        until=Stage.APPROVED,
        offer=submission.offered_recall,
        example={"because": "客户改了时间"},
    ),
    Step(
        "urgings",
        submission.UrgeDecision,
        submission.urge_decision,
        by={Role.CLERK, Role.TECHNICIAN},
        rests_on=grounds.ASKED_FOR,
        until=Stage.SUBMITTED,
        offer=offering(submission.UrgeDecision(WORDS)),
        example={"because": "用户停产等修 the customer's line stands still"},
    ),
    Step(
        "calls",
        notes.NoteCall,
        notes.note_call,
        by=EMPLOYEES,
        rests_on=grounds.REPORT,
        until=Stage.APPROVED,
        example={"said": "客户问何时上门 asks when somebody comes", "urges": True},
    ),
    Step(
        "notes",
        notes.AddNote,
        notes.add_note,
        by=EMPLOYEES,
        rests_on=grounds.REPORT,
        until=Stage.APPROVED,
        example={"text": "门卫要登记车牌 the guard notes the number plate"},
    ),
    Step(
        "contact-attempts",
        reaching.AttemptContact,
        reaching.attempt,
        by={Role.CLERK, Role.TECHNICIAN},
        rests_on=grounds.REPORT,
        until=Stage.RETURNED,
        offer=reaching.offered_attempt,
        example={
            "channel": "电话 phone",
            "whom": "0571-8700 1234",
            "result": "无人接听 nobody answers",
        },
    ),
    Step(
        "amendment-drafts",
        amending.DraftAmendment,
        amending.draft,
        by={Role.TECHNICIAN, Role.CLERK},
        rests_on=grounds.AGREED,
        since=grounds.SINCE_AMENDED,
        until=Stage.APPROVED,
        reads=amending.reads_drafted,
        example=amending.EXAMPLE,
    ),
    Step(
        "amendments",
        amending.AmendReport,
        amending.amend,
        by=CLERK,
        rests_on=grounds.DRAFTED,
        until=Stage.APPROVED,
        reads=amending.reads_amended,
        example={"content": "4b7e" * 16, "how": "session"},
    ),
    Step(
        "contact-corrections",
        contact.CorrectContact,
        contact.correct,
        by=CLERK,
        rests_on=grounds.ASKED_FOR,
        offer=contact.offered_correction,
        example=contact.EXAMPLE,
    ),
    Owed(submission.UrgeApproval, submission.urge),
    Step(
        "handovers",
        basics.HandOverCase,
        basics.hand_over,
        by=EMPLOYEES,
        rests_on=grounds.OWNED,
        until=Stage.APPROVED,
        reads=basics.reads_new_owner,
        offer=basics.offered_handover,
        example={"to": "K-CHENJING", "because": "交班"},
    ),
    Step(
        "closings",
        ending.CloseReport,
        ending.close,
        by={Role.CLERK, Role.TECHNICIAN},
        rests_on=grounds.UNDECIDED,
        since=grounds.SINCE_CLOSED,
        until=Stage.APPROVED,
        reads=ending.reads_other,
        example={
            "ending": "withdrawn",
            "reason": "用户自行修好",
            "customer_told_at": "2026-11-23T11:00:00+08:00",
        },
    ),
    Owed(ending.NoteClosing, ending.note_closing, reads=ending.reads_other),
    Owed(defects.NoteDefect, defects.note_defect),
    Owed(repeat.RepeatReport, repeat.repeat, reads=repeat.reads_new_report),
    Owed(complained.ComplainFromSurvey, complained.complain, reads=complained.reads_complaint),
)
decide = by_command(STEPS)


def _urge_approval(row: approvals_due.Row) -> CommandOwed:
    return CommandOwed(row.stream, submission.UrgeApproval(row.round, row.due))


VIEWS: Sequence[View] = (open_reports, enquiries, approvals_due, values_said)
TIMERS = (Timer("urge-approval", approvals_due, _urge_approval),)
