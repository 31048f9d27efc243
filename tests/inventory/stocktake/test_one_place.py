"""盘点 over two stores: a piece that one of them finds is in one place, whoever had it last."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from guiyi.recount import books as auditor
from guiyi.recount.facts import told as read
from services.inventory.app import room
from tests.inventory.desk import FAR, PATH, Inventory
from tests.inventory.example import APPROVER, AT, BRANCH, LIU, NUMBER, PUMP, RING, signing
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import codes, web_desk

PIECE = "P-1"
ADJUST = {"lines": [{"part": PUMP, "place": "store", "treatment": "adjust"}]}
OLD = {"part": PUMP, "place": "old_warranty", "counted": 1, "serials": ["OLD-7"]}
RINGS = {"part": RING, "counted": 7}
NONE = {"part": PUMP, "place": "quarantine", "counted": 0}
ALSO: Mapping[str, Sequence[Mapping[str, Any]]] = {
    BRANCH: (RINGS, OLD),
    FAR: (),
}
"""What else lies on the shelves of each store."""
FITTED = {"used": 1, "unused": 0, "old_returned": 1, "fault_nature": "wear"}


class Stores(Inventory):
    """Two stores that find pieces of each other."""

    record: Memory

    def people(self) -> None:
        self.money = self.desk.staff("F-QIAN", ["finance"], [BRANCH, FAR])
        self.crews = {
            store: [self.desk.staff(f"{who}-{store}", ["storekeeper"], [store]) for who in "ABC"]
            for store in (BRANCH, FAR)
        }

    def fitted(self, old: str) -> None:
        """The pump is in a machine, and what was in it came home."""
        named = {"new_serials": [PIECE], "old_serials": [old]}
        self.done(self.settle({"part": PUMP, "account": {**FITTED, **named}}))

    def counted(
        self, store: str, *serials: str, also: Sequence[Mapping[str, Any]] | None = None
    ) -> str:
        """Two of a store count its pumps, a third is witness, and what differs is explained."""
        first, second, third = self.crews[store]
        made = self.desk.post("/v1/stocktakes", {"kind": "spot", "branch": store}, first)
        path = self.done(made).headers["Location"]
        pumps = {"part": PUMP, "counted": len(serials), "serials": serials}
        for body in (pumps, *(ALSO[store] if also is None else also)):
            for who in (first, second):
                self.post(f"{path}/shelf-counts", body, who)
        why = {"part": PUMP, "place": "store", "cause": "unknown", "explanation": "不明"}
        self._signed(path, "witnesses", {}, third)
        lines = self.shown(path, first)["lines"]
        differing = [each["place"] for each in lines if each["missing"] or each["surplus"]]
        said = [{**why, "place": place} for place in differing]
        self._signed(path, "explanations", {"lines": said}, first)
        return path

    def _signed(self, path: str, step: str, body: Mapping[str, Any], who: str) -> None:
        (sheet,) = self.shown(path, who)["to_sign"]
        self.post(f"{path}/{step}", {**body, "content": sheet["content"]}, who)

    def adjusted(self, store: str, *serials: str) -> None:
        """Finance posts what a store counted."""
        path = self.counted(store, *serials)
        self.post(f"{path}/difference-approvals", ADJUST, self.money)

    def moves(self, store: str, serial: str = PIECE) -> Sequence[tuple[str, str]]:
        """From where to where a store has moved a piece."""
        (row,) = (
            each
            for each in self.rows(f"/v1/serials/{PUMP}/{serial}", self.crews[store][0])
            if each["store"] == store
        )
        return [(each["source"], each["target"]) for each in row["moves"]]

    def place(self, serial: str = PIECE) -> tuple[str, str]:
        """The one place in which the second fold finds it; it raises if there are two."""
        facts = [*read(stored for _, stored in self.record.tables.lines)]
        places: Mapping[tuple[str, str], tuple[str, str]] = auditor.places(facts)
        return places[PUMP, serial]


@pytest.fixture
def handed_out(tmp_path: Path) -> Iterator[Stores]:
    """One pump of the first store is in a technician's hands, the other on its shelf."""
    record, keys = Memory("inventory"), memory_keys()
    views = MemoryViews(record, keys)
    with web_desk(room, tmp_path, record, views=views, clock=lambda: AT) as desk:
        made = Stores(desk, views)
        made.record = record
        made.people()
        made.issued()
        made.reacted(signing(7, pump=1))
        yield made


@pytest.fixture
def stores(handed_out: Stores) -> Stores:
    """That pump is in a machine; the far store has none."""
    handed_out.fitted("OLD-7")
    return handed_out


def test_what_another_store_had_fitted_comes_from_the_machine(stores: Stores) -> None:
    stores.adjusted(FAR, PIECE)
    assert stores.moves(FAR) == [("installed", "store")]
    assert stores.place() == (FAR, "store")


