"""自用与样品 over HTTP: numbers of their own, the shelves, the list, and the walls."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.inventory.desk import Inventory, inventory_desk
from tests.inventory.example import APPROVER, BRANCH, PUMP, RING

USE = {
    "use_nature": "sample",
    "lines": [{"part": RING, "quantity": 2}, {"part": PUMP, "quantity": 1, "serials": ["P-1"]}],
    "used_by": "展厅",
    "because": "展会样品",
}
FIRST = f"/v1/own-uses/LY-{BRANCH}-2026-0001"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Inventory]:
    """A store with two parts on its shelves."""
    with inventory_desk(tmp_path) as made:
        made.stocked()
        yield made


def test_parts_leave_the_shelves_once_they_are_let_go(store: Inventory) -> None:
    made = store.done(store.desk.post("/v1/own-uses", USE, store.keeper))
    assert made.headers["Location"] == FIRST
    (waits,) = store.rows("/v1/own-uses?stage=asked")
    assert (waits["number"], waits["use_nature"]) == (FIRST.rpartition("/")[2], "sample")
    before = store.accounts(RING)["store"]
    approver = store.desk.staff(APPROVER, ["approver"], [BRANCH])
    store.post(f"{FIRST}/grants", {}, approver)
    assert store.accounts(RING) == {"supplier": -before, "store": before - 2, "consumed": 2}
    shown = store.shown(FIRST)["own_use"]
    assert (shown["stage"], shown["decided_by"]) == ("approved", APPROVER)
    assert store.rows("/v1/own-uses?stage=asked") == []
    assert "P-1" not in store.shown(f"/v1/stock/{BRANCH}/{PUMP}")["serials"]


def test_another_branch_learns_nothing_of_it(store: Inventory) -> None:
    store.post("/v1/own-uses", USE)
    far = store.desk.staff("A-FAR", ["approver", "storekeeper"], ["NB01"])
    assert store.desk.get(FIRST, far).status_code == 404
    assert store.desk.post(f"{FIRST}/grants", {}, far).status_code == 404
    assert store.desk.post("/v1/own-uses", {**USE, "branch": BRANCH}, far).status_code == 403


def test_who_carries_parts_neither_asks_nor_reads(store: Inventory) -> None:
    assert store.desk.post("/v1/own-uses", USE, store.liu).status_code == 403
    assert store.desk.get("/v1/own-uses", store.liu).status_code == 403
