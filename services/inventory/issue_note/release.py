"""放行与签字 (release and signature): what a note hears of its order.

The order's documents come as the reaction brings them, in any order and any number of times: a note
is released once, and of signatures the newest version counts.
"""

from dataclasses import dataclass

from services.inventory.issue_note.state import IssueNote
from shared.decider import Asked, Decision, number_of
from shared.events.inventory import (
    IssueNoteReleased,
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


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """得知用户签字: what the newest document of the order says of this note's parts."""

    version: int
    content: ContentHash | None
    waived: bool
    used: tuple[SignedUse, ...]


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


def _said_by_release(command: NoteSignature, note: IssueNote) -> bool:
    """Whether the release said so already: what was signed before it is older, or nothing was."""
    if note.released is None or note.signed is not None:
        return False
    released = note.released.version
    unsigned = command.content is None and not command.waived
    return command.version < released or (command.version == released and unsigned)
