"""上门的接口 (HTTP of the visits): planned, agreed, made and ended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from services.dispatch.api_terms import (
    EXAMPLES,
    VisitNumber,
    called,
    day_at,
    order_stream,
    visit_stream,
    visits,
)
from services.dispatch.visit import (
    Arrive,
    CancelVisit,
    Command,
    ConfirmAppointment,
    Depart,
    EndVisit,
    PlanVisit,
    RescheduleVisit,
)
from shared.events.order_sheet import Window
from shared.events.values import At, Note, Ref, Role, TravelMode
from shared.handle import Order
from shared.http.door import Door
from shared.http.errand import Errand
from shared.http.problem import unknown
from shared.policy import Core
from shared.step import ticket_of

DESK = frozenset({Role.CLERK, Role.TECHNICIAN})
STEPS: Sequence[tuple[str, type[Command], Collection[Role]]] = (
    ("appointments", ConfirmAppointment, DESK),
    ("departures", Depart, {Role.TECHNICIAN}),
    ("arrivals", Arrive, {Role.TECHNICIAN}),
    ("endings", EndVisit, {Role.TECHNICIAN}),
    ("cancellations", CancelVisit, {Role.CLERK}),
)
"""Commands of a visit that come in as they are: where, which, and who gives them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """计划上门: for which order, how and when its technician goes, and when he is expected."""

    order: Ref
    window: Window
    travel_mode: TravelMode
    travel_at: At


@dataclass(frozen=True, slots=True)
class Rescheduling:
    """改约: another window, why, and whether the customer, asked with an apology, agreed."""

    window: Window
    travel_at: At
    because: Note
    customer_agreed: bool


def hang(door: Door, router: APIRouter, policy: Core) -> None:
    """The routes of a visit."""
    _plans(door, router, policy)
    for step in STEPS:
        _step(door, router, *step)


def _plans(door: Door, router: APIRouter, policy: Core) -> None:
    @door.command(router, "/visits/{number}/plans", by=DESK, example=EXAMPLES["plans"])
    def plan_visit(errand: Errand, number: VisitNumber, body: Plan) -> Order:
        """计划上门: plan the next visit of a ticket, numbered on from the one before."""
        home, order = visit_stream(number), order_stream(body.order)
        if ticket_of(body.order) != ticket_of(number):
            raise unknown(body.order)
        branch = door.existing(order).branch
        day = day_at(door, policy, body.window.start_at, branch)
        command = PlanVisit(body.order, body.window, body.travel_mode, body.travel_at, day)
        others = [each for each in visits(door, number) if each != home]
        ticket = ticket_of(number)
        return errand.order(home, command, branch=branch, ticket=ticket, reads=(order, *others))

    @door.command(
        router, "/visits/{number}/reschedulings", by=DESK, example=EXAMPLES["reschedulings"]
    )
    def reschedule_visit(errand: Errand, number: VisitNumber, body: Rescheduling) -> Order:
        """改约: another window; what the customer did not agree to is confirmed anew."""
        branch = door.existing(visit_stream(number)).branch
        command = RescheduleVisit(
            body.window,
            body.travel_at,
            body.because,
            body.customer_agreed,
            day_at(door, policy, body.window.start_at, branch),
        )
        return _order(door, errand, number, command)


def _step(
    door: Door, router: APIRouter, path: str, command: type[Command], by: Collection[Role]
) -> None:
    def take(errand: Errand, number: VisitNumber, body: Any) -> Order:
        return _order(door, errand, number, body)

    take.__annotations__["body"] = command
    door.command(router, f"/visits/{{number}}/{path}", by=by, example=EXAMPLES[path])(
        called(take, command.__doc__ or "")
    )


def _order(door: Door, errand: Errand, number: str, command: Command) -> Order:
    home = visit_stream(number)
    seen = door.existing(home)
    reads: Sequence[str] = ()
    if isinstance(command, Depart):
        others = [each for each in visits(door, number) if each != home]
        reads = (order_stream(seen.state.order), *others)
    ticket = ticket_of(number)
    return errand.order(home, command, branch=seen.branch, ticket=ticket, reads=reads)
