"""库存金额 over HTTP: what a store's pieces cost, by the method of the policy, and who sees it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from guiyi.verbs.stock import balances, told
from tests.inventory.desk import Inventory, inventory_desk
from tests.inventory.example import BRANCH, PUMP, RING

BUY = {
    "supplier": "上海密封件厂",
    "lines": [{"part": RING, "quantity": 20, "fen": 75_555}],
    "due_on": "2026-11-30",
}
CAME = {"part": RING, "announced": 20, "received": 20, "fen": 75_555}
VALUES = "/v1/stock/values"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Inventory]:
    """A store that had ten rings of unknown cost, and bought twenty more."""
    with inventory_desk(tmp_path) as made:
        made.stocked()
        made.is_base(BRANCH)
        bought = made.done(made.desk.post("/v1/purchases", BUY, made.base)).headers["Location"]
        made.post(f"{bought}/receipts", {"delivery_note": "SH-7", "lines": [CAME]})
        yield made


def test_what_the_pieces_cost_and_of_how_many_nobody_said_it(store: Inventory) -> None:
    (row,) = store.rows(f"{VALUES}?part={RING}&store={BRANCH}")
    assert (row["valuing"], row["fen"], row["unknown"]) == ("moving_average", 75_555, 10)
    shelf = {"account": "store", "quantity": 30, "fen": 75_555, "unknown": 10}
    assert row["accounts"] == [shelf]
    assert "worth" not in row
    (first,) = store.rows(f"{VALUES}?part={RING}&valuing=first_in_first_out")
    assert (first["valuing"], first["fen"]) == ("first_in_first_out", 75_555)


def test_the_books_say_it_by_store_part_and_account(store: Inventory) -> None:
    found = told(balances(store.rows("/v1/stock"), store.rows(VALUES)))
    assert (found["fen"], found["unknown"]) == (75_555, 12)
    rings = {each["part"]: each for each in found["parts"]}[RING]
    shelf = {"account": "store", "quantity": 30, "fen": 75_555, "unknown": 10}
    assert rings["values"] == [{"store": BRANCH, **shelf}]
    assert {each["part"] for each in found["parts"]} == {RING, PUMP}


def test_who_carries_parts_learns_nothing_of_what_they_cost(store: Inventory) -> None:
    assert store.desk.get(VALUES, store.liu).status_code == 403


def test_another_branch_learns_nothing_of_it(store: Inventory) -> None:
    far = store.desk.staff("K-FAR", ["storekeeper"], ["NB01"])
    assert store.rows(VALUES, far) == []
