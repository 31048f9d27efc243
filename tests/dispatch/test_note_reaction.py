"""得知出库 as stories: whatever inventory says of an issue note is noted on the order it is for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.dispatch import reactions
from services.dispatch.app import room
from services.dispatch.work_order.notices import NoteIssueNote
from shared.document import CommandOwed, Published
from shared.events import milestones
from shared.events.issue_notes import (
    Account,
    ArrivalAnnounced,
    Issued,
    IssueNoteDocument,
    NoteLine,
    Opened,
    Opening,
)
from shared.events.order_sheet import Delivery, NotedLine, NotedNote, NoteStage
from shared.events.values import PartWanted, RepairNature
from shared.handle import CommandEnvelope, Handler, handle_all
from tests.dispatch.desk import Record
from tests.dispatch.example import AT, BRANCH, HOME, LIU, NOTE_C1, NUMBER, TICKET, by, sealed
from tests.dispatch.job import WORK_CONTENT
from tests.memory_keys import memory_keys

(REACTION,) = (each for each in room.reactions if each.name == "note-issue-note")
RELEASED = IssueNoteDocument(
    number=NOTE_C1.number,
    ticket=TICKET,
    branch=BRANCH,
    order=NUMBER,
    stage=NoteStage.RELEASED,
    recipient=LIU,
    delivery=Delivery.POSTED,
    repair_nature=RepairNature.WARRANTY,
    lines=(NoteLine("MFQ-32", 2, BRANCH), NoteLine("RHZ-1", 1, BRANCH)),
    parcel=None,
    announced=None,
    delivered_at=None,
    opened=None,
    content=None,
    technician_sig=None,
    keeper_sig=None,
    void_because=None,
)
ISSUED = replace(
    RELEASED,
    stage=NoteStage.ISSUED,
    lines=(
        replace(RELEASED.lines[0], issued=Issued(1, old_part_due=True, short_because="缺货")),
        RELEASED.lines[1],
    ),
    announced=ArrivalAnnounced(AT, AT, AT),
)
SETTLED = replace(
    ISSUED,
    stage=NoteStage.SETTLED,
    lines=(replace(ISSUED.lines[0], account=Account(used=1, unused=0)), ISSUED.lines[1]),
    opened=Opened(AT, LIU, sealed("customer"), Opening.AS_SENT),
    content=WORK_CONTENT,
)


def published(document: IssueNoteDocument, version: int = 3) -> Published:
    return Published(
        room="inventory",
        kind="issue_note",
        stream=f"issue_note-{document.number}",
        version=version,
        ticket=TICKET,
        branch=BRANCH,
        recorded_at=AT,
        state=document,
    )


NOTED = NotedNote(
    number=NOTE_C1.number,
    version=3,
    stage=NoteStage.RELEASED,
    recipient=LIU,
    delivery=Delivery.POSTED,
    lines=(
        NotedLine("MFQ-32", 2, None, reconciled=False, used=None),
        NotedLine("RHZ-1", 1, None, reconciled=False, used=None),
    ),
    expected_at=None,
    announced=False,
    opened=False,
    reconciled_against=None,
)
ON_ITS_WAY = replace(
    NOTED,
    stage=NoteStage.ISSUED,
    lines=(replace(NOTED.lines[0], issued=1), NOTED.lines[1]),
    expected_at=AT,
    announced=True,
)
AT_HOME = replace(
    ON_ITS_WAY,
    stage=NoteStage.SETTLED,
    lines=(replace(ON_ITS_WAY.lines[0], reconciled=True, used=1), NOTED.lines[1]),
    opened=True,
    reconciled_against=WORK_CONTENT,
)


@pytest.mark.parametrize(
    ("document", "noted"),
    [
        (RELEASED, NOTED),
        (ISSUED, ON_ITS_WAY),
        (SETTLED, AT_HOME),
        (replace(RELEASED, stage=NoteStage.VOID), replace(NOTED, stage=NoteStage.VOID)),
    ],
)
def test_a_note_is_noted_on_the_order_that_named_it(
    document: IssueNoteDocument, noted: NotedNote
) -> None:
    owed = CommandOwed(HOME, NoteIssueNote(noted))
    assert reactions.note_issue_note(published(document)) == (owed,)


def test_what_was_missing_at_the_opening_and_what_is_not_drawn_is_heard() -> None:
    first, second = ISSUED.lines
    missing = (PartWanted(first.part, 1),)
    opened = Opened(AT, LIU, "王小明", Opening.SHORT, missing)
    dropped = replace(second, dropped_because="缺货")
    lost = (PartWanted(first.part, 2),)
    document = replace(ISSUED, opened=opened, lines=(first, dropped), lost=lost)
    (owed,) = reactions.note_issue_note(published(document))
    assert isinstance(owed.command, NoteIssueNote)
    (line,) = owed.command.note.lines
    assert (line.part, line.missing, line.lost) == (first.part, 1, 2)


def test_every_milestone_of_a_note_is_heard() -> None:
    told = milestones("issue_note")
    assert {"PartIssued", "ParcelOpened", "PartReconciled", "IssueNoteVoided"} < told
    assert set(REACTION.listens) == set(told)
    assert REACTION.from_start


@settings(max_examples=60, deadline=None)
@for_all(st.lists(st.integers(1, 5), min_size=1, max_size=12))
def test_documents_in_any_order_and_number_end_in_the_same_state(versions: Sequence[int]) -> None:
    one_by_one, at_once = _noted(versions, at_once=False), _noted(versions, at_once=True)
    newest = _noted([max(versions)], at_once=False)
    assert one_by_one.issue_notes == at_once.issue_notes == newest.issue_notes


def _noted(versions: Sequence[int], *, at_once: bool) -> Any:
    desk = Handler(Record(), room.papers, memory_keys())
    orders = [_order(version) for version in versions]
    for batch in [orders] if at_once else [[each] for each in orders]:
        with desk.store.transaction() as transaction:
            handle_all(desk, list({each.id: each for each in batch}.values()), transaction)
    return desk.fold(HOME, desk.store.read([HOME]).streams[HOME].facts)


def _order(version: int) -> CommandEnvelope:
    told = (RELEASED, ISSUED, ISSUED, SETTLED, SETTLED)[version - 1]
    document = published(replace(told, recipient=f"T-{version}"), version)
    (owed,) = REACTION.owes(document)
    assert isinstance(owed, CommandOwed)
    return CommandEnvelope(
        REACTION.command_id(document, 0), owed.command, by("reaction", owed.home)
    )
