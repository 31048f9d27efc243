"""待回访投诉 (complaint calls due): which customers are to be called back about a complaint."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.complaints import (
    ComplaintCallEnded,
    ComplaintCallUrged,
    ComplaintClosed,
    ComplaintConfirmed,
    ComplaintEnded,
    ComplaintReopened,
    ComplaintResolved,
)
from shared.view import Key, Recorded, keys_by_stream

NAME = "complaint_calls_due"
VERSION = 1
KEY = ("stream",)
INDEXES = (("due",),)


@dataclass(frozen=True, slots=True)
class Row:
    """待回访投诉一行: a complaint that is resolved, and by when its customer is to be called."""

    stream: str
    due: datetime
    branch: str
    ticket: str | None


keys = keys_by_stream(
    ComplaintResolved,
    ComplaintCallUrged,
    ComplaintConfirmed,
    ComplaintReopened,
    ComplaintCallEnded,
    ComplaintClosed,
    ComplaintEnded,
)


def project(key: Key, _row: Row | None, recorded: Recorded) -> Row | None:
    """There from the resolution to the call; urged once."""
    match recorded.fact:
        case ComplaintResolved(call_due_at=due):
            return Row(str(key[0]), due, recorded.branch, recorded.ticket)
        case _:
            return None
