"""盘点 over HTTP: counted blindly by two, explained, decided by finance, and the shelves after."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.inventory.stocktake.sheet import count_content
from tests.inventory.desk import Inventory, inventory_desk
from tests.inventory.example import BRANCH, KEEPER, LIU, PUMP, RING
from tests.shared.http_desk import codes

FIRST = f"/v1/stocktakes/PD-{BRANCH}-2026-0001"
WHY = {"part": RING, "place": "store", "cause": "lost", "explanation": "搬架时丢了两只"}
ADJUST = {"part": RING, "place": "store", "treatment": "adjust"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Inventory]:
    """A store with two parts on its shelves."""
    with inventory_desk(tmp_path) as made:
        made.stocked()
        yield made


def test_a_month_is_counted_decided_and_posted(store: Inventory) -> None:
    money = store.desk.staff("F-QIAN", ["finance"], [BRANCH])
    made = store.desk.post("/v1/stocktakes", {"kind": "monthly", "period": "2026-11"}, store.keeper)
    assert store.done(made).headers["Location"] == FIRST
    store.post(f"{FIRST}/shelf-counts", {"part": RING, "counted": 8})
    left = store.desk.post(f"{FIRST}/witnesses", store.under(FIRST, "witnesses", {}), store.clerk)
    assert codes(left) == ["not-all-counted", "second-count-needed"], "pumps lie there too"

    (line,) = store.shown(FIRST)["lines"]
    assert (line["needs_second"], line["book"], line["counted"]) == (True, None, None)
    assert store.rows("/v1/stocktakes?stage=counting")[0]["differing"] is None

    store.post(f"{FIRST}/shelf-counts", {"part": RING, "counted": 10})
    assert store.shown(FIRST)["lines"][0]["needs_second"], "who learns that it differs says ten"
    store.post(f"{FIRST}/shelf-counts", {"part": RING, "counted": 8}, store.liu)
    pumps = {"part": PUMP, "counted": 2, "serials": ["P-1", "P-2"]}
    store.post(f"{FIRST}/shelf-counts", pumps)
    assert codes(
        store.desk.post(f"{FIRST}/witnesses", store.under(FIRST, "witnesses", {}), store.keeper)
    ) == ["own-count"]
    store.signs(FIRST, "witnesses", {}, store.clerk)
    rings = {each["part"]: each for each in store.shown(FIRST)["lines"]}[RING]
    assert (rings["book"], rings["counted"], rings["difference"]) == (10, 8, -2)

    store.signs(FIRST, "explanations", {"lines": [WHY]})
    charge = {"treatment": "charge_person", "because": "保管失职", "charged_to": "NOBODY-1"}
    told = store.desk.post(
        f"{FIRST}/difference-approvals", {"lines": [{**ADJUST, **charge}]}, money
    )
    assert codes(told) == ["person-unknown"]
    store.post(f"{FIRST}/difference-approvals", {"lines": [ADJUST]}, money)
    assert store.accounts(RING) == {"supplier": -10, "store": 8, "difference": 2}
    (row,) = store.rows("/v1/stocktakes?period=2026-11&stage=approved")
    assert (row["lines"], row["differing"], row["left"]) == (2, 1, 0)


def test_what_is_counted_again_with_the_figures_shown_is_decided_by_finance(
    store: Inventory,
) -> None:
    money = store.desk.staff("F-QIAN", ["finance"], [BRANCH])
    store.post("/v1/stocktakes", {"kind": "spot"})
    for who in (store.keeper, store.liu):
        store.post(f"{FIRST}/shelf-counts", {"part": RING, "counted": 8}, who)
    store.signs(FIRST, "witnesses", {}, store.clerk)
    ten = {"part": RING, "counted": store.shown(FIRST)["lines"][0]["book"]}
    store.post(f"{FIRST}/shelf-counts", ten)
    alone = store.desk.post(f"{FIRST}/witnesses", store.under(FIRST, "witnesses", {}), store.clerk)
    assert codes(alone) == ["second-count-needed"]
    store.post(f"{FIRST}/shelf-counts", ten, store.liu)
    store.signs(FIRST, "witnesses", {}, store.clerk)
    (line,) = store.shown(FIRST)["lines"]
    assert (line["knowing"], line["difference"]) == (True, 0)
    approve = (f"{FIRST}/difference-approvals", {"lines": [ADJUST]}, money)
    assert codes(store.desk.post(*approve)) == ["stocktake-stage"], "nobody has explained it"
    store.signs(FIRST, "explanations", {"lines": [{**WHY, "cause": "miscounted"}]})
    store.post(*approve)
    assert store.accounts(RING) == {"supplier": -10, "store": 10}
    (row,) = store.rows("/v1/stocktakes?stage=approved")
    assert (row["differing"], row["lost_fen"], row["found_fen"]) == (1, 0, 0)


def test_who_counted_signs_what_they_counted_and_no_figure_can_be_told_from_it(
    store: Inventory,
) -> None:
    store.post("/v1/stocktakes", {"kind": "spot"})
    for who in (store.keeper, store.liu):
        store.post(f"{FIRST}/shelf-counts", {"part": RING, "counted": 8}, who)
    (line,) = store.shown(FIRST)["lines"]
    assert line["signature"] is None, "a hash of a small number is soon found"
    assert line["counters"] == [KEEPER, LIU]
    store.signs(FIRST, "witnesses", {}, store.clerk)
    (line,) = store.shown(FIRST)["lines"]
    signed = line["signature"]
    assert (signed["by"], signed["role"], signed["how"]) == (LIU, "technician", "session")
    number = FIRST.rpartition("/")[2]
    assert signed["content"] == count_content(number, RING, "store", 8, ())


def test_what_moves_while_it_is_decided_stays(store: Inventory) -> None:
    store.is_base(BRANCH)
    money = store.desk.staff("F-QIAN", ["finance"], [BRANCH])
    store.post("/v1/stocktakes", {"kind": "spot"})
    for who in (store.keeper, store.liu):
        store.post(f"{FIRST}/shelf-counts", {"part": RING, "counted": 11}, who)
    store.signs(FIRST, "witnesses", {}, store.clerk)
    bought = {
        "supplier": "上海",
        "lines": [{"part": RING, "quantity": 5, "fen": 500}],
        "due_on": "2026-12-01",
    }
    store.post("/v1/purchases", bought, store.base)
    came = {"part": RING, "announced": 5, "received": 5, "fen": 500}
    receipt = {"delivery_note": "1", "lines": [came]}
    store.post(f"/v1/purchases/CG-{BRANCH}-2026-0001/receipts", receipt)
    (line,) = store.shown(FIRST)["lines"]
    assert (line["found_fen"], line["unknown"]) == (100, 0), "what it would be worth"
    store.signs(FIRST, "explanations", {"lines": [{**WHY, "cause": "unknown"}]})
    store.post(f"{FIRST}/difference-approvals", {"lines": [ADJUST]}, money)
    assert store.accounts(RING)["store"] == 16, "ten, five that came in, one that was found"
    (line,) = store.shown(FIRST)["lines"]
    assert (line["lost_fen"], line["found_fen"], line["unknown"]) == (0, 100, 0)
    (row,) = store.rows("/v1/stocktakes?stage=approved")
    assert (row["lost_fen"], row["found_fen"], row["unknown"]) == (0, 100, 0)


def test_only_the_hands_of_people_whom_we_know_are_counted(store: Inventory) -> None:
    store.post("/v1/stocktakes", {"kind": "spot"})
    for who in ("NOBODY-1", ""):
        count = {"part": RING, "counted": 1, "place": f"technician:{who}"}
        told = store.desk.post(f"{FIRST}/shelf-counts", count, store.keeper)
        assert codes(told) == ["person-unknown"]
    known = {"part": RING, "counted": 0, "place": f"technician:{LIU}"}
    store.post(f"{FIRST}/shelf-counts", known)


def test_a_month_that_has_not_begun_is_not_counted(store: Inventory) -> None:
    ahead = store.desk.post(
        "/v1/stocktakes", {"kind": "monthly", "period": "2026-12"}, store.keeper
    )
    assert codes(ahead) == ["period-not-over"]
    unnamed = store.desk.post("/v1/stocktakes", {"kind": "monthly"}, store.keeper)
    assert codes(unnamed) == ["period-unclear"]


def test_another_branch_learns_nothing_of_it(store: Inventory) -> None:
    store.post("/v1/stocktakes", {"kind": "spot"})
    far = store.desk.staff("K-FAR", ["storekeeper", "finance"], ["NB01"])
    assert store.desk.get(FIRST, far).status_code == 404
    assert (
        store.desk.post(f"{FIRST}/shelf-counts", {"part": RING, "counted": 1}, far).status_code
        == 404
    )
