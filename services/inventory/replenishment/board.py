"""补库一览 (requests to base): what every store asks for, what is lacking, and what is late."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from shared.events.consignments import SendingCorrected, pieces_of
from shared.events.replenishments import (
    BoughtLine,
    LatenessApproved,
    RefillBought,
    ReplenishmentAsked,
    ReplenishmentChecked,
    ReplenishmentEnded,
    ReplenishmentLate,
    ReplenishmentStage,
    StockFound,
    StockLossApproved,
    StockReceived,
    StockSent,
)
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "replenishments"
VERSION = 3
KEY = ("number",)
INDEXES = (("store", "stage"), ("is_late",))


@dataclass(frozen=True, slots=True)
class RefilledPart:
    """补库行: what is asked for and agreed of a part, what was sent, came, and was lost."""

    part: str
    asked: int
    agreed: int | None
    """None: base has not checked it."""
    sent: int
    received: int
    lost: int
    bought: int = 0
    """How many are bought for it, of all purchases."""
    arrived: int = 0
    """How many of these came in, at base or at the store that asks."""


@dataclass(frozen=True, slots=True)
class RefillPurchase:
    """代购: what one purchase brings for the request."""

    number: str
    store: str
    """Where it comes in; at base it is then sent."""
    due_on: date
    lines: tuple[BoughtLine, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """补库一行."""

    number: str
    branches: tuple[str, ...]
    store: str
    base: str | None
    """The store that sends; None before base has checked."""
    stage: ReplenishmentStage
    asked_on: date
    lines: tuple[RefilledPart, ...]
    due_at: datetime | None
    within: str | None
    """The time from asking to `due_at`: `P7D`."""
    is_late: bool
    """Whether it stands against base: late, and not accepted."""
    lateness_because: str | None
    """Why the general manager accepts that it is late."""
    ended_because: str | None
    asked_by: str
    asked_at: datetime
    version: int
    changed_at: datetime
    purchases: tuple[RefillPurchase, ...] = ()


keys = keys_by_number("replenishment")


def project(_: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    if isinstance(recorded.fact, ReplenishmentAsked):
        return _asked(recorded.fact, recorded)
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at)
    match recorded.fact:
        case ReplenishmentChecked() as checked:
            row = _settled(_checked(row, checked))
        case ReplenishmentEnded(because=because):
            row = _settled(replace(row, ended_because=because))
        case StockSent() | StockReceived() | StockFound() | StockLossApproved():
            row = _travelled(row, recorded.fact)
        case SendingCorrected() as corrected:
            row = _corrected(row, corrected)
        case RefillBought() as bought:
            row = _bought(row, bought)
        case ReplenishmentLate():
            row = replace(row, is_late=True)
        case LatenessApproved(because=because):
            row = replace(row, is_late=False, lateness_because=because)
        case _:
            pass
    return row


def _asked(asked: ReplenishmentAsked, recorded: Recorded) -> Row:
    return first_row(
        Row,
        asked,
        branches=(asked.store,),
        stage=ReplenishmentStage.ASKED,
        lines=tuple(RefilledPart(line.part, line.asked, None, 0, 0, 0) for line in asked.lines),
        is_late=False,
        asked_at=recorded.recorded_at,
        version=recorded.version,
        changed_at=recorded.recorded_at,
    )


def _checked(row: Row, checked: ReplenishmentChecked) -> Row:
    agreed = {line.part: line.agreed for line in checked.lines}
    lines = tuple(replace(line, agreed=agreed.get(line.part, 0)) for line in row.lines)
    return replace(
        row,
        stage=ReplenishmentStage.CHECKED,
        base=checked.base,
        branches=(row.store, checked.base),
        lines=lines,
    )


def _bought(row: Row, bought: RefillBought) -> Row:
    """The row with a purchase as it is now."""
    told = RefillPurchase(bought.purchase, bought.store, bought.due_on, bought.lines)
    others = (each for each in row.purchases if each.number != bought.purchase)
    purchases = (*others, told)
    named = [line for each in purchases for line in each.lines]
    lines = tuple(
        replace(
            line,
            bought=sum(each.ordered for each in named if each.part == line.part),
            arrived=sum(each.arrived for each in named if each.part == line.part),
        )
        for line in row.lines
    )
    return _settled(replace(row, lines=lines, purchases=purchases))


def _came(row: Row, part: str) -> int:
    """How many of a part came in at the store that asks itself."""
    here = (each for each in row.purchases if each.store == row.store)
    return sum(line.arrived for each in here for line in each.lines if line.part == part)


def _travelled(row: Row, fact: StockSent | StockReceived | StockFound | StockLossApproved) -> Row:
    match fact:
        case StockSent(lines=lines):
            return _changed(row, sent={line.part: line.quantity for line in lines})
        case StockReceived(lines=lines) | StockFound(lines=lines):
            return _changed(row, received={line.part: pieces_of(line) for line in lines})
        case StockLossApproved(loss=loss):
            return _changed(row, lost={loss.part: loss.quantity})


def _corrected(row: Row, fact: SendingCorrected) -> Row:
    """The row with what really left, also of a part of which nothing was asked for."""
    known = {line.part for line in row.lines}
    strange = (RefilledPart(e.part, 0, 0, 0, 0, 0) for e in fact.lines if e.part not in known)
    before = {line.part: line.quantity for line in fact.was}
    more = {line.part: line.quantity - before.get(line.part, 0) for line in fact.lines}
    return _changed(replace(row, lines=(*row.lines, *strange)), sent=more)


def _changed(row: Row, **changes: Mapping[str, int]) -> Row:
    """The row with so many more pieces of each part."""
    lines = tuple(
        replace(
            line,
            **{name: getattr(line, name) + by.get(line.part, 0) for name, by in changes.items()},
        )
        for line in row.lines
    )
    return _settled(replace(row, lines=lines))


def _settled(row: Row) -> Row:
    """Over, once nothing is to be sent and nothing in transit."""
    is_ended = row.ended_because is not None
    due = {line.part: line.asked if line.agreed is None else line.agreed for line in row.lines}
    had = {line.part: line.sent + _came(row, line.part) for line in row.lines}
    lacks = any(due[part] > had[part] for part in had) and not is_ended
    travels = any(line.sent > line.received + line.lost for line in row.lines)
    if lacks or travels:
        return row
    came = any(had.values()) and not is_ended
    return replace(row, stage=ReplenishmentStage.RECEIVED if came else ReplenishmentStage.ENDED)
