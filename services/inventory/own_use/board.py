"""自用一览 (own use): what every store uses itself or gives as samples, and what waits."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.inventory import UseNature
from shared.events.own_use import (
    UseApproved,
    UseAsked,
    UseLine,
    UseRefused,
    UseStage,
    UseWithdrawn,
)
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "own_uses"
VERSION = 1
KEY = ("number",)
INDEXES = (("branch", "stage"),)


@dataclass(frozen=True, slots=True)
class Row:
    """自用一行."""

    number: str
    branch: str
    """The store's."""
    stage: UseStage
    use_nature: UseNature
    lines: tuple[UseLine, ...]
    used_by: str
    because: str
    asked_by: str
    decided_by: str | None
    decided_because: str | None
    """Why it was refused or withdrawn."""
    asked_at: datetime
    version: int
    changed_at: datetime


keys = keys_by_number("own_use")


def project(_: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    fact = recorded.fact
    if isinstance(fact, UseAsked):
        row = first_row(
            Row,
            fact,
            branch=fact.store,
            stage=UseStage.ASKED,
            asked_at=recorded.recorded_at,
            version=recorded.version,
            changed_at=recorded.recorded_at,
        )
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at)
    match fact:
        case UseApproved(approved_by=person):
            row = replace(row, stage=UseStage.APPROVED, decided_by=person)
        case UseRefused(because=because, refused_by=person):
            row = _decided(row, UseStage.REFUSED, person, because)
        case UseWithdrawn(because=because, withdrawn_by=person):
            row = _decided(row, UseStage.WITHDRAWN, person, because)
        case _:
            pass
    return row


def _decided(row: Row, stage: UseStage, person: str, because: str) -> Row:
    return replace(row, stage=stage, decided_by=person, decided_because=because)
