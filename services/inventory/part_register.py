"""配件目录 (the catalogue of parts): a stream and a card for each part.

A card is written in whole: registering makes it, changing replaces it. A part that is no longer
bought stays as a card that is not active; what is left of it may still be drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from shared.decider import Asked, Decision, Public, Reason, reason, refuse_if
from shared.events.inventory import PartCard, PartChanged, PartDocument, PartRegistered


@dataclass(frozen=True, slots=True)
class RegisterPart:
    """配件登记: a new part in the catalogue."""

    card: PartCard


@dataclass(frozen=True, slots=True)
class ChangePart:
    """配件变更: a part's card replaced by another of the same number."""

    card: PartCard


Command: TypeAlias = RegisterPart | ChangePart
Fact: TypeAlias = PartRegistered | PartChanged

initial: PartCard | None = None
"""No card yet."""


def stream_of(part: str) -> str:
    """The stream a part's card stands on."""
    return f"part-{part}"


def decide(command: Command, card: PartCard | None, asked: Asked) -> Decision:
    """What the command makes true; nothing if the card says so already."""
    new = command.card
    if new == card:
        return []
    elsewhere = stream_of(new.id) != asked.home, reason("card-elsewhere", part=new.id)
    match command:
        case RegisterPart():
            refuse_if(elsewhere, (card is not None, reason("registered-already", part=new.id)))
            return asked.here(PartRegistered(new))
        case ChangePart():
            refuse_if(elsewhere, (card is None, reason("part-unknown", part=new.id)))
            return asked.here(PartChanged(new))


def evolve(_: PartCard | None, fact: Fact) -> PartCard | None:
    """The card after the fact."""
    return fact.card


def public(card: PartCard | None, _: Fact) -> Public:
    """The card as other rooms know it."""
    assert card is not None
    return Public(PartDocument(card), {})


def card_of(asked: Asked, part: str) -> PartCard | None:
    """The card of a part, where a command reads it."""
    card = asked.reads.get(stream_of(part))
    assert card is None or isinstance(card, PartCard)
    return card


def unusable(card: PartCard | None, part: str) -> Iterator[tuple[bool, Reason]]:
    """A rule for what is newly taken into stock: the part is in the catalogue, and active."""
    yield card is None, reason("part-unknown", part=part)
    yield card is not None and not card.active, reason("part-inactive", part=part)
