"""待补 (refills due): what base has still to send, and by when; feeds the clock."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.consignments import SendingCorrected, pieces_of
from shared.events.replenishments import (
    RefillBought,
    ReplenishmentAsked,
    ReplenishmentChecked,
    ReplenishmentEnded,
    ReplenishmentLate,
    StockFound,
    StockLossApproved,
    StockReceived,
    StockSent,
)
from shared.view import Key, Recorded, keys_by_stream

NAME = "refills_due"
VERSION = 5
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
class OnItsWay:
    """在途: how many of a part left base and are neither counted in nor lost."""

    part: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Row:
    """待补一行: a request that is not late.

    Once all was sent it stays while something is in transit, for what was sent may be corrected,
    and while it has something that a supplier brought, for that may go back.
    """

    stream: str
    due: datetime | None
    """By when base sends the rest; None: nothing is left to send."""
    due_at: datetime
    """By when base sends everything."""
    branch: str
    lacking: tuple[Lacking, ...]
    came: tuple[Came, ...] = ()
    travels: tuple[OnItsWay, ...] = ()


keys = keys_by_stream(
    ReplenishmentAsked,
    ReplenishmentChecked,
    StockSent,
    StockReceived,
    StockFound,
    StockLossApproved,
    SendingCorrected,
    RefillBought,
    ReplenishmentEnded,
    ReplenishmentLate,
)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There until it is late, ended or over, and due while base has something to send."""
    match recorded.fact:
        case ReplenishmentAsked(lines=asked, due_at=due, store=store) if due is not None:
            lacking = tuple(Lacking(line.part, line.asked) for line in asked)
            return Row(str(key[0]), due, due, store, lacking)
        case fact if row is not None:
            after = _after(row, fact)
            return None if after is None or _is_over(after) else after
        case _:
            return None


def _after(row: Row, fact: object) -> Row | None:
    match fact:
        case ReplenishmentChecked(lines=agreed):
            return _left(row, tuple(Lacking(line.part, line.agreed) for line in agreed))
        case StockSent(lines=sent):
            return _left_base(row, {line.part: line.quantity for line in sent})
        case SendingCorrected(was=was, lines=left):
            before = {line.part: line.quantity for line in was}
            return _left_base(row, {e.part: e.quantity - before.get(e.part, 0) for e in left})
        case StockReceived() | StockFound() | StockLossApproved():
            return _travels(row, _there(fact))
        case RefillBought() as bought:
            return _brought(row, bought) if bought.store == row.branch else row
        case _:
            return None


def _there(fact: StockReceived | StockFound | StockLossApproved) -> Mapping[str, int]:
    """What is in transit no more, as figures below zero."""
    if isinstance(fact, StockLossApproved):
        return {fact.loss.part: -fact.loss.quantity}
    return {line.part: -pieces_of(line) for line in fact.lines}


def _is_over(row: Row) -> bool:
    """Whether nothing can be left to send of it any more."""
    brought = any(each.quantity for each in row.came)
    return row.due is None and not row.travels and not brought


def _left_base(row: Row, more: Mapping[str, int]) -> Row:
    return _travels(_less(row, more), more)


def _travels(row: Row, more: Mapping[str, int]) -> Row:
    """The row with so many more of each part in transit."""
    now = {each.part: each.quantity for each in row.travels}
    after = {part: now.get(part, 0) + more.get(part, 0) for part in {**now, **more}}
    return replace(row, travels=tuple(OnItsWay(part, n) for part, n in after.items() if n))


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
