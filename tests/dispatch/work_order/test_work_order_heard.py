"""得知 as stories: what an order hears comes at every stage, again, and in the wrong order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.dispatch import work_order
from services.dispatch.work_order.closing import UrgeHandIn
from services.dispatch.work_order.notices import (
    CHANGED,
    CHANGING,
    NoteAmendment,
    NoteApproval,
    NoteIssueNote,
)
from services.dispatch.work_order.state import WorkOrderFact
from services.dispatch.work_order.taking import UrgeTaking
from shared.events.dispatch import (
    AmendmentNoted,
    ApprovalNoted,
    HandInReturned,
    HandInUrged,
    IssueNoteNoted,
    SignatureVoided,
    TakingUrged,
    WorkOrderRecalled,
)
from shared.events.order_sheet import NoteStage, OrderStage
from shared.events.values import PartWanted
from tests.dispatch.example import ASSIGNED, AT, LIU, NOTED, OPENED, REPORT, TICKET
from tests.dispatch.job import (
    CLOSED,
    CUSTOMER_SIGNED,
    DONE,
    DRAWN,
    HOME_AGAIN,
    RECORDED,
    TAKEN,
    asks,
    noted_note,
    order_of,
)
from tests.spec import given

AT_STAGE: dict[OrderStage, Sequence[WorkOrderFact]] = {
    OrderStage.NONE: (),
    OrderStage.AWAITING: (NOTED,),
    OrderStage.OPENED: (NOTED, OPENED),
    OrderStage.ASSIGNED: (NOTED, OPENED, ASSIGNED),
    OrderStage.ACCEPTED: TAKEN,
    OrderStage.SIGNED: DONE,
    OrderStage.HANDED_IN: HOME_AGAIN,
    OrderStage.CLOSED: (*HOME_AGAIN, CLOSED),
}
CHEAPER = replace(REPORT, diagnosis=replace(REPORT.diagnosis, estimated_fen=20_000))
MORE = replace(
    REPORT,
    content="b" * 64,
    diagnosis=replace(REPORT.diagnosis, parts_to_bring=(PartWanted("VALVE-8", 1),)),
)
HELD = AmendmentNoted(f"report-{TICKET}", 8)
SAID = noted_note(NoteStage.SETTLED, version=9)
DUE = AT + timedelta(days=2)


def heard(past: Sequence[WorkOrderFact], command: Any, *facts: WorkOrderFact) -> None:
    given(work_order, *past).when(command, asks("reaction:hears")).then(*facts)


@pytest.mark.parametrize("stage", OrderStage)
def test_an_approval_is_noted_at_every_stage(stage: OrderStage) -> None:
    past, newest = AT_STAGE[stage], replace(NOTED, version=9, approved=CHEAPER)
    assert order_of(*past).stage is stage
    heard(past, NoteApproval(newest), newest)
    heard([*past, newest], NoteApproval(newest))
    heard([*past, newest], NoteApproval(replace(newest, version=8)))


@pytest.mark.parametrize("stage", OrderStage)
def test_a_change_that_waits_is_noted_at_every_stage(stage: OrderStage) -> None:
    past = AT_STAGE[stage]
    back = HandInReturned("reaction:hears", (CHANGING,))
    came = [HELD, back] if stage is OrderStage.HANDED_IN else [HELD]
    heard(past, NoteAmendment(HELD), *came)
    assert order_of(*past, *came).stage is (
        OrderStage.SIGNED if stage is OrderStage.HANDED_IN else stage
    )
    heard([*past, HELD], NoteAmendment(HELD))
    heard([*past, replace(HELD, version=9)], NoteAmendment(HELD))


@pytest.mark.parametrize("stage", OrderStage)
def test_what_inventory_says_is_noted_at_every_stage(stage: OrderStage) -> None:
    past, noted = AT_STAGE[stage], IssueNoteNoted(SAID)
    heard(past, NoteIssueNote(SAID), noted)
    heard([*past, noted], NoteIssueNote(SAID))
    heard([*past, noted], NoteIssueNote(replace(SAID, version=8)))


@pytest.mark.parametrize("stage", [OrderStage.SIGNED, OrderStage.HANDED_IN])
def test_a_change_of_what_was_signed_voids_it_once(stage: OrderStage) -> None:
    newest = ApprovalNoted(NOTED.number, TICKET, NOTED.branch, NOTED.report, 9, MORE)
    back = HandInReturned("reaction:hears", (CHANGED,))
    came: list[WorkOrderFact] = [newest, back, SignatureVoided(CHANGED)]
    if stage is OrderStage.SIGNED:
        came.remove(back)
    past = [*AT_STAGE[stage]]
    heard(past, NoteApproval(newest), *came)
    heard([*past, *came], NoteApproval(newest))
    later = replace(newest, version=10)
    heard([*past, later, *came[1:]], NoteApproval(newest))


def test_who_has_not_answered_is_urged_once_and_not_for_an_earlier_day() -> None:
    urged, later = TakingUrged(LIU, AT), replace(ASSIGNED, due_at=DUE)
    past: list[WorkOrderFact] = [NOTED, OPENED, replace(ASSIGNED, due_at=AT)]
    heard(past, UrgeTaking(LIU, AT), urged)
    heard([*past, urged], UrgeTaking(LIU, AT))
    anew = [*past, WorkOrderRecalled(LIU, "换人去"), later]
    heard(anew, UrgeTaking(LIU, AT))
    heard([*anew, TakingUrged(LIU, DUE)], UrgeTaking(LIU, AT))


def test_who_has_not_brought_it_is_urged_once_and_not_for_an_earlier_signature() -> None:
    signed, later = replace(CUSTOMER_SIGNED, due_at=DUE), DUE + timedelta(days=1)
    past: list[WorkOrderFact] = [*DRAWN, RECORDED, signed]
    heard(past, UrgeHandIn(DUE), HandInUrged(LIU, DUE))
    heard([*past, HandInUrged(LIU, DUE)], UrgeHandIn(DUE))
    anew = [
        *past,
        SignatureVoided("改用量"),
        replace(signed, due_at=later),
        HandInUrged(LIU, later),
    ]
    heard(anew, UrgeHandIn(DUE))
