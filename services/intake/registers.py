"""登记册 (the registers): branches, people, customers and machines, a stream and a card each.

A card is written in whole: registering makes it, changing replaces it, and who or what is no longer
there stays as a card that is not active. Papers that name a card rest on it as it is just then.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from shared.decider import Asked, Decision, Public, Reason, Refused, reason, refuse_if
from shared.events.cards import (
    BranchCard,
    BranchDocument,
    CustomerCard,
    CustomerDocument,
    MachineCard,
    MachineDocument,
    PersonCard,
    PersonDocument,
)
from shared.events.intake import (
    BranchChanged,
    BranchRegistered,
    CustomerChanged,
    CustomerRegistered,
    MachineChanged,
    MachineRegistered,
    PersonChanged,
    PersonRegistered,
)

Card: TypeAlias = BranchCard | PersonCard | CustomerCard | MachineCard


@dataclass(frozen=True, slots=True)
class Register:
    """登记: a new card; of branches and people by the operator, of others by the clerk."""

    card: Card


@dataclass(frozen=True, slots=True)
class Change:
    """变更: a card replaced by another of the same number."""

    card: Card


Command: TypeAlias = Register | Change
RegisterFact: TypeAlias = (
    BranchRegistered
    | BranchChanged
    | PersonRegistered
    | PersonChanged
    | CustomerRegistered
    | CustomerChanged
    | MachineRegistered
    | MachineChanged
)

initial: Card | None = None
"""No card yet."""


def stream_of(card: Card) -> str:
    """The stream a card stands on."""
    match card:
        case BranchCard(code):
            return f"branch-{code}"
        case PersonCard(number):
            return f"person-{number}"
        case CustomerCard(number):
            return f"customer-{number}"
        case MachineCard(number):
            return f"machine-{number}"


def reads(command: Command) -> tuple[str, ...]:
    """The cards an active card rests on: a person's branches, a machine's customer."""
    if not command.card.active:
        return ()
    match command.card:
        case PersonCard(branches=branches):
            return tuple(f"branch-{branch}" for branch in dict.fromkeys(branches))
        case MachineCard(customer=str(customer)):
            return (f"customer-{customer}",)
        case BranchCard() | CustomerCard() | MachineCard():
            return ()


def decide(command: Command, card: Card | None, asked: Asked) -> Decision:
    """What the command makes true; nothing if the card says so already."""
    if command.card == card:
        return []
    refuse_if(
        (stream_of(command.card) != asked.home, reason("card-elsewhere", stream=asked.home)),
        _incomplete(command.card),
        *unusable(asked, reads(command)),
    )
    match command:
        case Register(new):
            if card is not None:
                raise Refused(reason("registered-already", stream=asked.home))
            return asked.here(_registered(new))
        case Change(new):
            if card is None:
                raise Refused(reason("never-registered", stream=asked.home))
            return asked.here(_changed(new))


def evolve(_: Card | None, fact: RegisterFact) -> Card | None:
    """The card after the fact."""
    return fact.card


def public(card: Card | None, _: RegisterFact) -> Public:
    """The card as other rooms know it."""
    assert card is not None
    return Public(_document(card), {})


def unusable(asked: Asked, streams: Iterable[str]) -> Iterator[tuple[bool, Reason]]:
    """A rule for each card a command rests on: it is there, active, and of the branch."""
    for stream in streams:
        prefix, _, number = stream.partition("-")
        card: Card | None = asked.reads.get(stream)
        yield card is None, _unknown(prefix, number)
        yield card is not None and not card.active, _inactive(prefix, number)
        if isinstance(card, PersonCard) and card.active:
            elsewhere = asked.branch not in card.branches
            yield elsewhere, reason("person-elsewhere", person=number, branch=asked.branch)


def _incomplete(card: Card) -> tuple[bool, Reason]:
    said: dict[str, object] = {}
    match card:
        case PersonCard():
            said = {"roles": card.roles, "branches": card.branches}
        case MachineCard():
            said = {"serial_no": card.serial_no or card.serial_unknown_because}
        case BranchCard() | CustomerCard():
            pass
    missing = [name for name, value in said.items() if not value]
    return bool(missing), reason("card-incomplete", missing=missing)


def _unknown(prefix: str, number: str) -> Reason:
    match prefix:
        case "branch":
            return reason("branch-unknown", branch=number)
        case "person":
            return reason("person-unknown", person=number)
        case "customer":
            return reason("customer-unknown", customer=number)
        case _:
            return reason("machine-unknown", machine=number)


def _inactive(prefix: str, number: str) -> Reason:
    match prefix:
        case "branch":
            return reason("branch-inactive", branch=number)
        case "person":
            return reason("person-inactive", person=number)
        case "customer":
            return reason("customer-inactive", customer=number)
        case _:
            return reason("machine-inactive", machine=number)


def _registered(card: Card) -> RegisterFact:
    match card:
        case BranchCard():
            return BranchRegistered(card)
        case PersonCard():
            return PersonRegistered(card)
        case CustomerCard():
            return CustomerRegistered(card)
        case MachineCard():
            return MachineRegistered(card)


def _changed(card: Card) -> RegisterFact:
    match card:
        case BranchCard():
            return BranchChanged(card)
        case PersonCard():
            return PersonChanged(card)
        case CustomerCard():
            return CustomerChanged(card)
        case MachineCard():
            return MachineChanged(card)


def _document(card: Card) -> BranchDocument | PersonDocument | CustomerDocument | MachineDocument:
    match card:
        case BranchCard():
            return BranchDocument(card)
        case PersonCard():
            return PersonDocument(card)
        case CustomerCard():
            return CustomerDocument(card)
        case MachineCard():
            return MachineDocument(card)
