"""得知 (notices): what the newest documents of other rooms say, noted on the order.

A notice refuses nothing: it says what has become true elsewhere. An older one changes nothing.
"""

from dataclasses import dataclass

from services.dispatch.work_order.state import WorkOrder
from shared.decider import Asked, Decision
from shared.events.dispatch import ApprovalNoted, IssueNoteNoted
from shared.events.order_sheet import NotedNote


@dataclass(frozen=True, slots=True)
class NoteApproval:
    """得知批准: what intake's newest document of the report says was approved."""

    noted: ApprovalNoted


@dataclass(frozen=True, slots=True)
class NoteIssueNote:
    """得知出库: what inventory's newest document says of an issue note of this order."""

    note: NotedNote


def note_approval(command: NoteApproval, order: WorkOrder, asked: Asked) -> Decision:
    """得知批准: unless something newer was noted."""
    is_older = order.noted is not None and order.noted.version >= command.noted.version
    return [] if is_older else asked.here(command.noted)


def note_issue_note(command: NoteIssueNote, order: WorkOrder, asked: Asked) -> Decision:
    """得知出库: unless something newer was noted of that note."""
    known = order.issue_notes.get(command.note.number)
    if known is not None and known.version >= command.note.version:
        return []
    return asked.here(IssueNoteNoted(command.note))
