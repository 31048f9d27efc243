"""逾期未还 (returns late): dossiers with papers of which somebody was reminded; feeds a clock."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.custody import (
    PaperLossAccepted,
    PaperRef,
    PaperReturned,
    PaperReturnOverdue,
    PaperReturnUrged,
)
from shared.events.values import Role
from shared.view import Key, Recorded, keys_by_stream

NAME = "returns_late"
VERSION = 2
KEY = ("stream",)
INDEXES = (("branch",),)


@dataclass(frozen=True, slots=True)
class Late:
    """未还一件: a lending that has not ended, of which somebody was reminded."""

    paper: PaperRef
    claim: str | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """逾期未还一行: what is late of a dossier, and of which the approvers were not told yet."""

    stream: str
    ticket: str | None
    branch: str
    due: datetime
    """Until when the first of them was lent."""
    late: tuple[Late, ...]


keys = keys_by_stream(PaperReturnUrged, PaperReturnOverdue, PaperReturned, PaperLossAccepted)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There from a reminder on, until everything is back or the approvers were told."""
    late, fact = row.late if row else (), recorded.fact
    match fact:
        case PaperReturnUrged(paper, claim, until):
            late = (*late, Late(paper, claim, until))
        case PaperReturnOverdue(paper=paper, claim=claim):
            late = tuple(e for e in late if (e.paper, e.claim) != (paper, claim))
        case PaperReturned(paper=paper):
            late = tuple(e for e in late if e.paper != paper or not _is_back(e, fact))
        case PaperLossAccepted(paper=paper):
            late = tuple(e for e in late if e.paper != paper)
        case _:
            pass
    if not late:
        return None
    due = min(each.until for each in late)
    return Row(str(key[0]), recorded.ticket, recorded.branch, due, late)


def _is_back(late: Late, fact: PaperReturned) -> bool:
    """Whether this return ends the lending: of its claim, or of whoever brought it."""
    if fact.claim is not None:
        return late.claim == fact.claim.claim
    by_finance = fact.taken_from == Role.FINANCE
    return fact.taken_from is None or by_finance == (late.claim is not None)
