"""人员一览 (people): everybody's card as it is now."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.events.intake import PersonChanged, PersonRegistered
from shared.events.values import Personal, Role
from shared.view import Key, Recorded

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


def keys(recorded: Recorded) -> Iterable[Key]:
    """The person a card is about."""
    match recorded.fact:
        case PersonRegistered(card) | PersonChanged(card):
            return [(card.id,)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:  # noqa: ARG001 - a card is whole
    """The card that was written last."""
    match recorded.fact:
        case PersonRegistered(card) | PersonChanged(card):
            return Row(
                id=card.id,
                name=card.name,
                roles=card.roles,
                branches=card.branches,
                posts=card.posts,
                skills=card.skills,
                regions=card.regions,
                phone=card.phone,
                active=card.active,
                version=recorded.version,
            )
        case _:
            return row
