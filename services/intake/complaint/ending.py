"""投诉结案 (ending): closed by whoever did not own it; withdrawn, a duplicate, or unsettled."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.complaint.checks import (
    CALLED,
    GRANTERS,
    OPEN,
    UNRESOLVED,
    ever_had_it,
    needs_stage,
    no_stand_in,
    not_complained_of,
    reads_stand_ins,
)
from services.intake.complaint.ruling import UNRULED, Ruled
from services.intake.complaint.state import Complaint
from services.intake.complaint.telling import (
    ToldAtOnce,
    notices,
    reads_of_emergency,
    told_at_once,
)
from shared.decider import (
    Asked,
    Decision,
    Fact,
    Rule,
    Series,
    number_of,
    reason,
    refuse_if,
    too_many,
)
from shared.events.complaints import (
    ComplaintClosed,
    ComplaintEnded,
    ComplaintEnding,
    ComplaintLinked,
)
from shared.events.values import SEVERAL, Note, PersonalNote, Ref
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class CloseComplaint:
    """投诉结案: somebody else than its owner has looked at it, and it is done."""

    corrective_action: Ref | None = None
    """改进措施: its number, where quality was the cause and none was named before."""


@dataclass(frozen=True, slots=True)
class Terminating:
    """投诉终结: the customer withdraws it, it is the same as another, or it cannot be settled."""

    ending: ComplaintEnding
    said: PersonalNote | None = None
    """When it is withdrawn: the customer's own words."""
    other: Ref | None = None
    """Of a duplicate: the number of the complaint that goes on."""
    because: Note | None = None
    """Of one that cannot be settled: what remains, and why. Of another an approver's word."""


@dataclass(frozen=True, slots=True)
class EndComplaint(Terminating):
    """投诉终结: the customer withdraws it, it is the same as another, or it cannot be settled."""

    ruled: tuple[Ruled, ...] = ()
    """Obligation: of an emergency that goes on in another one, who leads each department and is
    above it: which one has the other, its own record says."""


def close(command: CloseComplaint, complaint: Complaint, asked: Asked) -> Decision:
    """投诉结案: the customer was called back, or could not be; not by whoever owned it."""
    if complaint.closed == ComplaintClosed(command.corrective_action, asked.actor):
        return []
    needs_stage(complaint, asked, *CALLED)
    resolved = complaint.resolved
    by_quality = resolved is not None and resolved.quality_was_cause
    named = command.corrective_action or (resolved and resolved.corrective_action)
    refuse_if(
        not_complained_of(complaint, asked),
        *no_stand_in(complaint, asked),
        (ever_had_it(complaint, asked), reason("owner-closes", owner=asked.actor)),
        (by_quality and not named, reason("corrective-action-missing")),
    )
    return asked.here(ComplaintClosed(command.corrective_action, asked.actor))


def end(command: EndComplaint, complaint: Complaint, asked: Asked) -> Decision:
    """投诉终结: before it is closed; each ending says what it must."""
    fact = ComplaintEnded(command.ending, command.said, command.because, command.other, asked.actor)
    if complaint.ended == fact:
        return []
    needs_stage(complaint, asked, *OPEN)
    missing = _missing(command)
    unsettled = command.ending is ComplaintEnding.UNSETTLED
    refuse_if(
        not_complained_of(complaint, asked),
        *no_stand_in(complaint, asked),
        (ever_had_it(complaint, asked), reason("owner-closes", owner=asked.actor)),
        (bool(missing), reason("ending-incomplete", missing=missing)),
        *_same_as(command, complaint, asked),
        _of_others(command, complaint, asked),
        (unsettled and complaint.reopened is None, reason("not-reopened")),
        (unsettled and not asked.roles & {*GRANTERS}, reason("approver-gives-up")),
    )
    return [*asked.here(fact), *_goes_on(command, complaint, asked)]


def reads_other(
    command: EndComplaint, complaint: Complaint, asked: Asked
) -> Iterator[str | Series]:
    """The complaint that goes on, if one is named, who is told of it, and who acts for whom."""
    yield from (each for each in _others(command) if each != asked.home)
    yield from reads_stand_ins(command, complaint, asked)
    if _others(command) and complaint.emergency:
        for ruled in command.ruled:
            yield from reads_of_emergency(ruled.turns(), command.other or "")


def offered_closing(_number: str, complaint: Complaint) -> Iterator[CloseComplaint]:
    """Once the customer was called back, or given up."""
    if complaint.stage in CALLED:
        yield CloseComplaint()


