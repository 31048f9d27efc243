"""维修单 (work order, 三联单): from the noted approval to the closed case.

The order says what was approved and nothing else; one technician takes it with their signature, and
with that its issue notes are released. What was done is recorded, signed by the customer, handed in
and taken. What was approved, what became of the notes, who a technician is and by when they should
have answered come in with the commands; the visits made for it are read beside it.
"""

from collections.abc import Sequence

from services.dispatch.work_order import (
    awaiting,
    board,
    checks,
    closing,
    fees,
    forgoing,
    further_note,
    grounds,
    handing_in_due,
    notices,
    opening,
    supplement,
    taking,
    taking_due,
    travel_change,
    visits,
    waiver,
    work,
)
from services.dispatch.work_order.state import (
    WorkOrder,
    customer_key,
    evolve,
    initial,
    public,
    shown,
)
from shared.document import CommandOwed, Timer
from shared.events.order_sheet import OrderStage
from shared.events.values import TICKET_FORM, Role
from shared.step import (
    WORDS,
    Address,
    Owed,
    PaperType,
    PathField,
    Step,
    by_command,
    offering,
    ticket_of,
)
from shared.view import View

__all__ = ["PAPER", "STEPS", "WorkOrder", "decide", "evolve", "initial", "public"]

NUMBER = PathField(
    described="维修单号 BX-…-W1",
    pattern=rf"^{TICKET_FORM}-W[1-9][0-9]?$",
)
PAPER: PaperType[WorkOrder] = PaperType(
    prefix="work_order",
    address=Address("/work-orders/{number}", (NUMBER,)),
    ticket_of=ticket_of,
    subject_of=customer_key,
    shown=shown,
)
CLERK, TECHNICIAN, APPROVER = {Role.CLERK}, {Role.TECHNICIAN}, {Role.APPROVER}

