"""超批出库 as stories: fewer are approved while what a note permits is on the shelf."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from services.inventory import issue_note
from services.inventory.issue_note.beyond_approval import ApprovedLast, approved_last, at_hand
from services.inventory.issue_note.drawing import IssuePart
from services.inventory.issue_note.requests import ApproveLoss, AskLoss
from services.inventory.issue_note.state import IssueNote
from shared.events.order_sheet import WorkOrderDocument
from shared.events.part_cases import Bearer, Loss, LossWhere
from shared.events.report_form import ReportDocument, Stage
from shared.events.values import PartWanted, Role
from tests.inventory.desk import PATH, Inventory
from tests.inventory.example import (
    KEEPER,
    NUMBER,
    ORDER,
    PUMP,
    RING,
    TICKET,
    WORK_ORDER,
    Store,
    by,
    draw,
    drawn,
    released,
    settle,
    signing,
)
from tests.shared.goldens import sample
from tests.shared.http_desk import codes
from tests.spec import given

SECOND = f"issue_note-{TICKET}-C2"
_GOLDEN: ReportDocument = sample(ReportDocument)
assert _GOLDEN.diagnosis
ONE_RING = replace(_GOLDEN.diagnosis, parts_to_bring=(PartWanted(RING, 1),))
REPORT = replace(_GOLDEN, stage=Stage.APPROVED, round=2, diagnosis=ONE_RING)
"""Approved a second time, with one ring in the place of three, and no pump."""
PLAIN = replace(WORK_ORDER, supplements=())
SUPPLEMENTED = replace(WORK_ORDER, supplements=(f"{TICKET}-C2",))


def drawing(store: Store, quantity: int, approved: int | None, *named: str) -> IssuePart:
    because = "已减为少领" if quantity < 3 else None
    made = draw(store.note, RING, quantity, short_because=because)
    return replace(made, approved=None if approved is None else ApprovedLast(approved, named))


def beside(store: Store, *others: IssueNote) -> Mapping[str, object]:
    """What is read where the ticket has other notes."""
    notes = {f"issue_note-{TICKET}-C{n}": each for n, each in enumerate(others, start=2)}
    return {**store.asked(KEEPER).reads, **notes}


class TestDrawing:
    """出库: no more than is approved by now, with what other notes have brought."""

    def test_what_is_not_approved_any_more_stays_on_the_shelf(self) -> None:
        store = released()
        story = given(issue_note, *store.facts)
        told = {"part": RING, "approved": 1, "out": 0, "left": 1}
        asked = store.asked(KEEPER, Role.STOREKEEPER)
        story.when(drawing(store, 3, 1), asked).refused_with("beyond-approval", **told)
        for quantity, approved in ((1, 1), (3, 3), (3, None)):
            store = released().do(drawing(released(), quantity, approved))
            assert store.note.issues[RING].issued.quantity == quantity

    def test_what_other_notes_have_brought_counts(self) -> None:
        store = released()
        asked = by(KEEPER, Role.STOREKEEPER, reads=beside(store, drawn().note, IssueNote()))
        told = {"part": RING, "approved": 4, "out": 3, "left": 1}
        story = given(issue_note, *store.facts)
        story.when(drawing(store, 3, 4), asked).refused_with("beyond-approval", **told)
        assert issue_note.decide(drawing(store, 1, 4), store.note, asked)

    def test_what_a_supplement_has_named_counts_beside_it(self) -> None:
        """Three more on its own note, wherever they are drawn."""
        store, number = released(), f"{TICKET}-C2"
        released_ = released().note.released
        assert released_
        second = IssueNote(replace(released_, number=number))
        asked = by(KEEPER, Role.STOREKEEPER, reads=beside(store, second))
        assert issue_note.decide(drawing(store, 3, 0, number), store.note, asked)
        assert issue_note.decide(drawing(store, 3, 0, NUMBER), store.note, asked)
        told = {"part": RING, "approved": 0, "out": 0, "left": 0}
        story = given(issue_note, *store.facts)
        story.when(drawing(store, 3, 0), asked).refused_with("beyond-approval", **told)


def test_what_a_note_has_brought_is_what_was_used_or_is_there_to_be_used() -> None:
    loss = Loss(RING, 1, LossWhere.TECHNICIAN, "遗失", Bearer.STORE, 1_200, None)
    assert at_hand(released().note, RING) == 0
    assert at_hand(drawn().note, RING) == 3
    lost = drawn().do(AskLoss(loss), ApproveLoss(f"{NUMBER}-S1"))
    assert at_hand(lost.note, RING) == 2
    used = drawn().do(signing(7, ring=1))
    assert at_hand(used.do(settle(used.note, RING, 1, 2)).note, RING) == 1


@pytest.mark.parametrize(
    ("report", "orders", "rings"),
    [
        (REPORT, [PLAIN], ApprovedLast(1, ())),
        (REPORT, [SUPPLEMENTED], ApprovedLast(1, (f"{TICKET}-C2",))),
        (REPORT, [PLAIN, SUPPLEMENTED], ApprovedLast(1, (f"{TICKET}-C2",))),
        (replace(REPORT, stage=Stage.CLOSED), [PLAIN], ApprovedLast(1, ())),
        (replace(REPORT, round=1), [PLAIN], None),
        (replace(REPORT, stage=Stage.SUBMITTED), [PLAIN], None),
        (replace(REPORT, diagnosis=None), [PLAIN], None),
        (REPORT, [WORK_ORDER], None),
        (REPORT, [PLAIN, None], None),
        (None, [PLAIN], None),
    ],
)
def test_what_is_approved_by_now_is_said_by_the_newest_papers(
    report: ReportDocument | None,
    orders: list[WorkOrderDocument | None],
    rings: ApprovedLast | None,
) -> None:
    assert approved_last(RING, report, orders) == rings


@pytest.fixture
def reduced(inventory: Inventory) -> Inventory:
    """The note is released for three rings and a pump; then one ring is approved in their place."""
    inventory.released()
    inventory.views.documents["intake", f"report-{TICKET}"] = REPORT
    inventory.views.documents["dispatch", f"work_order-{ORDER}"] = PLAIN
    return inventory


def test_what_is_left_is_drawn_and_the_rest_is_dropped(reduced: Inventory) -> None:
    told = reduced.issue({"part": RING, "quantity": 3})
    assert codes(told) == ["beyond-approval"]
    (refused,) = told.json()["reasons"]
    mended = [each["path"].rpartition("/")[2] for each in refused["mends"]]
    assert mended == ["voiding-requests", "supplements"]
    reduced.done(reduced.issue({"part": RING, "quantity": 1, "short_because": "已减为一只"}))
    pump = {"part": PUMP, "quantity": 1, "serials": ["P-1"]}
    assert codes(reduced.issue(pump)) == ["beyond-approval"]
    no_pump = {"part": PUMP, "because": "不再换泵"}
    reduced.done(reduced.desk.post(f"{PATH}/voiding-requests", no_pump, reduced.clerk))
    reduced.done(reduced.desk.post(f"{PATH}/line-droppings", {"part": PUMP}, reduced.keeper))
    assert reduced.shown(PATH)["note"]["stage"] == "issued"


def test_what_a_supplement_has_named_is_drawn(reduced: Inventory) -> None:
    named = replace(WORK_ORDER, supplements=(NUMBER,))
    reduced.views.documents["dispatch", f"work_order-{ORDER}"] = named
    reduced.done(reduced.issue({"part": RING, "quantity": 3}))


def test_the_page_says_so_before_anybody_asks(reduced: Inventory) -> None:
    (paper,) = reduced.rows(f"/v1/tickets/{TICKET}/papers", reduced.keeper)
    offered = [each for each in paper["next"] if each["path"].endswith("/issues")]
    told = ["beyond-approval" in [one["code"] for one in each["conditions"]] for each in offered]
    assert told == [True, True]
    mends = [
        mend["path"] for each in offered for one in each["conditions"] for mend in one["mends"]
    ]
    assert f"/v1/work-orders/{ORDER}/supplements" in mends, "the note says which order it goes with"
