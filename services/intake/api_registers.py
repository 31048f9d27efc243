"""登记册的接口 (HTTP of the registers): a card in whole comes in, the cards of a view go out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from services.intake import registers
from services.intake.api_terms import EXAMPLES, READERS, Number, called
from services.intake.views import branches, customers, machines, people
from shared.events.cards import BranchCard, CustomerCard, MachineCard, PersonCard
from shared.events.values import BranchCode, Role
from shared.handle import Order
from shared.http.door import Door
from shared.http.errand import Errand
from shared.http.query import Listed, Paged, Single
from shared.view import View


@dataclass(frozen=True, slots=True)
class Shelf:
    """登记册: one of the four registers, and who writes in it."""

    path: str
    chinese: str
    prefix: str
    card: type[registers.Card]
    view: View
    by: Sequence[Role]


REGISTERS = (
    Shelf("branches", "网点", "branch", BranchCard, branches, (Role.OPERATOR,)),
    Shelf("people", "人员", "person", PersonCard, people, (Role.OPERATOR,)),
    Shelf("customers", "用户", "customer", CustomerCard, customers, (Role.CLERK,)),
    Shelf("machines", "设备", "machine", MachineCard, machines, (Role.CLERK,)),
)


def hang(door: Door, router: APIRouter) -> None:
    """The routes of every register."""
    for shelf in REGISTERS:
        _writing(door, router, shelf)
        _reading(door, router, shelf)


def is_active(door: Door, person: str) -> bool | None:
    """Whether somebody may still act, by his card among people or customers; None: he has none."""
    for shelf in ("person", "customer"):
        card = door.state(f"{shelf}-{person}").state
        if isinstance(card, PersonCard | CustomerCard):
            return card.active
    return None


def _writing(door: Door, router: APIRouter, shelf: Shelf) -> None:
    path, example = f"/{shelf.path}", EXAMPLES[shelf.path]

    def register(errand: Errand, body: Any, branch: BranchCode | None = None) -> Order:
        return _card_order(errand, registers.Register(body), registers.stream_of(body), branch)

    def change(
        errand: Errand, number: Number, body: Any, branch: BranchCode | None = None
    ) -> Order:
        return _card_order(errand, registers.Change(body), f"{shelf.prefix}-{number}", branch)

    for ask in (register, change):
        ask.__annotations__["body"] = shelf.card
    door.command(router, path, by=shelf.by, example=example, location=f"/v1{path}/{{id}}")(
        called(register, f"{shelf.chinese}登记: a new card; in {path}.")
    )
    door.command(router, f"{path}/{{number}}/changes", by=shelf.by, example=example)(
        called(change, f"{shelf.chinese}变更: the whole card as it is from now on; in {path}.")
    )


def _reading(door: Door, router: APIRouter, shelf: Shelf) -> None:
    path = f"/{shelf.path}"

    def listed(page: Paged, *, active: bool | None = None) -> Listed:
        return Listed(shelf.view, page, {"active": active})

    def one(number: Number) -> Single:
        return Single(shelf.view, (number,))

    door.query(router, path, by=READERS, shows=shelf.view.Row)(
        called(listed, f"{shelf.chinese}一览: the cards you may see; in {path}.")
    )
    door.query(router, f"{path}/{{number}}", by=READERS, shows=shelf.view.Row)(
        called(one, f"{shelf.chinese}查看: one card; in {path}.")
    )


def _card_order(errand: Errand, command: registers.Command, home: str, branch: str | None) -> Order:
    """A branch's own card belongs to it, a person's to his first; others to whose clerk writes."""
    match command.card:
        case BranchCard(code):
            branch = code
        case PersonCard(branches=(first, *_)):
            branch = first
        case _:
            branch = errand.branch(branch)
    customer = command.card.customer if isinstance(command.card, MachineCard) else None
    return errand.order(
        home,
        command,
        branch=branch,
        subject=f"customer-{customer}" if customer else None,
        reads=registers.reads(command),
    )
