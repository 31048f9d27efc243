"""作废与停领 (voiding and dropping): a clerk says that nothing more is drawn, the keeper does it.

The clerk speaks for themselves: what they ask is a fact of theirs, and nobody types their name.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.inventory.issue_note.checks import in_force
from services.inventory.issue_note.state import WHOLE_NOTE, IssueNote
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.issue_notes import IssueNoteVoided, LineDropped, VoidingAsked
from shared.events.order_sheet import NoteStage
from shared.events.values import Note, PartNumber, Ref, Text
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class AskVoiding:
    """作废请求: nothing will be drawn on the note any more, or on one line of it."""

    because: Text
    part: PartNumber | None = None


@dataclass(frozen=True, slots=True)
class VoidNote:
    """出库单作废: nothing was drawn on the note and nothing will be, as a clerk asked."""

    because: Note | None = None
    """The clerk's words, if no others are given."""
    asked_by: Ref | None = None
    """The clerk who asked, if one wants to name them."""


@dataclass(frozen=True, slots=True)
class DropLine:
    """停领: nothing was drawn on the line and nothing will be, as a clerk asked."""

    part: PartNumber


def ask_voiding(command: AskVoiding, note: IssueNote, asked: Asked) -> Decision:
    """作废请求: while something is still open to be drawn."""
    said = VoidingAsked(command.part, command.because, asked.actor)
    if note.asked.get(command.part or WHOLE_NOTE) == said:
        return []
    refuse_if(
        *in_force(note, asked),
        *(_undrawn(note, asked) if command.part is None else _open(command.part, note, asked)),
    )
    return asked.here(said)


def void(command: VoidNote, note: IssueNote, asked: Asked) -> Decision:
    """作废: nothing was drawn on it, and a clerk asked for it."""
    word = note.asked.get(WHOLE_NOTE)
    number, clerk = number_of(asked.home), word.asked_by if word else ""
    voided = IssueNoteVoided(command.because or (word.because if word else ""), clerk)
    if note.voided == voided:
        return []
    another = word is not None and command.asked_by not in (None, clerk)
    refuse_if(
        *in_force(note, asked),
        *_undrawn(note, asked),
        (word is None, reason("clerk-has-not-asked", number=number)),
        (another, reason("asked-by-another", clerk=clerk)),
    )
    return asked.here(voided)


def drop(command: DropLine, note: IssueNote, asked: Asked) -> Decision:
    """停领: once a line; the last open line of a note on which nothing was drawn is voided."""
    part, word = command.part, note.asked.get(command.part)
    if part in note.dropped:
        return []
    alone = note.stage is NoteStage.RELEASED and set(note.open_lines) == {part}
    number = number_of(asked.home)
    refuse_if(
        *in_force(note, asked),
        *_open(part, note, asked),
        (alone, reason("void-instead", number=number)),
        (word is None, reason("clerk-has-not-asked", number=number)),
    )
    assert word is not None
    return asked.here(LineDropped(part, word.because, word.asked_by))


def _undrawn(note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: nothing was drawn on the note."""
    drawn = tuple(note.issues)
    yield bool(drawn), reason("parts-drawn", number=number_of(asked.home), parts=drawn)


def _open(part: str, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: the line is on the note, and open."""
    known = note.released is None or part in note.lines
    yield not known, reason("not-on-note", part=part, number=number_of(asked.home))
    yield part in note.issues, reason("issued-already", part=part)
    yield part in note.dropped, reason("line-dropped", part=part)
    settled = note.stage is NoteStage.SETTLED
    yield settled, reason("note-settled", number=number_of(asked.home))


def offered_askings(_number: str, note: IssueNote) -> Iterator[AskVoiding]:
    """The whole note while nothing is drawn; else each line that is open."""
    if note.stage is NoteStage.RELEASED:
        yield AskVoiding(WORDS)
    elif note.stage is NoteStage.ISSUED:
        yield from (AskVoiding(WORDS, part) for part in note.open_lines)


def offered_voiding(_number: str, note: IssueNote) -> Iterator[VoidNote]:
    """What a clerk asked for."""
    if note.stage is NoteStage.RELEASED:
        yield VoidNote()


def offered_droppings(_number: str, note: IssueNote) -> Iterator[DropLine]:
    """Every open line that a clerk asked not to be drawn."""
    yield from (DropLine(part) for part in note.open_lines if part in note.asked)
