"""人员一览 (people): everybody's card as it is now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.events.values import ALL_BRANCHES, SEVERAL, Personal, Role
from shared.view import keys_by_number, newest_card

NAME = "people"
VERSION = 4
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
    email: Personal | None
    tokens_from: datetime | None
    """Whoever writes a whole card must see that tokens were revoked."""
    active: bool
    version: int


keys = keys_by_number("person")
project = newest_card(Row)


def those(
    rows: Callable[[Mapping[str, object]], Sequence[Row]], branch: str, as_what: str
) -> tuple[str, ...]:
    """Who has this role or post at the branch, by their cards; of many the first ones."""
    if not as_what:
        return ()
    here = {"active": True, "branches": (branch, ALL_BRANCHES)}
    found = {row.id for name in ("roles", "posts") for row in rows({name: as_what, **here})}
    return tuple(sorted(found)[:SEVERAL])
