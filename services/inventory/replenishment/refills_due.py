"""待补 (refills due): what base has still to send, and by when; feeds the clock."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.replenishments import (
    OpenPieces,
    ReplenishmentAsked,
    ReplenishmentChecked,
    ReplenishmentEnded,
    ReplenishmentLate,
    StockSent,
)
from shared.view import Key, Recorded, keys_by_stream

NAME = "refills_due"
VERSION = 1
KEY = ("stream",)
INDEXES = (("due",), ("branch",))


@dataclass(frozen=True, slots=True)
class Row:
    """待补一行: a request of which something is to be sent and that is not late yet."""

    stream: str
    due: datetime
    branch: str
    lacking: tuple[OpenPieces, ...]


keys = keys_by_stream(
    ReplenishmentAsked, ReplenishmentChecked, StockSent, ReplenishmentEnded, ReplenishmentLate
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
            went = {line.part: line.quantity for line in sent}
            return _left(
                row,
                tuple(
                    OpenPieces(each.part, each.quantity - went.get(each.part, 0))
                    for each in row.lacking
                ),
            )
        case _:
            return None


def _left(row: Row, lacking: tuple[OpenPieces, ...]) -> Row | None:
    open_ = tuple(each for each in lacking if each.quantity)
    return replace(row, lacking=open_) if open_ else None
