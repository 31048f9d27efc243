"""登记册 as stories: a card is registered once, replaced in whole, and never taken away."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.intake import serials
from services.intake.cards import Card, namesake_of, stream_of
from services.intake.registers import REGISTERS, CardRegister, Change, Register
from shared.alike import alike
from shared.decider import Asked
from shared.events.cards import (
    BranchCard,
    BranchChanged,
    BranchDocument,
    BranchRegistered,
    CustomerCard,
    CustomerChanged,
    CustomerDocument,
    CustomerRegistered,
    MachineCard,
    MachineChanged,
    MachineDocument,
    MachineRegistered,
    PersonCard,
    PersonChanged,
    PersonDocument,
    PersonRegistered,
    SerialFreed,
    SerialTaken,
)
from shared.events.values import CustomerKind, Role
from tests.intake.example import AT, CARDS, CUSTOMER, MACHINE, sealed
from tests.spec import given

BRANCH = BranchCard("HZ02", "萧山", regions=("xiaoshan",), address="市心路 1 号", phone="0571-1")
PERSON = PersonCard("C-LINA", "李娜", (Role.CLERK,), ("HZ01",), skills=("gx",), regions=("xihu",))

CASES: list[Any] = [
    (BRANCH, {"name": "萧山新址"}, BranchRegistered, BranchChanged, BranchDocument),
    (PERSON, {"email": sealed("email")}, PersonRegistered, PersonChanged, PersonDocument),
    (
        replace(CUSTOMER, phone=sealed("phone"), email=sealed("email")),
        {"kind": CustomerKind.PERSON},
        CustomerRegistered,
        CustomerChanged,
        CustomerDocument,
    ),
    (MACHINE, {"contract": "HT-1"}, MachineRegistered, MachineChanged, MachineDocument),
]
every = pytest.mark.parametrize(
    ("card", "change", "made", "changed", "document"), CASES, ids=[stream_of(c[0]) for c in CASES]
)


def kept(card: Card) -> CardRegister:
    return next(each for each in REGISTERS if isinstance(card, each.card))


def on(card: Card) -> Asked:
    """Asked by somebody who keeps the registers."""
    freed = dict.fromkeys(serials.streams_of(card, None), serials.initial)
    reads = {**CARDS, **dict.fromkeys(namesake_of(card)), **freed}
    return Asked(stream_of(card), "O-1", frozenset({Role.OPERATOR}), AT, "HZ01", None, reads)


def taken(card: Card) -> list[tuple[str, SerialTaken]]:
    """What a machine with a serial number also makes true."""
    if not isinstance(card, MachineCard):
        return []
    return [(serials.stream_of(card) or "", SerialTaken(card.id, alike(card.model)))]


def freed(card: Card) -> list[tuple[str, SerialFreed]]:
    """What a machine that is retired also makes true."""
    if not isinstance(card, MachineCard):
        return []
    return [(serials.stream_of(card) or "", SerialFreed(card.id))]


def retiring(card: Card) -> Asked:
    """As `on`, when the card is what stands there and has its serial number."""
    asked = on(card)
    held = serials.Holders({getattr(card, "id", ""): alike(getattr(card, "model", ""))})
    return replace(
        asked, reads={**asked.reads, **dict.fromkeys(serials.streams_of(card, None), held)}
    )


@every
def test_a_card_is_registered_and_replaced(
    card: Any, change: Any, made: Any, changed: Any, document: Any
) -> None:
    other = replace(card, **change)
    given(kept(card)).when(Register(card), on(card)).then_on(
        (stream_of(card), made(card)), *taken(card)
    )
    given(kept(other), made(card)).when(Change(other), on(card)).then_on(
        (stream_of(card), changed(other)), *taken(other)
    )
    gone = replace(card, active=False)
    given(kept(gone), made(card), changed(other)).when(Change(gone), retiring(other)).then_on(
        (stream_of(card), changed(gone)), *freed(other)
    )
    shown = kept(card).public(other, changed(other))
    assert (shown.document, shown.this) == (document(other), {})


@every
def test_a_card_that_says_so_already_is_not_written_again(
    card: Any, change: Any, made: Any, changed: Any, document: Any
) -> None:
    given(kept(card), made(card)).when(Register(card), on(card)).then()
    given(kept(card), made(card)).when(Change(card), on(card)).then()
    other = replace(card, **change)
    given(kept(other), made(card)).when(Register(other), on(card)).refused("registered-already")
    given(kept(card)).when(Change(card), on(card)).refused("never-registered")


@every
def test_a_card_stands_on_the_stream_of_its_number(
    card: Any, change: Any, made: Any, changed: Any, document: Any
) -> None:
    elsewhere = replace(on(card), home="branch-ELSE")
    given(kept(card)).when(Register(card), elsewhere).refused("card-elsewhere")


def test_a_person_has_roles_and_works_at_branches_there_are() -> None:
    nobody = replace(PERSON, roles=(), branches=())
    given(kept(nobody)).when(Register(nobody), on(nobody)).refused_with(
        "card-incomplete", missing=["roles", "branches"]
    )
    lost = replace(PERSON, branches=("XX99", "OLD9"))
    given(kept(lost)).when(Register(lost), on(lost)).refused("branch-unknown", "branch-inactive")


def test_a_person_may_work_at_all_branches() -> None:
    everywhere = replace(PERSON, branches=("*",))
    given(kept(everywhere)).when(Register(everywhere), on(everywhere)).then(
        PersonRegistered(everywhere)
    )


def test_no_person_and_customer_have_the_same_number() -> None:
    person, customer = replace(PERSON, id="YH-7"), CustomerCard("YH-7", "某", CustomerKind.PERSON)
    for card, other in ((person, customer), (customer, person)):
        asked = on(card)
        taken = replace(asked, reads={**asked.reads, stream_of(other): other})
        given(kept(card)).when(Register(card), taken).refused("number-taken")


@pytest.mark.parametrize("number", ["reaction:keep", "timer:x", "import:old", "Import", "X:1"])
def test_nobody_has_the_number_of_a_service(number: str) -> None:
    for card in (replace(PERSON, id=number), CustomerCard(number, "某", CustomerKind.PERSON)):
        given(kept(card)).when(Register(card), on(card)).refused("number-reserved")


def test_an_employee_is_no_customer_by_role() -> None:
    both = replace(PERSON, roles=(Role.CLERK, Role.CUSTOMER))
    given(kept(both)).when(Register(both), on(both)).refused("customer-role")
    given(kept(both), PersonRegistered(PERSON)).when(Change(both), on(both)).refused(
        "customer-role"
    )


def test_who_leaves_a_closed_branch_can_still_be_written_off() -> None:
    gone = replace(PERSON, branches=("OLD9",), active=False)
    given(kept(gone), PersonRegistered(PERSON)).when(Change(gone), on(gone)).then(
        PersonChanged(gone)
    )


def test_a_machine_has_a_serial_number_or_a_reason_and_a_customer_there_is() -> None:
    bare = MachineCard("SB-8", "GX-100", customer="YH-404")
    given(kept(bare)).when(Register(bare), on(bare)).refused("card-incomplete", "customer-unknown")
    unread = MachineCard("SB-8", "GX-100", serial_unknown_because="铭牌脱落")
    given(kept(unread)).when(Register(unread), on(unread)).then(MachineRegistered(unread))
    of_gone = replace(MACHINE, customer="YH-9")
    given(kept(of_gone)).when(Register(of_gone), on(of_gone)).refused("customer-inactive")


def test_a_warranty_begins_on_no_day_to_come() -> None:
    """Typed before the acceptance, it would stand in place of the day of the acceptance."""
    on_day = MachineCard("SB-8", "GX-100", "N-8", warranty_starts_on=AT.date())
    given(kept(on_day)).when(Register(on_day), on(on_day)).then_on(
        (stream_of(on_day), MachineRegistered(on_day)), *taken(on_day)
    )
    ahead = replace(on_day, warranty_starts_on=AT.date() + timedelta(days=2))
    day = (AT.date() + timedelta(days=2)).isoformat()
    told = given(kept(ahead)).when(Register(ahead), on(ahead))
    told.refused_with("acceptance-ahead", on=day)
    told = given(kept(ahead), MachineRegistered(on_day)).when(Change(ahead), on(ahead))
    told.refused_with("acceptance-ahead", on=day)
    past = (MachineRegistered(ahead),)
    other = replace(ahead, model="GX-200")
    assert given(kept(other), *past).when(Change(other), retiring(ahead)).decision()


def test_a_customer_may_be_a_private_person() -> None:
    card = CustomerCard("YH-7", sealed("name"), CustomerKind.PERSON, address=sealed("address"))
    given(kept(card)).when(Register(card), on(card)).then(CustomerRegistered(card))
