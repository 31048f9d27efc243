"""待审时限 (approvals due): what waits for an approval, and since when it is overdue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.events.intake import (
    AmendmentRecalled,
    AmendmentRefused,
    ApprovalUrged,
    ClosingNoted,
    RepairApproved,
    RepairClosed,
    ReportAmended,
    ReportRecalled,
    ReportReturned,
    ReportSubmitted,
)
from shared.view import Key, Recorded

NAME = "approvals_due"
VERSION = 1
KEY = ("stream",)
INDEXES = (("due",),)

ENDS = (
    AmendmentRecalled,
    AmendmentRefused,
    ApprovalUrged,
    RepairApproved,
    ReportReturned,
    ReportRecalled,
    RepairClosed,
    ClosingNoted,
)


@dataclass(frozen=True, slots=True)
class Row:
    """待审一行: a submitted report and the moment from which its approval is urged."""

    stream: str
    due: datetime
    round: int
    branch: str
    ticket: str | None


def keys(recorded: Recorded) -> Iterable[Key]:
    """The report a fact is about."""
    return [(recorded.stream,)] if recorded.stream.startswith("report-") else []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact; none once nothing is awaited, or it was urged."""
    match recorded.fact:
        case ReportSubmitted(round, _, approval) | ReportAmended(round, approval=approval):
            return Row(str(key[0]), approval.due_at, round, recorded.branch, recorded.ticket)
        case told if isinstance(told, ENDS):
            return None
        case _:
            return row
