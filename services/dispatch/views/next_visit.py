"""待安排上门 (next visit): tickets for which parts are out and nobody is to go; feeds a clock."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.decider import number_of
from shared.events.dispatch import (
    CustomerSigned,
    IssueNoteNoted,
    RepairContinued,
    SignatureVoided,
    SignatureWaived,
    WorkOrderDeclined,
    WorkOrderRecalled,
    WorkOrderSigned,
)
from shared.events.intake import RepairClosed
from shared.events.order_sheet import NotedNote, NoteStage
from shared.events.visits import VisitCancelled, VisitEnded, VisitPlanned
from shared.view import Key, Recorded

NAME = "next_visit"
VERSION = 1
KEY = ("ticket",)
INDEXES = (("branch", "since"), ("stream",))
OF_ORDER = (
    *(WorkOrderSigned, WorkOrderDeclined, WorkOrderRecalled, IssueNoteNoted, CustomerSigned),
    *(SignatureWaived, SignatureVoided, RepairClosed, RepairContinued),
)
OF_VISITS = (VisitPlanned, VisitEnded, VisitCancelled)


@dataclass(frozen=True, slots=True)
class Row:
    """待安排上门一行: a ticket with the order that is worked on, its parts and its visits."""

    ticket: str
    stream: str
    """Of the order."""
    branch: str
    taken: bool
    """Whether a technician has taken the order and the customer has not signed it."""
    out: tuple[str, ...]
    """The issue notes whose parts are out."""
    visits: tuple[str, ...]
    """The visits that are planned or under way."""
    since: datetime | None
    """From when on parts are out for an order that is taken, and nobody is to go."""


def keys(recorded: Recorded) -> Iterable[Key]:
    """The ticket of an order, of one of its notes, or of a visit."""
    is_order = recorded.stream.startswith("work_order-") and isinstance(recorded.fact, OF_ORDER)
    is_told = is_order or isinstance(recorded.fact, OF_VISITS)
    return [(recorded.ticket,)] if is_told and recorded.ticket else []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There from the first of these facts on until the case is closed."""
    fact, ticket = recorded.fact, str(key[0])
    if isinstance(fact, RepairClosed):
        return None
    before = row or Row(ticket, "", recorded.branch, taken=False, out=(), visits=(), since=None)
    if isinstance(fact, VisitPlanned):
        before = replace(before, stream=f"work_order-{fact.order}")
    elif isinstance(fact, OF_ORDER):
        before = replace(before, stream=recorded.stream)
    after = _after(before, fact, recorded)
    waits = after.taken and bool(after.out) and not after.visits
    return replace(after, since=(before.since or recorded.recorded_at) if waits else None)


def _after(row: Row, fact: object, recorded: Recorded) -> Row:
    match fact:
        case WorkOrderSigned() | SignatureVoided():
            return replace(row, taken=True)
        case IssueNoteNoted(note):
            others = tuple(each for each in row.out if each != note.number)
            return replace(row, out=(*others, note.number) if _is_out(note) else others)
        case VisitPlanned():
            return replace(row, visits=(*row.visits, number_of(recorded.stream)))
        case VisitEnded() | VisitCancelled():
            over = number_of(recorded.stream)
            return replace(row, visits=tuple(each for each in row.visits if each != over))
        case _:
            return replace(row, taken=False)


def _is_out(note: NotedNote) -> bool:
    return note.stage is NoteStage.ISSUED and any(line.issued for line in note.lines)
