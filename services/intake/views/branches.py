"""网点一览 (branches): every branch's card as it is now."""

from dataclasses import dataclass

from shared.events.intake import BranchChanged, BranchRegistered
from shared.fields import filled
from shared.view import Key, Recorded, keys_by_number

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


keys = keys_by_number("branch")


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:  # noqa: ARG001 - a card is whole
    """The card that was written last."""
    match recorded.fact:
        case BranchRegistered(card) | BranchChanged(card):
            return filled(Row, card, version=recorded.version)
        case _:
            return row
