"""投诉时限 (clocks): what is overdue is told upward; a late call or closing is urged once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.intake.complaint.checks import CALLED, UNRESOLVED, is_here
from services.intake.complaint.state import Complaint
from services.intake.complaint.telling import notices, reads_told
from shared.decider import Asked, Decision, Fact, Series, number_of
from shared.events.complaints import (
    ComplaintCallEnded,
    ComplaintCallOverdue,
    ComplaintCallUrged,
    ComplaintClosingOverdue,
    ComplaintClosingUrged,
    ComplaintConfirmed,
    ComplaintOverdue,
    ComplaintStage,
)
from shared.events.values import Ref, Role
from shared.notices.wanted import ToPeople, series_of


@dataclass(frozen=True, slots=True)
class Above:
    """上报: who is above the head of a department at the branch now, and who leads it."""

    department: str
    upward: tuple[Ref, ...] = ()
    head: tuple[Ref, ...] = ()


NOBODY = Above("")


@dataclass(frozen=True, slots=True)
class MarkOverdue:
    """投诉逾期: the time by which it should be resolved is over; by timer."""

    due_at: datetime
    above: tuple[Above, ...] = ()
    """Obligation: of each department, as the cards say now; the first is asked of what nobody has
    assigned."""
    notice: ToPeople | None = None
    """Obligation: how those who are told are sent it; None: by policy nobody is."""
    instead: tuple[tuple[Ref, ...], ...] = ()
    """Obligation: who is told, in turn, where nobody of these but its owner is there."""


@dataclass(frozen=True, slots=True)
class UrgeComplaintCall:
    """督促投诉回访: the time by which the customer should be called back is over; by timer."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class MarkComplaintCallOverdue:
    """投诉回访逾期: it was urged, and still nobody has called; by timer."""

    due_at: datetime
    upward_at: datetime


@dataclass(frozen=True, slots=True)
class UrgeComplaintClosing:
    """督促投诉结案: so long since the customer was called back nobody has closed it; by timer."""

    since: datetime
    """When the call was recorded."""
    due_at: datetime


@dataclass(frozen=True, slots=True)
class MarkComplaintClosingOverdue:
    """投诉结案逾期: it was urged, and still nobody has closed it; by timer."""

    due_at: datetime
    upward_at: datetime


def reads_upward(
    command: MarkOverdue, complaint: Complaint, asked: Asked
) -> Iterator[str | Series]:
    """The cards of those who may be told, and what people were sent of it."""
    yield from reads_told(tuple(_in_turn(command, complaint)))
    yield series_of(number_of(asked.home))


def mark(command: MarkOverdue, complaint: Complaint, asked: Asked) -> Decision:
    """投诉逾期: once for each time that it was given; told to those above who are here."""
    terms, before = complaint.terms, complaint.overdue
    waits = complaint.stage in UNRESOLVED and terms is not None and terms.due_at == command.due_at
    if not waits or (before is not None and before.due_at == command.due_at):
        return []
    part = complaint.ever_complained_of
    fit = (
        tuple(each for each in some if each not in part and is_here(each, asked))
        for some in _in_turn(command, complaint)
    )
    told = next((some for some in fit if {*some} - {complaint.owner}), ())
    fact = ComplaintOverdue(command.due_at, complaint.owner, told)
    return [*asked.here(fact), *notices(number_of(asked.home), told, command.notice, asked)]


def urge(command: UrgeComplaintCall, complaint: Complaint, asked: Asked) -> Decision:
    """督促投诉回访: once for each time by which it is to be made."""
    terms, before = complaint.terms, complaint.urged
    is_due = terms is not None and terms.call_due_at == command.due_at
    waits = complaint.stage is ComplaintStage.RESOLVED and is_due
    if not waits or (before is not None and before.due_at == command.due_at):
        return []
    return asked.here(ComplaintCallUrged(command.due_at))


def mark_call(command: MarkComplaintCallOverdue, complaint: Complaint, asked: Asked) -> Decision:
    """投诉回访逾期: once for each time that was urged, while nobody has called."""
    urged, told = complaint.urged, complaint.call_overdue
    is_urged = urged is not None and urged.due_at == command.due_at
    is_told = told is not None and told.due_at == command.due_at
    if complaint.stage is not ComplaintStage.RESOLVED or not is_urged or is_told:
        return []
    fact = ComplaintCallOverdue(Role.APPROVER, command.due_at, command.upward_at)
    return asked.here(fact)


def urge_closing(command: UrgeComplaintClosing, complaint: Complaint, asked: Asked) -> Decision:
    """督促投诉结案: once since the customer was called back last, while nobody has closed it."""
    before = complaint.closing_urged
    called = [
        each.recorded_at for each in asked.happened.get(asked.home, ()) if _is_call(each.fact)
    ]
    waits = complaint.stage in CALLED and called[-1:] == [command.since]
    if not waits or (before is not None and before.due_at >= command.since):
        return []
    return asked.here(ComplaintClosingUrged(command.due_at))


def mark_closing(
    command: MarkComplaintClosingOverdue, complaint: Complaint, asked: Asked
) -> Decision:
    """投诉结案逾期: once for each time that was urged, while nobody has closed it."""
    urged, told = complaint.closing_urged, complaint.closing_overdue
    is_urged = urged is not None and urged.due_at == command.due_at
    is_told = told is not None and told.due_at == command.due_at
    if complaint.stage not in CALLED or not is_urged or is_told:
        return []
    fact = ComplaintClosingOverdue(Role.APPROVER, command.due_at, command.upward_at)
    return asked.here(fact)


def _is_call(fact: Fact) -> bool:
    return isinstance(fact, (ComplaintConfirmed, ComplaintCallEnded))


def _in_turn(command: MarkOverdue, complaint: Complaint) -> Iterator[tuple[str, ...]]:
    """Who is told: whoever is above now; else who was, when it came; else who leads; else others.

    Whoever owns it knows that it is late: where only they would be told, it is told to the next.
    """
    of = complaint.department
    found = next((each for each in command.above if of in (None, each.department)), NOBODY)
    yield found.upward
    yield complaint.upward
    yield tuple(each for each in found.head if each != complaint.owner)
    yield from command.instead
