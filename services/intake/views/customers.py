"""用户一览 (customers): every customer's card as it is now, under the branch that keeps it."""

from dataclasses import dataclass

from shared.events.intake import CustomerChanged, CustomerRegistered
from shared.events.values import CustomerKind, Personal
from shared.fields import filled
from shared.view import Key, Recorded, keys_by_number

NAME = "customers"
VERSION = 1
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
    address: Personal | None
    region: str | None
    active: bool
    version: int


keys = keys_by_number("customer")


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:  # noqa: ARG001 - a card is whole
    """The card that was written last."""
    match recorded.fact:
        case CustomerRegistered(card) | CustomerChanged(card):
            return filled(Row, card, branch=recorded.branch, version=recorded.version)
        case _:
            return row
