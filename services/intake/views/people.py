"""人员一览 (people): everybody's card as it is now."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.values import Personal, Role
from shared.view import keys_by_number, newest_card

NAME = "people"
VERSION = 3
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
    tokens_from: datetime | None
    """Whoever writes a whole card must see that tokens were revoked."""
    active: bool
    version: int


keys = keys_by_number("person")
project = newest_card(Row)
