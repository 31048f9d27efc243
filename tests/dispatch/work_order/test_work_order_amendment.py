"""得知更正 as stories: while what was approved is to change nothing goes on by it; then it does."""

from dataclasses import replace

import pytest

from services.dispatch import reactions, visit, work_order
from services.dispatch.work_order.closing import HandInTask
from services.dispatch.work_order.document import document_of
from services.dispatch.work_order.further_note import NameFurtherNote
from services.dispatch.work_order.notes import rest_of
from services.dispatch.work_order.notices import (
    CHANGED,
    NoteAmendment,
    NoteApproval,
    NoteIssueNote,
)
from services.dispatch.work_order.signed_work import signed_alike
from services.dispatch.work_order.state import WorkOrderFact
from shared.decider import Command
from shared.events.dispatch import (
    AmendmentNoted,
    FurtherNoteNamed,
    HandInReturned,
    SignatureVoided,
)
from shared.events.order_sheet import Delivery, NamedNote
from shared.events.report_form import Stage
from shared.events.values import PartWanted, RepairNature, Travel, TravelMode
from tests.dispatch.example import CLERK, LIU, NOTED, REPORT, TICKET, TRAVEL_AT, by
from tests.dispatch.job import (
    CLOSE,
    CONFIRMED,
    CUSTOMER_SIGNS,
    DEPART,
    DONE,
    DRAWN,
    HOME_AGAIN,
    ISSUED,
    PLANNED,
    RECORDED,
    SEEN_DONE,
    SETTLED,
    VISIT,
    asks,
    order_of,
)
from tests.dispatch.test_reactions import APPROVED, published
from tests.dispatch.work_order.test_work_order_requests import BOSS, WAIVE, WAIVED, WOULD_NOT
from tests.spec import given

HELD = AmendmentNoted(f"report-{TICKET}", 8)
NOTE = NoteAmendment(HELD)
REACTION = by("reaction:note-amendment")
PAID = replace(
    REPORT,
    content="b" * 64,
    diagnosis=replace(
        REPORT.diagnosis,
        repair_nature=RepairNature.PAID,
        parts_to_bring=(*REPORT.diagnosis.parts_to_bring, PartWanted("VALVE-8", 1)),
    ),
)
DEARER = replace(
    REPORT, content="c" * 64, diagnosis=replace(REPORT.diagnosis, estimated_fen=90_000)
)
AGAIN, BEFORE = replace(NOTED, version=9, approved=PAID), replace(NOTED, version=9)
FURTHER = NameFurtherNote(Delivery.CARRIED, (PartWanted("VALVE-8", 1),), "更正后补领")
VOIDED = SignatureVoided(CHANGED)
BACK = HandInReturned("reaction:note-approval", (CHANGED,))


def test_a_change_that_waits_is_noted_applied_repeated_and_older() -> None:
    given(work_order, *DRAWN).when(NOTE, REACTION).then(HELD)
    given(work_order).when(NOTE, REACTION).then(HELD)
    given(work_order, *DRAWN, HELD).when(NOTE, REACTION).then()
    newer = NoteAmendment(replace(HELD, version=9))
    given(work_order, *DRAWN, HELD).when(newer, REACTION).then()
    given(work_order, *DRAWN, HELD, AGAIN).when(NOTE, REACTION).then()


@pytest.mark.parametrize("decided", [AGAIN, BEFORE])
def test_a_newer_approval_is_the_decision(decided: WorkOrderFact) -> None:
    assert order_of(*DRAWN, HELD).held
    assert not order_of(*DRAWN, HELD, decided).held
    assert order_of(*DRAWN, HELD, decided, replace(HELD, version=10)).held


