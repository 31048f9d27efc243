"""受理的接口 (HTTP of intake): reports, legacy tickets, delegations, and the registers."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter

from services.intake import delegation, legacy, registers
from services.intake.cards import Card, stream_of
from services.intake.delegation import Delegations, EndDelegation, RecordDelegation
from services.intake.legacy import ContinueLegacyTicket
from services.intake.registers import CardRegister, Change, Register
from services.intake.report import PAPER as REPORT
from services.intake.report import http as report
from services.intake.report.checks import customer_stream
from services.intake.report.customer import http as customer
from services.intake.report.http import NewReport, numbered, registration
from services.intake.rules import READERS
from services.intake.views import branches, customers, machines, people, tickets
from shared.events.cards import BranchCard, MachineCard, PersonCard
from shared.events.values import Text
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made, NextNumber
from shared.http.problem import unknown
from shared.http.query import Shown, Single
from shared.http.steps import add_steps, in_path
from shared.view import View

Number = Annotated[str, in_path(registers.NUMBER)]
VIEWS = {"branch": branches, "person": people, "customer": customers, "machine": machines}
"""Where the cards of a register are listed, by the prefix of their streams."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """撤销: why a delegation ends before its last day."""

    because: Text | None = None


def routes(api: RoomApi) -> APIRouter:
    """Every route of the room."""
    router = APIRouter(prefix="/v1")
    forms: dict[str, Forms] = {
        REPORT.prefix: {**report.FORMS, **customer.FORMS},
        legacy.PAPER.prefix: LEGACY_FORMS,
        delegation.PAPER.prefix: DELEGATION_FORMS,
        **{each.PAPER.prefix: card_forms(each) for each in registers.REGISTERS},
    }
    add_steps(api, router, forms)
    for each in registers.REGISTERS:
        _cards(api, router, each, VIEWS[each.PAPER.prefix])
    _delegations(api, router)
    report.queries(api, router)
    customer.queries(api, router)
    _tickets(api, router)
    return router


def card_forms(register: CardRegister) -> Forms:
    """The forms of a register: a card in whole comes in."""
    return {
        register.path: Form(register.card, _registering),
        "changes": Form(register.card, _changing),
    }


def _registering(request: FormRequest, card: Card) -> Made:
    return _written(request, Register(card), stream_of(card))


def _changing(request: FormRequest, card: Card) -> Made:
    return _written(request, Change(card))


def _written(request: FormRequest, command: Register | Change, home: str | None = None) -> Made:
    """A command on a card, and the branch to which the card belongs.

    The card of a branch belongs to that branch, the card of a person to their first branch, and any
    other card to the branch of the clerk who writes it.
    """
    match command.card:
        case BranchCard(code):
            branch = code
        case PersonCard(branches=(first, *_)):
            branch = first
        case _:
            branch = request.context.branch(request.named_branch)
    owner = command.card.customer if isinstance(command.card, MachineCard) else None
    subject = f"customer-{owner}" if owner else None
    return Made(command, home=home, branch=branch, subject=subject)


def _continuation(request: FormRequest, body: NewReport) -> NextNumber:
    command = ContinueLegacyTicket(registration(request, body))
    home = legacy.PAPER.stream_of(request.number)
    made = Made(command, home=home, subject=customer_stream(body.basics))
    return numbered(request, request.branch, made)


def _recording(request: FormRequest, body: RecordDelegation) -> Made:
    return Made(body, branch=request.context.branch(request.named_branch))


def _revocation(request: FormRequest, body: Revocation) -> Made:
    which: int = request.given["which"]
    given = request.state.given.get(which)
    if given is None:
        raise unknown(f"{request.number}/{which}")
    return Made(EndDelegation(which, body.because), branch=given.branch)


LEGACY_FORMS: Forms = {"continuations": Form(NewReport, _continuation, takes_number=True)}
DELEGATION_FORMS: Forms = {
    delegation.PAPER.address.path: Form(RecordDelegation, _recording),
    "{which}/endings": Form(Revocation, _revocation),
}


def _cards(api: RoomApi, router: APIRouter, register: CardRegister, view: View) -> None:
    path, chinese = register.path, register.chinese

    def one(number: Number) -> Single:
        return Single(view, (number,))

    one.__doc__ = f"{chinese}查看: one card; in {path}."
    listed = f"{chinese}一览: the cards you may see; in {path}."
    api.listing(router, path, view, by=READERS, said=listed, named="listed", filters=("active",))
    api.query(router, f"{path}/{{number}}", by=READERS, shows=view.Row)(one)


def _delegations(api: RoomApi, router: APIRouter) -> None:
    @api.query(router, delegation.PAPER.address.path, by=READERS, shows=Delegations)
    def show_delegations(number: Number) -> Shown:
        """授权一览: what a person has delegated, the ended ones marked."""
        seen = api.existing(delegation.PAPER.stream_of(number))
        return Shown(seen.state, None, seen.version)


def _tickets(api: RoomApi, router: APIRouter) -> None:
    api.listing(
        router,
        "/tickets",
        tickets,
        by=READERS,
        said="单据一览: every ticket, the imported ones (`source`) among them.",
        named="list_tickets",
        filters=("branch", "state", "is_open", "owner", "source"),
        newest_first=True,
    )

    @api.query(router, "/tickets/{ticket:path}", by=READERS, shows=tickets.Row)
    def show_ticket(ticket: Number) -> Single:
        """单据: one ticket as the list has it."""
        return Single(tickets, (ticket,))
