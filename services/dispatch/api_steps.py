"""派工单据的下一步 (next steps of dispatch's papers): what might be asked, as a body that fits.

A step is offered up to the last stage at which it makes sense, so also before its time has come.
Words that whoever asks will say himself stand as a dash. What forbids a step is not said here: each
is rehearsed by its route and the paper's own rules.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from services.dispatch.api_orders import Assignment, Because, Opening, Signing
from services.dispatch.api_visits import Plan, Rescheduling
from services.dispatch.api_work import CustomerSigning
from services.dispatch.order_closing import papers_of
from services.dispatch.order_commands import (
    CloseRepair,
    HandInTask,
    NameFurtherNote,
    RecordWork,
    ReturnHandIn,
    VoidSignature,
)
from services.dispatch.order_form import OrderForm
from services.dispatch.order_notes import rest_of
from services.dispatch.order_state import WorkOrder, document_of
from services.dispatch.visit import Arrive, CancelVisit, ConfirmAppointment, Depart, EndVisit
from services.dispatch.visit_state import OPEN, Visit
from shared.events.dispatch import ApprovalNoted, VisitPlanned
from shared.events.order_sheet import (
    Delivery,
    OrderStage,
    PartPlanned,
    VisitOutcome,
    VisitStage,
    Window,
    Work,
    WorkOrderDocument,
)
from shared.events.values import Ending, PartWanted, SignedHow
from shared.room import Paper, Step
from shared.step import ticket_of

WORDS = "—"
NO_HASH = "0" * 64
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Where whoever asks will say when; it is no rule's concern as long as it is past."""
TO_BE_MADE = (OrderStage.ASSIGNED, OrderStage.ACCEPTED)


def shown_order(order: WorkOrder) -> WorkOrderDocument | None:
    """The order as its page shows it."""
    return document_of(order) if order.noted else None


def steps_of_order(number: str, order: WorkOrder) -> Sequence[Step]:
    """What might be done with the order next."""
    if order.noted is None or order.stage is OrderStage.CLOSED:
        return ()
    content = order.opened.content if order.opened else NO_HASH
    last = OrderStage.OPENED if order.superseded else OrderStage.AWAITING
    bodies: Sequence[tuple[str, OrderStage, Any]] = (
        ("openings", last, Opening(_form(order.noted))),
        ("assignments", OrderStage.ASSIGNED, Assignment(_technician(order))),
        ("signatures", OrderStage.ASSIGNED, Signing(content)),
        ("declines", OrderStage.ASSIGNED, Because(WORDS)),
        ("recalls", OrderStage.ACCEPTED, Because(WORDS)),
        ("further-notes", OrderStage.ACCEPTED, _further(order)),
        ("work-records", OrderStage.ACCEPTED, _work(order)),
        ("customer-signatures", OrderStage.ACCEPTED, _customers(order)),
        ("signature-voidings", OrderStage.SIGNED, VoidSignature(WORDS)),
        ("hand-ins", OrderStage.SIGNED, HandInTask()),
        ("hand-in-returns", OrderStage.HANDED_IN, ReturnHandIn((WORDS,))),
        ("closings", OrderStage.HANDED_IN, _closing(number, order)),
    )
    given, stages = {"number": number}, tuple(OrderStage)
    asked = [
        Step(f"/v1/work-orders/{{number}}/{path}", given, body)
        for path, last, body in bodies
        if stages.index(order.stage) <= stages.index(last)
    ]
    if order.on_site and order.stage in TO_BE_MADE and (plan := _first(number, order)):
        asked.append(plan)
    return asked


def shown_visit(visit: Visit) -> Visit | None:
    """The visit as its page shows it."""
    return visit if visit.planned else None


def steps_of_visit(number: str, visit: Visit) -> Sequence[Step]:
    """What might be done with the visit next; of one that is over, the visit after it."""
    planned, window = visit.planned, visit.window
    if planned is None or window is None:
        return ()
    if visit.stage not in OPEN:
        return _after(number, planned) if visit.stage is VisitStage.ENDED else ()
    moved = Rescheduling(window, planned.travel_at, WORDS, customer_agreed=True)
    bodies: Sequence[tuple[str, VisitStage, Any]] = (
        ("appointments", VisitStage.PLANNED, ConfirmAppointment(confirmed=True)),
        ("reschedulings", VisitStage.CONFIRMED, moved),
        ("departures", VisitStage.CONFIRMED, Depart(planned.travel_mode)),
        ("arrivals", VisitStage.DEPARTED, Arrive()),
        ("endings", VisitStage.ARRIVED, EndVisit(VisitOutcome.DONE)),
        ("cancellations", VisitStage.DEPARTED, CancelVisit(WORDS, LONG_AGO)),
    )
    given, stages = {"number": number}, tuple(VisitStage)
    return [
        Step(f"/v1/visits/{{number}}/{path}", given, body)
        for path, last, body in bodies
        if stages.index(visit.stage) <= stages.index(last)
    ]


def _form(noted: ApprovalNoted) -> OrderForm:
    wanted = noted.approved.diagnosis
    return OrderForm(
        approved=noted.approved.content,
        repair_nature=wanted.repair_nature,
        parts=tuple(PartPlanned(each.part, each.quantity) for each in wanted.parts_to_bring),
        no_parts=wanted.no_parts,
        travel=wanted.travel,
    )


def _technician(order: WorkOrder) -> str:
    travel = order.noted.approved.diagnosis.travel if order.noted else None
    asked = travel.travellers[:1] if travel else ()
    return order.technician or next(iter(asked), "T-1")


def _further(order: WorkOrder) -> NameFurtherNote:
    left = [PartWanted(part, quantity) for part, quantity in rest_of(order).items() if quantity]
    return NameFurtherNote(Delivery.CARRIED, tuple(left), WORDS)


def _work(order: WorkOrder) -> RecordWork:
    return RecordWork(order.work.work if order.work else Work())


def _customers(order: WorkOrder) -> CustomerSigning:
    content = order.work.content if order.work else NO_HASH
    return CustomerSigning(content, SignedHow.DRAWN, WORDS)


def _closing(number: str, order: WorkOrder) -> CloseRepair:
    if order.stage in (OrderStage.SIGNED, OrderStage.HANDED_IN):
        return CloseRepair(Ending.REPAIRED, papers_checked=tuple(papers_of(order, number)))
    return CloseRepair(Ending.WITHDRAWN, WORDS, LONG_AGO)


def _first(number: str, order: WorkOrder) -> Step | None:
    """The first visit, at the approved time and by the approved means."""
    travel = order.opened.travel if order.opened else None
    if travel is None or travel.at is None or travel.mode is None:
        return None
    window = Window(travel.at, travel.at.replace(microsecond=999_999))
    plan = Plan(number, window, travel.mode, travel.at)
    return Step("/v1/visits/{number}/plans", {"number": f"{ticket_of(number)}-V1"}, plan)


def _after(number: str, planned: VisitPlanned) -> Sequence[Step]:
    ticket, _, nth = number.rpartition("-V")
    plan = Plan(planned.order, planned.window, planned.travel_mode, planned.travel_at)
    return [Step("/v1/visits/{number}/plans", {"number": f"{ticket}-V{int(nth) + 1}"}, plan)]


PAPERS = {
    "work_order": Paper(shown_order, steps_of_order),
    "visit": Paper(shown_visit, steps_of_visit),
}
