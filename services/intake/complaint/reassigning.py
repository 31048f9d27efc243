"""投诉改派 (reassigning): somebody else owns it, of the same department or of another one.

Where it is an emergency, those who lead the other department and are above it are told at once:
they know nothing of it yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.complaint.checks import (
    OPEN,
    fit_to_choose,
    fit_to_own,
    needs_stage,
    reads_stand_ins,
    streams_of_owner,
)
from services.intake.complaint.ruling import UNRULED, Ruled, no_department
from services.intake.complaint.state import Complaint, named
from services.intake.complaint.telling import (
    ToldAtOnce,
    reads_of_emergency,
    telling,
    told_at_once,
    without,
)
from shared.decider import Asked, Decision, Series, number_of, refuse_if
from shared.events.complaints import ComplaintReassigned, ComplaintStage
from shared.events.values import Note, Ref
from shared.step import WORDS


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


def reads_reassigned(
    command: ReassignComplaint, complaint: Complaint, asked: Asked
) -> Iterator[str | Series]:
    """The cards of the owner and of whom it is about, who acts for them, and who may be told."""
    yield from streams_of_owner(command.owner, named(complaint, command.complained_of))
    yield from reads_stand_ins(command, complaint, asked)
    if _is_to_be_told(command, complaint):
        yield from reads_of_emergency(command.ruled.turns(), number_of(asked.home))


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
        *fit_to_choose(part, asked),
        no_department(department, ruled),
        *fit_to_own(command.owner, part, asked, ruled.on),
    )
    tells = _is_to_be_told(command, complaint)
    told = told_at_once(ruled.turns(part), part, asked) if tells else ToldAtOnce()
    fact = ComplaintReassigned(
        department=department,
        owner=command.owner,
        upward=without(part, ruled.upward),
        told=told.people,
        nobody_above=told.nobody_above,
        complained_of=about,
        because=command.because,
        by=asked.actor,
    )
    return telling(fact, told, ruled.notice, asked)


def offered_reassigning(_number: str, complaint: Complaint) -> Iterator[Reassigning]:
    """Once somebody owns it: to whom, the page cannot know."""
    if complaint.owner is not None:
        yield Reassigning(WORDS, WORDS)


def _is_to_be_told(command: ReassignComplaint, complaint: Complaint) -> bool:
    """Whether it is an emergency that goes to another department."""
    moves = command.department not in (None, complaint.department)
    return complaint.emergency and moves
