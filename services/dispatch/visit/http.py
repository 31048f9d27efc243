"""上门的接口 (HTTP of the visits): what a step is looked up for, what is offered and shown."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter

from services.dispatch.reading import READING
from services.dispatch.visit import NUMBER, PAPER, schedule
from services.dispatch.visit.departure import Depart, Departure, offered_departure
from services.dispatch.visit.journey import EndVisit, VisitEnding
from services.dispatch.visit.planning import Plan, PlanVisit, RescheduleVisit, Rescheduling
from services.dispatch.visit.state import Visit
from services.dispatch.work_order import PAPER as WORK_ORDER
from services.dispatch.work_order.state import WorkOrder
from shared.events.order_sheet import (
    OrderStage,
    VisitOutcome,
    VisitStage,
    Window,
    standing_of,
)
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made
from shared.http.problem import unknown
from shared.http.query import Shown
from shared.http.steps import in_path
from shared.policy import local_day, time_zone
from shared.step import WORDS, Offer, ticket_of

VisitNumber = Annotated[str, in_path(NUMBER)]
TO_BE_MADE = (OrderStage.ASSIGNED, OrderStage.ACCEPTED)
"""Where an order stands that somebody may go out for."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show visits."""
    api.listing(
        router,
        "/visits",
        schedule,
        reads=READING["board"],
        said="上门日程: visits by technician, day, stage, branch, ticket or order.",
        named="list_visits",
        filters=("technician", "window_on", "stage", "branch", "ticket", "order"),
    )

    @api.query(router, "/visits/{number}", reads=READING["visit"], shows=Visit)
    def show_visit(number: VisitNumber) -> Shown:
        """上门: one visit as it stands."""
        seen = api.existing(PAPER.stream_of(number))
        return Shown(seen.state, number, seen.branch, seen.version)


def offered_first_visit(number: str, order: WorkOrder) -> Iterator[Offer]:
    """首次上门: the first visit of an order, at the approved time and by the approved means."""
    travel = order.travel
    if not order.on_site or order.stage not in TO_BE_MADE or travel is None:
        return
    if travel.at is not None and travel.mode is not None:
        window = Window(travel.at, travel.at.replace(microsecond=999_999))
        plan = Plan(number, window, travel.mode, travel.at)
        yield Offer(plan, f"{ticket_of(number)}-V1")


def _offered_next_visit(number: str, visit: Visit) -> Iterator[Offer]:
    """Of a visit that is over, the one after it."""
    planned = visit.planned
    if planned is not None and visit.stage is VisitStage.ENDED:
        ticket, _, nth = number.rpartition("-V")
        plan = Plan(planned.order, planned.window, planned.travel_mode, planned.travel_at)
        yield Offer(plan, f"{ticket}-V{int(nth) + 1}")


def _offered_rescheduling(_number: str, visit: Visit) -> Iterator[Rescheduling]:
    if visit.planned is not None and visit.window is not None:
        yield Rescheduling(visit.window, visit.planned.travel_at, WORDS, customer_agreed=True)


def _plan(request: FormRequest, body: Plan) -> Made:
    if ticket_of(body.order) != ticket_of(request.number):
        raise unknown(body.order)
    order = request.registers.stream(WORK_ORDER.stream_of(body.order))
    if not order.version or not request.context.within(order.branch):
        raise unknown(body.order)
    day = _day(request, body.window, order.branch)
    return Made(filled(PlanVisit, body, window_on=day), branch=order.branch)


def _rescheduling(request: FormRequest, body: Rescheduling) -> RescheduleVisit:
    day = _day(request, body.window, request.branch)
    return filled(RescheduleVisit, body, window_on=day)


def _departure(request: FormRequest, body: Departure) -> Made:
    context, departing = request.context, request.policy.departing
    card = request.registers.branch(request.branch)
    made = filled(
        Depart,
        body,
        left_on=local_day(request.policy, card, context.at),
        zone=time_zone(request.policy, card),
        due=departing.checklist,
        is_told_late=context.now - context.at > departing.afterwards,
    )
    return Made(made, policy=request.policy.label)


def _ending(request: FormRequest, body: VisitEnding) -> EndVisit:
    teller, told = (
        standing_of(who, request.registers.person(who)) if who else None
        for who in (body.said_by, body.approver_told)
    )
    return filled(EndVisit, body, teller=teller, told=told)


def _offered_ending(_number: str, visit: Visit) -> Iterator[VisitEnding | EndVisit]:
    """As done; or as interrupted, whichever approver is told."""
    if visit.stage is VisitStage.ARRIVED:
        yield VisitEnding(VisitOutcome.DONE)
    yield EndVisit(
        VisitOutcome.INTERRUPTED,
        because=WORDS,
        next_step=WORDS,
        said_by=WORDS,
        approver_told=WORDS,
    )


def _day(request: FormRequest, window: Window, branch: str) -> date:
    """The day of the window by the calendar of the branch."""
    return local_day(request.policy, request.registers.branch(branch), window.start_at)


FORMS: Forms = {
    "plans": Form(Plan, _plan, _offered_next_visit),
    "departures": Form(Departure, _departure, offered_departure),
    "endings": Form(VisitEnding, _ending, _offered_ending),
    "reschedulings": Form(Rescheduling, _rescheduling, _offered_rescheduling),
}
