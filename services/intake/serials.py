"""序列号册 (the book of serial numbers): which machines have a serial number now.

A stream for each serial number, however it is written (`shared/alike.py`).
It is written together with the cards of the machines, so that two of them which are registered at
the same moment cannot both have it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from services.intake.cards import Card
from shared.alike import alike
from shared.decider import Asked, Decision, Rule, reason
from shared.events.cards import MachineCard, SerialFreed, SerialTaken
from shared.events.values import Warned
from shared.step import Address, AnyRow, PaperType, PathField, by_command

Fact: TypeAlias = SerialTaken | SerialFreed


@dataclass(frozen=True, slots=True)
class Holders:
    """占用: the machines that have this serial number, each with its model."""

    models: Mapping[str, str] = field(default_factory=dict)


PAPER: PaperType[Holders] = PaperType(
    "serial", Address("/serials/{number}", (PathField(max_length=64),))
)
STEPS: tuple[AnyRow[Holders], ...] = ()
"""It is written with the cards alone."""
initial = Holders()
decide = by_command(STEPS)


def evolve(holders: Holders, fact: Fact) -> Holders:
    """Who has it after the fact."""
    others = {each: model for each, model in holders.models.items() if each != fact.machine}
    match fact:
        case SerialTaken():
            return Holders({**others, fact.machine: fact.model})
        case SerialFreed():
            return Holders(others)


def stream_of(card: Card | None) -> str | None:
    """The stream of the serial number that an active machine has; None if it has none."""
    if not isinstance(card, MachineCard) or not card.active or not card.serial_no:
        return None
    return PAPER.stream_of(key_of(card.serial_no))


def key_of(serial_no: str) -> str:
    """The number of a serial number's stream, however it is written.

    A serial number may be of any length and signs; the name of a stream is neither.
    """
    return hashlib.sha256(alike(serial_no).encode()).hexdigest()[:32]


def streams_of(card: Card, before: Card | None) -> Iterator[str]:
    """The streams that a new card of a machine takes and frees."""
    yield from {each for each in (stream_of(card), stream_of(before)) if each is not None}


def taken(card: Card, asked: Asked) -> Iterator[Rule]:
    """A rule: one machine of a model has a serial number. Whose it is may be another branch's."""
    if (stream := stream_of(card)) is not None:
        assert isinstance(card, MachineCard)
        same = [
            m for m in _others(card, asked.read(stream)).values() if alike(m) == alike(card.model)
        ]
        said = card.serial_no or ""
        yield bool(same), reason("serial-taken", model=card.model, serial_no=said)


def moves(asked: Asked, card: Card, before: Card | None) -> Decision:
    """The facts that let a machine have the serial number of its new card alone."""
    new, old = stream_of(card), stream_of(before)
    told: list[tuple[str, Fact]] = []
    if old is not None and old != new and isinstance(before, MachineCard):
        told.append((old, SerialFreed(before.id)))
    if new is not None and isinstance(card, MachineCard):
        fact = SerialTaken(card.id, alike(card.model), _warnings(card, asked.read(new)))
        known = asked.read(new).models.get(card.id)
        told += [] if known == fact.model else [(new, fact)]
    return told


def _others(card: MachineCard, holders: Holders) -> Mapping[str, str]:
    return {each: model for each, model in holders.models.items() if each != card.id}


def _warnings(card: MachineCard, holders: Holders) -> tuple[Warned, ...]:
    """同号异型提醒: a machine of another model has the same serial number."""
    other = any(alike(model) != alike(card.model) for model in _others(card, holders).values())
    return (Warned("serial-of-another-model", (card.serial_no or "",)),) if other else ()
