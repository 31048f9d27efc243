"""采购一览 (purchases): what every store waits for from its suppliers."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from shared.events.purchases import (
    GoodsReceived,
    GoodsReturned,
    LocalPurchaseApproved,
    LocalPurchaseRefused,
    PurchaseAsked,
    PurchaseEnded,
    PurchaseStage,
    ServedLine,
)
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "purchases"
VERSION = 4
KEY = ("number",)
INDEXES = (("branch", "stage"), ("due_on",))


@dataclass(frozen=True, slots=True)
class Line:
    """采购行: what is bought of a part, and what has come in of it."""

    part: str
    quantity: int
    received: int
    fen: int
    """What the whole line costs."""
    received_fen: int
    """What the pieces cost that came in; of both without what went back."""


@dataclass(frozen=True, slots=True)
class Row:
    """采购一行."""

    number: str
    branch: str
    """The store's."""
    stage: PurchaseStage
    supplier: str
    is_local: bool
    because: str | None
    lines: tuple[Line, ...]
    fen: int
    due_on: date
    serves: tuple[ServedLine, ...]
    """For which requests to base, and how many of each part."""
    asked_by: str
    approved_because: str | None
    """Why the approver let the branch buy."""
    decided_because: str | None
    """Why it was refused or ended."""
    asked_at: datetime
    version: int
    changed_at: datetime


keys = keys_by_number("purchase")


def project(_: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    if isinstance(recorded.fact, PurchaseAsked):
        return _asked(recorded.fact, recorded)
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at)
    match recorded.fact:
        case LocalPurchaseApproved(because=because):
            row = replace(row, stage=PurchaseStage.ORDERED, approved_because=because)
        case LocalPurchaseRefused(because=because):
            row = replace(row, stage=PurchaseStage.REFUSED, decided_because=because)
        case PurchaseEnded(because=because):
            row = replace(row, stage=PurchaseStage.ENDED, decided_because=because)
        case GoodsReceived() as receipt:
            row = _received(row, receipt)
        case GoodsReturned() as back:
            row = _returned(row, back)
        case _:
            pass
    return row


def _asked(asked: PurchaseAsked, recorded: Recorded) -> Row:
    return first_row(
        Row,
        asked,
        branch=asked.store,
        stage=PurchaseStage.ASKED if asked.is_local else PurchaseStage.ORDERED,
        lines=tuple(Line(line.part, line.quantity, 0, line.fen, 0) for line in asked.lines),
        fen=sum(line.fen for line in asked.lines),
        asked_at=recorded.recorded_at,
        version=recorded.version,
        changed_at=recorded.recorded_at,
    )


def _received(row: Row, receipt: GoodsReceived) -> Row:
    """The row with what came in; received once nothing is open."""
    came = {line.part: line for line in receipt.lines}
    lines = tuple(
        replace(
            line,
            received=line.received + came[line.part].received,
            received_fen=line.received_fen + came[line.part].fen,
        )
        if line.part in came
        else line
        for line in row.lines
    )
    is_open = any(line.received < line.quantity for line in lines)
    stage = row.stage if is_open else PurchaseStage.RECEIVED
    return replace(row, lines=lines, stage=stage)


def _returned(row: Row, back: GoodsReturned) -> Row:
    """The row without what went back; it waits for that again, unless it is ended."""
    gone = {line.part: line for line in back.lines}
    lines = tuple(
        replace(
            line,
            received=line.received - gone[line.part].quantity,
            received_fen=line.received_fen - gone[line.part].fen,
        )
        if line.part in gone
        else line
        for line in row.lines
    )
    waits = row.stage is PurchaseStage.RECEIVED
    waits = waits and any(line.received < line.quantity for line in lines)
    return replace(row, lines=lines, stage=PurchaseStage.ORDERED if waits else row.stage)
