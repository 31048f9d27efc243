"""报修单 (repair report): from the call to the approval, or to an end without one.

The technician says what is broken and signs it, the clerk completes and signs it, whoever the
ladder names approves it. A change of what was signed makes the signatures void. Who must approve
and by when comes in with the command; whom and what it names is looked up in the registers.
"""

from services.intake.report.approval import (
    GiveApproval,
    ReturnReport,
    approve,
    reads_approvers,
    send_back,
)
from services.intake.report.basics import (
    CompleteBasics,
    HandOverCase,
    complete,
    hand_over,
    offered_completing,
    offered_handover,
    reads_completed,
    reads_new_owner,
)
from services.intake.report.checks import customer_key
from services.intake.report.diagnosis import (
    DIAGNOSIS_EXAMPLE,
    DiagnoseFault,
    GiveRemoteGuidance,
    SignReport,
    diagnose,
    guide,
    offered_diagnosis,
    offered_guidance,
    offered_signing,
    reads_travellers,
    sign,
)
from services.intake.report.document import public, shown
from services.intake.report.ending import (
    CloseReport,
    NoteClosing,
    close,
    note_closing,
    offered_closing,
)
from services.intake.report.repeat import RepeatReport, reads_new_report, repeat
from services.intake.report.reporting import (
    REPORT_EXAMPLE,
    WEB_EXAMPLE,
    RegisterReport,
    offered_never,
    reads_registration,
    register,
)
from services.intake.report.state import Report, evolve, initial
from services.intake.report.submission import (
    RecallReport,
    SubmitReport,
    UrgeApproval,
    offered_recalling,
    recall,
    submit,
    urge,
)
from shared.events.report_form import Stage
from shared.events.values import Role
from shared.step import Address, Owed, PaperType, PathField, Step, by_command

__all__ = ["PAPER", "STEPS", "Report", "decide", "evolve", "initial", "public"]


def own_ticket(number: str) -> str:
    """A report has the number of its ticket."""
    return number


TICKET = PathField("ticket", pattern=r"^BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}$")
PAPER: PaperType[Report] = PaperType(
    prefix="report",
    address=Address("/reports/{ticket}", (TICKET,)),
    ticket_of=own_ticket,
    subject_of=customer_key,
    shown=shown,
)
CLERK, TECHNICIAN = {Role.CLERK}, {Role.TECHNICIAN}
EMPLOYEES = frozenset(Role) - {Role.AUDITOR, Role.OPERATOR, Role.CUSTOMER}
"""Any of them may take a call, and stand in for an approver; who may not is refused by the rule."""

STEPS = (
    Step(
        "/reports",
        RegisterReport,
        register,
        by=EMPLOYEES,
        begins=True,
        reads=reads_registration,
        location="/v1/reports/{ticket}",
        offer=offered_never,
        example=REPORT_EXAMPLE,
    ),
    Step(
        "/my-reports",
        RegisterReport,
        register,
        by={Role.CUSTOMER},
        begins=True,
        reads=reads_registration,
        location="/v1/my-reports/{ticket}",
        offer=offered_never,
        example=WEB_EXAMPLE,
        said="网上报修: report one's own machine, or ask something; the branch names who owns it.",
    ),
    Step(
        "basics",
        CompleteBasics,
        complete,
        by=CLERK,
        until=Stage.APPROVED,
        reads=reads_completed,
        offer=offered_completing,
        example={
            "circumstances": {"customer_wish": "周末前修好", "priority": "urgent"},
            "called_customer_at": "2026-11-23T10:05:00+08:00",
        },
    ),
    Step(
        "diagnoses",
        DiagnoseFault,
        diagnose,
        by=TECHNICIAN,
        until=Stage.APPROVED,
        reads=reads_travellers,
        offer=offered_diagnosis,
        example=DIAGNOSIS_EXAMPLE,
    ),
    Step(
        "remote-guidances",
        GiveRemoteGuidance,
        guide,
        by={Role.TECHNICIAN, Role.CLERK},
        until=Stage.APPROVED,
        offer=offered_guidance,
        example={
            "result": "not_solved",
            "steps": "电话指导关闭进水阀后重新启动，仍漏水",
            "at": "2026-11-23T10:15:00+08:00",
        },
    ),
    Step(
        "signatures",
        SignReport,
        sign,
        by=TECHNICIAN,
        until=Stage.APPROVED,
        offer=offered_signing,
        example={"content": "4b7e" * 16, "how": "session"},
    ),
    Step(
        "submissions",
        SubmitReport,
        submit,
        by=CLERK,
        until=Stage.APPROVED,
        example={"content": "4b7e" * 16, "how": "session"},
    ),
    Step(
        "approvals",
        GiveApproval,
        approve,
        by=EMPLOYEES,
        until=Stage.APPROVED,
        reads=reads_approvers,
        example={"as_what": "approver", "content": "4b7e" * 16},
    ),
    Step(
        "returns",
        ReturnReport,
        send_back,
        by=EMPLOYEES,
        until=Stage.APPROVED,
        reads=reads_approvers,
        example={
            "as_what": "approver",
            "reasons": ["预计费用偏高，请核对"],
            "fields": ["estimated_fen"],
        },
    ),
    Step(
        "recalls",
        RecallReport,
        recall,
        by=CLERK,
        until=Stage.APPROVED,
        offer=offered_recalling,
        example={"because": "客户改了时间"},
    ),
    Owed(UrgeApproval, urge),
    Step(
        "handovers",
        HandOverCase,
        hand_over,
        by=EMPLOYEES,
        until=Stage.APPROVED,
        reads=reads_new_owner,
        offer=offered_handover,
        example={"to": "K-CHENJING", "because": "交班"},
    ),
    Step(
        "closings",
        CloseReport,
        close,
        by={Role.CLERK, Role.TECHNICIAN},
        until=Stage.APPROVED,
        offer=offered_closing,
        example={
            "ending": "withdrawn",
            "reason": "用户自行修好",
            "customer_told_at": "2026-11-23T11:00:00+08:00",
        },
    ),
    Owed(NoteClosing, note_closing),
    Owed(RepeatReport, repeat, reads=reads_new_report),
)
decide = by_command(STEPS)
