"""维修与结案的接口 (HTTP of the work and its end): what comes in goes to the order as it is."""

from collections.abc import Collection, Sequence
from typing import Any

from fastapi import APIRouter

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
from shared.events.values import Role
from shared.handle import Order
from shared.http.door import Door
from shared.http.errand import Errand

STEPS: Sequence[tuple[str, type[Command], Collection[Role]]] = (
    ("further-notes", NameFurtherNote, {Role.CLERK}),
    ("work-records", RecordWork, {Role.TECHNICIAN}),
    ("customer-signatures", SignAsCustomer, {Role.TECHNICIAN, Role.CLERK}),
    ("signature-voidings", VoidSignature, {Role.CLERK}),
    ("hand-ins", HandInTask, {Role.TECHNICIAN}),
    ("hand-in-returns", ReturnHandIn, {Role.CLERK}),
    ("closings", CloseRepair, {Role.CLERK}),
)
"""Commands of an order that come in as they are: where, which, and who gives them."""


def hang(door: Door, router: APIRouter) -> None:
    """The routes from a further note to the closed case."""
    for step in STEPS:
        _step(door, router, *step)


def _step(
    door: Door, router: APIRouter, path: str, command: type[Command], by: Collection[Role]
) -> None:
    def take(errand: Errand, number: OrderNumber, body: Any) -> Order:
        state = door.existing(order_stream(number)).state
        reads = _reads(door, number, body)
        return order_of(door, errand, number, body, reads=reads, subject=subject_of(state))

    take.__annotations__["body"] = command
    door.command(router, f"/work-orders/{{number}}/{path}", by=by, example=EXAMPLES[path])(
        called(take, command.__doc__ or "")
    )


def _reads(door: Door, number: str, command: Command) -> Sequence[str]:
    match command:
        case NameFurtherNote():
            return earlier(number)
        case RecordWork() | SignAsCustomer() | CloseRepair():
            return visits(door, number)
        case _:
            return ()
