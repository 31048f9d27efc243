"""派工的接口 (HTTP of dispatch): bodies to commands, views to answers; no rule is asked here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path

from services.dispatch import rules
from services.dispatch.order_checks import ticket_of
from services.dispatch.order_commands import (
    AssignTechnician,
    Command,
    DeclineWorkOrder,
    OpenWorkOrder,
    RecallWorkOrder,
    SignWorkOrder,
)
from services.dispatch.order_form import OrderForm
from services.dispatch.order_state import WorkOrder, document_of
from services.dispatch.views import awaiting, board
from shared.events.intake import BranchCard, BranchDocument, PersonCard, PersonDocument
from shared.events.order_sheet import OrderStage, WorkOrderDocument
from shared.events.values import ContentHash, FileRef, Note, Ref, Role, SignedHow, Warned
from shared.handle import Order
from shared.http.door import Door
from shared.http.errand import Errand
from shared.http.query import Listed, Paged, Shown
from shared.policy import Core, load_core

EXAMPLES: Mapping[str, Any] = json.loads(
    FilePath(__file__).with_name("examples.json").read_text("utf-8")
)
"""An example body for each route that takes one; a story shows that each is accepted."""
READERS = (Role.CLERK, Role.TECHNICIAN, Role.APPROVER, Role.STOREKEEPER, Role.AUDITOR)
NUMBER = r"^BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}-W[1-9][0-9]?$"
OrderNumber = Annotated[str, Path(pattern=NUMBER, description="维修单号 BX-…-W1")]


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


def routes(door: Door) -> APIRouter:
    """Every route of the room."""
    policy = load_core(door.fittings.policy_dir)
    router = APIRouter(prefix="/v1", tags=["维修单 work orders"])
    _openings(door, router, policy)
    _assignments(door, router, policy)
    _answers(door, router)
    _queries(door, router)
    return router


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
        day = rules.local_day(at, _branch(door, branch), policy)
        command = OpenWorkOrder(body.form, body.how, day, body.evidence)
        return errand.order(
            _stream(number),
            command,
            branch=branch,
            ticket=ticket_of(number),
            reads=_earlier(number),
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
        person = body.technician
        order = door.existing(_stream(number)).state
        command = AssignTechnician(
            technician=person,
            standing=rules.standing(person, _person(door, person)),
            due_at=rules.taking_due(policy, errand.at),
            warnings=_warnings(door, policy, number, person, order),
        )
        return _order(door, errand, number, command, policy.label)

    @door.command(
        router,
        "/work-orders/{number}/recalls",
        by=(Role.CLERK,),
        example=EXAMPLES["recalls"],
    )
    def recall_work_order(errand: Errand, number: OrderNumber, body: Because) -> Order:
        """收回派单: take the order back from its technician."""
        return _order(door, errand, number, RecallWorkOrder(body.because))


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
            standing=rules.standing(actor, _person(door, actor)),
            evidence=body.evidence,
        )
        return _order(door, errand, number, command)

    @door.command(
        router,
        "/work-orders/{number}/declines",
        by=(Role.TECHNICIAN,),
        example=EXAMPLES["declines"],
    )
    def decline_work_order(errand: Errand, number: OrderNumber, body: Because) -> Order:
        """退单: do not take the order, and say why."""
        return _order(door, errand, number, DeclineWorkOrder(body.because))


def _queries(door: Door, router: APIRouter) -> None:
    @door.query(router, "/work-orders", by=READERS, shows=board.Row)
    def list_work_orders(  # noqa: PLR0913 - the filters of the board
        page: Paged,
        *,
        technician: str | None = None,
        travel_on: date | None = None,
        stage: OrderStage | None = None,
        branch: str | None = None,
        ticket: str | None = None,
        newest_first: bool = False,
    ) -> Listed:
        """派工板: work orders by technician, day, stage, branch or ticket."""
        where = {
            "technician": technician,
            "travel_on": travel_on,
            "stage": stage,
            "branch": branch,
            "ticket": ticket,
        }
        return Listed(board, page, where, newest_first=newest_first)

    @door.query(router, "/work-orders/awaiting", by=READERS, shows=awaiting.Row)
    def list_awaiting(page: Paged, *, branch: str | None = None) -> Listed:
        """待开单: approved reports that have no work order yet, as the clerk copies them."""
        return Listed(awaiting, page, {"branch": branch})

    @door.query(router, "/work-orders/{number}", by=READERS, shows=WorkOrderDocument)
    def show_work_order(number: OrderNumber) -> Shown:
        """维修单: one work order in full, with the hash whoever signs it has to name."""
        seen = door.existing(_stream(number))
        return Shown(document_of(seen.state), seen.branch, seen.version)


def is_active(door: Door, person: str) -> bool | None:
    """Whether a person may still act, by the newest card this room has; None: it has none."""
    card = _person(door, person)
    return card.active if card else None


def _order(
    door: Door, errand: Errand, number: str, command: Command, policy: str | None = None
) -> Order:
    home = _stream(number)
    branch = door.existing(home).branch
    return errand.order(home, command, branch=branch, ticket=ticket_of(number), policy=policy)


def _warnings(
    door: Door, policy: Core, number: str, person: str, order: WorkOrder
) -> tuple[Warned, ...]:
    """What is seen when this person is given the order: skill, load and area, as policy asks."""
    card, noted = _person(door, person), order.noted
    model = noted.approved.equipment.model if noted else None
    region = noted.approved.basics.region if noted else None
    return (
        *rules.skill(policy, card, model),
        *rules.load(policy, _others_that_day(door, number, person, order)),
        *rules.area(policy, card, region),
    )


def _others_that_day(door: Door, number: str, person: str, order: WorkOrder) -> Sequence[str]:
    """What else the technician has on the day of the order, as far as the board knows."""
    if order.opened is None or order.opened.travel_on is None:
        return ()
    rows = door.rows(board, {"technician": person, "travel_on": order.opened.travel_on})
    return [row.number for row in rows if row.number != number]


def _stream(number: str) -> str:
    return f"work_order-{number}"


def _earlier(number: str) -> tuple[str, ...]:
    """The orders of the ticket before this one: only one may be open."""
    ticket, _, which = number.rpartition("-W")
    return tuple(_stream(f"{ticket}-W{n}") for n in range(1, int(which)))


def _branch_of(door: Door, number: str) -> str:
    """The branch the order belongs to; before its approval is known, the one that numbered it."""
    return door.state(_stream(number)).branch or number.split("-")[1]


def _person(door: Door, person: str) -> PersonCard | None:
    found = door.fittings.views.document("intake", f"person-{person}")
    assert found is None or isinstance(found, PersonDocument)
    return found.card if found else None


def _branch(door: Door, branch: str) -> BranchCard | None:
    found = door.fittings.views.document("intake", f"branch-{branch}")
    assert found is None or isinstance(found, BranchDocument)
    return found.card if found else None
