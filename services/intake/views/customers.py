"""用户一览 (customers): every customer's card as it is now, under the branch that keeps it."""

from dataclasses import dataclass

from shared.events.values import CustomerKind, Personal
from shared.view import keys_by_number, newest_card

NAME = "customers"
VERSION = 3
KEY = ("id",)
INDEXES = (("branch",),)


@dataclass(frozen=True, slots=True)
class Row:
    """用户一行."""

    id: str
    branch: str
    """The branch that registered or last changed it."""
    name: Personal
    kind: CustomerKind
    contact_name: Personal | None
    phone: Personal | None
    email: Personal | None
    address: Personal | None
    region: str | None
    web_branches: tuple[str, ...]
    active: bool
    version: int


keys = keys_by_number("customer")
project = newest_card(Row)
