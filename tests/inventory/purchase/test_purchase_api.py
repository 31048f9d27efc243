"""采购与入库 over HTTP: numbers of their own, the shelves, the lists, and the walls."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.events.cards import BranchCard, BranchDocument
from tests.inventory.desk import Inventory, inventory_desk
from tests.inventory.example import APPROVER, BRANCH, PUMP, RING
from tests.shared.http_desk import codes

BUY = {
    "supplier": "上海密封件厂",
    "lines": [{"part": RING, "quantity": 20, "fen": 76_000}],
    "due_on": "2026-11-30",
    "because": "急修缺料",
}
CAME = {"part": RING, "announced": 20, "received": 20, "fen": 76_000}
FIRST = f"/v1/purchases/CG-{BRANCH}-2026-0001"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Inventory]:
    """A store with two parts on its shelves, and a base that buys."""
    with inventory_desk(tmp_path) as made:
        made.stocked()
        yield made


def test_what_base_orders_comes_onto_the_shelves(store: Inventory) -> None:
    told = store.desk.post("/v1/purchases", {**BUY, "because": None}, store.base)
    assert codes(told) == ["local-purchase-unexplained"], "no card says that the store is base's"
    store.is_base(BRANCH)
    made = store.done(store.desk.post("/v1/purchases", BUY, store.base))
    assert made.headers["Location"] == FIRST
    assert made.json()["ticket"] is None
    second = store.done(store.desk.post("/v1/purchases", BUY, store.base))
    assert second.headers["Location"] == FIRST[:-1] + "2", "dense in the year of the store"

    before = store.accounts(RING)["store"]
    short = {**CAME, "received": 18, "fen": 68_400}
    body = {"delivery_note": "SH-7", "lines": [short]}
    assert codes(store.desk.post(f"{FIRST}/receipts", body, store.keeper)) == [
        "difference-unexplained"
    ]
    said = {**short, "difference_because": "两只破损，已告供应商"}
    store.post(f"{FIRST}/receipts", {**body, "lines": [said]})
    assert store.accounts(RING)["store"] == before + 18
    (row,) = [
        each for each in store.rows("/v1/purchases?stage=ordered") if FIRST[-4:] in each["number"]
    ]
    assert (row["lines"][0]["received"], row["lines"][0]["received_fen"]) == (18, 68_400)

    rest = {"part": RING, "announced": 2, "received": 2, "fen": 7_600}
    store.post(f"{FIRST}/receipts", {"delivery_note": "SH-9", "lines": [rest]})
    assert store.shown(FIRST)["purchase"]["stage"] == "received"
    assert store.accounts(RING) == {"supplier": -(before + 20), "store": before + 20}


def test_a_branch_buys_once_an_approver_lets_it(store: Inventory) -> None:
    approver = store.desk.staff(APPROVER, ["approver"], [BRANCH])
    bare = {name: said for name, said in BUY.items() if name != "because"}
    assert codes(store.desk.post("/v1/purchases", bare, store.keeper)) == [
        "local-purchase-unexplained"
    ]
    store.post("/v1/purchases", BUY)
    mute = store.desk.post(f"{FIRST}/approvals", {"fen": 76_000}, approver)
    assert mute.status_code == 422, "an approver says why"
    early = {"delivery_note": "SH-7", "lines": [CAME]}
    assert codes(store.desk.post(f"{FIRST}/receipts", early, store.keeper)) == ["purchase-stage"]
    store.post(f"{FIRST}/approvals", {"fen": 76_000, "because": "基地缺货"}, approver)
    store.post(f"{FIRST}/receipts", early)
    shown = store.shown(FIRST)["purchase"]
    assert (shown["decided_by"], shown["approved_because"]) == (APPROVER, "基地缺货")
    (row,) = store.rows("/v1/purchases?local=true")
    assert row["approved_because"] == "基地缺货"


def test_pieces_come_in_by_their_serials(store: Inventory) -> None:
    store.is_base(BRANCH)
    line = {"part": PUMP, "quantity": 2, "fen": 60_000}
    store.post("/v1/purchases", {**BUY, "lines": [line]}, store.base)
    came = {"part": PUMP, "announced": 2, "received": 2, "fen": 60_000, "serials": ["P-2", "P-7"]}
    told = store.desk.post(
        f"{FIRST}/receipts", {"delivery_note": "1", "lines": [came]}, store.keeper
    )
    assert "serial-known" in codes(told), "P-2 lies on the shelf"
    fresh = {**came, "serials": ["P-7", "P-8"]}
    store.post(f"{FIRST}/receipts", {"delivery_note": "1", "lines": [fresh]})
    shown = store.shown(f"/v1/stock/{BRANCH}/{PUMP}")
    assert shown["serials"]["P-8"] == "store"


def test_one_delivery_of_a_supplier_comes_in_once(store: Inventory) -> None:
    store.is_base(BRANCH)
    for _ in range(2):
        store.post("/v1/purchases", BUY, store.base)
    strange = {**BUY, "supplier": "宁波水泵厂"}
    store.post("/v1/purchases", strange, store.base)
    store.post(f"{FIRST}/receipts", {"delivery_note": "SH-7", "lines": [CAME]})
    second, third = FIRST[:-1] + "2/receipts", FIRST[:-1] + "3/receipts"
    again = {"delivery_note": "ｓｈ 7", "lines": [CAME]}
    told = store.desk.post(second, again, store.keeper)
    assert codes(told) == ["delivery-elsewhere"]
    assert told.json()["reasons"][0]["numbers"]["purchases"] == [FIRST.rpartition("/")[2]]
    store.post(third, again)
    store.post(second, {**again, "same_note_because": "两张采购单并单送货"})
    (receipt,) = store.shown(FIRST[:-1] + "2")["purchase"]["receipts"].values()
    assert (receipt["delivery_note"], receipt["same_note_because"]) == (
        "ｓｈ 7",
        "两张采购单并单送货",
    )


def test_another_branch_learns_nothing_of_it(store: Inventory) -> None:
    store.post("/v1/purchases", BUY)
    far = store.desk.staff("K-FAR", ["storekeeper", "base"], ["NB01"])
    assert store.desk.get(FIRST, far).status_code == 404
    body = {"delivery_note": "SH-7", "lines": [CAME]}
    assert store.desk.post(f"{FIRST}/receipts", body, far).status_code == 404
    elsewhere = store.desk.post("/v1/purchases", {**BUY, "branch": BRANCH}, far)
    assert elsewhere.status_code == 403


def test_a_store_that_buys_is_an_active_branch(store: Inventory) -> None:
    everywhere = store.desk.staff("B-ALL", ["base"], ["*"])
    body = {**BUY, "branch": "GZ03"}
    assert codes(store.desk.post("/v1/purchases", body, everywhere)) == ["branch-unknown"]
    shut = BranchDocument(BranchCard("GZ03", "广州", active=False))
    store.views.documents["intake", "branch-GZ03"] = shut
    assert codes(store.desk.post("/v1/purchases", body, everywhere)) == ["branch-inactive"]
