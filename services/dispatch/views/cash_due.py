"""待结清款项 (cash due): what customers paid, and whether others received it; feeds a clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.events.dispatch import (
    CashSettled,
    CustomerSigned,
    RepairContinued,
    SignatureWaived,
    WorkRecorded,
)
from shared.events.intake import RepairClosed
from shared.events.urging import CashUrged
from shared.view import Key, Recorded, keys_by_stream

NAME = "cash_due"
VERSION = 2
KEY = ("stream",)
INDEXES = (("branch", "since"),)


@dataclass(frozen=True, slots=True)
class Row:
    """待结清一行: an order whose customer has paid, until the order is over."""

    stream: str
    ticket: str | None
    branch: str
    since: datetime
    """When it was written down last, to this sum, that it was taken."""
    paid: Mapping[str, int] = field(default_factory=dict)
    """So many fen of each kind of fee, with a receipt."""
    recorded: tuple[str, ...] = ()
    """Those that stand on the last record; the others an earlier one says, until one is signed."""
    settled_fen: int | None = None
    """Of which sum it was said last that others received it."""
    urged_due: datetime | None = None
    """Until when it should have been settled; None: nobody was reminded of it yet."""
    is_told: bool = False
    """Whether the approvers were told as well."""

    @property
    def fen(self) -> int:
        """已收金额: what the customer has paid by the record."""
        return sum(self.paid.values())

    @property
    def waits(self) -> bool:
        """待结清: whether it waits for somebody to receive it."""
        return self.fen not in (0, self.settled_fen)


keys = keys_by_stream(
    WorkRecorded,
    CustomerSigned,
    SignatureWaived,
    CashSettled,
    CashUrged,
    RepairContinued,
    RepairClosed,
)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact; the same sum written again begins no new day."""
    match recorded.fact:
        case WorkRecorded(work):
            now = {fee.kind: fee.fen for fee in work.fees if fee.fen and fee.receipt_no}
            if row is None and not now:
                return None
            said = row or Row(str(key[0]), recorded.ticket, recorded.branch, recorded.recorded_at)
            return _paid(replace(said, recorded=tuple(now)), {**said.paid, **now}, recorded)
        case CustomerSigned() | SignatureWaived() if row is not None:
            signed = {kind: fen for kind, fen in row.paid.items() if kind in row.recorded}
            return _paid(row, signed, recorded)
        case CashSettled(taken_fen=fen) if row is not None:
            return replace(row, settled_fen=fen)
        case CashUrged(due_at=due_at, upward_at=upward_at) if row is not None:
            return replace(row, urged_due=due_at, is_told=upward_at is not None)
        case _:
            return None


def _paid(row: Row, paid: Mapping[str, int], recorded: Recorded) -> Row:
    """The row with what is paid now; another sum begins a new day."""
    after = replace(row, paid=paid)
    if after.fen == row.fen:
        return after
    return replace(after, since=recorded.recorded_at, urged_due=None, is_told=False)
