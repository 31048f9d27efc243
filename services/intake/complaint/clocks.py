"""投诉时限 (clocks): what is overdue is marked and told upward; a late call-back is urged once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.intake.complaint.checks import UNRESOLVED
from services.intake.complaint.state import Complaint
from shared.decider import Asked, Decision
from shared.events.cards import PersonCard
from shared.events.complaints import ComplaintCallUrged, ComplaintOverdue, ComplaintStage
from shared.events.values import covers


@dataclass(frozen=True, slots=True)
class MarkOverdue:
    """投诉逾期: the time by which it should be resolved is over; by timer."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class UrgeComplaintCall:
    """督促投诉回访: the time by which the customer should be called back is over; by timer."""

    due_at: datetime


def reads_upward(_command: MarkOverdue, complaint: Complaint, _asked: Asked) -> Iterator[str]:
    """The cards of those who are told."""
    return (f"person-{each}" for each in complaint.upward)


def mark(command: MarkOverdue, complaint: Complaint, asked: Asked) -> Decision:
    """投诉逾期: once for each time that it was given; to those above who are still here."""
    terms, before = complaint.terms, complaint.overdue
    waits = complaint.stage in UNRESOLVED and terms is not None and terms.due_at == command.due_at
    if not waits or (before is not None and before.due_at == command.due_at):
        return []
    told = tuple(
        each
        for each in complaint.upward
        if each != complaint.complained_of and _is_here(each, asked)
    )
    return asked.here(ComplaintOverdue(command.due_at, complaint.owner, told))


def urge(command: UrgeComplaintCall, complaint: Complaint, asked: Asked) -> Decision:
    """督促投诉回访: once for each time by which it is to be made."""
    terms, before = complaint.terms, complaint.urged
    is_due = terms is not None and terms.call_due_at == command.due_at
    waits = complaint.stage is ComplaintStage.RESOLVED and is_due
    if not waits or (before is not None and before.due_at == command.due_at):
        return []
    return asked.here(ComplaintCallUrged(command.due_at))


def _is_here(person: str, asked: Asked) -> bool:
    card = asked.read(f"person-{person}")
    return isinstance(card, PersonCard) and card.active and covers(card.branches, asked.branch)
