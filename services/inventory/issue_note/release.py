"""放行与签字 (release and signature): what a note hears of its order.

The order's documents come as the reaction brings them, in any order and any number of times: a note
is released once, and of signatures the newest version counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.inventory.issue_note.state import IssueNote
from shared.decider import Asked, Decision, Series, number_of
from shared.events.issue_notes import (
    ChangeNoted,
    IssueNoteReleased,
    NatureNoted,
    NoteLine,
    SignatureNoted,
    SignedUse,
)
from shared.events.order_sheet import Delivery
from shared.events.values import (
    BranchCode,
    ContentHash,
    PartWanted,
    Ref,
    RepairNature,
    Ticket,
)


@dataclass(frozen=True, slots=True)
class ReleaseNote:
    """出库单放行: the order that names this note is signed. Owed by the reaction alone."""

    ticket: Ticket
    branch: BranchCode
    order: str
    version: int
    recipient: Ref
    delivery: Delivery
    repair_nature: RepairNature
    lines: tuple[PartWanted, ...]
    travellers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """得知用户签字: what the newest document of the order says of this note's parts."""

    version: int
    content: ContentHash | None
    waived: bool
    used: tuple[SignedUse, ...]


@dataclass(frozen=True, slots=True)
class NoteChange:
    """得知更正: a change of what was approved waits; for all notes of the ticket."""

    version: int


@dataclass(frozen=True, slots=True)
class NoteNature:
    """得知批准: the repair nature as approved last; for all notes of the ticket."""

    version: int
    repair_nature: RepairNature


def release(command: ReleaseNote, note: IssueNote, asked: Asked) -> Decision:
    """放行: once a number, with the lines as the order names them, from the branch's store."""
    if note.released is not None:
        return []
    counted: dict[str, int] = {}
    for line in command.lines:
        counted[line.part] = counted.get(line.part, 0) + line.quantity
    released = IssueNoteReleased(
        number=number_of(asked.home),
        ticket=command.ticket,
        branch=command.branch,
        order=command.order,
        version=command.version,
        recipient=command.recipient,
        delivery=command.delivery,
        repair_nature=command.repair_nature,
        lines=tuple(NoteLine(part, pieces, command.branch) for part, pieces in counted.items()),
        travellers=command.travellers,
    )
    return asked.here(released, *_heard_before(note, asked))


def _heard_before(note: IssueNote, asked: Asked) -> Iterator[ChangeNoted | NatureNoted]:
    """What the first note of the ticket was told of the approval before this one was there."""
    if (first := first_note(asked.home)) == asked.home:
        return
    told: IssueNote = asked.read(first)
    for fact, known in ((told.change, note.change), (told.approved, note.approved)):
        if fact is not None and fact != known:
            yield fact


def reads_of_release(_command: ReleaseNote, _note: IssueNote, asked: Asked) -> tuple[str, ...]:
    """The first note of the ticket, which is told of approvals whatever is released."""
    first = first_note(asked.home)
    return () if first == asked.home else (first,)


def first_note(home: str) -> str:
    """The stream of the first note of the ticket."""
    return f"{notes_of_ticket(home).prefix}1"


def notes_of_ticket(home: str) -> Series:
    """All notes of the ticket: a change is noted on each of them."""
    return Series(home.rstrip("0123456789"))


def reads_of_notice(_command: object, _note: IssueNote, asked: Asked) -> tuple[Series, ...]:
    """Every note of the ticket."""
    return (notes_of_ticket(asked.home),)


def note_change(command: NoteChange, note: IssueNote, asked: Asked) -> Decision:
    """得知更正: on each note, unless one waits there already or was decided since."""
    return [
        (stream, ChangeNoted(command.version))
        for stream, each in _notes(note, asked)
        if not each.held and command.version > max(_versions(each))
    ]


def note_nature(command: NoteNature, note: IssueNote, asked: Asked) -> Decision:
    """得知批准: on each note, unless something newer was noted there."""
    fact = NatureNoted(command.version, command.repair_nature)
    return [
        (stream, fact)
        for stream, each in _notes(note, asked)
        if each.approved is None or command.version > each.approved.version
    ]


def _notes(note: IssueNote, asked: Asked) -> Iterator[tuple[str, IssueNote]]:
    """The first note, which keeps it for those to come, and the others that are released."""
    yield asked.home, note
    for stream, each in asked.read_series(notes_of_ticket(asked.home).prefix).items():
        if each.released is not None:
            yield stream, each


def _versions(note: IssueNote) -> tuple[int, int]:
    """Of the newest change and of the newest approval that were heard."""
    return note.change.version if note.change else 0, note.approved.version if note.approved else 0


def note_signature(command: NoteSignature, note: IssueNote, asked: Asked) -> Decision:
    """得知用户签字: noted in every state; what is older than what is noted is nothing."""
    if command.version <= note.noted_version or _said_by_release(command, note):
        return []
    return asked.here(
        SignatureNoted(command.version, command.content, command.waived, command.used)
    )


def _said_by_release(command: NoteSignature, note: IssueNote) -> bool:
    """Whether the release said so already: what was signed before it is older, or nothing was."""
    if note.released is None or note.signed is not None:
        return False
    released = note.released.version
    unsigned = command.content is None and not command.waived
    return command.version < released or (command.version == released and unsigned)
