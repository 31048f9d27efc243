"""实发更正 over HTTP: who says what was handed out, and what the books say then."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from tests.inventory.desk import FAR, PATH, Inventory
from tests.inventory.example import APPROVER, BRANCH, NUMBER, PUMP, RING, signing
from tests.shared.http_desk import codes

ASKS, GRANTS = f"{PATH}/corrections", f"{PATH}/correction-approvals"
G1 = {"number": f"{NUMBER}-G1"}
P2 = {"part": PUMP, "handed": {"quantity": 1, "serials": ["P-2"]}, "because": "扫错了"}


@pytest.fixture
def out(inventory: Inventory) -> Inventory:
    """By the books P-1 is in the technician's hands, and P-2 on the shelf."""
    inventory.issued()
    return inventory


@pytest.fixture
def near(out: Inventory) -> str:
    return out.desk.staff(APPROVER, ["approver"], [BRANCH])


def accounts(inventory: Inventory) -> Mapping[str, Any]:
    """In which account of the store each pump is."""
    stock = f"/v1/stock/{BRANCH}/{PUMP}"
    found: Mapping[str, Any] = inventory.shown(stock, inventory.auditor)["serials"]
    return found


def test_the_keeper_says_it_and_the_technician_says_the_same(out: Inventory) -> None:
    out.post(ASKS, P2)
    out.post(GRANTS, G1, out.liu)
    shown = out.shown(PATH)["note"]
    (line,) = (each for each in shown["lines"] if each["part"] == PUMP)
    assert line["issued"]["serials"] == ["P-2"]
    assert accounts(out) == {"P-1": "store", "P-2": "technician:T-LIUYANG"}


def test_whoever_saw_the_note_before_it_was_corrected_is_told_so(out: Inventory) -> None:
    """Two keepers have it on their screens; one of them was first."""
    seen = out.desk.get(PATH, out.keeper).headers["ETag"]
    ask = partial(out.desk.post, ASKS, token=out.keeper, If_Match=seen)
    out.done(ask(P2))
    other = {**P2, "handed": {"quantity": 0}, "because": "没有发"}
    assert ask(other).status_code == 412
    assert accounts(out)["P-1"] == "technician:T-LIUYANG"


def test_another_technician_confirms_nothing(out: Inventory) -> None:
    out.post(ASKS, P2)
    other = out.desk.staff("T-OTHER", ["technician"], [BRANCH])
    told = out.desk.post(GRANTS, G1, other)
    assert not told.is_success
    assert accounts(out)["P-1"] == "technician:T-LIUYANG"


def test_a_technician_decides_no_account(out: Inventory) -> None:
    out.reacted(signing(7, ring=2))
    rings = {"used": 2, "unused": 1, "old_returned": 2, "fault_nature": "wear"}
    out.done(out.settle({"part": RING, "account": rings}))
    out.reacted(signing(8, "8" * 64, ring=3))
    more = {"used": 3, "unused": 0, "old_returned": 3, "fault_nature": "wear"}
    out.post(ASKS, {"part": RING, "account": more, "because": "用了三只"})
    told = codes(out.desk.post(GRANTS, G1, out.liu))
    assert "approver-corrects" in told


def test_a_piece_of_another_store_is_in_one_place(out: Inventory, near: str) -> None:
    far = out.desk.staff("K-NB", ["storekeeper"], [FAR])
    opening = {"quantity": 1, "serials": ["P-9"]}
    out.done(out.desk.post(f"/v1/stock/{FAR}/{PUMP}/openings", opening, far))
    out.post(ASKS, {**P2, "handed": {"quantity": 1, "serials": ["P-9"]}})
    told = out.desk.post(GRANTS, G1, near)
    assert codes(told) == ["serial-booked-elsewhere"]
    assert told.json()["reasons"][0]["numbers"]["accounts"] == [FAR]


class TestWaysOut:
    """错在别处: a serial that was typed wrongly when it came in is put right by a count."""

    def counted(self, inventory: Inventory, *serials: str) -> None:
        """A spot count of the pumps; each is named as its plate says, and finance decides."""
        money = inventory.desk.staff("F-QIAN", ["finance"], [BRANCH])
        place = {"part": PUMP, "place": "store"}
        made = inventory.done(
            inventory.desk.post("/v1/stocktakes", {"kind": "spot"}, inventory.keeper)
        )
        path = made.headers["Location"]
        count = {**place, "counted": len(serials), "serials": serials}
        for who in (inventory.keeper, inventory.liu):
            inventory.post(f"{path}/shelf-counts", count, who)
        inventory.signs(path, "witnesses", {}, inventory.clerk)
        why = {**place, "cause": "miscounted", "explanation": "入库时抄错号"}
        inventory.signs(path, "explanations", {"lines": [why]})
        adjust = {"lines": [{**place, "treatment": "adjust"}]}
        inventory.post(f"{path}/difference-approvals", adjust, money)

    def test_before_it_leaves_the_shelf_is_counted(self, inventory: Inventory) -> None:
        """Typed P-1; the plate says P-8."""
        inventory.released()
        told = inventory.issue({"part": PUMP, "quantity": 1, "serials": ["P-8"]})
        assert "serial-elsewhere" in codes(told)
        self.counted(inventory, "P-8", "P-2")
        inventory.done(inventory.issue({"part": PUMP, "quantity": 1, "serials": ["P-8"]}))
        assert accounts(inventory) == {"P-2": "store", "P-8": "technician:T-LIUYANG"}

    def test_once_it_has_left_the_note_is_corrected_and_the_shelf_counted(
        self, out: Inventory, near: str
    ) -> None:
        """It left as P-1, as it was typed when it came in; there is no piece with that plate."""
        out.post(ASKS, {**P2, "handed": {"quantity": 1, "serials": ["P-8"]}})
        assert codes(out.desk.post(GRANTS, G1, out.liu)) == ["approver-corrects"]
        out.post(GRANTS, G1, near)
        self.counted(out, "P-2")
        assert accounts(out) == {"P-2": "store", "P-8": "technician:T-LIUYANG"}
        held = out.shown(f"/v1/stock/{BRANCH}/{PUMP}", out.auditor)["accounts"]
        assert held == {"supplier": -2, "store": 1, "technician:T-LIUYANG": 1}

    def test_once_all_is_signed_and_closed_the_shelf_is_counted(self, out: Inventory) -> None:
        """P-1 is signed for and settled; it lies on the shelf, and P-2 is in the machine."""
        out.reacted(signing(7, pump=1))
        pump = {"used": 1, "unused": 0, "old_returned": 1, "fault_nature": "wear"}
        named = {"new_serials": ["P-1"], "old_serials": ["OLD-7"]}
        out.done(out.settle({"part": PUMP, "account": {**pump, **named}}))
        self.counted(out, "P-1")
        assert accounts(out) == {"P-1": "store", "OLD-7": "old_warranty"}
        held = out.shown(f"/v1/stock/{BRANCH}/{PUMP}", out.auditor)["accounts"]
        assert held["store"] == 1
