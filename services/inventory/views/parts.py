"""配件目录 (the catalogue): every part's card as it is now, alike for all branches."""

from dataclasses import dataclass

from shared.events.inventory import Unit
from shared.events.values import RepairNature
from shared.view import keys_by_number, newest_card

NAME = "parts"
VERSION = 2
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
    divided: bool
    active: bool
    version: int


keys = keys_by_number("part")
project = newest_card(Row)
