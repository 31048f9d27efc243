"""投诉一览 (complaints): what is complained of at a branch, whose it is, and what is overdue."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.complaints import (
    ComplaintAssigned,
    ComplaintCallEnded,
    ComplaintChannel,
    ComplaintClosed,
    ComplaintConfirmed,
    ComplaintEnded,
    ComplaintEnding,
    ComplaintLinked,
    ComplaintOverdue,
    ComplaintReassigned,
    ComplaintReceived,
    ComplaintReclassified,
    ComplaintReopened,
    ComplaintResolved,
    ComplaintStage,
    ComplaintSubject,
    Terms,
)
from shared.events.values import Personal
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "complaints"
VERSION = 4
KEY = ("number",)
INDEXES = (("branch", "stage"), ("owner",), ("ticket",), ("customer",))


@dataclass(frozen=True, slots=True)
class Row:
    """投诉一行: one complaint, open or over."""

    number: str
    branch: str
    stage: ComplaintStage
    is_open: bool
    channel: ComplaintChannel
    subject: ComplaintSubject
    ticket: str | None
    survey: str | None
    machine: str | None
    customer: str | None
    complained_of: str | None
    contact_name: Personal
    contact_phone: Personal | None
    class_code: str | None
    emergency: bool
    department: str | None
    owner: str | None
    due_at: datetime
    """By when it is resolved; of one that is resolved, it was."""
    call_due_at: datetime
    """By when the customer is called back."""
    overdue: bool
    """Whether it was told upward that it is late by the time that it has now."""
    told_due_at: datetime | None
    """By when it was to be resolved when that was told last."""
    reopened: int
    """How often the customer was not satisfied."""
    compensation_fen: int | None
    ending: ComplaintEnding | None
    received_at: datetime
    version: int
    changed_at: datetime


keys = keys_by_number("complaint")


def project(_: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    fact = recorded.fact
    if isinstance(fact, ComplaintReceived):
        row = _received(fact, recorded)
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at)
    match fact:
        case ComplaintAssigned() | ComplaintReclassified() | ComplaintReassigned():
            return _given(row, fact)
        case ComplaintOverdue(due_at=due_at):
            return replace(row, overdue=due_at == row.due_at, told_due_at=due_at)
        case ComplaintEnded(ending=ending):
            return replace(row, stage=ComplaintStage.ENDED, is_open=False, ending=ending)
        case ComplaintClosed():
            return replace(row, stage=ComplaintStage.CLOSED, is_open=False)
        case _:
            return _settled(row, fact)


def _received(fact: ComplaintReceived, recorded: Recorded) -> Row:
    return first_row(
        Row,
        fact,
        stage=ComplaintStage.RECEIVED,
        is_open=True,
        emergency=False,
        due_at=fact.terms.due_at,
        call_due_at=fact.terms.call_due_at,
        overdue=False,
        told_due_at=None,
        reopened=0,
        version=recorded.version,
        changed_at=recorded.recorded_at,
    )


def _given(row: Row, fact: ComplaintAssigned | ComplaintReclassified | ComplaintReassigned) -> Row:
    """Whose it is, and by when."""
    match fact:
        case ComplaintReassigned():
            return replace(
                row,
                department=fact.department,
                owner=fact.owner,
                complained_of=fact.complained_of,
            )
        case ComplaintReclassified():
            row = _due(row, fact.terms)
            return replace(row, class_code=fact.class_code, emergency=fact.emergency)
        case ComplaintAssigned():
            return replace(
                _due(row, fact.terms),
                stage=ComplaintStage.ASSIGNED,
                class_code=fact.class_code,
                emergency=fact.emergency,
                department=fact.department,
                owner=fact.owner,
                complained_of=fact.complained_of,
            )


def _due(row: Row, terms: Terms) -> Row:
    """By when it is resolved now: what was told of another time is told of it no more."""
    return replace(
        row,
        due_at=terms.due_at,
        call_due_at=terms.call_due_at,
        overdue=terms.due_at == row.told_due_at,
    )


def _settled(row: Row, fact: object) -> Row:
    """What came to it and was done about it, and what the customer says to that."""
    match fact:
        case ComplaintLinked(complained_of=people, emergency=emergency):
            about = row.complained_of or next(iter(people), None)
            return replace(row, complained_of=about, emergency=row.emergency or emergency)
        case ComplaintResolved(compensation_fen=fen):
            return replace(row, stage=ComplaintStage.RESOLVED, compensation_fen=fen)
        case ComplaintConfirmed():
            return replace(row, stage=ComplaintStage.CONFIRMED)
        case ComplaintCallEnded(stage=stage):
            return replace(row, stage=ComplaintStage(stage))
        case ComplaintReopened(terms=terms):
            row = replace(row, stage=ComplaintStage.ASSIGNED, reopened=row.reopened + 1)
            return _due(row, terms)
        case _:
            return row
