"""定额与缺料 (low stock): what each store has on its shelves against its quota."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.events.inventory import QuotaSet, StockMoved
from shared.view import Key, Recorded

NAME = "low_stock"
VERSION = 1
KEY = ("store", "part")
INDEXES = (("branch", "is_low"), ("part",))
SHELVES = "store"


@dataclass(frozen=True, slots=True)
class Row:
    """定额一行: one part of one store."""

    store: str
    part: str
    branch: str
    """The store's."""
    on_hand: int
    quota: int | None
    """None: nobody has set one, and nothing is too little."""
    lacking: int
    """How many fewer than the quota."""
    is_low: bool


def keys(recorded: Recorded) -> Iterable[Key]:
    """A quota, and every movement from or to the shelves."""
    match recorded.fact:
        case QuotaSet(store, part):
            return [(store, part)]
        case StockMoved(store, part, source, target) if SHELVES in (source, target):
            return [(store, part)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """What is on the shelves after the fact."""
    store, part = map(str, key)
    row = row or Row(store, part, store, 0, None, 0, is_low=False)
    match recorded.fact:
        case QuotaSet(quota=quota):
            row = replace(row, quota=quota)
        case StockMoved(source=source, quantity=moved):
            on_hand = row.on_hand - moved if source == SHELVES else row.on_hand + moved
            row = replace(row, on_hand=on_hand)
        case _:
            pass
    lacking = max(0, (row.quota or 0) - row.on_hand)
    return replace(row, lacking=lacking, is_low=lacking > 0)
