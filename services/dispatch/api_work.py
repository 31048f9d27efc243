"""维修与结案的接口 (HTTP of the work and its end): what comes in goes to the order as it is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from services.dispatch import rules
from services.dispatch.api_orders import order_of
from services.dispatch.api_terms import (
    EXAMPLES,
    OrderNumber,
    called,
    earlier,
    order_stream,
    subject_of,
    visits,
)
from services.dispatch.order_commands import (
    CloseRepair,
    Command,
    HandInTask,
    NameFurtherNote,
    RecordWork,
    ReturnHandIn,
    SignAsCustomer,
    VoidSignature,
)
from shared.events.values import ContentHash, FileRef, Note, Personal, Role, SignedHow
from shared.handle import Order
from shared.http.door import Door
from shared.http.errand import Errand
from shared.policy import Core

STEPS: Sequence[tuple[str, type[Command], Collection[Role]]] = (
    ("further-notes", NameFurtherNote, {Role.CLERK}),
    ("work-records", RecordWork, {Role.TECHNICIAN}),
    ("signature-voidings", VoidSignature, {Role.CLERK}),
    ("hand-ins", HandInTask, {Role.TECHNICIAN}),
    ("hand-in-returns", ReturnHandIn, {Role.CLERK}),
    ("closings", CloseRepair, {Role.CLERK}),
)
"""Commands of an order that come in as they are: where, which, and who gives them."""


@dataclass(frozen=True, slots=True)
class CustomerSigning:
    """用户签字: `content` is the `work_content` of the order as it was shown to the customer."""

    content: ContentHash
    how: SignedHow
    signer: Personal
    opinion: Note | None = None
    """用户意见: his own words."""
    evidence: FileRef | None = None


def hang(door: Door, router: APIRouter, policy: Core) -> None:
    """The routes from a further note to the closed case."""
    for step in STEPS:
        _step(door, router, *step)
    _customers(door, router, policy)


def _customers(door: Door, router: APIRouter, policy: Core) -> None:
    @door.command(
        router,
        "/work-orders/{number}/customer-signatures",
        by=(Role.TECHNICIAN, Role.CLERK),
        example=EXAMPLES["customer-signatures"],
    )
    def sign_as_customer(errand: Errand, number: OrderNumber, body: CustomerSigning) -> Order:
        """用户签字: the customer signs the work as shown to him, on the device of another."""
        command = SignAsCustomer(
            content=body.content,
            how=body.how,
            signer=body.signer,
            opinion=body.opinion,
            evidence=body.evidence,
            due_at=rules.handing_in_due(policy, errand.at),
        )
        return order_of(
            door,
            errand,
            number,
            command,
            reads=visits(door, number),
            subject=subject_of(door.existing(order_stream(number)).state),
            policy=policy.label,
        )


def _step(
    door: Door, router: APIRouter, path: str, command: type[Command], by: Collection[Role]
) -> None:
    def take(errand: Errand, number: OrderNumber, body: Any) -> Order:
        return order_of(door, errand, number, body, reads=_reads(door, number, body))

    take.__annotations__["body"] = command
    door.command(router, f"/work-orders/{{number}}/{path}", by=by, example=EXAMPLES[path])(
        called(take, command.__doc__ or "")
    )


def _reads(door: Door, number: str, command: Command) -> Sequence[str]:
    match command:
        case NameFurtherNote():
            return earlier(number)
        case RecordWork() | CloseRepair():
            return visits(door, number)
        case _:
            return ()
