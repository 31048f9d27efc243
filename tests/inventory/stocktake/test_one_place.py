"""盘点 over two stores: a piece that one of them finds is in one place, whoever had it last."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from guiyi.recount import books as auditor
from guiyi.recount.facts import told as read
from services.inventory.app import room
from tests.inventory.desk import FAR, Inventory
from tests.inventory.example import AT, BRANCH, PUMP, RING, signing
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import codes, web_desk

PIECE = "P-1"
ADJUST = {"lines": [{"part": PUMP, "place": "store", "treatment": "adjust"}]}
OLD = {"part": PUMP, "place": "old_warranty", "counted": 1, "serials": ["OLD-7"]}
ALSO: Mapping[str, Sequence[Mapping[str, Any]]] = {
    BRANCH: ({"part": RING, "counted": 7}, OLD),
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

    def counted(self, store: str, *serials: str) -> str:
        """Two of a store count its pumps, a third is witness, and what differs is explained."""
        first, second, third = self.crews[store]
        made = self.desk.post("/v1/stocktakes", {"kind": "spot", "branch": store}, first)
        path = self.done(made).headers["Location"]
        pumps = {"part": PUMP, "counted": len(serials), "serials": serials}
        for body in (pumps, *ALSO[store]):
            for who in (first, second):
                self.post(f"{path}/shelf-counts", body, who)
        why = {"part": PUMP, "place": "store", "cause": "unknown", "explanation": "不明"}
        self._signed(path, "witnesses", {}, third)
        self._signed(path, "explanations", {"lines": [why]}, first)
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
def stores(tmp_path: Path) -> Iterator[Stores]:
    """One pump of the first store is in a machine, the other on its shelf; the far one has none."""
    record, keys = Memory("inventory"), memory_keys()
    views = MemoryViews(record, keys)
    with web_desk(room, tmp_path, record, views=views, clock=lambda: AT) as desk:
        made = Stores(desk, views)
        made.record = record
        made.people()
        made.issued()
        made.reacted(signing(7, pump=1))
        named = {"new_serials": [PIECE], "old_serials": ["OLD-7"]}
        made.done(made.settle({"part": PUMP, "account": {**FITTED, **named}}))
        yield made


def test_what_another_store_had_fitted_comes_from_the_machine(stores: Stores) -> None:
    stores.adjusted(FAR, PIECE)
    assert stores.moves(FAR) == [("installed", "store")]
    assert stores.place() == (FAR, "store")


def test_the_store_that_counts_first_has_it_and_the_other_is_told_so(stores: Stores) -> None:
    stores.adjusted(FAR, PIECE)
    path = stores.counted(BRANCH, PIECE, "P-2")
    told = stores.desk.post(f"{path}/difference-approvals", ADJUST, stores.money)
    assert codes(told) == ["serial-known"]
    stores.post(f"{path}/endings", {"because": "NB01 先盘"}, stores.money)
    assert stores.place() == (FAR, "store")


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
