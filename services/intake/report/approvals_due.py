"""待审时限 (approvals due): what waits for an approval, and since when it is overdue."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.intake import (
    ApprovalUrged,
    ClosingNoted,
    RepairApproved,
    RepairClosed,
    ReportRecalled,
    ReportReturned,
    ReportSubmitted,
)
from shared.view import Key, Recorded, keys_by_stream

NAME = "approvals_due"
VERSION = 1
KEY = ("stream",)
INDEXES = (("due",),)


@dataclass(frozen=True, slots=True)
class Row:
    """待审一行: a submitted report and the moment from which its approval is urged."""

    stream: str
    due: datetime
    round: int
    branch: str
    ticket: str | None


keys = keys_by_stream(
    ReportSubmitted,
    ApprovalUrged,
    RepairApproved,
    ReportReturned,
    ReportRecalled,
    RepairClosed,
    ClosingNoted,
)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There from a submission until nothing is awaited any more, or it was urged."""
    del row
    match recorded.fact:
        case ReportSubmitted(round, _, approval):
            return Row(str(key[0]), approval.due_at, round, recorded.branch, recorded.ticket)
        case _:
            return None
