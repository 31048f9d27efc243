"""维修单 (work order, 三联单): from the noted approval to the closed case.

The order says what was approved and nothing else; one technician takes it with their signature, and
with that its issue notes are released. What was done is recorded, signed by the customer, handed in
and taken. What was approved, what became of the notes, who a technician is and by when they should
have answered come in with the commands; the visits made for it are read beside it.
"""

from services.dispatch.work_order.checks import reads_earlier_orders
from services.dispatch.work_order.closing import (
    CloseRepair,
    HandInTask,
    ReturnHandIn,
    UrgeHandIn,
    close,
    hand_in,
    offered_closing,
    offered_return,
    return_hand_in,
    urge_hand_in,
)
from services.dispatch.work_order.further_note import (
    FURTHER_NOTE_EXAMPLE,
    NameFurtherNote,
    name_further_note,
    offered_further_note,
)
from services.dispatch.work_order.notices import (
    NoteApproval,
    NoteIssueNote,
    note_approval,
    note_issue_note,
)
from services.dispatch.work_order.opening import OPENING_EXAMPLE, OpenWorkOrder, open_order
from services.dispatch.work_order.state import (
    WorkOrder,
    customer_key,
    evolve,
    initial,
    public,
    shown,
)
from services.dispatch.work_order.taking import (
    AssignTechnician,
    DeclineWorkOrder,
    RecallWorkOrder,
    SignWorkOrder,
    UrgeTaking,
    assign,
    decline,
    offered_declining,
    offered_recall,
    recall,
    sign,
    urge_taking,
)
from services.dispatch.work_order.visits import reads_visits
from services.dispatch.work_order.work import (
    SIGNING_EXAMPLE,
    WORK_EXAMPLE,
    RecordWork,
    SignAsCustomer,
    VoidSignature,
    offered_record,
    offered_voiding,
    record,
    sign_as_customer,
    void,
)
from shared.events.order_sheet import OrderStage
from shared.events.values import Role
from shared.step import Address, Owed, PaperType, PathField, Step, by_command, ticket_of

__all__ = ["PAPER", "STEPS", "WorkOrder", "decide", "evolve", "initial", "public"]

NUMBER = PathField(
    described="维修单号 BX-…-W1",
    pattern=r"^BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}-W[1-9][0-9]?$",
)
PAPER: PaperType[WorkOrder] = PaperType(
    prefix="work_order",
    address=Address("/work-orders/{number}", (NUMBER,)),
    ticket_of=ticket_of,
    subject_of=customer_key,
    shown=shown,
)
CLERK, TECHNICIAN = {Role.CLERK}, {Role.TECHNICIAN}

STEPS = (
    Owed(NoteApproval, note_approval),
    Owed(NoteIssueNote, note_issue_note),
    Step(
        "openings",
        OpenWorkOrder,
        open_order,
        by=CLERK,
        until=OrderStage.OPENED,
        begins=True,
        reads=reads_earlier_orders,
        example=OPENING_EXAMPLE,
    ),
    Step(
        "assignments",
        AssignTechnician,
        assign,
        by=CLERK,
        until=OrderStage.ASSIGNED,
        example={"technician": "T-LIUYANG"},
    ),
    Step(
        "signatures",
        SignWorkOrder,
        sign,
        by=TECHNICIAN,
        until=OrderStage.ASSIGNED,
        reads=reads_earlier_orders,
        example={"content": "4b7e" * 16, "how": "session"},
    ),
    Step(
        "declines",
        DeclineWorkOrder,
        decline,
        by=TECHNICIAN,
        until=OrderStage.ASSIGNED,
        offer=offered_declining,
        example={"because": "当天已有两单 two orders on that day already"},
    ),
    Step(
        "recalls",
        RecallWorkOrder,
        recall,
        by=CLERK,
        until=OrderStage.ACCEPTED,
        reads=reads_visits,
        offer=offered_recall,
        example={"because": "用户改期 the customer asked for another day"},
    ),
    Owed(UrgeTaking, urge_taking),
    Step(
        "further-notes",
        NameFurtherNote,
        name_further_note,
        by=CLERK,
        until=OrderStage.ACCEPTED,
        reads=reads_earlier_orders,
        offer=offered_further_note,
        example=FURTHER_NOTE_EXAMPLE,
    ),
    Step(
        "work-records",
        RecordWork,
        record,
        by=TECHNICIAN,
        until=OrderStage.ACCEPTED,
        reads=reads_visits,
        offer=offered_record,
        example=WORK_EXAMPLE,
    ),
    Step(
        "customer-signatures",
        SignAsCustomer,
        sign_as_customer,
        by={Role.TECHNICIAN, Role.CLERK},
        until=OrderStage.ACCEPTED,
        reads=reads_visits,
        example=SIGNING_EXAMPLE,
    ),
    Step(
        "signature-voidings",
        VoidSignature,
        void,
        by=CLERK,
        until=OrderStage.SIGNED,
        offer=offered_voiding,
        example={"because": "用量写错 the quantity used was wrong"},
    ),
    Step("hand-ins", HandInTask, hand_in, by=TECHNICIAN, until=OrderStage.SIGNED),
    Owed(UrgeHandIn, urge_hand_in),
    Step(
        "hand-in-returns",
        ReturnHandIn,
        return_hand_in,
        by=CLERK,
        until=OrderStage.HANDED_IN,
        offer=offered_return,
        example={"reasons": ["旧件少一只 an old part is missing"]},
    ),
    Step(
        "closings",
        CloseRepair,
        close,
        by=CLERK,
        until=OrderStage.HANDED_IN,
        reads=reads_visits,
        offer=offered_closing,
        example={
            "ending": "repaired",
            "papers_checked": ["BX-HZ01-20261123-0001-W1", "BX-HZ01-20261123-0001-C1"],
        },
    ),
)
decide = by_command(STEPS)
