"""出库单的下一步 (next steps of an issue note): what might be asked of it, as a body that fits it.

Words that whoever asks will say himself stand as a dash. What forbids a step is not said here: each
is rehearsed by its route and the note's own rules.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.inventory.api_notes import Voiding
from services.inventory.issue_commands import (
    AnnounceArrival,
    DeliverParcel,
    IssuePart,
    OpenParcel,
    ReconcilePart,
)
from services.inventory.issue_sheet import Drawing, account_content, as_signed, issue_content
from services.inventory.issue_state import IssueNote, document_of
from shared.events.inventory import IssueNoteDocument, Opened, Opening, Parcel
from shared.events.order_sheet import NoteStage
from shared.events.values import FaultNature, SignedHow
from shared.room import Paper, Step

WORDS = "—"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""A moment that is past by any clock."""
_OVER = (NoteStage.NONE, NoteStage.SETTLED, NoteStage.VOID)
_PARCEL = Parcel(WORDS, WORDS, sent_at=LONG_AGO, expected_at=LONG_AGO, receiver=WORDS)


def shown(note: IssueNote) -> IssueNoteDocument | None:
    """The note as the ticket's page shows it."""
    return None if note.stage is NoteStage.NONE else document_of(note)


def steps(number: str, note: IssueNote) -> Sequence[Step]:
    """What might be done with the note next."""
    if note.stage in _OVER:
        return ()
    given = {"number": number}
    return [Step(f"/v1/issue-notes/{{number}}/{path}", given, body) for path, body in _bodies(note)]


def _bodies(note: IssueNote) -> Iterator[tuple[str, Any]]:
    for part in note.open_lines:
        yield "issues", _drawing(note, part)
    if note.is_posted:
        yield "announcements", AnnounceArrival(LONG_AGO, LONG_AGO)
        yield "deliveries", DeliverParcel(LONG_AGO)
        opened = Opened(LONG_AGO, note.recipient, WORDS, Opening.AS_SENT)
        yield "joint-openings", OpenParcel(opened)
    for part in note.issues:
        if part not in note.accounts:
            yield "reconciliations", _settling(note, part)
    yield "voidings", Voiding(WORDS)


def _drawing(note: IssueNote, part: str) -> IssuePart:
    parcel = (note.parcel or _PARCEL) if note.is_posted else None
    drawing = Drawing(part, note.lines[part].permitted, parcel=parcel)
    return IssuePart(
        part=part,
        quantity=drawing.quantity,
        recipient=note.recipient,
        content=issue_content(note, drawing),
        how=SignedHow.DRAWN,
        parcel=parcel,
    )


def _settling(note: IssueNote, part: str) -> ReconcilePart:
    account = as_signed(note, part, FaultNature.NONE_FOUND)
    issued = note.issues[part].issued
    account = replace(account, new_serials=issued.serials[: account.used])
    content = account_content(note, part, account)
    return ReconcilePart(part, account, note.recipient, content, SignedHow.DRAWN)


PAPERS = {"issue_note": Paper(shown, steps)}
