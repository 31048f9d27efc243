"""实发更正 over HTTP: who of which store says it, and what the books and lists say then."""

from tests.inventory.desk import FAR
from tests.inventory.example import BRANCH, PUMP, RING
from tests.inventory.replenishment import test_replenishment_api as refills
from tests.inventory.replenishment.test_replenishment_api import Refilled
from tests.inventory.replenishment.test_replenishment_api import (
    store as store,  # noqa: PLC0414 - a fixture
)
from tests.inventory.transfer.test_transfer_api import CAME, PATH, SENT, Stores
from tests.inventory.transfer.test_transfer_api import (
    stores as stores,  # noqa: PLC0414 - a fixture
)
from tests.shared.http_desk import codes

PARCEL = f"DB-{BRANCH}-2026-0001-P1"
GRANT = {"number": f"{PARCEL}-G1"}
OTHER = {
    "shipment": PARCEL,
    "lines": [{"part": PUMP, "quantity": 2, "serials": ["P-7", "P-9"]}],
    "because": "拿错一台",
}
NOTHING = {
    "shipment": PARCEL,
    "lines": [{"part": each["part"], "quantity": 0} for each in SENT],
    "because": "没有寄出",
}


def another_pump(stores: Stores) -> None:
    """A third pump is on the shelf of the sender."""
    body = {
        "supplier": "上海",
        "lines": [{"part": PUMP, "quantity": 1, "fen": 30_000}],
        "due_on": "2026-12-30",
        "because": "缺",
        "branch": FAR,
    }
    buyer = stores.desk.staff("B-FAR", ["base"], [FAR])
    path = stores.done(stores.desk.post("/v1/purchases", body, buyer)).headers["Location"]
    line = {"part": PUMP, "announced": 1, "received": 1, "fen": 30_000, "serials": ["P-9"]}
    stores.post(f"{path}/receipts", {"delivery_note": "SH-1", "lines": [line]}, stores.sender)


def test_the_receiver_counts_the_piece_that_was_packed(stores: Stores) -> None:
    another_pump(stores)
    stores.sent()
    came = [CAME[0], {**CAME[1], "serials": ["P-7", "P-9"]}]
    assert "serials-not-sent" in codes(
        stores.desk.post(f"{PATH}/receipts", {"lines": came}, stores.keeper)
    )
    stores.post(f"{PATH}/sending-corrections", OTHER, stores.sender)
    (row,) = [
        each
        for each in stores.rows("/v1/tasks?mine=true", stores.keeper)
        if each["step"] == "sending-confirmations"
    ]
    assert row["branch"] == BRANCH
    wrong = stores.desk.post(f"{PATH}/sending-confirmations", GRANT, stores.sender)
    assert wrong.status_code == 403
    stores.post(f"{PATH}/sending-confirmations", GRANT, stores.keeper)
    stores.post(f"{PATH}/receipts", {"lines": came})
    shelf = stores.shown(f"/v1/stock/{BRANCH}/{PUMP}")["serials"]
    assert (shelf.get("P-7"), shelf.get("P-8"), shelf.get("P-9")) == ("store", None, "store")
    far = stores.shown(f"/v1/stock/{FAR}/{PUMP}", stores.sender)["serials"]
    assert (far.get("P-8"), far.get("P-9")) == ("store", None)
    assert stores.rows("/v1/tasks?mine=true", stores.keeper) == []


def test_what_never_left_is_on_its_shelf_and_may_be_sent(stores: Stores) -> None:
    stores.sent()
    stores.post(f"{PATH}/sending-corrections", NOTHING, stores.sender)
    assert [row["step"] for row in stores.rows("/v1/tasks?mine=true", stores.far)] == [
        "sending-correction-approvals"
    ]
    told = stores.desk.post(f"{PATH}/sending-confirmations", GRANT, stores.keeper)
    assert set(codes(told)) == {"approver-corrects"}
    version = stores.shown(PATH, stores.far)
    assert version["transfer"]["stage"] == "sent"
    stores.post(f"{PATH}/sending-correction-approvals", GRANT, stores.far)
    assert stores.holds(FAR, RING) == {"store": 5}
    assert stores.holds(BRANCH, RING) == {"store": 10}
    (row,) = stores.rows("/v1/transfers?stage=approved", stores.sender)
    assert [each["sent"] for each in row["lines"]] == [0, 0]
    assert row["carrier"] is None
    stores.post(f"{PATH}/sendings", stores.sending(), stores.sender)
    stores.post(f"{PATH}/receipts", {"lines": CAME})
    assert stores.shown(PATH, stores.sender)["transfer"]["stage"] == "received"


def test_what_base_never_sent_is_still_to_come(store: Refilled) -> None:
    store.checked()
    store.post(f"{refills.PATH}/sendings", refills.SEND, store.sender)
    number = f"{refills.NUMBER}-P1"
    wrong = {"shipment": number, "lines": [{"part": RING, "quantity": 0}], "because": "没有寄出"}
    assert store.low() == (10, 3, 1, 0)
    store.post(f"{refills.PATH}/sending-corrections", wrong, store.sender)
    grant = {"number": f"{number}-G1"}
    store.post(f"{refills.PATH}/sending-correction-approvals", grant, store.manager)
    assert store.low() == (10, 0, 4, 0)
    (row,) = store.rows("/v1/replenishments?stage=checked")
    assert [each["sent"] for each in row["lines"]] == [0]
    rest = {**refills.SEND, "lines": [{"part": RING, "quantity": 4}]}
    store.post(f"{refills.PATH}/sendings", rest, store.sender)
    second = {"shipment": f"{refills.NUMBER}-P2", "lines": [{"part": RING, "received": 4}]}
    store.signs(refills.PATH, "receipts", second)
    assert store.shown(refills.PATH)["replenishment"]["stage"] == "received"


def test_one_more_was_packed_than_is_booked(store: Refilled) -> None:
    store.checked()
    store.post(f"{refills.PATH}/sendings", refills.SEND, store.sender)
    number = f"{refills.NUMBER}-P1"
    more = {"shipment": number, "lines": [{"part": RING, "quantity": 4}], "because": "装了四只"}
    store.post(f"{refills.PATH}/sending-corrections", more, store.sender)
    store.post(f"{refills.PATH}/sending-confirmations", {"number": f"{number}-G1"})
    came = {"shipment": number, "lines": [{"part": RING, "received": 4}]}
    store.signs(refills.PATH, "receipts", came)
    assert store.rows(f"/v1/stock/low?part={RING}&low=true") == [], "it has all fourteen"
