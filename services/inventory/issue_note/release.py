"""放行与作废 (release and voiding): what the order makes of a note before anything is drawn.

The order's documents come as the reaction brings them, in any order and any number of times: a note
is released once, and of signatures the newest version counts.
"""

from dataclasses import dataclass

from services.inventory.issue_note.checks import in_force
from services.inventory.issue_note.state import IssueNote
from shared.decider import Asked, Decision, number_of, reason, refuse_if
from shared.events.inventory import (
    IssueNoteReleased,
    IssueNoteVoided,
    NoteLine,
    SignatureNoted,
    SignedUse,
)
from shared.events.order_sheet import Delivery, Standing
from shared.events.values import (
    BranchCode,
    ContentHash,
    Note,
    PartWanted,
    Ref,
    RepairNature,
    Role,
    Ticket,
    covers,
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


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """得知用户签字: what the newest document of the order says of this note's parts."""

    version: int
    content: ContentHash | None
    waived: bool
    used: tuple[SignedUse, ...]


@dataclass(frozen=True, slots=True)
class VoidNote:
    """出库单作废: nothing was drawn on the note and nothing will be."""

    because: Note
    asked_by: Ref
    standing: Standing
    """Of the clerk who asked."""


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
    )
    return asked.here(released)


def note_signature(command: NoteSignature, note: IssueNote, asked: Asked) -> Decision:
    """得知用户签字: noted in every state; what is older than what is noted is nothing."""
    if command.version <= note.noted_version or _said_by_release(command, note):
        return []
    return asked.here(
        SignatureNoted(command.version, command.content, command.waived, command.used)
    )


def void(command: VoidNote, note: IssueNote, asked: Asked) -> Decision:
    """作废: nothing was drawn on it."""
    voided = IssueNoteVoided(command.because, command.asked_by)
    if note.voided == voided:
        return []
    standing, drawn = command.standing, tuple(note.issues)
    refuse_if(
        *in_force(note, asked),
        (bool(drawn), reason("parts-drawn", number=number_of(asked.home), parts=drawn)),
        (not _is_its_clerk(standing, note), reason("not-a-clerk", person=standing.person)),
    )
    return asked.here(voided)


def _is_its_clerk(standing: Standing, note: IssueNote) -> bool:
    """Whether they may void it: an active clerk of the branch, or one who is lent to it."""
    at_work = standing.known and standing.active and Role.CLERK in standing.roles
    return at_work and (note.released is None or covers(standing.branches, note.released.branch))


def _said_by_release(command: NoteSignature, note: IssueNote) -> bool:
    """Whether the release said so already: what was signed before it is older, or nothing was."""
    if note.released is None or note.signed is not None:
        return False
    released = note.released.version
    unsigned = command.content is None and not command.waived
    return command.version < released or (command.version == released and unsigned)
