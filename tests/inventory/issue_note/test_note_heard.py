"""得知 as stories: what a note hears comes at every stage, again, and in the wrong order."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.inventory import issue_note
from services.inventory.issue_note.asking import RequestKind
from services.inventory.issue_note.correction import AskCorrection, RefuseCorrection
from services.inventory.issue_note.dropping import DropLine
from services.inventory.issue_note.release import NoteChange, NoteNature
from services.inventory.issue_note.requests import AskLoss, AskWaiver, RefuseLoss, RefuseWaiver
from shared.events.issue_notes import (
    ChangeNoted,
    CorrectionRefused,
    LineDropped,
    LossRefused,
    NatureNoted,
    SignatureNoted,
    SignedUse,
    WaiverRefused,
)
from shared.events.order_sheet import NoteStage
from shared.events.values import RepairNature
from tests.inventory.example import (
    APPROVER,
    ASK_VOID,
    CLERK,
    HOME,
    NUMBER,
    PUMP,
    RELEASE,
    RING,
    SIGNED,
    VOID,
    Store,
    by,
    drawn,
    released,
    settle,
    signing,
)
from tests.inventory.issue_note.test_exceptions import LOSS, WAIVER
from tests.inventory.issue_note.test_issue_note import RELEASED
from tests.spec import given


def home(store: Store) -> Store:
    """Two rings and the pump were used, and all the rest came home."""
    store.do(signing(6, ring=2, pump=1))
    return store.do(
        settle(store.note, RING, 2, 1), settle(store.note, PUMP, 1, 0, new_serials=("P-1",))
    )


AT_STAGE: dict[NoteStage, Callable[[], Store]] = {
    NoteStage.NONE: Store,
    NoteStage.RELEASED: released,
    NoteStage.ISSUED: drawn,
    NoteStage.SETTLED: lambda: home(drawn()),
    NoteStage.VOID: lambda: released().do(ASK_VOID, VOID),
}


def heard(store: Store, *commands: Any) -> None:
    """Each of these says nothing any more."""
    for each in commands:
        given(issue_note, *store.facts).when(each, by("reaction:hears")).then()


@pytest.mark.parametrize("stage", NoteStage)
def test_a_change_that_waits_is_noted_at_every_stage(stage: NoteStage) -> None:
    store = AT_STAGE[stage]()
    assert store.note.stage is stage
    assert store.decide(NoteChange(8)) == [(HOME, ChangeNoted(8))]
    heard(store.do(NoteChange(8)), NoteChange(8), NoteChange(7))


@pytest.mark.parametrize("stage", NoteStage)
def test_the_nature_that_was_approved_is_noted_at_every_stage(stage: NoteStage) -> None:
    store, paid = AT_STAGE[stage](), NoteNature(9, RepairNature.PAID)
    assert store.decide(paid) == [(HOME, NatureNoted(9, RepairNature.PAID))]
    heard(store.do(paid), paid, NoteNature(8, RepairNature.WARRANTY))


@pytest.mark.parametrize("stage", NoteStage)
def test_what_the_customer_signed_is_noted_at_every_stage(stage: NoteStage) -> None:
    store, told = AT_STAGE[stage](), signing(9, ring=2)
    noted = SignatureNoted(9, SIGNED, waived=False, used=(SignedUse(RING, 2),))
    assert store.decide(told) == [(HOME, noted)]
    heard(store.do(told), told, signing(8, ring=1))


def test_a_note_is_released_once_whichever_document_of_the_order_says_so() -> None:
    heard(released(), RELEASE, replace(RELEASE, version=RELEASE.version - 1))
    given(issue_note).when(RELEASE, by("reaction:hears")).then(RELEASED)


def test_one_of_two_lines_is_dropped_before_anything_is_drawn() -> None:
    store = released().do(replace(ASK_VOID, part=PUMP))
    assert store.decide(DropLine(PUMP)) == [(HOME, LineDropped(PUMP, "用户撤单", CLERK))]


def test_what_still_waits_when_all_has_come_home_is_refused_all_the_same() -> None:
    store = home(drawn().do(AskLoss(LOSS), AskWaiver(WAIVER)))
    assert store.note.stage is NoteStage.SETTLED
    loss, waiver = f"{NUMBER}-S1", f"{NUMBER}-M1"
    assert {each.kind for each in store.note.requests.values()} == {
        RequestKind.LOSS,
        RequestKind.WAIVER,
    }
    assert store.decide(RefuseLoss(loss, "找到了")) == [
        (HOME, LossRefused(loss, "找到了", APPROVER))
    ]
    assert store.decide(RefuseWaiver(waiver, "已交回")) == [
        (HOME, WaiverRefused(waiver, "已交回", APPROVER))
    ]


def test_a_correction_is_refused_also_while_other_lines_are_out() -> None:
    store = drawn().do(signing(6, ring=2))
    store.do(settle(store.note, RING, 2, 1), signing(7, ring=3))
    account = settle(store.note, RING, 3, 0).account
    store.do(AskCorrection(RING, "用了三只", account))
    number = f"{NUMBER}-G1"
    assert store.note.stage is NoteStage.ISSUED
    assert store.decide(RefuseCorrection(number, "账目无误")) == [
        (HOME, CorrectionRefused(number, "账目无误", APPROVER))
    ]
