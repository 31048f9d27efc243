"""在外配件: what left the shelves is listed until it is accounted for, and what then comes next."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from guiyi.verbs.stock_lists import open_parts, out_lines
from services.inventory.app import room
from services.inventory.views import parts_out, stock
from services.inventory.views.parts_out import OutPlace, place_of
from shared.events.inventory import Movement
from tests.dispatch.job import WORK
from tests.inventory.closing.months import Clocked
from tests.inventory.desk import FAR, PARCEL, PATH
from tests.inventory.example import (
    ANNOUNCE,
    AT,
    BRANCH,
    CHEN,
    LIU,
    NUMBER,
    OPEN,
    ORDER,
    PUMP,
    RELEASE_POSTED,
    RING,
    TICKET,
    WORK_ORDER,
    Store,
    drawn,
    move,
    posted,
    settle,
    signing,
)
from tests.inventory.issue_note.test_changing_hands import handing
from tests.inventory.purchase.test_purchase_api import BUY, FIRST
from tests.inventory.purchase.test_purchase_api import CAME as BOUGHT
from tests.inventory.test_reactions import WORD
from tests.inventory.test_views import seen
from tests.inventory.transfer.test_transfer_api import CAME, Stores
from tests.inventory.transfer.test_transfer_api import PATH as TRANSFER
from tests.memory_keys import memory_keys
from tests.memory_views import MemoryViews
from tests.shared.http_desk import codes, web_desk

MIDNIGHT = AT.replace(hour=16, minute=0)
"""The end of the branch's day on which everything here is drawn."""


@dataclass
class Turning(Stores):
    """Two stores, and the clock on their wall."""

    clock: list[datetime]

    def out(self, asked: str = "", token: str | None = None) -> list[Any]:
        return [
            (row["paper"], row["part"], row["quantity"], row["days"])
            for row in self.rows(f"/v1/stock/out{asked}", token or self.keeper)
        ]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Turning]:
    clock = [AT]
    record, keys = Clocked(clock), memory_keys()
    views = MemoryViews(record, keys)
    with web_desk(room, tmp_path, record, views=views, clock=lambda: clock[0]) as desk:
        yield Turning(desk, views, clock)


def of(told: Store) -> dict[str, parts_out.Row]:
    return {key[3]: row for key, row in seen(parts_out, told.moves).items()}


def test_a_row_stands_until_its_pieces_are_accounted_for() -> None:
    told = drawn()
    assert {part: row.quantity for part, row in of(told).items()} == {RING: 3, PUMP: 1}
    assert of(told)[PUMP].out[0].serials == ("P-1",)
    told.do(signing(7, ring=2, pump=1)).do(settle(told.note, RING, 2, 1))
    assert of(told).keys() == {PUMP}


def test_a_hand_over_does_not_begin_the_days_anew() -> None:
    told = drawn()
    since = of(told)[RING].since
    row = of(told.do(handing(told)))[RING]
    assert (row.technicians, row.since) == ((CHEN,), since)
    assert row.out[0].since > since


def test_a_parcel_that_is_opened_is_in_somebodys_hands() -> None:
    told = posted()
    assert of(told)[RING].places == (OutPlace.MAIL,)
    since = of(told)[RING].since
    row = of(told.do(ANNOUNCE, OPEN))[RING]
    assert (row.places, row.technicians, row.since) == ((OutPlace.HANDS,), (LIU,), since)


def test_what_is_out_is_what_the_accounts_have() -> None:
    """No piece is out that no account has, and none is left out of the list."""
    for told in (drawn(), posted(), posted().do(ANNOUNCE, OPEN), drawn().do(handing(drawn()))):
        book = Counter[tuple[str, str]]()
        for row in seen(parts_out, told.moves).values():
            book.update({(row.part, each.account): each.quantity for each in row.out})
        accounts = seen(stock, told.moves).values()
        assert book == {(r.part, r.account): r.quantity for r in accounts if place_of(r.account)}


def test_what_a_stocktake_did_not_find_is_counted_against_the_notes() -> None:
    hands = f"technician:{LIU}"
    issue = move(RING, "store", hands, 3, Movement.ISSUE)
    lost = move(RING, hands, "difference", 1, Movement.STOCKTAKE)
    rows = seen(parts_out, [issue, lost]).values()
    assert sum(row.quantity for row in rows) == 2


