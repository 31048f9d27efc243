"""投诉分派 (assigning): its class, its department, its owner and its time; and another class.

Nobody owns, assigns or classes a complaint about themselves, nor who acts for them, nor for whom
they act; also where another was named since, or is named only now.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.complaint.checks import (
    UNRESOLVED,
    fit_to_choose,
    fit_to_own,
    needs_stage,
    reads_stand_ins,
    streams_of_owner,
)
from services.intake.complaint.ruling import UNRULED, Ruled, no_department, unruled
from services.intake.complaint.state import Complaint, named
from services.intake.complaint.telling import (
    ToldAtOnce,
    reads_of_emergency,
    telling,
    told_at_once,
    without,
)
from shared.decider import Asked, Decision, Series, number_of, reason, refuse_if
from shared.events.complaints import (
    ComplaintAssigned,
    ComplaintReclassified,
    ComplaintStage,
)
from shared.events.values import At, Note, Ref
from shared.fields import filled
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class Assigning:
    """投诉分派: class, department, owner; and whom it is about, if that is known only now."""

    class_code: Ref
    department: Ref
    owner: Ref
    emergency: bool = False
    agreed_until: At | None = None
    """By when, as agreed with the customer; of a class for which policy has no time."""
    complained_of: Ref | None = None


@dataclass(frozen=True, slots=True)
class AssignComplaint(Assigning):
    """投诉分派: class, department, owner; and whom it is about, if that is known only now."""

    ruled: Ruled = UNRULED
    """Obligation."""


@dataclass(frozen=True, slots=True)
class Reclassifying:
    """投诉改级: it is of another class than it seemed, and why; its time is counted anew."""

    class_code: Ref
    because: Note
    emergency: bool = False
    agreed_until: At | None = None
    """By when, as agreed with the customer; of a class for which policy has no time."""


@dataclass(frozen=True, slots=True)
class ReclassifyComplaint(Reclassifying):
    """投诉改级: it is of another class than it seemed, and why; its time is counted anew."""

    ruled: Ruled = UNRULED
    """Obligation."""


def reads_assigned(
    command: AssignComplaint, complaint: Complaint, asked: Asked
) -> Iterator[str | Series]:
    """The cards of the owner and of whom it is about, who acts for them, and who may be told."""
    yield from streams_of_owner(command.owner, named(complaint, command.complained_of))
    yield from reads_classed(command, complaint, asked)


def reads_classed(
    command: AssignComplaint | ReclassifyComplaint, complaint: Complaint, asked: Asked
) -> Iterator[str | Series]:
    """Who acts for whom; of an emergency the cards of those who may be told, and what was sent."""
    yield from reads_stand_ins(command, complaint, asked)
    if command.emergency or complaint.emergency:
        yield from reads_of_emergency(command.ruled.turns(), number_of(asked.home))


def assign(command: AssignComplaint, complaint: Complaint, asked: Asked) -> Decision:
    """投诉分派: what was received, once; an emergency is told at once."""
    about = command.complained_of or complaint.complained_of
    part = named(complaint, command.complained_of)
    # A duplicate that ended in it may have said so before.
    emergency = command.emergency or complaint.emergency
    same = (command.class_code, command.department, command.owner, emergency)
    before = (complaint.class_code, complaint.department, complaint.owner, complaint.emergency)
    if complaint.stage is ComplaintStage.ASSIGNED and (*same, about) == (
        *before,
        complaint.complained_of,
    ):
        return []
    needs_stage(complaint, asked, ComplaintStage.RECEIVED)
    ruled = command.ruled
    refuse_if(
        *fit_to_choose(part, asked),
        *unruled(command.class_code, command.agreed_until, ruled, asked),
        no_department(command.department, ruled),
        *fit_to_own(command.owner, part, asked, ruled.on),
    )
    assert ruled.terms is not None
    told = told_at_once(ruled.turns(part), part, asked) if emergency else ToldAtOnce()
    fact = filled(
        ComplaintAssigned,
        command,
        terms=ruled.terms,
        emergency=emergency,
        upward=without(part, ruled.upward),
        told=told.people,
        nobody_above=told.nobody_above,
        complained_of=about,
        assigned_by=asked.actor,
    )
    return telling(fact, told, ruled.notice, asked)


def reclassify(command: ReclassifyComplaint, complaint: Complaint, asked: Asked) -> Decision:
    """投诉改级: until it is resolved; who owns it sets no time for themselves."""
    same = (command.class_code, command.emergency) == (complaint.class_code, complaint.emergency)
    ruled = command.ruled
    if same and complaint.terms == ruled.terms:
        return []
    needs_stage(complaint, asked, ComplaintStage.ASSIGNED)
    part = complaint.ever_complained_of
    own = asked.actor in complaint.owners and not _only_raises(command, complaint)
    refuse_if(
        *fit_to_choose(part, asked),
        (own, reason("owner-reclasses", owner=asked.actor)),
        *unruled(command.class_code, command.agreed_until, ruled, asked),
    )
    assert ruled.terms is not None
    found = command.emergency and not complaint.emergency
    told = told_at_once(ruled.turns(part), part, asked) if found else ToldAtOnce()
    fact = filled(
        ComplaintReclassified,
        command,
        terms=ruled.terms,
        told=told.people,
        nobody_above=told.nobody_above,
        by=asked.actor,
    )
    return telling(fact, told, ruled.notice, asked)


def _only_raises(command: ReclassifyComplaint, complaint: Complaint) -> bool:
    """Whether it only becomes an emergency, and its class and its time stay."""
    terms = complaint.terms
    same = command.class_code == complaint.class_code
    timed = command.agreed_until is None or (terms and command.agreed_until == terms.due_at)
    return same and bool(timed) and command.emergency and not complaint.emergency


def offered_reclassifying(_number: str, complaint: Complaint) -> Iterator[Reclassifying]:
    """Once it is classed: as what else, the page cannot know."""
    if complaint.stage is ComplaintStage.ASSIGNED:
        yield Reclassifying(complaint.class_code or WORDS, WORDS, complaint.emergency)


def offered_assigning(_number: str, complaint: Complaint) -> Iterator[Assigning]:
    """Before anybody owns it."""
    if complaint.stage in UNRESOLVED and complaint.owner is None:
        yield Assigning(WORDS, WORDS, WORDS)
