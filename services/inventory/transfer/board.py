"""调拨一览 (transfers): what every store sends to others, and what it waits for."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.consignments import (
    SendingCorrected,
    TransitFound,
    TransitLossApproved,
    pieces_of,
)
from shared.events.transfers import (
    TransferApproved,
    TransferAsked,
    TransferCancelled,
    TransferReceived,
    TransferRefused,
    TransferSent,
    TransferStage,
)
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "transfers"
VERSION = 2
KEY = ("number",)
INDEXES = (("sender", "stage"), ("receiver", "stage"))


@dataclass(frozen=True, slots=True)
class TransferredPart:
    """调拨行: what is asked for of a part, what was sent and came of it, and what was lost."""

    part: str
    quantity: int
    sent: int
    received: int
    lost: int


@dataclass(frozen=True, slots=True)
class Row:
    """调拨一行."""

    number: str
    branches: tuple[str, ...]
    """Of both stores."""
    sender: str
    receiver: str
    stage: TransferStage
    because: str
    lines: tuple[TransferredPart, ...]
    asked_by: str
    ended_because: str | None
    """Why it was refused or cancelled."""
    carrier: str | None
    parcel_no: str | None
    expected_at: datetime | None
    asked_at: datetime
    version: int
    changed_at: datetime


keys = keys_by_number("transfer")


def project(_: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    if isinstance(recorded.fact, TransferAsked):
        return _asked(recorded.fact, recorded)
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at)
    match recorded.fact:
        case TransferApproved():
            row = replace(row, stage=TransferStage.APPROVED)
        case TransferRefused(because=because):
            row = replace(row, stage=TransferStage.REFUSED, ended_because=because)
        case TransferCancelled(because=because):
            row = replace(row, stage=TransferStage.CANCELLED, ended_because=because)
        case TransferSent() as sent:
            row = _sent(row, sent)
        case SendingCorrected() as corrected:
            row = _corrected(row, corrected)
        case TransferReceived(lines=lines) | TransitFound(lines=lines):
            row = _arrived(row, {line.part: pieces_of(line) for line in lines})
        case TransitLossApproved(loss=loss):
            row = _after(row, {loss.part: (0, loss.quantity)})
        case _:
            pass
    return row


def _asked(asked: TransferAsked, recorded: Recorded) -> Row:
    return first_row(
        Row,
        asked,
        branches=(asked.sender, asked.receiver),
        stage=TransferStage.ASKED,
        lines=tuple(TransferredPart(line.part, line.quantity, 0, 0, 0) for line in asked.lines),
        asked_at=recorded.recorded_at,
        version=recorded.version,
        changed_at=recorded.recorded_at,
    )


def _sent(row: Row, fact: TransferSent) -> Row:
    went = {line.part: line.quantity for line in fact.lines}
    lines = tuple(replace(line, sent=went.get(line.part, 0)) for line in row.lines)
    how = fact.consignment
    return replace(
        row,
        stage=TransferStage.SENT,
        lines=lines,
        carrier=how.carrier,
        parcel_no=how.parcel_no,
        expected_at=how.expected_at,
    )


def _corrected(row: Row, fact: SendingCorrected) -> Row:
    """The row with what really left; as it was let go, if nothing did."""
    known = {line.part for line in row.lines}
    strange = (TransferredPart(e.part, 0, 0, 0, 0) for e in fact.lines if e.part not in known)
    left = {line.part: line.quantity for line in fact.lines}
    every = (*row.lines, *strange)
    lines = tuple(replace(each, sent=left.get(each.part, each.sent)) for each in every)
    row = replace(row, lines=lines)
    if not any(line.sent for line in lines):
        here = replace(row, stage=TransferStage.APPROVED, carrier=None, parcel_no=None)
        return replace(here, expected_at=None)
    return row if row.stage is TransferStage.SENT else _after(row, {})


def _arrived(row: Row, came: dict[str, int]) -> Row:
    return _after(row, {part: (count, 0) for part, count in came.items()})


def _after(row: Row, changes: dict[str, tuple[int, int]]) -> Row:
    """The row with what came and what was lost; received once nothing is missing."""
    lines = []
    for line in row.lines:
        came, lost = changes.get(line.part, (0, 0))
        lines.append(replace(line, received=line.received + came, lost=line.lost + lost))
    missing = any(line.sent > line.received + line.lost for line in lines)
    stage = TransferStage.SHORT if missing else TransferStage.RECEIVED
    return replace(row, lines=tuple(lines), stage=stage)