class TestLonger:
    """逾期未核销: what is out longer than so many days of the branch's calendar."""

    def test_a_day_is_over_at_midnight_of_the_branch(self, store: Turning) -> None:
        store.issued()
        store.clock[0] = MIDNIGHT - timedelta(seconds=1)
        assert store.out("?longer_than=0") == []
        store.clock[0] = MIDNIGHT
        both = [(NUMBER, PUMP, 1, 1), (NUMBER, RING, 3, 1)]
        assert store.out("?longer_than=0") == both
        assert store.out("?longer_than=1") == []
        store.clock[0] = MIDNIGHT + timedelta(days=1)
        assert [row[3] for row in store.out("?longer_than=1")] == [2, 2]

    def test_it_is_asked_by_note_technician_part_and_place(self, store: Turning) -> None:
        store.issued()
        for asked, count in (
            (f"paper={NUMBER}", 2),
            (f"technician={LIU}", 2),
            (f"technician={CHEN}", 0),
            (f"part={RING}", 1),
            (f"store={BRANCH}&place=hands", 2),
            ("place=transit", 0),
        ):
            assert len(store.out(f"?{asked}")) == count, asked

    def test_pages_follow_one_another(self, store: Turning) -> None:
        store.issued()
        first = store.shown("/v1/stock/out?limit=1")
        second = store.shown(f"/v1/stock/out?limit=1&after={first['next']}")
        assert [page["rows"][0]["part"] for page in (first, second)] == [PUMP, RING]
        assert second["next"] is None

    def test_other_questions_are_refused(self, store: Turning) -> None:
        for asked in ("days=3", "longer_than=-1", "longer_than=x", "place=shelf"):
            told = store.desk.get(f"/v1/stock/out?{asked}", store.keeper)
            assert told.status_code == 422, asked


class TestActing:
    """待办: who may end it, by which step."""

    def test_a_note_is_reconciled_once_the_customer_has_signed(self, store: Turning) -> None:
        store.issued()
        (row, _) = store.rows("/v1/stock/out")
        assert (row["name"], row["ticket"], row["next_step"]) == ("泵", TICKET, None)
        store.reacted(signing(7, ring=2, pump=1))
        (row, _) = store.rows("/v1/stock/out")
        wanted = {"path": f"{PATH}/reconciliations", "by": ["storekeeper"]}
        assert row["next_step"] == wanted

    def test_a_parcel_of_a_note_is_announced_and_opened(self, store: Turning) -> None:
        store.released(RELEASE_POSTED)
        store.issue({"part": RING, "quantity": 3, "parcel": PARCEL}, how="session")
        (row,) = store.rows("/v1/stock/out?place=mail")
        assert row["due"] == PARCEL["expected_at"].replace("+00:00", "Z")
        assert row["next_step"]["path"] == f"{PATH}/announcements"

    def test_a_transfer_is_counted_by_whom_it_goes_to(self, store: Turning) -> None:
        store.two_books()
        store.sent()
        rows = store.rows("/v1/stock/out?place=transit")
        assert [(row["paper"], row["parcel"], row["part"]) for row in rows] == [
            (TRANSFER.rpartition("/")[2], "P1", PUMP),
            (TRANSFER.rpartition("/")[2], "P1", RING),
        ]
        assert rows[0]["next_step"]["path"] == f"{TRANSFER}/receipts"
        assert rows[0]["due"] is not None
        assert store.out("", store.sender) == [], "it stands in the book of the receiver"
        one = {"part": PUMP, "received": 1, "serials": ["P-7"], "difference_because": "少一台"}
        short = [CAME[0], one]
        store.post(f"{TRANSFER}/receipts", {"lines": short})
        (row,) = store.rows("/v1/stock/out?place=transit")
        assert (row["part"], row["next_step"]["path"]) == (PUMP, f"{TRANSFER}/losses")

    def test_what_was_had_before_the_books_is_reconciled_at_once(self, store: Turning) -> None:
        store.had_before(RING)
        (row,) = store.rows("/v1/stock/out")
        number = f"ZS-{BRANCH}-2026-0001"
        assert (row["paper"], row["ticket"]) == (number, None)
        assert row["next_step"]["path"] == f"/v1/issue-notes/{number}/reconciliations"


