"""上门的接口 (HTTP of the visits): what a step is looked up for, what is offered and shown."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter

from services.dispatch import rules
from services.dispatch.leave import PAPER as LEAVE
from services.dispatch.leave import Leaves
from services.dispatch.reading import READING
from services.dispatch.visit import NUMBER, PAPER, cards_left, schedule
from services.dispatch.visit.departure import (
    Depart,
    Departure,
    approved_day,
    made_it,
    offered_departure,
)
from services.dispatch.visit.journey import EndVisit, VisitEnding
from services.dispatch.visit.link import LinkWanted, offered_link
from services.dispatch.visit.link import http as link
from services.dispatch.visit.planning import (
    ConfirmAppointment,
    Confirmation,
    Plan,
    PlanVisit,
    Reassignment,
    ReassignVisit,
    RescheduleVisit,
    Rescheduling,
)
from services.dispatch.visit.state import Visit
from services.dispatch.work_order import PAPER as WORK_ORDER
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import OPEN
from shared.events.order_sheet import (
    OrderStage,
    VisitOutcome,
    VisitStage,
    Window,
    standing_of,
)
from shared.events.values import TICKET_FORM, Warned
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made
from shared.http.problem import unknown
from shared.http.query import Shown, Single
from shared.http.steps import in_path
from shared.policy import local_day, time_zone
from shared.step import WORDS, Offer, PathField, ticket_of

VisitNumber = Annotated[str, in_path(NUMBER)]
CARD = PathField(described="留言条号 BX-…-V1-K1", pattern=rf"^{TICKET_FORM}-V[1-9][0-9]?-K1$")
CardNumber = Annotated[str, in_path(CARD)]
BEFORE_DEPARTURE = (VisitStage.PLANNED, VisitStage.CONFIRMED)
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

    api.listing(
        router,
        "/visit-cards",
        cards_left,
        reads=READING["board"],
        said="留言条: cards left at closed doors, by day, number, ticket or visit.",
        named="list_visit_cards",
        filters=("branch", "number", "ticket", "visit"),
        newest_first=True,
        by_day="came_at",
    )

    @api.query(router, "/visit-cards/{number}", reads=READING["board"], shows=cards_left.Row)
    def show_visit_card(number: CardNumber) -> Single:
        """留言条: the card with this number: when we came, and whom to call."""
        return Single(cards_left, (number,))

    link.routes(api, router, PAPER, _as_agreed)

    @api.query(router, "/visits/{number}", reads=READING["visit"], shows=Visit)
    def show_visit(number: VisitNumber) -> Shown:
        """上门: one visit as it stands."""
        seen = api.existing(PAPER.stream_of(number))
        own = PAPER.open_to(seen.state)
        return Shown(seen.state, number, seen.branch, seen.version, open_to=own)


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
    who = order.state.technician or ""
    sent = [each for each in WORK_ORDER.open_to(order.state) if each == who]
    if not order.version or not (request.context.within(order.branch) or request.actor in sent):
        raise unknown(body.order)
    day = _day(request, body.window, order.branch)
    warned = _warnings(request, who, body.order, body.window, order.branch)
    made = filled(PlanVisit, body, window_on=day, warnings=warned)
    return Made(made, branch=order.branch, open_to=sent)


def _confirmation(request: FormRequest, body: Confirmation) -> ConfirmAppointment:
    return filled(ConfirmAppointment, body, warnings=_as_agreed(request))


def _rescheduling(request: FormRequest, body: Rescheduling) -> RescheduleVisit:
    day, visit = _day(request, body.window, request.branch), request.state
    warned = _warnings(request, visit.technician, visit.order, body.window, request.branch)
    return filled(RescheduleVisit, body, window_on=day, warnings=warned)


def _reassignment(request: FormRequest, body: Reassignment) -> ReassignVisit:
    visit: Visit = request.state
    order: WorkOrder = request.registers.stream(WORK_ORDER.stream_of(visit.order)).state
    return filled(ReassignVisit, body, warnings=_as_agreed(request, order.technician))


def _as_agreed(request: FormRequest, who: str | None = None) -> tuple[Warned, ...]:
    """What is seen of a visit in its window: of its own technician, or of somebody else."""
    visit: Visit = request.state
    if visit.window is None:
        return ()
    who = who or visit.technician
    return _warnings(request, who, visit.order, visit.window, request.branch)


def _warnings(
    request: FormRequest, who: str, order: str, window: Window, branch: str
) -> tuple[Warned, ...]:
    """What is seen when the technician is expected in this window; the leave by the record."""
    day = _day(request, window, branch)
    leaves: Leaves = request.registers.stream(LEAVE.stream_of(who)).state
    others = _overlapping(request, who, window)
    here = [number for number, of in others.items() if of == branch]
    zone = time_zone(request.policy(branch), request.registers.branch(branch))
    held: WorkOrder = request.registers.stream(WORK_ORDER.stream_of(order)).state
    approved = approved_day(held, zone) if _is_first(request, order) else None
    return (
        *rules.leave(leaves.on(day)),
        *rules.double_booked(here, elsewhere=len(here) < len(others)),
        *rules.window(window.end_at, request.context.at, day, approved),
    )


def expected(
    request: FormRequest, who: str, branch: str, first: date, last: date
) -> tuple[Warned, ...]:
    """The visits that somebody is expected for on these days, as far as the schedule knows."""
    rows = request.registers.glimpsed(schedule, {"technician": who, "stage": BEFORE_DEPARTURE})
    then = [row for row in rows if first <= row.window_on <= last]
    here = [row.number for row in then if row.branch == branch]
    return rules.expected(here, elsewhere=len(here) < len(then))


def _overlapping(request: FormRequest, who: str, window: Window) -> Mapping[str, str]:
    """The technician's other open visits in these hours, each with its branch.

    Which there are the view says; where each stands by now, the record.
    """
    registers = request.registers
    rows = registers.glimpsed(schedule, {"technician": who, "stage": OPEN})
    seen = [(row, registers.stream(PAPER.stream_of(row.number)).state) for row in rows]
    return {
        row.number: row.branch
        for row, visit in seen
        if row.number != request.number
        and (visit.technician, visit.stage in OPEN) == (who, True)
        and visit.window.start_at < window.end_at
        and window.start_at < visit.window.end_at
    }


def _is_first(request: FormRequest, order: str) -> bool:
    """Whether nobody has set out for the order yet: the approved day is that of the first."""
    ticket, _, nth = request.number.rpartition("-V")
    streams = (PAPER.stream_of(f"{ticket}-V{n}") for n in range(1, int(nth)))
    before = (request.registers.stream(each).state for each in streams)
    return not any(each.order == order and made_it(each) for each in before)


def _departure(request: FormRequest, body: Departure) -> Made:
    context, policy = request.context, request.policy()
    card = request.registers.branch(request.branch)
    made = filled(
        Depart,
        body,
        left_on=local_day(policy, card, context.at),
        zone=time_zone(policy, card),
        told_on=local_day(policy, card, context.now),
        due=policy.departing.checklist,
        is_told_late=context.now - context.at > policy.departing.afterwards,
    )
    return Made(made, policy=policy.label)


def _ending(request: FormRequest, body: VisitEnding) -> EndVisit:
    teller, told, called = (
        standing_of(who, request.registers.person(who)) if who else None
        for who in (body.said_by, body.approver_told, body.whom_to_call)
    )
    return filled(EndVisit, body, teller=teller, told=told, called=called)


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
    return local_day(request.policy(branch), request.registers.branch(branch), window.start_at)


FORMS: Forms = {
    "plans": Form(Plan, _plan, _offered_next_visit),
    "appointments": Form(Confirmation, _confirmation),
    "appointment-links": Form(LinkWanted, link.asked, offered_link, tells=link.told),
    "reassignments": Form(Reassignment, _reassignment),
    "departures": Form(Departure, _departure, offered_departure),
    "endings": Form(VisitEnding, _ending, _offered_ending),
    "reschedulings": Form(Rescheduling, _rescheduling, _offered_rescheduling),
}
