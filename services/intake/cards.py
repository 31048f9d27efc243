"""登记卡 (cards): what is written of them, and what papers ask of the cards they name."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from shared.decider import Asked, Reason, Rule, reason
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


DOCUMENTS: Mapping[type[Card], Callable[[Any], object]] = {
    BranchCard: BranchDocument,
    PersonCard: PersonDocument,
    CustomerCard: CustomerDocument,
    MachineCard: MachineDocument,
}
"""What other rooms read of a card."""


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


def registered(card: Card) -> RegisterFact:
    """What is written when a card is registered."""
    match card:
        case BranchCard():
            return BranchRegistered(card)
        case PersonCard():
            return PersonRegistered(card)
        case CustomerCard():
            return CustomerRegistered(card)
        case MachineCard():
            return MachineRegistered(card)


def changed(card: Card) -> RegisterFact:
    """What is written when a card is replaced."""
    match card:
        case BranchCard():
            return BranchChanged(card)
        case PersonCard():
            return PersonChanged(card)
        case CustomerCard():
            return CustomerChanged(card)
        case MachineCard():
            return MachineChanged(card)


def unusable(asked: Asked, streams: Iterable[str]) -> Iterator[Rule]:
    """A rule for each card a command rests on: it is there, active, and of the branch."""
    for stream in streams:
        prefix, _, number = stream.partition("-")
        card: Card | None = asked.read(stream)
        yield card is None, _unknown(prefix, number)
        yield card is not None and not card.active, _inactive(prefix, number)
        if isinstance(card, PersonCard) and card.active:
            elsewhere = asked.branch not in card.branches
            yield elsewhere, reason("person-elsewhere", person=number, branch=asked.branch)


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
