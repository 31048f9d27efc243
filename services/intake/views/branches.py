"""网点一览 (branches): every branch's card as it is now."""

from dataclasses import dataclass

from shared.view import keys_by_number, newest_card

NAME = "branches"
VERSION = 3
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
    is_base: bool
    version: int


keys = keys_by_number("branch")
project = newest_card(Row)
