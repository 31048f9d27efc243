"""What holds over all stores: serials, units while there is stock, and stores of the register."""

from typing import Any

import pytest

from shared.events.cards import BranchCard, BranchDocument
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
