"""配件目录 (the catalogue): every part's card as it is now, alike for all branches."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.events.inventory import PartChanged, PartRegistered, Unit
from shared.events.values import RepairNature
from shared.view import Key, Recorded

NAME = "parts"
VERSION = 1
KEY = ("id",)
INDEXES = (("category",),)


@dataclass(frozen=True, slots=True)
class Row:
    """配件一行."""

    id: str
    name: str
    unit: Unit
    category: str | None
    models: tuple[str, ...]
    has_serials: bool
    old_part_due: tuple[RepairNature, ...]
    value_fen: int | None
    active: bool
    version: int


def keys(recorded: Recorded) -> Iterable[Key]:
    """The part a card is about."""
    match recorded.fact:
        case PartRegistered(card) | PartChanged(card):
            return [(card.id,)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:  # noqa: ARG001 - a card is whole
    """The card that was written last."""
    match recorded.fact:
        case PartRegistered(card) | PartChanged(card):
            return Row(
                id=card.id,
                name=card.name,
                unit=card.unit,
                category=card.category,
                models=card.models,
                has_serials=card.has_serials,
                old_part_due=card.old_part_due,
                value_fen=card.value_fen,
                active=card.active,
                version=recorded.version,
            )
        case _:
            return row
