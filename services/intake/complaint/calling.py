"""投诉回访 (calling back): the customer is told, and says whether it is settled; else it reopens.

Whom nobody reaches is tried on several days of the record (ADR 51); who declines is left in peace.
Whoever ever owned or resolved it does not call: the customer would answer to whom they judge.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.intake.complaint.checks import (
    CALLED,
    ever_had_it,
    needs_stage,
    no_stand_in,
    not_complained_of,
)
from services.intake.complaint.ruling import UNRULED, Ruled, unruled
from services.intake.complaint.state import Complaint
from shared.decider import Asked, Decision, Fact, Rule, days_tried, reason, refuse_if
from shared.events.complaints import (
    CallEnding,
    CallTried,
    ComplaintCallEnded,
    ComplaintCallTried,
    ComplaintConfirmed,
    ComplaintReopened,
    ComplaintResolved,
    ComplaintStage,
)
from shared.events.followup import Satisfied
from shared.events.values import SEVERAL, At, Note, Past, PersonalNote, Text
from shared.step import WORDS

GIVEN_UP = (ComplaintStage.UNREACHED, ComplaintStage.DECLINED)
RESOLVED = ComplaintStage.RESOLVED


@dataclass(frozen=True, slots=True)
class TryComplaintCall:
    """投诉回访未果: the customer was called about it and did not answer."""

    channel: Text
    result: Text


@dataclass(frozen=True, slots=True)
class ConfirmComplaint:
    """投诉回访: the customer was told what came of it, and is satisfied, at least partly."""

    satisfied: Satisfied
    said: PersonalNote | None = None
    called_at: Past | None = None
    """By default now."""
    customer_told_at: Past | None = None
    """When they were told of the outcome; if it was told neither before nor here, in this call."""


@dataclass(frozen=True, slots=True)
class Reopening:
    """投诉重办: the customer is not satisfied, in their own words; it goes back to its owner."""

    said: PersonalNote
    agreed_until: At | None = None
    """By when, as agreed with the customer; of a class for which policy has no time."""


@dataclass(frozen=True, slots=True)
class ReopenComplaint(Reopening):
    """投诉重办: the customer is not satisfied, in their own words; it goes back to its owner."""

    ruled: Ruled = UNRULED
    """Obligation: the time of its class, from now on."""


@dataclass(frozen=True, slots=True)
class GivingUpCall:
    """投诉回访终结: nobody reached the customer on enough days, or they want no call."""

    stage: CallEnding
    because: Note


@dataclass(frozen=True, slots=True)
class EndComplaintCall(GivingUpCall):
    """投诉回访终结: nobody reached the customer on enough days, or they want no call."""

    days_needed: int = 3
    """Obligation: on how many different days they must have been tried."""
    time_zone: str = "UTC"
    """Obligation: where these days are counted."""


def attempt(command: TryComplaintCall, complaint: Complaint, asked: Asked) -> Decision:
    """投诉回访未果: each try by itself, once it is resolved."""
    tried = CallTried(asked.at, asked.actor, command.channel, command.result)
    if tried in complaint.tried:
        return []
    needs_stage(complaint, asked, RESOLVED)
    refuse_if(*_may_call(complaint, asked))
    return asked.here(ComplaintCallTried(tried))


def confirm(command: ConfirmComplaint, complaint: Complaint, asked: Asked) -> Decision:
    """投诉回访: who is not satisfied has it reopened; the call tells them if nobody did before."""
    called = command.called_at or asked.at
    told = complaint.resolved.customer_told_at if complaint.resolved else None
    fact = ComplaintConfirmed(
        satisfied=command.satisfied,
        called_at=called,
        customer_told_at=command.customer_told_at or told or called,
        said=command.said,
        by=asked.actor,
    )
    if complaint.stage is ComplaintStage.CONFIRMED and complaint.confirmed == fact:
        return []
    needs_stage(complaint, asked, RESOLVED, *GIVEN_UP)
    unhappy = command.satisfied is Satisfied.NO
    refuse_if(*_may_call(complaint, asked), (unhappy, reason("complainant-dissatisfied")))
    return asked.here(fact)


def reopen(command: ReopenComplaint, complaint: Complaint, asked: Asked) -> Decision:
    """投诉重办: until it is closed; its time runs anew, by its class."""
    if complaint.stage is ComplaintStage.ASSIGNED and _said_last(complaint) == command.said:
        return []
    needs_stage(complaint, asked, RESOLVED, *CALLED)
    ruled = command.ruled
    refuse_if(
        *_may_call(complaint, asked),
        *unruled(complaint.class_code or "", command.agreed_until, ruled, asked),
    )
    assert ruled.terms is not None
    return asked.here(ComplaintReopened(command.said, asked.at, ruled.terms, asked.actor))


def give_up(command: EndComplaintCall, complaint: Complaint, asked: Asked) -> Decision:
    """投诉回访终结: the days are those of the record, since it was resolved last."""
    ended = complaint.call_ended
    if ended is not None and (ended.stage, ended.because) == (command.stage, command.because):
        return []
    needs_stage(complaint, asked, RESOLVED)
    days = _tried_on(asked, command.time_zone)
    few = command.stage is CallEnding.UNREACHED and len(days) < command.days_needed
    refuse_if(
        *_may_call(complaint, asked),
        (few, reason("complaint-calls-few", days=len(days), needed=command.days_needed)),
    )
    tried_on = tuple(days[-SEVERAL:])
    fact = ComplaintCallEnded(command.stage, command.because, tried_on, asked.actor)
    return asked.here(fact)


def offered_attempt(_number: str, complaint: Complaint) -> Iterator[TryComplaintCall]:
    """Once it is resolved."""
    if complaint.stage is RESOLVED:
        yield TryComplaintCall(WORDS, WORDS)


def offered_confirmation(_number: str, complaint: Complaint) -> Iterator[ConfirmComplaint]:
    """Once it is resolved; also where the customer calls after they were given up."""
    if complaint.stage in (RESOLVED, *GIVEN_UP):
        yield ConfirmComplaint(Satisfied.YES)


def offered_reopening(_number: str, complaint: Complaint) -> Iterator[Reopening]:
    """Once it is resolved, until it is closed."""
    if complaint.stage in (RESOLVED, *CALLED):
        yield Reopening(WORDS)


def offered_giving_up(_number: str, complaint: Complaint) -> Iterator[GivingUpCall]:
    """In both ways; the first asks for tries."""
    if complaint.stage is RESOLVED:
        yield from (GivingUpCall(each, WORDS) for each in CallEnding)


def _may_call(complaint: Complaint, asked: Asked) -> Iterator[Rule]:
    """Rules: neither whom it is about, nor who acts for them, nor who ever had it, calls."""
    yield not_complained_of(complaint, asked)
    yield from no_stand_in(complaint, asked)
    yield ever_had_it(complaint, asked), reason("owner-calls", owner=asked.actor)


def _said_last(complaint: Complaint) -> object:
    return complaint.reopened.said if complaint.reopened else None


def _tried_on(asked: Asked, time_zone: str) -> Sequence[date]:
    """联系日期: the days on which they were called since it was resolved last."""
    return days_tried(asked.happened.get(asked.home, ()), _is_tried, _is_resolved, time_zone)


def _is_tried(fact: Fact) -> bool:
    return isinstance(fact, ComplaintCallTried)


def _is_resolved(fact: Fact) -> bool:
    return isinstance(fact, ComplaintResolved)