class TestWalls:
    """谁看得见: technicians what they have, a store its own book, an operator nothing."""

    def test_technicians_see_what_they_have(self, store: Turning) -> None:
        store.issued()
        assert len(store.out("", store.liu)) == 2
        chen = store.desk.staff(CHEN, ["technician"], [BRANCH])
        assert store.out("", chen) == []
        assert store.out(f"?technician={LIU}", chen) == []

    def test_another_branch_sees_nothing(self, store: Turning) -> None:
        store.issued()
        far = store.desk.staff("K-FAR", ["storekeeper"], [FAR])
        assert store.out("", far) == []

    def test_an_operator_asks_nothing(self, store: Turning) -> None:
        operator = store.desk.staff("O-1", ["operator"], [BRANCH])
        told = store.desk.get("/v1/stock/out", operator)
        assert (told.status_code, codes(told)) == (403, ["role"])


def test_stock_stands_with_the_names_of_parts(store: Turning) -> None:
    store.issued()
    names = {row["part"]: row["name"] for row in store.rows("/v1/stock?inside=true")}
    assert names == {RING: "密封圈", PUMP: "泵"}


def test_the_command_line_shows_each_place_on_a_line(store: Turning) -> None:
    store.issued()
    store.clock[0] = MIDNIGHT
    lines = [line for row in store.rows("/v1/stock/out") for line in out_lines(row)]
    assert lines == [
        (NUMBER, PUMP, "泵", "1", LIU, "1", "", ""),
        (NUMBER, RING, "密封圈", "3", LIU, "1", "", ""),
    ]


def test_what_is_in_hands_is_due_once_the_customer_signed(store: Turning) -> None:
    """By when policy wants the task handed in: two days after the signature, of whoever has it."""
    store.issued()
    assert {row["due"] for row in store.rows("/v1/stock/out")} == {None}
    order = f"work_order-{ORDER}"
    store.views.documents["dispatch", order] = replace(WORK_ORDER, customer=WORD)
    rows = store.rows("/v1/stock/out")
    assert {datetime.fromisoformat(row["due"]) for row in rows} == {AT + timedelta(days=2)}
    waived = replace(WORD, signature=None, waived_by="A-1", waived_because="拒签")
    work = replace(WORK_ORDER, customer=waived, work=WORK)
    store.views.documents["dispatch", order] = work
    rows = store.rows("/v1/stock/out")
    assert WORK.finished_at is not None
    due = WORK.finished_at + timedelta(days=2)
    assert {datetime.fromisoformat(row["due"]) for row in rows} == {due}


def test_nothing_is_ordered_for_a_day_that_is_over_at_the_store(store: Turning) -> None:
    store.stocked()
    due = {**BUY, "due_on": "2026-11-23"}
    store.clock[0] = MIDNIGHT
    told = store.desk.post("/v1/purchases", due, store.base)
    assert codes(told) == ["due-day-over"]
    store.clock[0] = MIDNIGHT - timedelta(seconds=1)
    store.post("/v1/purchases", due, store.base)


def test_an_order_is_late_from_the_day_after_it_was_due(store: Turning) -> None:
    store.stocked()
    store.is_base(BRANCH)
    due = {**BUY, "due_on": "2026-11-23"}
    store.post("/v1/purchases", due, store.base)
    late = "/v1/purchases?late=true"
    store.clock[0] = MIDNIGHT - timedelta(seconds=1)
    assert store.rows(late) == []
    store.clock[0] = MIDNIGHT
    (row,) = store.rows(late)
    assert (row["days_late"], row["names"]) == (1, {RING: "密封圈"})
    assert row["next_step"] == {"path": f"{FIRST}/receipts", "by": ["base", "storekeeper"]}
    assert list(open_parts(row)) == [f"{RING} 密封圈 20"]
    assert store.rows("/v1/purchases?late=false") == []
    store.post(f"{FIRST}/receipts", {"delivery_note": "SH-7", "lines": [BOUGHT]})
    assert store.rows(late) == [], "it is all here"


def test_old_parts_wait_by_the_days_of_the_store(store: Turning) -> None:
    store.issued()
    store.old_listed()
    store.clock[0] = MIDNIGHT + timedelta(days=1)
    (row,) = store.rows("/v1/old-parts-waiting")
    assert (row["name"], row["days"]) == ("泵", 2)
