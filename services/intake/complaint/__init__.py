"""投诉单 (complaint): from the customer's words to an end that somebody else has looked at.

received → assigned → resolved → confirmed (unreached, declined) → closed; withdrawn, duplicate or
unsettled before that. Its time runs from the moment at which it was received. Nobody decides
anything of a complaint about themselves; who ever owned or resolved it neither calls back nor
reopens nor closes it, and where all at the desk have, somebody of base does.
"""

from collections.abc import Sequence

from services.intake.complaint import (
    assigning,
    board,
    calling,
    calls_due,
    clocks,
    closings_due,
    complaints_due,
    ending,
    kept_apart,
    reassigning,
    receiving,
    resolving,
)
from services.intake.complaint.checks import (
    DESK,
    JUDGES,
    OWNERS,
    UNRESOLVED,
    not_complained_of,
    reads_stand_ins,
)
from services.intake.complaint.state import (
    Complaint,
    shown,
    subject_of,
    ticket_of,
)
from services.intake.complaint.state import (
    evolve as evolve_paper,
)
from shared import urging
from shared.decider import Asked, Rule
from shared.document import CommandOwed, Timer
from shared.events.cards import BranchRegistered
from shared.events.complaints import (
    ComplaintAssigned,
    ComplaintCallEnded,
    ComplaintConfirmed,
    ComplaintReassigned,
    ComplaintReceived,
    ComplaintReclassified,
    ComplaintReopened,
    ComplaintResolved,
    ComplaintStage,
)
from shared.events.values import Role
from shared.ground import last_of
from shared.step import Address, Owed, PaperType, PathField, Step, by_command, offering
from shared.view import View

__all__ = ["PAPER", "STEPS", "Complaint", "decide", "evolve", "initial"]

SERIES = "TS"
"""投诉: the series of their numbers, dense in a year and branch."""
NUMBER = PathField(described="投诉单号 TS-…", pattern=r"^TS-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$")
PAPER: PaperType[Complaint] = PaperType(
    prefix="complaint",
    address=Address("/complaints/{number}", (NUMBER,)),
    subject_of=subject_of,
    named_ticket=ticket_of,
    shown=shown,
)
SINCE_THERE = last_of(BranchRegistered)
OWNED = last_of(ComplaintAssigned, ComplaintReassigned, ComplaintReclassified, ComplaintReopened)
OUTCOME = last_of(ComplaintResolved)
DONE = last_of(ComplaintConfirmed, ComplaintCallEnded)

