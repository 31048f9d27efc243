"""配件目录 (the catalogue): every part's card as it is now, alike for all branches."""

from dataclasses import dataclass

from shared.events.inventory import PartChanged, PartRegistered, Unit
from shared.events.values import RepairNature
from shared.fields import filled
from shared.view import Key, Recorded, keys_by_number

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


keys = keys_by_number("part")


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:  # noqa: ARG001 - a card is whole
    """The card that was written last."""
    match recorded.fact:
        case PartRegistered(card) | PartChanged(card):
            return filled(Row, card, version=recorded.version)
        case _:
            return row
