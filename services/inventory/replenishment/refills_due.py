"""待补 (refills due): what base has still to send, and by when; feeds the clock."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.consignments import SendingCorrected
from shared.events.replenishments import (
    RefillBought,
    ReplenishmentAsked,
    ReplenishmentChecked,
    ReplenishmentEnded,
    ReplenishmentLate,
    StockSent,
)
from shared.view import Key, Recorded, keys_by_stream

NAME = "refills_due"
VERSION = 4
KEY = ("stream",)
INDEXES = (("due",), ("branch",))


@dataclass(frozen=True, slots=True)
class Came:
    """直送: what a supplier has brought of a purchase to the store that asks."""

    purchase: str
    part: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Lacking:
    """待补: how many of a part base has still to send; below zero: more came than it agreed to."""

    part: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Row:
    """待补一行: a request that is not late; also once all was sent, for that may be corrected."""

    stream: str
    due: datetime | None
    """By when base sends the rest; None: nothing is left to send."""
    due_at: datetime
    """By when base sends everything."""
    branch: str
    lacking: tuple[Lacking, ...]
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
    """There until it is late or ended, and due while base has something to send."""
    match recorded.fact:
        case ReplenishmentAsked(lines=asked, due_at=due, store=store) if due is not None:
            lacking = tuple(Lacking(line.part, line.asked) for line in asked)
            return Row(str(key[0]), due, due, store, lacking)
        case ReplenishmentChecked(lines=agreed) if row is not None:
            return _left(row, tuple(Lacking(line.part, line.agreed) for line in agreed))
        case StockSent(lines=sent) if row is not None:
            return _less(row, {line.part: line.quantity for line in sent})
        case SendingCorrected(was=was, lines=left) if row is not None:
            before = {line.part: line.quantity for line in was}
            return _less(row, {e.part: e.quantity - before.get(e.part, 0) for e in left})
        case RefillBought() as bought if row is not None:
            return _brought(row, bought) if bought.store == row.branch else row
        case _:
            return None


def _brought(row: Row, bought: RefillBought) -> Row:
    """The row after what a supplier brought; a purchase says anew how many came in all."""
    before = {each.part: each.quantity for each in row.came if each.purchase == bought.purchase}
    came = tuple(each for each in row.came if each.purchase != bought.purchase)
    said = tuple(Came(bought.purchase, line.part, line.arrived) for line in bought.lines)
    more = {each.part: each.quantity - before.get(each.part, 0) for each in said}
    return _less(replace(row, came=(*came, *said)), more)


def _less(row: Row, came: Mapping[str, int]) -> Row:
    lacking = (Lacking(e.part, e.quantity - came.get(e.part, 0)) for e in row.lacking)
    return _left(row, tuple(lacking))


def _left(row: Row, lacking: tuple[Lacking, ...]) -> Row:
    is_open = any(each.quantity > 0 for each in lacking)
    return replace(row, lacking=lacking, due=row.due_at if is_open else None)
