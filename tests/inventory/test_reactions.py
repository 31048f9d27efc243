"""配件库的反应 as stories: the signed order releases its notes, and says what was signed for."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.intake import report as intake_report
from services.inventory import issue_note, reactions
from services.inventory.app import room
from services.inventory.issue_note.release import NoteChange, NoteNature, NoteSignature, ReleaseNote
from services.inventory.issue_note.state import IssueNote
from shared.document import Published
from shared.events import BOOK
from shared.events.issue_notes import SignedUse
from shared.events.order_sheet import CustomerWord, Delivery, PartUsed, WorkOrderDocument
from shared.events.report_form import ReportDocument, Stage
from shared.events.values import PartWanted, RepairNature, Signature, SignedHow
from tests.dispatch.example import sealed
from tests.intake import example as intake
from tests.inventory.example import (
    AT,
    BRANCH,
    GREASE,
    HOME,
    LIU,
    NUMBER,
    ORDER,
    PUMP,
    RELEASE,
    RING,
    SIGNED,
    TICKET,
    WORK_ORDER,
    by,
)

USED = (
    PartUsed(NUMBER, RING, 2, old_taken=2),
    PartUsed(NUMBER, PUMP, 1, ("P-1",), ("OLD-1",), old_taken=1),
    PartUsed(f"{TICKET}-C2", GREASE, 1),
)
SIGNED_USE = (SignedUse(RING, 2, (), (), 2, 0), SignedUse(PUMP, 1, ("P-1",), ("OLD-1",), 1, 0))
WORD = CustomerWord(
    signature=Signature("customer", "customer", SignedHow.DRAWN, AT, SIGNED),
    signer=sealed("signer"),
    opinion=None,
    parts_used=USED,
    no_parts_used=False,
    content=SIGNED,
)
DONE = replace(WORK_ORDER, customer=WORD)
APPROVED = intake_report.public(intake.state(*intake.TO_APPROVED), intake.APPROVED).document
assert isinstance(APPROVED, ReportDocument)


def published(document: WorkOrderDocument = WORK_ORDER, version: int = 4) -> Published:
    return Published(
        room="dispatch",
        kind="work_order",
        stream=f"work_order-{ORDER}",
        version=version,
        ticket=TICKET,
        branch=BRANCH,
        recorded_at=AT,
        state=document,
    )


def owed(document: WorkOrderDocument = WORK_ORDER, version: int = 4) -> dict[str, list[Any]]:
    """The commands owed, by the stream they are decided on."""
    found: dict[str, list[Any]] = {}
    for each in reactions.note_order(published(document, version)):
        found.setdefault(each.home, []).append(each.command)
    return found


def test_a_signed_order_releases_each_note_it_names() -> None:
    told = owed()
    assert told[HOME] == [RELEASE, NoteSignature(4, None, waived=False, used=())]
    release, _ = told[f"issue_note-{TICKET}-C2"]
    assert release == replace(RELEASE, delivery=Delivery.POSTED, lines=(PartWanted(GREASE, 2),))


def test_a_further_note_is_released_too() -> None:
    further = replace(WORK_ORDER.notes[0], number=f"{TICKET}-C3")
    told = owed(replace(WORK_ORDER, notes=(*WORK_ORDER.notes, further)), 9)
    assert list(told) == [HOME, f"issue_note-{TICKET}-C2", f"issue_note-{TICKET}-C3"]


def test_an_order_nobody_signed_releases_nothing() -> None:
    assert owed(replace(WORK_ORDER, technician_sig=None)) == {}
    assert owed(replace(WORK_ORDER, notes=(), no_parts=True)) == {}


def test_each_note_hears_of_its_own_parts() -> None:
    told = owed(DONE, 9)
    rings, grease = (told[home][1] for home in (HOME, f"issue_note-{TICKET}-C2"))
    assert rings == NoteSignature(9, SIGNED, False, SIGNED_USE)
    assert grease.used == (SignedUse(GREASE, 1, (), (), 0, 0),)


def test_a_signature_that_was_waived_says_so() -> None:
    waived = replace(WORD, signature=None, waived_by="A-1", waived_because="用户拒签")
    _, told = owed(replace(WORK_ORDER, customer=waived), 9)[HOME]
    assert told == NoteSignature(9, None, True, SIGNED_USE)


def test_a_signature_made_void_is_no_longer_in_force() -> None:
    _, told = owed(WORK_ORDER, 10)[HOME]
    assert told == NoteSignature(10, None, waived=False, used=())


def noted(documents: Sequence[tuple[WorkOrderDocument, int]]) -> IssueNote:
    """The first note, after the reaction was asked for each document in turn."""
    note = issue_note.initial
    for document, version in documents:
        for command in owed(document, version)[HOME]:
            decided = issue_note.decide(command, note, by("reaction:note-order"))
            note = reduce(issue_note.evolve, (fact for _, fact in decided), note)
    return note


AGAIN = replace(WORD, content="6" * 64, parts_used=USED[1:])
STORY = ((WORK_ORDER, 4), (DONE, 7), (WORK_ORDER, 8), (replace(WORK_ORDER, customer=AGAIN), 9))


@for_all(
    st.lists(st.sampled_from(STORY), min_size=1, max_size=8), st.randoms(use_true_random=False)
)
def test_documents_in_any_order_and_number_end_the_same(
    told: list[tuple[WorkOrderDocument, int]], chance: Any
) -> None:
    shuffled = [*told, *told]
    chance.shuffle(shuffled)
    newest = noted([max(told, key=lambda each: each[1])])
    for note in (noted(told), noted(shuffled)):
        assert note.signed_content == newest.signed_content
        assert [note.signed_use(part) for part in (RING, PUMP)] == [
            newest.signed_use(part) for part in (RING, PUMP)
        ]
        assert (note.lines, note.recipient, note.stage) == (newest.lines, LIU, newest.stage)


def of_report(report: ReportDocument, version: int) -> Published:
    """What intake says of the report of the ticket."""
    order = published(version=version)
    return replace(order, room="intake", kind="report", stream=intake.HOME, state=report)


def heard(report: ReportDocument, version: int) -> list[Any]:
    """What the first note of the ticket is told for it."""
    told = of_report(report, version)
    made = [*reactions.note_change(told), *reactions.note_nature(told)]
    assert {each.home for each in made} <= {HOME}
    return [each.command for each in made]


def test_a_change_that_waits_and_its_decision_are_noted() -> None:
    paid = replace(APPROVED, round=2)
    waits = replace(paid, stage=Stage.SUBMITTED, amends="a" * 64, approvals=())
    assert heard(waits, 9) == [NoteChange(9)]
    assert heard(paid, 10) == [NoteNature(10, RepairNature.WARRANTY)]
    assert heard(replace(paid, stage=Stage.CLOSED), 11) == [NoteNature(11, RepairNature.WARRANTY)]


def test_the_first_approval_says_nothing_that_the_order_does_not() -> None:
    assert heard(APPROVED, 7) == []
    assert heard(replace(APPROVED, round=2, approvals=(), stage=Stage.CLOSED), 8) == []
    assert heard(replace(APPROVED, round=2, stage=Stage.RETURNED), 8) == []


def test_the_room_listens_to_milestones_alone() -> None:
    assert [name for name in room.listens if not BOOK[name].milestone] == []
    assert isinstance(owed()[HOME][0], ReleaseNote)
    assert owed()[HOME][0].repair_nature is RepairNature.WARRANTY
