"""投诉处理 (resolving): its owner says what was found, whether it is true, and what was done."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.complaint.checks import needs_stage, no_stand_in, not_complained_of
from services.intake.complaint.state import Complaint
from shared.decider import Asked, Decision, reason, refuse_if
from shared.events.complaints import ComplaintResolved, ComplaintStage
from shared.events.values import Evidence, Fen, Note, Past, Ref, Text
from shared.fields import filled
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class ResolveComplaint:
    """投诉处理: findings, whether they bear it out, measures; by its owner."""

    findings: Note
    verified: bool
    measures: Note
    quality_was_cause: bool = False
    penalty: Text | None = None
    compensation_fen: Fen = 0
    corrective_action: Ref | None = None
    """改进措施: its number; where quality was the cause it is asked for before the closing."""
    customer_told_at: Past | None = None
    """When the customer was told of the outcome, if that was before the call-back."""
    written_notice: Evidence | None = None
    """书面答复: the notice as it was sent, where the class asks for one."""


def resolve(command: ResolveComplaint, complaint: Complaint, asked: Asked) -> Decision:
    """投诉处理: with the written notice where the class asks for it."""
    needs_stage(complaint, asked, ComplaintStage.ASSIGNED, ComplaintStage.RESOLVED)
    terms, owner = complaint.terms, complaint.owner or ""
    assert terms is not None
    fact = filled(ComplaintResolved, command, call_due_at=terms.call_due_at, by=asked.actor)
    if complaint.stage is ComplaintStage.RESOLVED and complaint.resolved == fact:
        return []
    needs_stage(complaint, asked, ComplaintStage.ASSIGNED)
    noticed, asks = command.written_notice is not None, terms.notice_asked
    refuse_if(
        not_complained_of(complaint, asked),
        *no_stand_in(complaint, asked),
        (owner not in (asked.actor, asked.acting_for), reason("not-its-owner", owner=owner)),
        (asks and not noticed, reason("notice-missing", class_code=complaint.class_code or "")),
    )
    return asked.here(fact)


def offered_resolution(_number: str, complaint: Complaint) -> Iterator[ResolveComplaint]:
    """Once somebody owns it."""
    if complaint.stage is ComplaintStage.ASSIGNED:
        yield ResolveComplaint(WORDS, verified=True, measures=WORDS)
