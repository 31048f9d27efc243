"""得知 (notices): what the newest documents of other rooms say, noted on the order.

A notice refuses nothing: it says what has become true elsewhere. An older one changes nothing.
"""

from dataclasses import dataclass

from services.dispatch.work_order.state import WorkOrder
from shared.decider import Asked, Decision
from shared.events.dispatch import (
    AmendmentNoted,
    ApprovalNoted,
    HandInReturned,
    IssueNoteNoted,
    SignatureVoided,
)
from shared.events.order_sheet import ApprovedReport, NotedNote, OrderStage

CHANGED = "批准的内容已更正，请用户重新签字 what was approved has changed; the customer signs again"
SIGNED = (OrderStage.SIGNED,)


@dataclass(frozen=True, slots=True)
class NoteApproval:
    """得知批准: what intake's newest document of the report says was approved."""

    noted: ApprovalNoted


@dataclass(frozen=True, slots=True)
class NoteAmendment:
    """得知更正: what intake's newest document says of a change that waits to be approved."""

    noted: AmendmentNoted


@dataclass(frozen=True, slots=True)
class NoteIssueNote:
    """得知出库: what inventory's newest document says of an issue note of this order."""

    note: NotedNote


def note_approval(command: NoteApproval, order: WorkOrder, asked: Asked) -> Decision:
    """得知批准: unless something newer was noted.

    If it changes what the customer signed, their signature is void; a task that was handed in
    goes back first.
    """
    before, noted = order.noted, command.noted
    if before is not None and before.version >= noted.version:
        return []
    if before is None or signed_alike(before.approved, noted.approved):
        return asked.here(noted)
    home = HandInReturned(asked.actor, (CHANGED,)) if order.stage is OrderStage.HANDED_IN else None
    void = SignatureVoided(CHANGED) if order.stage in (*SIGNED, OrderStage.HANDED_IN) else None
    return asked.here(noted, *(each for each in (home, void) if each is not None))


def signed_alike(before: ApprovedReport, now: ApprovedReport) -> bool:
    """Whether what a customer signs by is the same: the machine, what is done, and who pays."""
    one, other = before.diagnosis, now.diagnosis
    return (
        before.equipment == now.equipment
        and one.repair_nature == other.repair_nature
        and one.solution == other.solution
        and (one.parts_to_bring, one.no_parts) == (other.parts_to_bring, other.no_parts)
    )


def note_amendment(command: NoteAmendment, order: WorkOrder, asked: Asked) -> Decision:
    """得知更正: unless one is noted already, or was decided since."""
    decided = order.noted is not None and order.noted.version >= command.noted.version
    known = order.amendment is not None and order.amendment.version >= command.noted.version
    return [] if order.held or decided or known else asked.here(command.noted)


def note_issue_note(command: NoteIssueNote, order: WorkOrder, asked: Asked) -> Decision:
    """得知出库: unless something newer was noted of that note."""
    known = order.issue_notes.get(command.note.number)
    if known is not None and known.version >= command.note.version:
        return []
    return asked.here(IssueNoteNoted(command.note))
