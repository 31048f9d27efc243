"""设备一览 (machines): every machine's card as it is now, under the branch that keeps it."""

from dataclasses import dataclass
from datetime import date

from shared.events.values import Personal
from shared.view import keys_by_number, newest_card

NAME = "machines"
VERSION = 2
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
    warranty_starts_on: date | None
    contract: str | None
    active: bool
    version: int


keys = keys_by_number("machine")
project = newest_card(Row)