def offered_ending(_number: str, complaint: Complaint) -> Iterator[Terminating]:
    """As long as it is open; given up only after it was reopened."""
    if complaint.stage not in OPEN:
        return
    yield Terminating(ComplaintEnding.WITHDRAWN, said=WORDS)
    yield Terminating(ComplaintEnding.DUPLICATE, other=WORDS)
    if complaint.reopened is not None:
        yield Terminating(ComplaintEnding.UNSETTLED, because=WORDS)


def _goes_on(
    command: EndComplaint, complaint: Complaint, asked: Asked
) -> Iterator[tuple[str, Fact]]:
    """并案: the other one goes on with whom this one was about; an emergency stays one.

    Those of another department that has it already know nothing of it, and are told at once.
    """
    for stream in _others(command):
        found = asked.read(stream)
        elsewhere = found.department not in (None, complaint.department)
        tells = complaint.emergency and not found.emergency and elsewhere
        part = (*complaint.ever_complained_of, *found.ever_complained_of)
        fit = (each for each in command.ruled if each.department == found.department)
        ruled = next(fit, UNRULED)
        told = told_at_once(ruled.turns(part), part, asked) if tells else ToldAtOnce()
        linked = ComplaintLinked(
            number=number_of(asked.home),
            complained_of=complaint.ever_complained_of,
            emergency=complaint.emergency,
            told=tuple(dict.fromkeys((*complaint.told, *told.people))),
        )
        yield stream, linked
        yield from notices(command.other or "", told.people, ruled.notice, asked)


def _others(command: EndComplaint) -> tuple[str, ...]:
    is_duplicate = command.ending is ComplaintEnding.DUPLICATE
    return (f"complaint-{command.other}",) if is_duplicate and command.other else ()


def _missing(command: EndComplaint) -> list[str]:
    """终结时必填: what each ending must say."""
    asked = {
        ComplaintEnding.WITHDRAWN: "said",
        ComplaintEnding.DUPLICATE: "other",
        ComplaintEnding.UNSETTLED: "because",
    }
    name = asked[command.ending]
    return [] if getattr(command, name) else [name]


def _of_others(command: EndComplaint, complaint: Complaint, asked: Asked) -> Rule:
    """A rule: with what a customer takes back nobody else's complaint goes, but by an approver."""
    withdrawn = command.ending is ComplaintEnding.WITHDRAWN and bool(complaint.linked)
    told = reason("others-complained-too", numbers=complaint.linked)
    return withdrawn and not _is_granted(command, asked), told


def _is_granted(command: EndComplaint, asked: Asked) -> bool:
    """Whether an approver says why."""
    return command.because is not None and bool(asked.roles & {*GRANTERS})


def _is_alike(complaint: Complaint, other: Complaint) -> bool:
    """Whether both are about one ticket or of one customer, or one was warned of the other."""
    mine, theirs = complaint.received, other.received
    if mine is None or theirs is None:
        return False
    warned = {
        *(about for each in mine.warnings for about in each.about if about == theirs.number),
        *(about for each in theirs.warnings for about in each.about if about == mine.number),
    }
    same = (mine.customer, theirs.customer), (mine.ticket, theirs.ticket)
    return bool(warned) or any(a is not None and a == b for a, b in same)


def _same_as(command: EndComplaint, complaint: Complaint, asked: Asked) -> Iterator[Rule]:
    """Rules: a duplicate names another complaint of this customer, and one that goes on itself.

    Where neither customer nor ticket says so, an approver does, and why.
    """
    for stream in _others(command):
        other = command.other or ""
        yield stream == asked.home, reason("complaint-of-itself")
        if stream == asked.home:
            continue
        found = asked.read(stream)
        there = found.received is not None and found.received.branch == asked.branch
        yield not there, reason("complaint-unknown", number=other)
        over = there and found.stage not in UNRESOLVED
        yield over, reason("complaint-ended", number=other)
        part = found.owner is not None and found.owner in complaint.ever_complained_of
        yield part, reason("other-owner-complained-of", number=other, person=found.owner or "")
        yield asked.actor in found.owners, reason("owner-closes", owner=asked.actor)
        about = {*found.ever_complained_of, *complaint.ever_complained_of}
        yield too_many("complained_of", len(about), SEVERAL)
        theirs = complaint.received.customer if complaint.received else None
        known = found.received.customer if found.received else None
        others = there and None not in (theirs, known) and theirs != known
        yield others, reason("complaint-of-another", number=other)
        unlike = there and not others and not _is_alike(complaint, found)
        unlike = unlike and not _is_granted(command, asked)
        yield unlike, reason("complaint-unlike", number=other)
