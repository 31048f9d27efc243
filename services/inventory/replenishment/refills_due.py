"""待补 (refills due): what base has still to send, and by when; feeds the clock."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.consignments import SendingCorrected
from shared.events.replenishments import (
    OpenPieces,
    RefillBought,
    ReplenishmentAsked,
    ReplenishmentChecked,
    ReplenishmentEnded,
    ReplenishmentLate,
    StockSent,
)
from shared.view import Key, Recorded, keys_by_stream

NAME = "refills_due"
VERSION = 3
KEY = ("stream",)
INDEXES = (("due",), ("branch",))


@dataclass(frozen=True, slots=True)
class Came:
    """直送: what a supplier has brought of a purchase to the store that asks."""

    purchase: str
    part: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Row:
    """待补一行: a request of which something is to be sent and that is not late yet."""

    stream: str
    due: datetime
    branch: str
    lacking: tuple[OpenPieces, ...]
    came: tuple[Came, ...] = ()


keys = keys_by_stream(
    ReplenishmentAsked,
    ReplenishmentChecked,
    StockSent,
    SendingCorrected,
    RefillBought,
    ReplenishmentEnded,
    ReplenishmentLate,
)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There while base has something to send; once gone it does not come back."""
    match recorded.fact:
        case ReplenishmentAsked(lines=asked, due_at=due, store=store) if due is not None:
            lacking = tuple(OpenPieces(line.part, line.asked) for line in asked)
            return Row(str(key[0]), due, store, lacking)
        case ReplenishmentChecked(lines=agreed) if row is not None:
            return _left(row, tuple(OpenPieces(line.part, line.agreed) for line in agreed))
        case StockSent(lines=sent) if row is not None:
            return _less(row, {line.part: line.quantity for line in sent})
        case SendingCorrected(was=was, lines=left) if row is not None:
            before = {line.part: line.quantity for line in was}
            return _less(row, {e.part: e.quantity - before.get(e.part, 0) for e in left})
        case RefillBought() as bought if row is not None:
            return _brought(row, bought) if bought.store == row.branch else row
        case _:
            return None


def _brought(row: Row, bought: RefillBought) -> Row | None:
    """The row after what a supplier brought; a purchase says anew how many came in all."""
    before = {each.part: each.quantity for each in row.came if each.purchase == bought.purchase}
    came = tuple(each for each in row.came if each.purchase != bought.purchase)
    said = tuple(Came(bought.purchase, line.part, line.arrived) for line in bought.lines)
    more = {each.part: each.quantity - before.get(each.part, 0) for each in said}
    return _less(replace(row, came=(*came, *said)), more)


def _less(row: Row, came: Mapping[str, int]) -> Row | None:
    lacking = (OpenPieces(e.part, e.quantity - came.get(e.part, 0)) for e in row.lacking)
    return _left(row, tuple(lacking))


def _left(row: Row, lacking: tuple[OpenPieces, ...]) -> Row | None:
    open_ = tuple(each for each in lacking if each.quantity > 0)
    return replace(row, lacking=open_) if open_ else None