STEPS = (
    Owed(notices.NoteApproval, notices.note_approval),
    Owed(notices.NoteAmendment, notices.note_amendment),
    Owed(notices.NoteIssueNote, notices.note_issue_note),
    Step(
        "openings",
        opening.OpenWorkOrder,
        opening.open_order,
        by=CLERK,
        rests_on=grounds.APPROVED,
        until=OrderStage.OPENED,
        begins=True,
        reads=checks.reads_earlier_orders,
        example=opening.OPENING_EXAMPLE,
    ),
    Step(
        "assignments",
        taking.AssignTechnician,
        taking.assign,
        by=CLERK,
        rests_on=grounds.OPENED,
        until=OrderStage.ASSIGNED,
        example={"technician": "T-LIUYANG"},
    ),
    Step(
        "signatures",
        taking.SignWorkOrder,
        taking.sign,
        by=TECHNICIAN,
        rests_on=grounds.ASSIGNED,
        until=OrderStage.ASSIGNED,
        reads=checks.reads_earlier_orders,
        example={"content": "4b7e" * 16, "how": "session"},
    ),
    Step(
        "declines",
        taking.DeclineWorkOrder,
        taking.decline,
        by=TECHNICIAN,
        rests_on=grounds.ASSIGNED,
        until=OrderStage.ASSIGNED,
        offer=offering(taking.DeclineWorkOrder(WORDS)),
        example={"because": "当天已有两单 two orders on that day already"},
    ),
    Step(
        "recalls",
        taking.RecallWorkOrder,
        taking.recall,
        by=CLERK,
        rests_on=grounds.GIVEN,
        until=OrderStage.ACCEPTED,
        reads=visits.reads_visits,
        offer=offering(taking.RecallWorkOrder(WORDS)),
        example={"because": "用户改期 the customer asked for another day"},
    ),
    Owed(taking.UrgeTaking, taking.urge_taking),
    Step(
        "further-notes",
        further_note.NameFurtherNote,
        further_note.name_further_note,
        by=CLERK,
        rests_on=grounds.TAKEN,
        until=OrderStage.ACCEPTED,
        reads=checks.reads_earlier_orders,
        offer=further_note.offered_further_note,
        example=further_note.FURTHER_NOTE_EXAMPLE,
    ),
    Step(
        "forgone-parts",
        forgoing.ForgoParts,
        forgoing.forgo,
        by=CLERK,
        rests_on=grounds.TAKEN,
        until=OrderStage.ACCEPTED,
        offer=forgoing.offered_forgoing,
        example=forgoing.FORGOING_EXAMPLE,
    ),
    Step(
        "travel-changes",
        travel_change.AskTravelChange,
        travel_change.ask_travel_change,
        by=CLERK | TECHNICIAN,
        rests_on=grounds.TAKEN,
        until=OrderStage.ACCEPTED,
        reads=visits.reads_visits,
        example=travel_change.TRAVEL_CHANGE_EXAMPLE,
    ),
    Step(
        "travel-change-approvals",
        travel_change.ApproveTravelChange,
        travel_change.approve_travel_change,
        by=APPROVER,
        rests_on=grounds.TRAVEL_ASKED,
        until=OrderStage.ACCEPTED,
        offer=travel_change.offered_approval,
        example={"mode": "rail", "travel_at": "2026-11-25T08:00:00+08:00"},
    ),
    Step(
        "travel-change-refusals",
        travel_change.RefuseTravelChange,
        travel_change.refuse_travel_change,
        by=APPROVER,
        rests_on=grounds.TRAVEL_ASKED,
        until=OrderStage.ACCEPTED,
        offer=travel_change.offered_refusal,
        example={"because": "等公司车修好 wait until the car is mended"},
    ),
    Step(
        "supplements",
        supplement.AskSupplement,
        supplement.ask_supplement,
        by=TECHNICIAN,
        rests_on=grounds.TAKEN,
        until=OrderStage.ACCEPTED,
        example=supplement.SUPPLEMENT_EXAMPLE,
    ),
    Step(
        "supplement-approvals",
        supplement.ApproveSupplement,
        supplement.approve_supplement,
        by=APPROVER,
        rests_on=grounds.SUPPLEMENT_ASKED,
        until=OrderStage.ACCEPTED,
        reads=checks.reads_earlier_orders,
        offer=supplement.offered_approval,
        example={"lines": [{"part": "FMQ-1", "quantity": 1}]},
    ),
    Step(
        "supplement-refusals",
        supplement.RefuseSupplement,
        supplement.refuse_supplement,
        by=APPROVER,
        rests_on=grounds.SUPPLEMENT_ASKED,
        until=OrderStage.ACCEPTED,
        offer=supplement.offered_refusal,
        example={"because": "先由基地远程指导 base guides from afar first"},
    ),
    Step(
        "consents",
        fees.RecordConsent,
        fees.record_consent,
        by=TECHNICIAN,
        rests_on=grounds.TAKEN,
        since={"consent.at": grounds.TAKEN},
        until=OrderStage.ACCEPTED,
        offer=fees.offered_consent,
        example=fees.CONSENT_EXAMPLE,
    ),
    Step(
        "fee-requests",
        fees.AskFees,
        fees.ask_fees,
        by=CLERK | TECHNICIAN,
        rests_on=grounds.TAKEN,
        until=OrderStage.ACCEPTED,
        offer=fees.offered_request,
        example=fees.FEES_EXAMPLE,
    ),
    Step(
        "fee-approvals",
        fees.ApproveFees,
        fees.approve_fees,
        by=APPROVER,
        rests_on=grounds.FEES_ASKED,
        until=OrderStage.ACCEPTED,
        offer=fees.offered_approval,
        example={"fees": [{"kind": "inspection", "fen": 5_000}]},
    ),
    Step(
        "fee-refusals",
        fees.RefuseFees,
        fees.refuse_fees,
        by=APPROVER,
        rests_on=grounds.FEES_ASKED,
        until=OrderStage.ACCEPTED,
        offer=fees.offered_refusal,
        example={"because": "在保修期内，不得收费 it is under warranty, nothing is charged"},
    ),
    Step(
        "work-records",
        work.RecordWork,
        work.record,
        by=TECHNICIAN,
        rests_on=grounds.THERE,
        since=grounds.SINCE_THERE,
        until=OrderStage.ACCEPTED,
        reads=visits.reads_visits,
        offer=work.offered_record,
        example=work.WORK_EXAMPLE,
    ),
    Step(
        "customer-signatures",
        work.SignAsCustomer,
        work.sign_as_customer,
        by=TECHNICIAN,
        rests_on=grounds.DONE,
        until=OrderStage.ACCEPTED,
        reads=visits.reads_visits,
        example=work.SIGNING_EXAMPLE,
    ),
    Step(
        "signature-refusals",
        waiver.NoteRefusal,
        waiver.note_refusal,
        by=TECHNICIAN,
        rests_on=grounds.DONE,
        until=OrderStage.ACCEPTED,
        reads=visits.reads_visits,
        offer=waiver.offered_refusal,
        example=waiver.REFUSAL_EXAMPLE,
    ),
    Step(
        "signature-waivers",
        waiver.WaiveSignature,
        waiver.waive,
        by=APPROVER,
        rests_on=grounds.REFUSED,
        until=OrderStage.ACCEPTED,
        example={"because": "维修属实，用户拒签 the work was done; they would not sign"},
    ),
    Step(
        "signature-voidings",
        work.VoidSignature,
        work.void,
        by=CLERK,
        rests_on=grounds.SIGNED,
        until=OrderStage.SIGNED,
        offer=offering(work.VoidSignature(WORDS)),
        example={"because": "用量写错 the quantity used was wrong"},
    ),
    Step(
        "hand-ins",
        closing.HandInTask,
        closing.hand_in,
        by=CLERK | TECHNICIAN,
        rests_on=grounds.SETTLED,
        until=OrderStage.SIGNED,
    ),
    Step(
        "hand-in-grants",
        closing.EntrustHandIn,
        closing.entrust,
        by=APPROVER,
        rests_on=grounds.SIGNED,
        until=OrderStage.SIGNED,
        example={"clerk": "K-CHENJING", "because": "售后人员住院 the technician is in hospital"},
    ),
    Owed(closing.UrgeHandIn, closing.urge_hand_in),
    Step(
        "hand-in-returns",
        closing.ReturnHandIn,
        closing.return_hand_in,
        by=CLERK,
        rests_on=grounds.HANDED_IN,
        until=OrderStage.HANDED_IN,
        offer=offering(closing.ReturnHandIn((WORDS,))),
        example={"reasons": ["旧件少一只 an old part is missing"]},
    ),
    Step(
        "closings",
        closing.CloseRepair,
        closing.close,
        by=CLERK,
        rests_on=grounds.ENDED,
        since=grounds.SINCE_CLOSED,
        until=OrderStage.HANDED_IN,
        reads=visits.reads_visits,
        offer=closing.offered_closing,
        example={
            "ending": "repaired",
            "papers_checked": ["BX-HZ01-20261123-0001-W1", "BX-HZ01-20261123-0001-C1"],
        },
    ),
)
decide = by_command(STEPS)


def _urge_taking(row: taking_due.Row) -> CommandOwed:
    return CommandOwed(row.stream, taking.UrgeTaking(row.technician, row.due))


def _urge_hand_in(row: handing_in_due.Row) -> CommandOwed:
    return CommandOwed(row.stream, closing.UrgeHandIn(row.due))


VIEWS: Sequence[View] = (board, awaiting, taking_due, handing_in_due)
TIMERS = (
    Timer("urge-taking", taking_due, _urge_taking),
    Timer("urge-hand-in", handing_in_due, _urge_hand_in),
)
