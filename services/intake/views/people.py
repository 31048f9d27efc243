"""人员一览 (people): everybody's card as it is now."""

from dataclasses import dataclass

from shared.events.intake import PersonChanged, PersonRegistered
from shared.events.values import Personal, Role
from shared.fields import filled
from shared.view import Key, Recorded, keys_by_number

NAME = "people"
VERSION = 2
KEY = ("id",)


@dataclass(frozen=True, slots=True)
class Row:
    """人员一行."""

    id: str
    name: str
    roles: tuple[Role, ...]
    branches: tuple[str, ...]
    posts: tuple[str, ...]
    skills: tuple[str, ...]
    regions: tuple[str, ...]
    phone: Personal | None
    active: bool
    version: int


keys = keys_by_number("person")


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:  # noqa: ARG001 - a card is whole
    """The card that was written last."""
    match recorded.fact:
        case PersonRegistered(card) | PersonChanged(card):
            return filled(Row, card, version=recorded.version)
        case _:
            return row
