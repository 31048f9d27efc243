"""自用单的状态 (the state of a request to use parts): what is asked for, and what became of it."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from shared import urging
from shared.events.own_use import (
    UseApproved,
    UseAsked,
    UseLine,
    UseRefused,
    UseStage,
    UseWithdrawn,
)

Fact: TypeAlias = UseAsked | UseApproved | UseRefused | UseWithdrawn


@dataclass(frozen=True, slots=True)
class OwnUse:
    """自用单: as it stands."""

    stage: UseStage = UseStage.NONE
    asked: UseAsked | None = None
    """As it was asked for; None before that."""
    decided_by: str | None = None
    """Who approved, refused or withdrew it."""
    decided_because: str | None = None
    """Why it was refused or withdrawn."""
    urged_by_hand: urging.Last | None = None
    """As somebody urged its next step last."""

    @property
    def store(self) -> str:
        """The store whose parts are used; empty before it is asked for."""
        return self.asked.store if self.asked else ""

    @property
    def lines(self) -> tuple[UseLine, ...]:
        """What is used."""
        return self.asked.lines if self.asked else ()


def evolve(use: OwnUse, fact: Fact) -> OwnUse:
    """The request after the fact. Asks no rule: facts are facts."""
    match fact:
        case UseAsked():
            return replace(use, stage=UseStage.ASKED, asked=fact)
        case UseApproved(approved_by=person):
            return replace(use, stage=UseStage.APPROVED, decided_by=person)
        case UseRefused(because=because, refused_by=person):
            return _decided(use, UseStage.REFUSED, person, because)
        case UseWithdrawn(because=because, withdrawn_by=person):
            return _decided(use, UseStage.WITHDRAWN, person, because)


def _decided(use: OwnUse, stage: UseStage, person: str, because: str) -> OwnUse:
    return replace(use, stage=stage, decided_by=person, decided_because=because)