def test_the_store_that_counts_first_has_it_and_the_other_is_told_so(stores: Stores) -> None:
    stores.adjusted(FAR, PIECE)
    path = stores.counted(BRANCH, PIECE, "P-2")
    told = stores.desk.post(f"{path}/difference-approvals", ADJUST, stores.money)
    assert codes(told) == ["serial-known", "count-overtaken"]
    stores.post(f"{path}/endings", {"because": "NB01 先盘"}, stores.money)
    assert stores.place() == (FAR, "store")


def test_what_is_booked_in_hands_is_counted_again_or_left_to_its_note(handed_out: Stores) -> None:
    """Finance cannot name another piece than was counted: it is told how the stocktake goes on."""
    path = handed_out.counted(BRANCH, PIECE, "P-2", also=[RINGS])
    told = handed_out.desk.post(f"{path}/difference-approvals", ADJUST, handed_out.money)
    assert codes(told) == ["serial-elsewhere", "count-overtaken"]
    mends = [each["path"].rpartition("/")[2] for each in told.json()["reasons"][1]["mends"]]
    assert mends == ["returns", "shelf-counts", "difference-approvals"]
    by_paper = {**ADJUST["lines"][0], "treatment": "correct_entry", "because": "由 C1 核销"}
    handed_out.post(f"{path}/difference-approvals", {"lines": [by_paper]}, handed_out.money)
    assert handed_out.place() == (BRANCH, f"technician:{LIU}")


def test_what_lies_on_another_shelf_is_missing_there_first(handed_out: Stores) -> None:
    keeper = handed_out.crews[BRANCH][0]
    back = {"unused": 1, "used": 0, "old_returned": 0, "condition": "damaged"}
    handed_out.reacted(signing(8, "8" * 64, pump=0))
    handed_out.done(handed_out.settle({"part": PUMP, "account": back}))
    path = handed_out.counted(BRANCH, PIECE, "P-2", also=[RINGS, NONE])
    quarantine = {**ADJUST["lines"][0], "place": "quarantine"}
    told = handed_out.desk.post(f"{path}/difference-approvals", ADJUST, handed_out.money)
    assert codes(told) == ["serial-elsewhere", "count-overtaken"]
    handed_out.post(f"{path}/difference-approvals", {"lines": [quarantine]}, handed_out.money)
    handed_out.post(f"{path}/difference-approvals", ADJUST, handed_out.money)
    assert handed_out.place() == (BRANCH, "store")
    assert handed_out.shown(path, keeper)["stage"] == "approved"


def test_what_the_last_store_lost_comes_from_there_and_not_from_the_machine(
    stores: Stores,
) -> None:
    """The first store has it as fitted still; since then the other had it, and has not."""
    stores.adjusted(FAR, PIECE)
    stores.adjusted(FAR)
    assert stores.place() == ("", "difference")
    stores.adjusted(BRANCH, PIECE, "P-2")
    assert stores.moves(BRANCH)[-1] == ("difference", "store")
    assert stores.place() == (BRANCH, "store")


def test_a_line_is_worth_what_its_page_says_before_it_is_posted(stores: Stores) -> None:
    path = stores.counted(FAR, PIECE)
    keeper = stores.crews[FAR][0]
    (before,) = stores.shown(path, keeper)["lines"]
    stores.post(f"{path}/difference-approvals", ADJUST, stores.money)
    (after,) = stores.shown(path, keeper)["lines"]
    assert (before["found_fen"], before["unknown"]) == (after["found_fen"], after["unknown"])


def test_what_another_store_lost_comes_home_out_of_a_machine_and_is_lost_no_more(
    handed_out: Stores,
) -> None:
    keeper = handed_out.crews[FAR][0]
    opening = {"quantity": 1, "serials": ["P-9"]}
    handed_out.post(f"/v1/stock/{FAR}/{PUMP}/openings", opening, keeper)
    handed_out.adjusted(FAR)
    assert handed_out.place("P-9") == ("", "difference")
    handed_out.fitted("P-9")
    assert handed_out.place("P-9") == (BRANCH, "old_warranty")


def test_an_account_is_corrected_by_where_the_books_have_the_piece_by_now(stores: Stores) -> None:
    """It was never fitted. The far store has found it, and the first one does not take it."""
    stores.adjusted(FAR, PIECE)
    stores.reacted(signing(8, "8" * 64, pump=0))
    back = {"used": 0, "unused": 1, "old_returned": 0}
    lines = [{"quantity": 1, "condition": "good", "serials": [PIECE]}]
    asks = {"part": PUMP, "account": {**back, "unused_lines": lines}, "because": "没有装上"}
    stores.post(f"{PATH}/corrections", asks)
    near = stores.desk.staff(APPROVER, ["approver"], [BRANCH])
    granting = (f"{PATH}/correction-approvals", {"number": f"{NUMBER}-G1"}, near)
    assert codes(stores.desk.post(*granting)) == ["serial-known"]
    stores.adjusted(FAR)
    stores.post(*granting)
    assert stores.moves(BRANCH)[-1] == ("difference", "store")
    assert stores.place() == (BRANCH, "store")
