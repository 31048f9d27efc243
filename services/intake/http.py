"""受理的接口 (HTTP of intake): reports, legacy tickets, delegations, and the registers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter

from services.intake import delegation, hidden_values, legacy, registers, rules
from services.intake.acceptance import Correcting, CorrectWarranty
from services.intake.cards import Card, stream_of
from services.intake.complaint import PAPER as COMPLAINT
from services.intake.complaint import http as complaint
from services.intake.complaint.customer import http as own_complaint
from services.intake.delegation import EndDelegation, RecordDelegation
from services.intake.delegation_lists import http as delegation_lists
from services.intake.figures import http as figures
from services.intake.hidden_values import HideValue, Hiding
from services.intake.legacy import ContinueLegacyTicket
from services.intake.reading import READING
from services.intake.registers import CardRegister, Change, HandOverCard, Register
from services.intake.report import PAPER as REPORT
from services.intake.report import http as report
from services.intake.report.checks import customer_stream
from services.intake.report.customer import http as customer
from services.intake.report.http import NewReport, numbered, registration, using
from services.intake.ticket_lists import http as ticket_lists
from services.intake.views import (
    branches,
    customers,
    delegations,
    machines,
    people,
    tasks,
)
from services.intake.views import hidden_values as hidden_listed
from shared.decider import Refused, reason
from shared.events.cards import MachineCard
from shared.events.values import ALL_BRANCHES, BranchCode, Text
from shared.fields import filled
from shared.http import clocks as clocks_http
from shared.http import figures as figures_http
from shared.http import tasks as tasks_http
from shared.http import urging
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made, NextNumber
from shared.http.problem import unknown
from shared.http.query import Single
from shared.http.registers import Registers
from shared.http.steps import add_steps, in_path
from shared.policy import local_day
from shared.policy.book import PolicyInForce
from shared.view import View

Number = Annotated[str, in_path(registers.NUMBER)]
VIEWS = {"branch": branches, "person": people, "customer": customers, "machine": machines}
"""Where the cards of a register are listed, by the prefix of their streams."""


@dataclass(frozen=True, slots=True)
class HandingOver:
    """移交: the branch that keeps the card from now on."""

    to: BranchCode


@dataclass(frozen=True, slots=True)
class Revocation:
    """撤销: why a delegation ends before its last day."""

    because: Text | None = None


def routes(api: RoomApi) -> APIRouter:
    """Every route of the room."""
    router = APIRouter(prefix="/v1")
    forms: dict[str, Forms] = {
        REPORT.prefix: {**report.FORMS, **customer.FORMS},
        COMPLAINT.prefix: {**complaint.FORMS, **own_complaint.FORMS, **urging.FORMS},
        legacy.PAPER.prefix: LEGACY_FORMS,
        delegation.PAPER.prefix: DELEGATION_FORMS,
        hidden_values.PAPER.prefix: HIDING_FORMS,
        **{each.PAPER.prefix: card_forms(each) for each in registers.REGISTERS},
    }
    add_steps(api, router, forms)
    for each in registers.REGISTERS:
        _cards(api, router, each, VIEWS[each.PAPER.prefix])
    delegation_lists.queries(api, router)
    _hidden_values(api, router)
    report.queries(api, router)
    complaint.queries(api, router)
    customer.queries(api, router)
    own_complaint.queries(api, router)
    ticket_lists.queries(api, router)
    tasks_http.routes(api, router, tasks)
    figures_http.routes(api, router, figures.SOURCES)
    clocks_http.routes(api, router, figures.CLOCKS)
    return router


def card_forms(register: CardRegister) -> Forms:
    """The forms of a register: a card in whole comes in."""
    handing_over: Forms = {"handovers": Form(HandingOver, _handing_over)}
    return {
        register.path: Form(register.card, _registering),
        "changes": Form(register.card, _changing),
        **(handing_over if register.card in registers.HANDED_OVER else {}),
        **(WARRANTY_FORMS if register.card is MachineCard else {}),
    }


def _registering(request: FormRequest, card: Card) -> Made:
    branch = request.context.branch(request.named_branch) if _is_kept(card) else ""
    return _written(Register(card), branch, stream_of(card))


def _changing(request: FormRequest, card: Card) -> Made:
    """A card stays with the branch that keeps it; it goes to another by a step of its own."""
    named = request.named_branch
    if _is_kept(card) and named not in (None, request.branch):
        raise Refused(reason("kept-elsewhere", branch=request.branch))
    return _written(Change(card), request.branch)


def _handing_over(request: FormRequest, body: HandingOver) -> Made:
    return Made(HandOverCard(body.to, request.branch), branch=body.to)


def _correcting(request: FormRequest, body: Correcting) -> Made:
    policy = request.policy()
    until = rules.warranty_until(policy, body.starts_on)
    command = CorrectWarranty(body.starts_on, body.because, until, request.today(request.branch))
    return Made(command, policy=policy.label)


WARRANTY_FORMS: Forms = {"warranty-corrections": Form(Correcting, _correcting)}


def _written(command: Register | Change, kept_by: str, home: str | None = None) -> Made:
    """A command on a card, and the branches to which the card will belong.

    The card of a branch belongs to that branch, the card of a person to all of theirs, and any
    other card to the branch that keeps it.
    """
    first, *others = registers.branches_of(command.card, kept_by)
    owner = command.card.customer if isinstance(command.card, MachineCard) else None
    subject = f"customer-{owner}" if owner else None
    return Made(command, home=home, branch=first, also_of=others, subject=subject)


def _is_kept(card: Card) -> bool:
    """Whether the card itself does not say to which branches it belongs."""
    return registers.branches_of(card, "") == ("",)


def _continuation(request: FormRequest, body: NewReport) -> NextNumber:
    command = ContinueLegacyTicket(registration(request, body, request.branch))
    home = legacy.PAPER.stream_of(request.number)
    made = Made(command, home=home, subject=customer_stream(body.basics))
    return numbered(request, request.branch, made)


def _recording(request: FormRequest, body: RecordDelegation) -> Made:
    card = request.registers.person(request.number)
    if card is None or not request.context.may_know(card.branches):
        raise unknown(request.number)
    return Made(body, branch=request.context.branch(request.named_branch))


def _revocation(request: FormRequest, body: Revocation) -> Made:
    which: int = request.given["which"]
    given = request.state.given.get(which)
    if given is None or not request.context.within(given.branch):
        raise unknown(request.number)
    return Made(EndDelegation(which, body.because), branch=given.branch)


def _hiding(request: FormRequest, body: Hiding) -> Made:
    used = using(request, request.given["number"], body.field, body.value)
    return Made(filled(HideValue, body, used_by=used), branch=request.given["number"])


LEGACY_FORMS: Forms = {
    "continuations": Form(NewReport, _continuation, takes_number=True, begins=REPORT.prefix)
}
DELEGATION_FORMS: Forms = {
    delegation.PAPER.address.path: Form(RecordDelegation, _recording),
    "{which}/endings": Form(Revocation, _revocation),
}
HIDING_FORMS: Forms = {hidden_values.PAPER.address.path: Form(Hiding, _hiding)}


def _cards(api: RoomApi, router: APIRouter, register: CardRegister, view: View) -> None:
    path, chinese = register.path, register.chinese

    def one(number: Number) -> Single:
        return Single(view, (number,))

    one.__doc__ = f"{chinese}查看: one card; in {path}."
    listed = f"{chinese}一览: the cards you may see; in {path}."
    reads = READING[register.PAPER.prefix]
    api.listing(router, path, view, reads=reads, said=listed, named="listed", filters=("active",))
    api.query(router, f"{path}/{{number}}", reads=reads, shows=view.Row)(one)


def _hidden_values(api: RoomApi, router: APIRouter) -> None:
    api.listing(
        router,
        "/hidden-values",
        hidden_listed,
        reads=READING[hidden_values.PAPER.prefix],
        said="停用一览: which values of the lists of a diagnosis your branches choose no more.",
        named="list_hidden_values",
        filters=("branch", "field"),
    )


def colleagues(registers: Registers, branch: str, as_what: str) -> Mapping[str, str] | None:
    """同事: who has this role or post at the branch, with their names, by the list of people."""
    here = {"active": True, "branches": (branch, ALL_BRANCHES)}
    asked = [registers.known(people, {name: as_what, **here}) for name in ("roles", "posts")]
    if None in asked:
        return None
    rows = (row for found in asked for row in found or ())
    return {row.id: row.name for row in rows if isinstance(row, people.Row)}


def delegating(registers: Registers, deputy: str) -> Iterator[str]:
    """授权人: who has delegated anything to this person about now, by the list of delegations."""
    return (row.person for row in _lasting(registers, deputy=deputy))


def deputies(
    registers: Registers, policies: PolicyInForce, branch: str, as_what: str
) -> Iterator[tuple[str, str]]:
    """代理人: whom they stand in for in this role or post at the branch, and who they are."""
    now = registers.now()
    today = local_day(policies(branch, now), registers.branch(branch), now)
    for row in _lasting(registers, branch=branch):
        if as_what in row.as_what and row.from_on <= today <= row.until_on:
            yield row.person, row.deputy


def _lasting(registers: Registers, **of: str) -> Iterator[delegations.Row]:
    """Delegations that are in force about now; those of long ago crowd none of them out."""
    now = delegation_lists.lasting(registers.now().date())
    rows = registers.rows(delegations, {**of, "ended": False, **now})
    return (row for row in rows if isinstance(row, delegations.Row))
