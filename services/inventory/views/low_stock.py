"""定额与缺料 (low stock): what stores have against their quotas, and what is coming."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.events.inventory import QuotaSet, StockMoved
from shared.events.replenishments import RefillDrafted
from shared.view import Key, Recorded

NAME = "low_stock"
VERSION = 2
KEY = ("store", "part")
INDEXES = (("branch", "is_low"), ("part",), ("stream",))
ACCOUNTS = ("store", "in_transit")
"""The shelves, and what is on its way to them."""


@dataclass(frozen=True, slots=True)
class Row:
    """定额一行: one part of one store."""

    store: str
    part: str
    stream: str
    """Of its book."""
    branch: str
    """The store's."""
    on_hand: int = 0
    in_transit: int = 0
    quota: int | None = None
    """None: nobody has set one, and nothing is too little."""
    lacking: int = 0
    """How many fewer than the quota are on hand."""
    to_ask: int = 0
    """How many fewer than the quota are on hand and in transit. What is on order stands in another
    book, and is taken off where the row is shown and when base is asked."""
    is_low: bool = False
    is_drafted: bool = False
    """Whether the calendar drafted it last time."""


def keys(recorded: Recorded) -> Iterable[Key]:
    """A quota, a draft, and movements of the shelves and of what is on its way to them."""
    match recorded.fact:
        case QuotaSet(store, part) | RefillDrafted(store, part):
            return [(store, part)]
        case StockMoved(store, part, source, target) if {source, target} & set(ACCOUNTS):
            return [(store, part)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """What is there, and what is coming, after the fact."""
    store, part = map(str, key)
    row = row or Row(store, part, f"stock-{store}:{part}", store)
    match recorded.fact:
        case QuotaSet(quota=quota):
            row = replace(row, quota=quota)
        case RefillDrafted(figures=figures):
            row = replace(row, is_drafted=figures.lacking > 0)
        case StockMoved() as move:
            row = _moved(row, move)
        case _:
            pass
    quota = row.quota or 0
    lacking = max(0, quota - row.on_hand)
    to_ask = max(0, quota - row.on_hand - row.in_transit)
    return replace(row, lacking=lacking, to_ask=to_ask, is_low=lacking > 0)


def _moved(row: Row, move: StockMoved) -> Row:
    on_hand, in_transit = (_change(move, each) for each in ACCOUNTS)
    return replace(row, on_hand=row.on_hand + on_hand, in_transit=row.in_transit + in_transit)


def _change(move: StockMoved, account: str) -> int:
    """How many more pieces an account has."""
    return move.quantity * ((move.target == account) - (move.source == account))
