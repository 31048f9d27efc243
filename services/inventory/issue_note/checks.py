"""出库单的共同检查 (rules that several steps of an issue note share)."""

from collections.abc import Iterator
from dataclasses import replace

from services.inventory.issue_note.state import IssueNote
from shared.decider import Asked, Rule, number_of, reason
from shared.events.order_sheet import NoteStage
from shared.events.values import Signature, SignedHow


def in_force(note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: the note is released, and was not made void."""
    number = number_of(asked.home)
    yield note.stage is NoteStage.NONE, reason("not-released", number=number)
    yield note.stage is NoteStage.VOID, reason("note-void", number=number)


def recipient_is(note: IssueNote, person: str) -> Rule:
    """A rule: parts go into the hands the note names, and come from them."""
    wrong = note.released is not None and person != note.recipient
    return wrong, reason("wrong-recipient", person=person, recipient=note.recipient)


def not_back(note: IssueNote, asked: Asked) -> Rule:
    """A rule: a parcel that came back to the store goes nowhere any more."""
    back = note.came_back is not None
    return back, reason("parcel-returned", number=number_of(asked.home))


def not_here(how: SignedHow, person: str, asked: Asked) -> Rule:
    """A rule: in another's session nobody signs by being logged in."""
    wrong = how is SignedHow.SESSION and person != asked.actor
    return wrong, reason("session-of-another", person=person, session=asked.actor)


def same_hand(before: Signature, now: Signature) -> bool:
    """Whether it is the same signature, told again at another moment."""
    return replace(now, signed_at=before.signed_at, evidence=before.evidence) == before
