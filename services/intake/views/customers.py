"""用户一览 (customers): every customer's card as it is now, under the branch that keeps it."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.events.intake import CustomerChanged, CustomerRegistered
from shared.events.values import CustomerKind, Personal
from shared.view import Key, Recorded

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


def keys(recorded: Recorded) -> Iterable[Key]:
    """The customer a card is about."""
    match recorded.fact:
        case CustomerRegistered(card) | CustomerChanged(card):
            return [(card.id,)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:  # noqa: ARG001 - a card is whole
    """The card that was written last."""
    match recorded.fact:
        case CustomerRegistered(card) | CustomerChanged(card):
            return Row(
                id=card.id,
                branch=recorded.branch,
                name=card.name,
                kind=card.kind,
                contact_name=card.contact_name,
                phone=card.phone,
                address=card.address,
                region=card.region,
                active=card.active,
                version=recorded.version,
            )
        case _:
            return row
