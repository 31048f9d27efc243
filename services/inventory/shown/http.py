"""清单用语 (what lists show beside their rows): names of parts and days of a store's calendar.

They are asked for with the page: a row would be wrong the moment a card changes or a day is over.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from services.inventory import part_register
from services.inventory.views import parts
from shared.events.inventory import PartCard
from shared.http.api import RoomApi
from shared.http.registers import Registers
from shared.policy import local_day
from shared.step import PaperType, Step


@dataclass(frozen=True, slots=True)
class NextStep:
    """下一步: which step of the paper ends what is listed, and who may take it."""

    path: str
    by: tuple[str, ...]


def next_of(api: RoomApi, paper: PaperType[Any], number: str, step: str) -> NextStep:
    """A step of a paper with its address and the roles that may take it."""
    row: Step[object, object] = next(
        each.step for each in api.steps[paper.prefix] if each.step.path == step
    )
    address = paper.address.path.format(number=number)
    return NextStep(f"/v1{address}/{step}", tuple(sorted(row.by)))


def day_of(api: RoomApi, now: datetime) -> Callable[[str, datetime], date]:
    """On which calendar day of a store a moment is."""

    @cache
    def day(store: str, at: datetime) -> date:
        return local_day(api.policies(store, now), api.registers.branch(store), at)

    return day


def days_of(api: RoomApi, now: datetime) -> Callable[[str, datetime], int]:
    """How many calendar days of a store have begun since a moment."""
    day = day_of(api, now)
    return lambda store, since: (day(store, now) - day(store, since)).days


def names_of(registers: Registers, numbers: Iterable[str]) -> Mapping[str, str]:
    """The names of parts, as far as the catalogue is built."""
    wanted = tuple(dict.fromkeys(numbers))
    return {row.id: row.name for row in registers.glimpsed(parts, {"id": wanted})}


def card_of(registers: Registers, part: str) -> PartCard:
    """The card of a part; of one that nobody registered, what a part is by default."""
    card = registers.stream(part_register.stream_of(part)).state
    return card if isinstance(card, PartCard) else PartCard(part, part)
