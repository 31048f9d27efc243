"""待结清款项 (cash due): what customers paid and nobody of ours has received yet; feeds a clock."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.dispatch import CashSettled, RepairContinued, WorkRecorded
from shared.events.intake import RepairClosed
from shared.events.urging import CashUrged
from shared.view import Key, Recorded, keys_by_stream

NAME = "cash_due"
VERSION = 1
KEY = ("stream",)
INDEXES = (("branch", "since"),)


@dataclass(frozen=True, slots=True)
class Row:
    """待结清一行: an order whose customer has paid, until that is settled or the order is over."""

    stream: str
    ticket: str | None
    branch: str
    fen: int
    since: datetime
    """When it was written down last, to this sum, that it was taken."""
    urged_due: datetime | None = None
    """Until when it should have been settled; None: nobody was reminded of it yet."""
    is_told: bool = False
    """Whether the approvers were told as well."""


keys = keys_by_stream(WorkRecorded, CashSettled, CashUrged, RepairContinued, RepairClosed)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact; the same sum written again begins no new day."""
    match recorded.fact:
        case WorkRecorded(work):
            fen = sum(fee.fen for fee in work.fees if fee.receipt_no)
            if not fen or (row is not None and row.fen == fen):
                return row
            return Row(str(key[0]), recorded.ticket, recorded.branch, fen, recorded.recorded_at)
        case CashUrged(due_at=due_at, upward_at=upward_at) if row is not None:
            return replace(row, urged_due=due_at, is_told=upward_at is not None)
        case _:
            return None
