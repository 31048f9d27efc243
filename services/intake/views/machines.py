"""设备一览 (machines): every machine's card as it is now, under the branch that keeps it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shared.events.intake import MachineChanged, MachineRegistered
from shared.events.values import Personal
from shared.view import Key, Recorded

NAME = "machines"
VERSION = 1
KEY = ("id",)
INDEXES = (("branch",), ("customer",), ("serial_no",))


@dataclass(frozen=True, slots=True)
class Row:
    """设备一行."""

    id: str
    branch: str
    """The branch that registered or last changed it."""
    model: str
    serial_no: str | None
    serial_unknown_because: str | None
    brand: str | None
    category: str | None
    customer: str | None
    place: Personal | None
    bought_on: date | None
    installed_on: date | None
    warranty_until: date | None
    contract: str | None
    active: bool
    version: int


def keys(recorded: Recorded) -> Iterable[Key]:
    """The machine a card is about."""
    match recorded.fact:
        case MachineRegistered(card) | MachineChanged(card):
            return [(card.id,)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:  # noqa: ARG001 - a card is whole
    """The card that was written last."""
    match recorded.fact:
        case MachineRegistered(card) | MachineChanged(card):
            return Row(
                id=card.id,
                branch=recorded.branch,
                model=card.model,
                serial_no=card.serial_no,
                serial_unknown_because=card.serial_unknown_because,
                brand=card.brand,
                category=card.category,
                customer=card.customer,
                place=card.place,
                bought_on=card.bought_on,
                installed_on=card.installed_on,
                warranty_until=card.warranty_until,
                contract=card.contract,
                active=card.active,
                version=recorded.version,
            )
        case _:
            return row
