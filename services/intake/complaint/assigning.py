"""投诉分派 (assigning): its class, its department, its owner and its time; and changes of these.

Nobody owns a complaint about themselves, nor who acts for them, nor for whom they act; also
where another was named since.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.intake.complaint.checks import (
    OPEN,
    UNRESOLVED,
    fit_to_own,
    needs_stage,
    not_complained_of,
    streams_of_owner,
)
from services.intake.complaint.state import Complaint, named
from shared.decider import Asked, Decision, Rule, reason, refuse_if
from shared.events.complaints import (
    ComplaintAssigned,
    ComplaintReassigned,
    ComplaintReclassified,
    ComplaintStage,
    Terms,
)
from shared.events.values import At, Note, Ref
from shared.fields import filled
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class Ruled:
    """所定: what policy and the cards say of a class and a department; empty: they are unknown."""

    terms: Terms | None = None
    """None: there is no such class, or its time is to be agreed."""
    as_agreed: bool = False
    """Whether the time of the class is agreed with the customer."""
    classes: tuple[str, ...] = ()
    """Those that policy has."""
    departments: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    """Who leads the department at this branch."""
    upward: tuple[str, ...] = ()
    """Who is above them."""
    on: date = date.min
    """The day at the branch: who acts for whom holds on days."""


UNRULED = Ruled()


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


@dataclass(frozen=True, slots=True)
class Reassigning:
    """投诉改派: somebody else owns it, because the owner is away, ill or part of it."""

    owner: Ref
    because: Note
    department: Ref | None = None
    """If it is another one."""
    complained_of: Ref | None = None
    """Whom it is about, if that is known only now."""


@dataclass(frozen=True, slots=True)
class ReassignComplaint(Reassigning):
    """投诉改派: somebody else owns it, because the owner is away, ill or part of it."""

    ruled: Ruled = UNRULED
    """Obligation."""


def reads_owner(
    command: AssignComplaint | ReassignComplaint, complaint: Complaint, _asked: Asked
) -> Iterator[str]:
    """The cards of the owner and of everybody it is about, and who acts for them."""
    return streams_of_owner(command.owner, named(complaint, command.complained_of))


def assign(command: AssignComplaint, complaint: Complaint, asked: Asked) -> Decision:
    """投诉分派: what was received, once; an emergency is told at once."""
    about = command.complained_of or complaint.complained_of
    part = named(complaint, command.complained_of)
    same = (command.class_code, command.department, command.owner, command.emergency)
    before = (complaint.class_code, complaint.department, complaint.owner, complaint.emergency)
    if complaint.stage is ComplaintStage.ASSIGNED and (*same, about) == (
        *before,
        complaint.complained_of,
    ):
        return []
    needs_stage(complaint, asked, ComplaintStage.RECEIVED)
    ruled = command.ruled
    refuse_if(
        not_complained_of(complaint, asked),
        *unruled(command.class_code, command.agreed_until, ruled, asked),
        _no_department(command.department, ruled),
        *fit_to_own(command.owner, part, asked, ruled.on),
    )
    assert ruled.terms is not None
    fact = filled(
        ComplaintAssigned,
        command,
        terms=ruled.terms,
        upward=_without(part, ruled.upward),
        told=_told(command, part, ruled),
        complained_of=about,
        assigned_by=asked.actor,
    )
    return asked.here(fact)


def reclassify(command: ReclassifyComplaint, complaint: Complaint, asked: Asked) -> Decision:
    """投诉改级: until it is resolved."""
    same = (command.class_code, command.emergency) == (complaint.class_code, complaint.emergency)
    ruled = command.ruled
    if same and complaint.terms == ruled.terms:
        return []
    needs_stage(complaint, asked, ComplaintStage.ASSIGNED)
    refuse_if(
        not_complained_of(complaint, asked),
        *unruled(command.class_code, command.agreed_until, ruled, asked),
    )
    assert ruled.terms is not None
    told = () if complaint.emergency else _told(command, complaint.ever_complained_of, ruled)
    fact = filled(ComplaintReclassified, command, terms=ruled.terms, told=told, by=asked.actor)
    return asked.here(fact)


def reassign(command: ReassignComplaint, complaint: Complaint, asked: Asked) -> Decision:
    """投诉改派: as long as it is open; its time runs on."""
    about = command.complained_of or complaint.complained_of
    part = named(complaint, command.complained_of)
    department = command.department or complaint.department
    mine = (complaint.owner, complaint.department, complaint.complained_of)
    if complaint.stage in OPEN and mine == (command.owner, department, about):
        return []
    needs_stage(complaint, asked, *(each for each in OPEN if each is not ComplaintStage.RECEIVED))
    assert department is not None
    ruled = command.ruled
    refuse_if(
        not_complained_of(complaint, asked),
        _no_department(department, ruled),
        *fit_to_own(command.owner, part, asked, ruled.on),
    )
    fact = ComplaintReassigned(
        department=department,
        owner=command.owner,
        upward=_without(part, ruled.upward),
        complained_of=about,
        because=command.because,
        by=asked.actor,
    )
    return asked.here(fact)


def offered_reassigning(_number: str, complaint: Complaint) -> Iterator[Reassigning]:
    """Once somebody owns it: to whom, the page cannot know."""
    if complaint.owner is not None:
        yield Reassigning(WORDS, WORDS)


def offered_reclassifying(_number: str, complaint: Complaint) -> Iterator[Reclassifying]:
    """Once it is classed: as what else, the page cannot know."""
    if complaint.stage is ComplaintStage.ASSIGNED:
        yield Reclassifying(complaint.class_code or WORDS, WORDS, complaint.emergency)


def offered_assigning(_number: str, complaint: Complaint) -> Iterator[Assigning]:
    """Before anybody owns it."""
    if complaint.stage in UNRESOLVED and complaint.owner is None:
        yield Assigning(WORDS, WORDS, WORDS)


def unruled(
    class_code: str, agreed_until: datetime | None, ruled: Ruled, asked: Asked
) -> Iterator[Rule]:
    """Rules: policy has this class; a time is agreed where policy has none, and only there."""
    known = class_code in ruled.classes
    told = reason("complaint-class-unknown", class_code=class_code, known=ruled.classes)
    yield not known, told
    agreed = agreed_until is not None and agreed_until > asked.at
    fits = agreed if ruled.as_agreed else agreed_until is None
    timed = fits and ruled.terms is not None
    yield known and not timed, reason("agreed-until", class_code=class_code)


def _no_department(department: str, ruled: Ruled) -> Rule:
    """A rule: policy has this department."""
    told = reason("department-unknown", department=department, known=ruled.departments)
    return department not in ruled.departments, told


def _told(command: Assigning | Reclassifying, part: Sequence[str], ruled: Ruled) -> tuple[str, ...]:
    """紧急: the head of the department and who is above; nobody whom it is about."""
    if not command.emergency:
        return ()
    return _without(part, tuple(dict.fromkeys((*ruled.head, *ruled.upward))))


def _without(part: Sequence[str], people: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in people if each not in part)
