"""出库单的公开文档 (the public document of an issue note): all of it that others may read."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.inventory.issue_note.agreement import differences
from services.inventory.issue_note.asking import NoteRequest
from services.inventory.issue_note.beyond_approval import gone
from services.inventory.issue_note.losses import as_settled
from services.inventory.issue_note.state import WHOLE_NOTE, IssueNote, is_released
from shared.events.issue_notes import IssueNoteDocument, VoidingAsked
from shared.events.order_sheet import NoteStage
from shared.events.values import PartWanted
from shared.fields import filled


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSheet(IssueNoteDocument):
    """出库单: as others read it, and what was asked for on it, so that it can be decided."""

    requests: tuple[NoteRequest, ...]
    """Losses, waivers and corrections that were asked for, and what became of them."""
    not_to_draw: tuple[VoidingAsked, ...] = ()
    """作废请求: of what can still be drawn, the lines (or the note) that a clerk asked not to be:
    the keeper drops the line or voids the note instead."""


def document_of(note: IssueNote) -> IssueNoteDocument:
    """The note in full, as anybody may be shown it who may see it."""
    assert note.released is not None
    released, last = note.released, note.last
    settled = note.stage is NoteStage.SETTLED
    return filled(
        IssueNoteDocument,
        note,
        released,
        stage=note.stage,
        recipient=note.recipient,
        repair_nature=note.nature,
        parcel=note.parcel,
        lines=tuple(note.lines.values()),
        delivered_at=note.delivered.at if note.delivered else None,
        content=settled_against(note),
        technician_sig=last.technician_sig if last and settled else None,
        keeper_sig=last.keeper_sig if last and settled else None,
        void_because=note.voided.because if note.voided else None,
        lost=tuple(_lost(note)),
    )


def _lost(note: IssueNote) -> Iterator[PartWanted]:
    """报损: of each line that is out, what is granted as lost beside what the parcel lacked."""
    for part in note.issues:
        missing = note.in_parcel(part) if note.opened else 0
        lost = gone(note, part) - missing
        if lost and part not in note.accounts:
            yield PartWanted(part, lost)


def shown(note: IssueNote) -> NoteSheet | None:
    """The note as the page of its ticket shows it."""
    if not is_released(note):
        return None
    requests = tuple(as_settled(note, each) for each in note.requests.values())
    return filled(
        NoteSheet, document_of(note), requests=requests, not_to_draw=tuple(_not_to_draw(note))
    )


def _not_to_draw(note: IssueNote) -> Iterator[VoidingAsked]:
    """What a clerk asked for that the store has not done."""
    if note.stage not in (NoteStage.RELEASED, NoteStage.ISSUED):
        return
    for part, asked in note.asked.items():
        is_whole = part == WHOLE_NOTE and not note.issues
        if is_whole or part in note.open_lines:
            yield asked


def settled_against(note: IssueNote) -> str | None:
    """The signed content every line agrees with; one that some line does not, if any does."""
    used = [done for done in note.accounts.values() if done.account.used]
    if not used or note.stage is not NoteStage.SETTLED:
        return None
    content = note.signed_content
    others = [done.content for done in used if done.content != content]
    agreed = not any(_differing(note))
    return content if agreed and not others else next(iter(others), None)


def _differing(note: IssueNote) -> Iterator[str]:
    """The parts whose account is not what the customer signed."""
    for part, done in note.accounts.items():
        if any(differences(done.account, note.signed_for(part))):
            yield part
