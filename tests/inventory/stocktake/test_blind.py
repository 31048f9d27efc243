"""盲盘: while a store counts, whoever may count is told nowhere what the books have."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.inventory.desk import Inventory, inventory_desk
from tests.inventory.example import APPROVER, BRANCH, PUMP, RING
from tests.shared.http_desk import codes

FIRST = f"/v1/stocktakes/PD-{BRANCH}-2026-0001"
PAGE = f"/v1/stock/{BRANCH}/{RING}"
PUMPS = f"/v1/stock/{BRANCH}/{PUMP}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Inventory]:
    """A store with two parts on its shelves, and a count that has begun."""
    with inventory_desk(tmp_path) as made:
        made.stocked()
        approver = made.desk.staff(APPROVER, ["approver"], [BRANCH])
        made.post(f"{PAGE}/quotas", {"quota": 12}, approver)
        made.post("/v1/stocktakes", {"kind": "spot"})
        yield made


def rings(store: Inventory, path: str, token: str) -> Mapping[str, Any]:
    """The row of the rings on the shelves."""
    joined = "&" if "?" in path else "?"
    (row,) = store.rows(f"{path}{joined}part={RING}", token)
    return row


@pytest.mark.parametrize("who", ["keeper", "clerk", "liu", "base"])
def test_no_list_and_no_page_tells_a_figure_that_is_to_be_counted(
    store: Inventory, who: str
) -> None:
    token: str = getattr(store, who)
    page = store.shown(PAGE, token)
    assert (page["accounts"], page["counting"]) == ({}, True)
    for account in ("store", "supplier"):
        row = rings(store, f"/v1/stock?account={account}", token)
        assert (row["quantity"], row["counting"]) == (None, True), "they add up to zero"
    low = rings(store, "/v1/stock/low", token)
    assert (low["on_hand"], low["lacking"], low["to_ask"], low["is_low"]) == (None,) * 4
    if who == "liu":
        return
    value = rings(store, "/v1/stock/values", token)
    assert (value["quantity"], value["fen"], value["accounts"]) == (None, None, [])
    assert store.shown(PUMPS, token)["serials"] == {}
    assert store.rows(f"/v1/serials?part={PUMP}&account=store", token) == []
    (piece,) = store.rows(f"/v1/serials/{PUMP}/P-1", token)
    assert (piece["account"], piece["inside"], piece["moves"]) == (None, None, [])


@pytest.mark.parametrize("role", ["finance", "approver", "auditor"])
def test_who_does_not_count_is_told(store: Inventory, role: str) -> None:
    token = store.desk.staff("X-1", [role], [BRANCH])
    assert store.shown(PAGE, token)["accounts"] == {"store": 10, "supplier": -10}
    assert rings(store, "/v1/stock/low", token)["on_hand"] == 10
    assert rings(store, "/v1/stock/values", token)["quantity"] == 10
    assert len(store.rows(f"/v1/serials?part={PUMP}&account=store", token)) == 2
    both = store.desk.staff("X-2", [role, "storekeeper"], [BRANCH])
    assert store.shown(PAGE, both)["accounts"] == {}, "who may count as well is not"


def test_it_is_told_again_once_it_is_counted(store: Inventory) -> None:
    path = f"{FIRST}/shelf-counts"
    store.post(path, {"part": RING, "counted": 8})
    assert store.shown(PAGE)["accounts"] == {}, "a second count waits"
    store.post(path, {"part": RING, "counted": 8}, store.liu)
    store.post(path, {"part": PUMP, "counted": 2, "serials": ["P-1", "P-2"]})
    pumps = store.rows(f"/v1/stock?part={PUMP}&account=store")
    assert [(row["quantity"], row["serials"]) for row in pumps] == [(2, ["P-1", "P-2"])]
    store.signs(FIRST, "witnesses", {}, store.clerk)
    assert store.shown(PAGE)["accounts"] == {"store": 10, "supplier": -10}


def test_what_is_not_there_is_refused_without_a_figure(store: Inventory) -> None:
    lines = [{"part": RING, "quantity": 11}]
    use = {"use_nature": "internal", "lines": lines, "used_by": "展厅", "because": "展会"}
    told = store.desk.post("/v1/own-uses", use, store.keeper)
    assert codes(told) == ["beyond-stock"]
    assert told.json()["reasons"][0]["numbers"] == {"part": RING, "asked": 11}
