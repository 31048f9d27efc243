"""待回访投诉 (complaint calls due): which customers are to be called back about a complaint."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.complaints import (
    ComplaintCallEnded,
    ComplaintCallOverdue,
    ComplaintCallUrged,
    ComplaintClosed,
    ComplaintConfirmed,
    ComplaintEnded,
    ComplaintReopened,
    ComplaintResolved,
)
from shared.view import Key, Recorded, keys_by_stream

NAME = "complaint_calls_due"
VERSION = 2
KEY = ("stream",)
INDEXES = (("due",),)


@dataclass(frozen=True, slots=True)
class Row:
    """待回访投诉一行: a complaint that is resolved, and by when its customer is to be called."""

    stream: str
    due: datetime
    branch: str
    ticket: str | None
    urged: bool = False
    """Whether the clerks were reminded of it."""


keys = keys_by_stream(
    ComplaintResolved,
    ComplaintCallUrged,
    ComplaintCallOverdue,
    ComplaintConfirmed,
    ComplaintReopened,
    ComplaintCallEnded,
    ComplaintClosed,
    ComplaintEnded,
)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There from the resolution to the call, or until the approvers were told; urged once."""
    match recorded.fact:
        case ComplaintResolved(call_due_at=due):
            return Row(str(key[0]), due, recorded.branch, recorded.ticket)
        case ComplaintCallUrged() if row is not None:
            return replace(row, urged=True)
        case _:
            return None
