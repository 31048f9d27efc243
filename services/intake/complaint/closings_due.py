"""待结案投诉 (complaint closings due): which complaints somebody is to close, and since when."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.complaints import (
    ComplaintCallEnded,
    ComplaintClosed,
    ComplaintClosingOverdue,
    ComplaintClosingUrged,
    ComplaintConfirmed,
    ComplaintEnded,
    ComplaintReopened,
)
from shared.view import Key, Recorded, keys_by_stream

NAME = "complaint_closings_due"
VERSION = 1
KEY = ("stream",)
INDEXES = (("branch",),)


@dataclass(frozen=True, slots=True)
class Row:
    """待结案投诉一行: a complaint whose customer was called back, or could not be."""

    stream: str
    since: datetime
    """When that was recorded."""
    branch: str
    ticket: str | None
    urged: datetime | None = None
    """By when it was to be closed, once the clerks were reminded of it."""


keys = keys_by_stream(
    ComplaintConfirmed,
    ComplaintCallEnded,
    ComplaintClosingUrged,
    ComplaintClosingOverdue,
    ComplaintReopened,
    ComplaintClosed,
    ComplaintEnded,
)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There from the call to the end, or until the approvers were told; urged once."""
    match recorded.fact:
        case ComplaintConfirmed() | ComplaintCallEnded():
            return Row(str(key[0]), recorded.recorded_at, recorded.branch, recorded.ticket)
        case ComplaintClosingUrged(due_at) if row is not None:
            return replace(row, urged=due_at)
        case _:
            return None
