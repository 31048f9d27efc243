"""库存 (stock): what every account of a part has, inside the store's walls and outside.

All accounts of a part in a store add up to zero; an account that has nothing left is not listed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.events.inventory import Outside, StockMoved
from shared.view import Key, Recorded

NAME = "stock"
VERSION = 1
KEY = ("store", "part", "account")
INDEXES = (("branch", "account"), ("technician",), ("part",))


@dataclass(frozen=True, slots=True)
class Row:
    """库存一行: one account of a part."""

    store: str
    part: str
    account: str
    branch: str
    """The store's."""
    inside: bool
    """Whether the store answers for the pieces."""
    technician: str | None
    """Whose hands, if it is somebody's account."""
    quantity: int
    serials: tuple[str, ...]
    """Those that are in it; outside they are not followed."""
    paper: str | None
    """What moved it last; None for the opening stock."""
    changed_at: datetime


def keys(recorded: Recorded) -> Iterable[Key]:
    """The two accounts a movement changes."""
    match recorded.fact:
        case StockMoved(store, part, source, target):
            return [(store, part, source), (store, part, target)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The account after the movement; gone once it is empty."""
    moved, account = recorded.fact, str(key[2])
    assert isinstance(moved, StockMoved)
    leaves = account == moved.source
    quantity = (row.quantity if row else 0) + (-moved.quantity if leaves else moved.quantity)
    if quantity == 0:
        return None
    inside = account not in set(Outside)
    before = set(row.serials if row else ())
    named = set(moved.serials)
    return Row(
        store=moved.store,
        part=moved.part,
        account=account,
        branch=moved.store,
        inside=inside,
        technician=account.partition("technician:")[2] or None,
        quantity=quantity,
        serials=tuple(sorted(before - named if leaves else before | named)) if inside else (),
        paper=moved.paper,
        changed_at=recorded.recorded_at,
    )
