"""待处理时限 (complaints due): which complaints are to be resolved, and from when it is told."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.complaints import (
    ComplaintAssigned,
    ComplaintEnded,
    ComplaintOverdue,
    ComplaintReceived,
    ComplaintReclassified,
    ComplaintReopened,
    ComplaintResolved,
)
from shared.view import Key, Recorded, keys_by_stream

NAME = "complaints_due"
VERSION = 1
KEY = ("stream",)
INDEXES = (("due",),)


@dataclass(frozen=True, slots=True)
class Row:
    """待处理一行: a complaint that nobody has resolved, and the moment at which it is overdue."""

    stream: str
    due: datetime
    branch: str
    ticket: str | None


keys = keys_by_stream(
    ComplaintReceived,
    ComplaintAssigned,
    ComplaintReclassified,
    ComplaintReopened,
    ComplaintResolved,
    ComplaintOverdue,
    ComplaintEnded,
)


def project(key: Key, _row: Row | None, recorded: Recorded) -> Row | None:
    """There while its time runs; each time that it is given anew."""
    match recorded.fact:
        case (
            ComplaintReceived(terms=terms)
            | ComplaintAssigned(terms=terms)
            | ComplaintReclassified(terms=terms)
            | ComplaintReopened(terms=terms)
        ):
            return Row(str(key[0]), terms.due_at, recorded.branch, recorded.ticket)
        case _:
            return None
