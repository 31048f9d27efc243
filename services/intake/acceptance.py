"""验收 (acceptance): a commissioned machine's card says from when its warranty runs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from services.intake.cards import Card
from shared.decider import Asked, Decision, number_of, reason, refuse_if
from shared.events.cards import AcceptanceNoted, MachineCard
from shared.events.values import Warned


@dataclass(frozen=True, slots=True)
class NoteAcceptance:
    """得知验收: dispatch closed a commissioning; by reaction, once an order."""

    order: str
    version: int
    """Of the document that said so."""
    starts_on: date
    told_on: date
    until: date
    """Obligation: until when the warranty runs, by policy."""


def note_acceptance(command: NoteAcceptance, card: Card | None, asked: Asked) -> Decision:
    """得知验收: a first day that stands on the card already is kept, and that is said."""
    known = [each.fact for each in asked.of_kind(AcceptanceNoted)]
    if any(each.order == command.order and each.version >= command.version for each in known):
        return []
    number = number_of(asked.home)
    refuse_if((not isinstance(card, MachineCard), reason("machine-unknown", machine=number)))
    assert isinstance(card, MachineCard)
    warnings = tuple(_warned(command, card))
    noted = (command.order, command.version, command.starts_on, warnings)
    return asked.here(AcceptanceNoted(_started(command, card), *noted))


def _started(command: NoteAcceptance, card: MachineCard) -> MachineCard:
    """The card with the day from which its warranty runs, and until when."""
    if card.warranty_starts_on is not None:
        return card
    until = card.warranty_until or command.until
    return replace(card, warranty_starts_on=command.starts_on, warranty_until=until)


def _warned(command: NoteAcceptance, card: MachineCard) -> Iterator[Warned]:
    started = card.warranty_starts_on
    if started is not None and started != command.starts_on:
        yield Warned("warranty-started-already", (started.isoformat(),))
    if command.told_on != command.starts_on:
        yield Warned("acceptance-told-later", (command.told_on.isoformat(),))
