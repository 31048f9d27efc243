"""What holds over all stores: serials, units while there is stock, and stores of the register."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.inventory import serial_book
from services.inventory.ledger import Stock, moved, stores_of
from shared.events.cards import BranchCard, BranchDocument
from shared.events.inventory import Movement, Outside, StockMoved
from tests.inventory.desk import Inventory
from tests.inventory.example import BRANCH, PUMP, RING
from tests.shared.http_desk import codes


@pytest.fixture
def far(inventory: Inventory) -> str:
    """A keeper of another store."""
    inventory.stocked()
    return inventory.desk.staff("K-SH", ["storekeeper"], ["SH01"])


def enter(inventory: Inventory, keeper: str, store: str, *serials: str) -> Any:
    path = f"/v1/stock/{store}/{PUMP}/openings"
    return inventory.desk.post(path, {"quantity": len(serials), "serials": serials}, keeper)


def test_a_serial_is_in_one_store(inventory: Inventory, far: str) -> None:
    told = enter(inventory, far, "SH01", "P-9", "P-1")
    assert (told.status_code, codes(told)) == (422, ["serial-known"])
    assert told.json()["reasons"][0]["numbers"] == {"part": PUMP, "serials": ["P-1"]}
    assert inventory.done(enter(inventory, far, "SH01", "P-9")).json()["version"] == 1


def test_it_is_in_one_store_however_it_is_written(inventory: Inventory, far: str) -> None:
    told = enter(inventory, far, "SH01", "Ｐ-１\u200b")
    assert codes(told) == ["serial-known"]
    assert told.json()["reasons"][0]["numbers"] == {"part": PUMP, "serials": ["P-1"]}


@pytest.mark.parametrize("change", [{"unit": "metre"}, {"has_serials": True}])
def test_how_a_part_is_counted_stays_while_there_is_stock(
    inventory: Inventory, far: str, change: dict[str, Any]
) -> None:
    card = {"id": RING, "name": "密封圈"}
    told = inventory.desk.change(f"/v1/parts/{RING}", {**card, **change}, inventory.base)
    assert codes(told) == ["counting-in-use"]
    assert told.json()["reasons"][0]["numbers"] == {"part": RING, "stores": [BRANCH]}
    inventory.done(
        inventory.desk.change(f"/v1/parts/{RING}", {**card, "name": "圈"}, inventory.base)
    )
    bare = {"id": "NEW-1", "name": "某件"}
    inventory.done(inventory.desk.post("/v1/parts", bare, inventory.base))
    inventory.done(inventory.desk.change("/v1/parts/NEW-1", {**bare, **change}, inventory.base))


@pytest.mark.parametrize("step", ["openings", "quotas"])
def test_a_store_is_a_branch_of_the_register(inventory: Inventory, far: str, step: str) -> None:
    body = {"quantity": 3} if step == "openings" else {"quota": 3}
    role = "storekeeper" if step == "openings" else "base"
    everywhere = inventory.desk.staff("K-ALL", [role], ["*"])
    path = f"/v1/stock/GZ03/{RING}/{step}"
    told = inventory.desk.post(path, body, everywhere)
    assert (told.status_code, codes(told)) == (422, ["branch-unknown"])
    shut = BranchDocument(BranchCard("GZ03", "广州", active=False))
    inventory.desk.views.documents["intake", "branch-GZ03"] = shut
    assert codes(inventory.desk.post(path, body, everywhere)) == ["branch-inactive"]
    inventory.desk.views.documents["intake", "branch-GZ03"] = BranchDocument(
        BranchCard("GZ03", "广州")
    )
    inventory.done(inventory.desk.post(path, body, everywhere))


@pytest.fixture
def before_books(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The time when nothing was written into books of serials."""
    with monkeypatch.context() as then:
        for name in ("entered", "left"):
            then.setattr(serial_book, name, lambda *_: [])
        yield then


def test_books_know_what_was_recorded_before_them(
    inventory: Inventory, before_books: pytest.MonkeyPatch
) -> None:
    inventory.stocked()
    before_books.undo()
    far = inventory.desk.staff("K-SH", ["storekeeper"], ["SH01"])
    told = enter(inventory, far, "SH01", "P-9", "P-1")
    assert codes(told) == ["serial-known"]
    assert told.json()["reasons"][0]["numbers"]["serials"] == ["P-1"]
    inventory.done(enter(inventory, far, "SH01", "P-9"))


def test_what_was_fitted_before_there_were_books_is_not_new() -> None:
    move = StockMoved(
        store=BRANCH,
        part=PUMP,
        source="technician:T-1",
        target=Outside.INSTALLED.value,
        quantity=1,
        serials=("P-7",),
        because=Movement.USED,
        use_nature=None,
        paper=None,
    )
    came = replace(move, source=Outside.SUPPLIER.value, target="technician:T-1")
    fitted = moved(moved(Stock(), came), move)
    assert (dict(fitted.serials), set(fitted.gone), set(fitted.named)) == ({}, {"P-7"}, {"P-7"})
    home_again = moved(fitted, replace(move, source="installed", target="old_warranty"))
    assert (set(home_again.gone), set(home_again.named)) == (set[str](), {"P-7"})


def test_a_view_that_is_behind_lets_no_unit_change(
    inventory: Inventory, far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stores that have a part are those of the record."""
    monkeypatch.setattr(inventory.desk.views, "page", lambda *_: pytest.fail("a view was asked"))
    card = {"id": RING, "name": "密封圈", "unit": "metre"}
    told = inventory.desk.change(f"/v1/parts/{RING}", card, inventory.base)
    assert codes(told) == ["counting-in-use"]


def test_a_part_whose_number_ends_like_another_is_another() -> None:
    names = ["stock-HZ01:A:B", "stock-HZ01:B", "stock-SH01:B"]
    assert stores_of(lambda *_: names, "B") == ("HZ01", "SH01")