initial = Complaint()
_STEPS = (
    Step(
        "/complaints",
        receiving.ReceiveComplaint,
        receiving.receive,
        by={Role.CLERK},
        begins=True,
        reads=receiving.reads_received,
        rests_on=SINCE_THERE,
        location="/v1/complaints/{id}",
        offer=offering(),
        example={
            "channel": "call",
            "contact_name": "王小明",
            "contact_phone": "0571-8700 1234",
            "subject": "manner",
            "what": "师傅进门不穿鞋套，还大声抱怨 he wore no shoe covers and grumbled",
        },
    ),
    Step(
        "/my-complaints",
        receiving.ReceiveComplaint,
        receiving.receive,
        by={Role.CUSTOMER},
        begins=True,
        reads=receiving.reads_received,
        rests_on=SINCE_THERE,
        location="/v1/my-complaints/{id}",
        offer=offering(),
        example={
            "contact_name": "王小明",
            "contact_phone": "0571-8700 1234",
            "subject": "late",
            "what": "约好上午，师傅下午才到 he came in the afternoon",
            "machine": "M-2001",
        },
        said="网上投诉: complain in one's own words, about one's own ticket or machine.",
    ),
    Step(
        "assignments",
        assigning.AssignComplaint,
        assigning.assign,
        by=DESK,
        reads=assigning.reads_assigned,
        rests_on=last_of(ComplaintReceived),
        until=ComplaintStage.RECEIVED,
        example={
            "class_code": "general",
            "department": "service",
            "owner": "A-ZHAO",
        },
    ),
    Step(
        "reclassifications",
        assigning.ReclassifyComplaint,
        assigning.reclassify,
        by=DESK,
        reads=assigning.reads_classed,
        rests_on=OWNED,
        until=ComplaintStage.ASSIGNED,
        example={"class_code": "complex", "because": "牵涉三方 three parties are in it"},
    ),
    Step(
        "reassignments",
        reassigning.ReassignComplaint,
        reassigning.reassign,
        by=DESK,
        reads=reassigning.reads_reassigned,
        rests_on=OWNED,
        until=ComplaintStage.DECLINED,
        example={"owner": "K-CHENJING", "because": "病假 on sick leave"},
    ),
    Step(
        "resolutions",
        resolving.ResolveComplaint,
        resolving.resolve,
        by={*OWNERS},
        nobody_apart="its owner alone, who is not whom it is about",
        reads=reads_stand_ins,
        rests_on=OWNED,
        until=ComplaintStage.ASSIGNED,
        offer=resolving.offered_resolution,
        example={
            "findings": "查实未穿鞋套 he wore none",
            "verified": True,
            "measures": "当面道歉，重新培训 an apology, and training",
            "customer_told_at": "2026-11-23T15:00:00+08:00",
        },
    ),
    Step(
        "call-attempts",
        calling.TryComplaintCall,
        calling.attempt,
        by=JUDGES,
        reads=reads_stand_ins,
        rests_on=OUTCOME,
        until=ComplaintStage.RESOLVED,
        offer=calling.offered_attempt,
        example={"channel": "电话 phone", "result": "无人接听 nobody answers"},
    ),
    Step(
        "confirmations",
        calling.ConfirmComplaint,
        calling.confirm,
        by=JUDGES,
        reads=reads_stand_ins,
        rests_on=OUTCOME,
        until=ComplaintStage.DECLINED,
        offer=calling.offered_confirmation,
        example={"satisfied": "yes", "said": "满意，谢谢 content, thank you"},
    ),
    Step(
        "reopenings",
        calling.ReopenComplaint,
        calling.reopen,
        by=JUDGES,
        reads=reads_stand_ins,
        rests_on=OUTCOME,
        until=ComplaintStage.DECLINED,
        example={"said": "他从没来道过歉 he never apologised"},
    ),
    Step(
        "call-endings",
        calling.EndComplaintCall,
        calling.give_up,
        by=JUDGES,
        reads=reads_stand_ins,
        rests_on=OUTCOME,
        until=ComplaintStage.RESOLVED,
        example={"stage": "declined", "because": "用户说不必再打 wants no call"},
    ),
    Step(
        "closings",
        ending.CloseComplaint,
        ending.close,
        by=JUDGES,
        reads=reads_stand_ins,
        rests_on=DONE,
        until=ComplaintStage.DECLINED,
        offer=ending.offered_closing,
        example={},
    ),
    Step(
        "terminations",
        ending.EndComplaint,
        ending.end,
        by=JUDGES,
        reads=ending.reads_other,
        rests_on=last_of(ComplaintReceived),
        until=ComplaintStage.DECLINED,
        example={"ending": "withdrawn", "said": "算了，不追究了 let it be"},
    ),
    Owed(clocks.MarkOverdue, clocks.mark, reads=clocks.reads_upward),
    Owed(clocks.UrgeComplaintCall, clocks.urge),
    Owed(clocks.MarkComplaintCallOverdue, clocks.mark_call),
    Owed(clocks.UrgeComplaintClosing, clocks.urge_closing),
    Owed(clocks.MarkComplaintClosingOverdue, clocks.mark_closing),
)


def _owner(complaint: Complaint) -> str | None:
    """Whoever owns it resolves it."""
    return complaint.owner if complaint.stage is ComplaintStage.ASSIGNED else None


def _apart(complaint: Complaint, asked: Asked) -> tuple[Rule, ...]:
    """Whom it is about does not hasten it."""
    return (not_complained_of(complaint, asked),)


_WAITS = {
    ComplaintStage.RECEIVED: "assignments",
    ComplaintStage.ASSIGNED: "resolutions",
    ComplaintStage.RESOLVED: "confirmations",
    ComplaintStage.CONFIRMED: "closings",
    ComplaintStage.UNREACHED: "closings",
    ComplaintStage.DECLINED: "closings",
}
"""What is waited for at which stage."""


def _awaited(complaint: Complaint) -> Sequence[urging.Awaited]:
    """Of nobody whom it is about; its call and its closing of nobody either who ever had it."""
    step, without = _WAITS.get(complaint.stage), complaint.ever_complained_of
    if complaint.resolved is not None and complaint.stage not in UNRESOLVED:
        without = (*without, *complaint.owners, complaint.resolved.by)
    if step is None:
        return ()
    return (urging.Awaited(step, person=_owner(complaint), without=without),)


_URGED = urging.Urgeable(_STEPS, urging.no_stage, also=_apart, beside=_awaited)
_URGINGS = urging.urgings(
    _URGED,
    by=JUDGES,
    rests_on=last_of(ComplaintReceived),
    until=ComplaintStage.DECLINED,
)
STEPS = (*_STEPS, _URGINGS)
decide = by_command(STEPS)
evolve = urging.remembering(evolve_paper)


def _urge(row: calls_due.Row) -> CommandOwed:
    return CommandOwed(row.stream, clocks.UrgeComplaintCall(row.due))


VIEWS: Sequence[View] = (board, complaints_due, calls_due, closings_due, kept_apart)
TIMERS = (Timer("urge-complaint-call", calls_due, _urge),)
"""What is overdue is told to people, whom the room's own timer looks up (`reactions.py`)."""
