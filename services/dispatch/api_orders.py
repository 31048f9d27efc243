"""维修单的接口 (HTTP of the order): made out, given to somebody, taken or given back."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from services.dispatch import rules
from services.dispatch.api_terms import (
    EXAMPLES,
    OrderNumber,
    day_at,
    earlier,
    order_stream,
    person,
    visits,
)
from services.dispatch.order_commands import (
    AssignTechnician,
    Command,
    DeclineWorkOrder,
    OpenWorkOrder,
    RecallWorkOrder,
    SignWorkOrder,
)
from services.dispatch.order_form import OrderForm
from services.dispatch.order_state import WorkOrder
from services.dispatch.views import board
from shared.events.order_sheet import standing_of
from shared.events.values import ContentHash, FileRef, Note, Ref, Role, SignedHow, Warned
from shared.handle import Order
from shared.http.door import Door
from shared.http.errand import Errand
from shared.policy import Core
from shared.step import ticket_of


@dataclass(frozen=True, slots=True)
class Opening:
    """开单: the order as the clerk made it out; `awaiting` shows what he copies from."""

    form: OrderForm
    how: SignedHow = SignedHow.SESSION
    evidence: FileRef | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """派人: who is to take the order."""

    technician: Ref


@dataclass(frozen=True, slots=True)
class Signing:
    """接单签字: `content` is the hash of the order as it was shown to the technician."""

    content: ContentHash
    how: SignedHow = SignedHow.SESSION
    evidence: FileRef | None = None


@dataclass(frozen=True, slots=True)
class Because:
    """理由: why the order is given or taken back."""

    because: Note


def hang(door: Door, router: APIRouter, policy: Core) -> None:
    """The routes from the opening to the technician's answer."""
    _openings(door, router, policy)
    _assignments(door, router, policy)
    _answers(door, router)


def order_of(  # noqa: PLR0913 - what an order has beside the errand
    door: Door,
    errand: Errand,
    number: str,
    command: Command,
    *,
    reads: Sequence[str] = (),
    subject: str | None = None,
    policy: str | None = None,
) -> Order:
    """A command on a work order that is there already."""
    home = order_stream(number)
    return errand.order(
        home,
        command,
        branch=door.existing(home).branch,
        ticket=ticket_of(number),
        reads=reads,
        subject=subject,
        policy=policy,
    )


def _openings(door: Door, router: APIRouter, policy: Core) -> None:
    @door.command(
        router,
        "/work-orders/{number}/openings",
        by=(Role.CLERK,),
        example=EXAMPLES["openings"],
    )
    def open_work_order(errand: Errand, number: OrderNumber, body: Opening) -> Order:
        """开单: make out the work order as approved; its issue notes are named here."""
        branch = _branch_of(door, number)
        at = body.form.travel.at if body.form.travel else None
        day = day_at(door, policy, at, branch) if at else None
        command = OpenWorkOrder(body.form, body.how, day, body.evidence)
        return errand.order(
            order_stream(number),
            command,
            branch=branch,
            ticket=ticket_of(number),
            reads=earlier(number),
        )


def _assignments(door: Door, router: APIRouter, policy: Core) -> None:
    @door.command(
        router,
        "/work-orders/{number}/assignments",
        by=(Role.CLERK,),
        example=EXAMPLES["assignments"],
    )
    def assign_technician(errand: Errand, number: OrderNumber, body: Assignment) -> Order:
        """派人: give the order to a technician; he signs or declines it."""
        who = body.technician
        order = door.existing(order_stream(number)).state
        command = AssignTechnician(
            technician=who,
            standing=standing_of(who, person(door, who)),
            due_at=rules.taking_due(policy, errand.at),
            warnings=_warnings(door, policy, number, who, order),
        )
        return order_of(door, errand, number, command, policy=policy.label)

    @door.command(
        router,
        "/work-orders/{number}/recalls",
        by=(Role.CLERK,),
        example=EXAMPLES["recalls"],
    )
    def recall_work_order(errand: Errand, number: OrderNumber, body: Because) -> Order:
        """收回派单: take the order back from its technician."""
        command = RecallWorkOrder(body.because)
        return order_of(door, errand, number, command, reads=visits(door, number))


def _answers(door: Door, router: APIRouter) -> None:
    @door.command(
        router,
        "/work-orders/{number}/signatures",
        by=(Role.TECHNICIAN,),
        example=EXAMPLES["signatures"],
    )
    def sign_work_order(errand: Errand, number: OrderNumber, body: Signing) -> Order:
        """接单签字: take the order; its issue notes are released with this."""
        actor = errand.caller.actor
        command = SignWorkOrder(
            how=body.how,
            content=body.content,
            standing=standing_of(actor, person(door, actor)),
            evidence=body.evidence,
        )
        return order_of(door, errand, number, command, reads=earlier(number))

    @door.command(
        router,
        "/work-orders/{number}/declines",
        by=(Role.TECHNICIAN,),
        example=EXAMPLES["declines"],
    )
    def decline_work_order(errand: Errand, number: OrderNumber, body: Because) -> Order:
        """退单: do not take the order, and say why."""
        return order_of(door, errand, number, DeclineWorkOrder(body.because))


def _warnings(
    door: Door, policy: Core, number: str, who: str, order: WorkOrder
) -> tuple[Warned, ...]:
    """What is seen when this person is given the order: skill, load and area, as policy asks."""
    card, noted = person(door, who), order.noted
    model = noted.approved.equipment.model if noted else None
    region = noted.approved.basics.region if noted else None
    return (
        *rules.skill(policy, card, model),
        *rules.load(policy, _others_that_day(door, number, who, order)),
        *rules.area(policy, card, region),
    )


def _others_that_day(door: Door, number: str, who: str, order: WorkOrder) -> Sequence[str]:
    """What else the technician has on the day of the order, as far as the board knows."""
    if order.opened is None or order.opened.travel_on is None:
        return ()
    rows = door.rows(board, {"technician": who, "travel_on": order.opened.travel_on})
    return [row.number for row in rows if row.number != number]


def _branch_of(door: Door, number: str) -> str:
    """The branch the order belongs to; before its approval is known, the one that numbered it."""
    return door.state(order_stream(number)).branch or number.split("-")[1]
