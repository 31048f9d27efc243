"""维修单 (work order, 三联单): from the noted approval to the closed case.

The order says what was approved and nothing else; one technician takes it with his signature, and
with that its issue notes are released. What was done is recorded, signed by the customer, handed in
and taken. What was approved, what became of the notes, who a technician is and by when he should
have answered come in with the commands; the visits made for it are read beside it.
"""

from services.dispatch.order_closing import close, hand_in, send_back, urge
from services.dispatch.order_commands import (
    AssignTechnician,
    CloseRepair,
    Command,
    DeclineWorkOrder,
    HandInTask,
    NameFurtherNote,
    NoteApproval,
    NoteIssueNote,
    OpenWorkOrder,
    RecallWorkOrder,
    RecordWork,
    ReturnHandIn,
    SignAsCustomer,
    SignWorkOrder,
    UrgeHandIn,
    UrgeTaking,
    VoidSignature,
)
from services.dispatch.order_state import WorkOrder, document_of, evolve, initial, public
from services.dispatch.order_taking import (
    assign,
    decline,
    name_further_note,
    open_order,
    recall,
    sign,
)
from services.dispatch.order_work import record, sign_as_customer, void
from shared.decider import Asked, Decision, number_of
from shared.events.dispatch import ApprovalNoted, IssueNoteNoted, TakingUrged
from shared.events.order_sheet import OrderStage

__all__ = ["WorkOrder", "decide", "document_of", "evolve", "initial", "public"]


def decide(  # noqa: C901, PLR0911, PLR0912 - a table: one line a command
    command: Command, order: WorkOrder, asked: Asked
) -> Decision:
    """What the command makes true. Nothing, when it is true already."""
    match command:
        case NoteApproval():
            return _note(command, order, asked)
        case NoteIssueNote():
            return _note_issue_note(command, order, asked)
        case OpenWorkOrder():
            return open_order(command, order, asked)
        case AssignTechnician():
            return assign(command, order, asked)
        case SignWorkOrder():
            return sign(command, order, asked)
        case DeclineWorkOrder():
            return decline(command, order, asked)
        case RecallWorkOrder():
            return recall(command, order, asked)
        case UrgeTaking():
            return _urge_taking(command, order, asked)
        case NameFurtherNote():
            return name_further_note(command, order, asked)
        case RecordWork():
            return record(command, order, asked)
        case SignAsCustomer():
            return sign_as_customer(command, order, asked)
        case VoidSignature():
            return void(command, order, asked)
        case HandInTask():
            return hand_in(command, order, asked)
        case UrgeHandIn():
            return urge(command, order, asked)
        case ReturnHandIn():
            return send_back(command, order, asked)
        case CloseRepair():
            return close(command, order, asked)


def _note(command: NoteApproval, order: WorkOrder, asked: Asked) -> Decision:
    if order.noted is not None and order.noted.version >= command.version:
        return []
    noted = ApprovalNoted(
        number=number_of(asked.home),
        ticket=command.ticket,
        branch=command.branch,
        report=command.report,
        version=command.version,
        approved=command.approved,
    )
    return asked.here(noted)


def _note_issue_note(command: NoteIssueNote, order: WorkOrder, asked: Asked) -> Decision:
    known = order.issue_notes.get(command.note.number)
    if known is not None and known.version >= command.note.version:
        return []
    return asked.here(IssueNoteNoted(command.note))


def _urge_taking(command: UrgeTaking, order: WorkOrder, asked: Asked) -> Decision:
    waits = order.stage is OrderStage.ASSIGNED and order.technician == command.technician
    urged = TakingUrged(command.technician, command.due_at)
    return asked.here(urged) if waits and order.urged != urged else []