@pytest.mark.parametrize(
    ("past", "command", "person"),
    [
        ((*DRAWN, RECORDED), CUSTOMER_SIGNS, LIU),
        ((*DONE, SETTLED), HandInTask(), LIU),
        (HOME_AGAIN, CLOSE, CLERK),
        ((*DRAWN, RECORDED, WOULD_NOT), WAIVE, BOSS),
    ],
)
def test_meanwhile_nothing_is_ended(
    past: tuple[WorkOrderFact, ...], command: Command, person: str
) -> None:
    asked = asks(person, visits=SEEN_DONE)
    given(work_order, *past, HELD).when(command, asked).refused("amendment-open")


def test_what_was_not_signed_is_shown_again_once_it_has_changed() -> None:
    past = (*DRAWN, RECORDED, WOULD_NOT, HELD)
    waives = asks(BOSS)
    given(work_order, *past, AGAIN).when(WAIVE, waives).refused("signature-not-refused")
    dearer = replace(NOTED, version=9, approved=DEARER)
    given(work_order, *past, dearer).when(WAIVE, waives).then(WAIVED)


def test_meanwhile_nobody_sets_out_and_no_note_is_named() -> None:
    held = order_of(*DRAWN, HELD)
    reads = {f"work_order-{PLANNED.order}": held}
    asked = asks(LIU, VISIT, reads, visits=())
    given(visit, PLANNED, CONFIRMED).when(DEPART, asked).refused("amendment-open")
    given(work_order, *DRAWN, AGAIN, replace(HELD, version=10)).when(FURTHER, asks(CLERK)).refused(
        "amendment-open"
    )


def test_what_is_approved_last_is_in_force() -> None:
    order = order_of(*DRAWN, HELD, AGAIN)
    assert document_of(order).repair_nature is RepairNature.PAID
    assert rest_of(order)["VALVE-8"] == 1
    named = FurtherNoteNamed(NamedNote(f"{TICKET}-C2", *_said(FURTHER)), FURTHER.because)
    given(work_order, *DRAWN, HELD, AGAIN).when(FURTHER, asks(CLERK)).then(named)
    rail = Travel(TravelMode.RAIL, TRAVEL_AT, (LIU,))
    by_rail = replace(PAID, diagnosis=replace(PAID.diagnosis, travel=rail))
    assert order_of(*DRAWN, replace(AGAIN, approved=by_rail)).travel == rail


def test_what_the_customer_signed_is_void_if_it_changes() -> None:
    note = NoteApproval(AGAIN)
    given(work_order, *DONE, HELD).when(note, by("reaction:note-approval")).then(AGAIN, VOIDED)
    given(work_order, *HOME_AGAIN, HELD).when(note, by("reaction:note-approval")).then(
        AGAIN, BACK, VOIDED
    )
    given(work_order, *DRAWN, HELD).when(note, by("reaction:note-approval")).then(AGAIN)


def test_it_stands_if_only_the_estimate_or_the_journey_changes() -> None:
    note = replace(NOTED, version=9, approved=DEARER)
    given(work_order, *DONE, HELD).when(NoteApproval(note), by("reaction:note-approval")).then(note)
    assert not signed_alike(REPORT, replace(REPORT, equipment=replace(REPORT.equipment, model="X")))


def test_notes_of_the_store_are_noted_all_the_same() -> None:
    given(work_order, HELD).when(NoteIssueNote(ISSUED.note), by("reaction:note")).then(ISSUED)


def test_a_change_that_waits_owes_its_notice_and_a_decision_owes_the_approval() -> None:
    waits = replace(APPROVED, stage=Stage.SUBMITTED, approvals=(), amends="a" * 64)
    (owed,) = reactions.note_amendment(published(waits, 8))
    assert owed.command == NoteAmendment(AmendmentNoted(published().stream, 8))
    assert reactions.note_amendment(published()) == ()
    assert reactions.note_approval(published(waits, 8)) == ()
    (approval, waiting, _) = reactions.REACTIONS
    assert waiting.listens == {"ReportAmended", "AmendmentRefused", "AmendmentRecalled"}
    assert {"AmendmentRefused", "AmendmentRecalled"} < approval.listens


def _said(command: NameFurtherNote) -> tuple[Delivery, tuple[PartWanted, ...]]:
    return command.delivery, command.lines
