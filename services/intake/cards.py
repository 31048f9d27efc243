"""登记卡 (cards): what is written of them, and what papers ask of the cards they name."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from shared.decider import Asked, Reason, Rule, reason
from shared.events import cards as facts
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
from shared.events.same_machine import are_alike
from shared.events.values import covers

Card: TypeAlias = BranchCard | PersonCard | CustomerCard | MachineCard
RegisterFact: TypeAlias = (
    facts.BranchRegistered
    | facts.BranchChanged
    | facts.PersonRegistered
    | facts.PersonChanged
    | facts.CustomerRegistered
    | facts.CustomerChanged
    | facts.MachineRegistered
    | facts.MachineChanged
    | facts.AcceptanceNoted
    | facts.WarrantyCorrected
)


@dataclass(frozen=True, slots=True)
class CardKind:
    """登记卡种类: what is written when such a card is registered or replaced, and its document."""

    prefix: str
    """Of the streams of such cards."""
    registered: Callable[..., RegisterFact]
    changed: Callable[..., RegisterFact]
    document: Callable[..., object]
    """What other rooms read of it."""


KINDS: Mapping[type[Card], CardKind] = {
    BranchCard: CardKind("branch", facts.BranchRegistered, facts.BranchChanged, BranchDocument),
    PersonCard: CardKind("person", facts.PersonRegistered, facts.PersonChanged, PersonDocument),
    CustomerCard: CardKind(
        "customer", facts.CustomerRegistered, facts.CustomerChanged, CustomerDocument
    ),
    MachineCard: CardKind(
        "machine", facts.MachineRegistered, facts.MachineChanged, MachineDocument
    ),
}


def stream_of(card: Card) -> str:
    """The stream a card stands on."""
    number = card.code if isinstance(card, BranchCard) else card.id
    return f"{KINDS[type(card)].prefix}-{number}"


def differ(one: str | None, other: str | None) -> bool:
    """Whether both are named, and are not."""
    return bool(one and other) and not are_alike(one, other)


def namesake_of(card: Card) -> tuple[str, ...]:
    """The stream of the other kind of card by which somebody of the same number would act."""
    match card:
        case PersonCard(id=number):
            return (f"customer-{number}",)
        case CustomerCard(id=number):
            return (f"person-{number}",)
        case BranchCard() | MachineCard():
            return ()


def gone(asked: Asked, streams: Iterable[str]) -> Iterator[Rule]:
    """A rule for each card a command names: it is there, and active."""
    for stream in streams:
        prefix, _, number = stream.partition("-")
        card: Card | None = asked.read(stream)
        yield card is None, _unknown(prefix, number)
        yield card is not None and not card.active, _inactive(prefix, number)


def unusable(
    asked: Asked, streams: Iterable[str], *, from_base: Collection[str] = ()
) -> Iterator[Rule]:
    """A rule for each card a command rests on: it is there, active, and of the branch.

    `from_base`: whom base has sent to the branch.
    """
    for stream in streams:
        yield from gone(asked, [stream])
        card, number = asked.read(stream), stream.partition("-")[2]
        if isinstance(card, PersonCard) and card.active:
            elsewhere = number not in from_base and not covers(card.branches, asked.branch)
            yield elsewhere, reason("person-elsewhere", person=number, branch=asked.branch)


def _unknown(prefix: str, number: str) -> Reason:
    reasons = {
        "branch": reason("branch-unknown", branch=number),
        "person": reason("person-unknown", person=number),
        "customer": reason("customer-unknown", customer=number),
        "machine": reason("machine-unknown", machine=number),
    }
    return reasons[prefix]


def _inactive(prefix: str, number: str) -> Reason:
    reasons = {
        "branch": reason("branch-inactive", branch=number),
        "person": reason("person-inactive", person=number),
        "customer": reason("customer-inactive", customer=number),
        "machine": reason("machine-inactive", machine=number),
    }
    return reasons[prefix]
