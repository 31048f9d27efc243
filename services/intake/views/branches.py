"""网点一览 (branches): every branch's card as it is now."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.events.intake import BranchChanged, BranchRegistered
from shared.view import Key, Recorded

NAME = "branches"
VERSION = 2
KEY = ("code",)


@dataclass(frozen=True, slots=True)
class Row:
    """网点一行."""

    code: str
    name: str
    time_zone: str
    regions: tuple[str, ...]
    address: str | None
    phone: str | None
    web_owner: str | None
    active: bool
    version: int


def keys(recorded: Recorded) -> Iterable[Key]:
    """The branch a card is about."""
    match recorded.fact:
        case BranchRegistered(card) | BranchChanged(card):
            return [(card.code,)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:  # noqa: ARG001 - a card is whole
    """The card that was written last."""
    match recorded.fact:
        case BranchRegistered(card) | BranchChanged(card):
            return Row(
                code=card.code,
                name=card.name,
                time_zone=card.time_zone,
                regions=card.regions,
                address=card.address,
                phone=card.phone,
                web_owner=card.web_owner,
                active=card.active,
                version=recorded.version,
            )
        case _:
            return row
