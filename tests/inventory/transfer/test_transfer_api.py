"""调拨 over HTTP: numbers of their own, who of which branch takes which step, and both books."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.inventory.app import room
from shared.events.cards import BranchCard, BranchDocument
from tests.inventory.desk import EXAMPLES, FAR, Inventory
from tests.inventory.example import APPROVER, AT, BRANCH, LIU, NUMBER, PUMP, RELEASE, RING, signing
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import codes, web_desk

PATH = f"/v1/transfers/DB-{BRANCH}-2026-0001"
ASK = {
    "sender": FAR,
    "lines": [{"part": RING, "quantity": 4}, {"part": PUMP, "quantity": 2}],
    "because": "急修缺料",
}
SENT = [
    {"part": RING, "quantity": 4},
    {"part": PUMP, "quantity": 2, "serials": ["P-7", "P-8"]},
]
CAME = [
    {"part": RING, "received": 4},
    {"part": PUMP, "received": 2, "serials": ["P-7", "P-8"]},
]


class Stores(Inventory):
    """Two stores, each with a keeper and an approver of its own."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sender = self.desk.staff("K-NINGBO", ["storekeeper"], [FAR])
        self.far = self.desk.staff("A-NINGBO", ["approver"], [FAR])
        self.near = self.desk.staff(APPROVER, ["approver"], [BRANCH])
        self.other = self.desk.staff("K-SHANGHAI", ["storekeeper", "approver"], ["SH01"])

    def two_books(self) -> None:
        """Both stores have rings and pumps on their shelves."""
        self.stocked()
        self.post(f"/v1/stock/{FAR}/{RING}/openings", {"quantity": 5}, self.sender)
        pumps = {"quantity": 2, "serials": ["P-7", "P-8"]}
        self.post(f"/v1/stock/{FAR}/{PUMP}/openings", pumps, self.sender)

    def approved(self) -> None:
        self.post("/v1/transfers", ASK)
        self.post(f"{PATH}/approvals", {}, self.far)

    def sent(self) -> None:
        self.approved()
        self.post(f"{PATH}/sendings", self.sending(), self.sender)

    def sending(self) -> dict[str, Any]:
        return {"lines": SENT, "consignment": EXAMPLES["sendings"]["consignment"]}

    def holds(self, store: str, part: str) -> dict[str, int]:
        token = self.keeper if store == BRANCH else self.sender
        found = self.shown(f"/v1/stock/{store}/{part}", token)["accounts"]
        return {account: count for account, count in found.items() if account != "supplier"}


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    record, keys = Memory("inventory"), memory_keys()
    views = MemoryViews(record, keys)
    with web_desk(room, tmp_path, record, views=views, clock=lambda: AT) as desk:
        made = Stores(desk, views)
        made.two_books()
        yield made


def test_it_is_a_task_of_the_store_where_it_waits(stores: Stores) -> None:
    def steps(token: str) -> list[str]:
        return [row["step"] for row in stores.rows("/v1/tasks?mine=true", token)]

    stores.post("/v1/transfers", ASK)
    assert (steps(stores.far), steps(stores.near), steps(stores.other)) == (["approvals"], [], [])
    (row,) = stores.rows("/v1/tasks", stores.far)
    assert (row["branch"], "known" in row) == (FAR, False)
    stores.post(f"{PATH}/approvals", {}, stores.far)
    assert (steps(stores.far), steps(stores.sender)) == ([], ["sendings"])
    stores.post(f"{PATH}/sendings", stores.sending(), stores.sender)
    assert (steps(stores.sender), steps(stores.keeper)) == ([], ["receipts"])


def test_a_piece_travels_from_shelf_to_shelf(stores: Stores) -> None:
    made = stores.done(stores.desk.post("/v1/transfers", ASK, stores.keeper))
    assert made.headers["Location"] == PATH
    stores.post(f"{PATH}/approvals", {}, stores.far)
    stores.post(f"{PATH}/sendings", stores.sending(), stores.sender)
    assert stores.holds(FAR, RING) == {"store": 1, "transfer": 4}
    assert stores.holds(BRANCH, RING) == {"store": 10, "transfer": -4, "in_transit": 4}
    stores.post(f"{PATH}/receipts", {"lines": CAME})
    assert stores.holds(BRANCH, RING) == {"store": 14, "transfer": -4}
    shown = stores.shown(f"/v1/stock/{BRANCH}/{PUMP}")
    assert shown["serials"]["P-7"] == "store"
    assert stores.shown(PATH, stores.sender)["transfer"]["stage"] == "received"
    (row,) = stores.rows("/v1/transfers?stage=received", stores.sender)
    assert [(each["sent"], each["received"]) for each in row["lines"]] == [(4, 4), (2, 2)]


def test_each_step_is_of_the_branch_whose_turn_it_is(stores: Stores) -> None:
    stores.post("/v1/transfers", ASK)
    for token, step, body in (
        (stores.near, "approvals", {}),
        (stores.near, "refusals", {"because": "不"}),
        (stores.far, "cancellations", {"because": "不"}),
    ):
        assert stores.desk.post(f"{PATH}/{step}", body, token).status_code == 403
    stores.post(f"{PATH}/approvals", {}, stores.far)
    wrong = stores.desk.post(f"{PATH}/sendings", stores.sending(), stores.keeper)
    assert wrong.status_code == 403
    stores.post(f"{PATH}/sendings", stores.sending(), stores.sender)
    wrong = stores.desk.post(f"{PATH}/receipts", {"lines": CAME}, stores.sender)
    assert wrong.status_code == 403


def test_a_third_branch_learns_nothing_of_it(stores: Stores) -> None:
    stores.approved()
    assert stores.desk.get(PATH, stores.other).status_code == 404
    assert stores.rows("/v1/transfers", stores.other) == []
    told = stores.desk.post(f"{PATH}/receipts", {"lines": CAME}, stores.other)
    assert told.status_code == 404


def test_each_book_stays_of_its_own_branch(stores: Stores) -> None:
    """What the sender writes into the book of the receiver belongs to the receiver."""
    stores.sent()
    shelf = f"/v1/stock/{BRANCH}/{RING}"
    stores.post(f"{shelf}/quotas", {"quota": 9}, stores.base)
    assert stores.shown(shelf)["quota"] == 9
    assert stores.desk.get(shelf, stores.sender).status_code == 404
    (row,) = stores.rows(f"/v1/stock?part={RING}&account=in_transit")
    assert (row["branch"], row["quantity"]) == (BRANCH, 4)


def test_the_last_piece_goes_to_one_of_two_stores(stores: Stores) -> None:
    """Two keepers ask, both are let have them; the second parcel finds too few on the shelf."""
    stores.approved()
    stores.post("/v1/transfers", ASK)
    second = PATH[:-1] + "2"
    stores.post(f"{second}/approvals", {}, stores.far)
    stores.post(f"{PATH}/sendings", stores.sending(), stores.sender)
    told = stores.desk.post(f"{second}/sendings", stores.sending(), stores.sender)
    assert told.status_code == 422
    assert {"beyond-stock", "serial-known"} <= set(codes(told))


def test_what_is_given_up_meanwhile_is_not_sent(stores: Stores) -> None:
    """Whoever sends names the version that they saw; the request was cancelled since."""
    stores.approved()
    seen = stores.desk.get(PATH, stores.sender).headers["ETag"]
    stores.post(f"{PATH}/cancellations", {"because": "已解决"})
    sending = stores.sending()
    late = stores.desk.post(f"{PATH}/sendings", sending, stores.sender, If_Match=seen)
    assert late.status_code == 412
    told = stores.desk.post(f"{PATH}/sendings", stores.sending(), stores.sender)
    assert "transfer-stage" in codes(told)


def test_a_parcel_is_received_once(stores: Stores) -> None:
    stores.sent()
    stores.post(f"{PATH}/receipts", {"lines": CAME})
    other = stores.desk.staff("K-SECOND", ["storekeeper"], [BRANCH])
    told = stores.desk.post(f"{PATH}/receipts", {"lines": CAME}, other)
    assert "transfer-stage" in codes(told)
    assert stores.holds(BRANCH, RING) == {"store": 14, "transfer": -4}


def test_what_is_missing_stays_in_transit_until_somebody_bears_it(stores: Stores) -> None:
    stores.sent()
    short = [
        {"part": RING, "received": 4},
        {"part": PUMP, "received": 1, "serials": ["P-7"], "difference_because": "少一台"},
    ]
    stores.post(f"{PATH}/receipts", {"lines": short})
    assert stores.holds(BRANCH, PUMP)["in_transit"] == 1
    loss = {
        "part": PUMP,
        "quantity": 1,
        "how": "查无下落",
        "borne_by": "carrier",
        "fen": 30_000,
        "serials": ["P-8"],
    }
    stores.post(f"{PATH}/losses", {"loss": loss})
    number = f"{PATH.rpartition('/')[2]}-S1"
    stores.post(f"{PATH}/loss-approvals", {"number": number}, stores.near)
    assert stores.holds(BRANCH, PUMP) == {"store": 3, "transfer": -2, "difference": 1}
    assert stores.shown(PATH)["transfer"]["stage"] == "received"
    again = {"quantity": 1, "serials": ["P-8"]}
    told = stores.desk.post(f"/v1/stock/SH01/{PUMP}/openings", again, stores.other)
    assert "serial-known" in codes(told), "it was ours, and is gone"


def test_a_store_asks_an_active_branch(stores: Stores) -> None:
    told = stores.desk.post("/v1/transfers", {**ASK, "sender": "GZ03"}, stores.keeper)
    assert codes(told) == ["branch-unknown"]
    shut = BranchDocument(BranchCard("GZ03", "广州", active=False))
    stores.views.documents["intake", "branch-GZ03"] = shut
    told = stores.desk.post("/v1/transfers", {**ASK, "sender": "GZ03"}, stores.keeper)
    assert codes(told) == ["branch-inactive"]


def test_parts_go_back_to_the_store_of_their_note_and_on_by_a_transfer(stores: Stores) -> None:
    """A technician of this store is at the counter of another with a ring that is left over."""
    stores.reacted(RELEASE)
    stores.done(stores.issue({"part": RING, "quantity": 3}))
    stores.reacted(signing(7, ring=2))
    rings = {"used": 2, "unused": 1, "old_returned": 2, "fault_nature": "wear"}
    account = {"part": RING, "account": rings}
    there = {**account, "technician": LIU, "content": "5" * 64, "how": "session"}
    for note, why in ((NUMBER, "of this store"), (f"{NUMBER}0", "of none")):
        path = f"/v1/issue-notes/{note}/reconciliations"
        told = stores.desk.post(path, there, stores.sender)
        assert (told.status_code, codes(told)) == (404, ["note-not-here"]), why
    stores.done(stores.settle(account))
    one = [{"part": RING, "quantity": 1}]
    wanted = {"sender": BRANCH, "lines": one, "because": "余料就近使用"}
    path = stores.done(stores.desk.post("/v1/transfers", wanted, stores.sender)).headers["Location"]
    stores.post(f"{path}/approvals", {}, stores.near)
    consignment = EXAMPLES["sendings"]["consignment"]
    stores.post(f"{path}/sendings", {"lines": one, "consignment": consignment})
    stores.post(f"{path}/receipts", {"lines": [{"part": RING, "received": 1}]}, stores.sender)
    home = stores.holds(BRANCH, RING)
    assert (home["store"], stores.holds(FAR, RING)["store"]) == (7, 6)
    assert not any(count for account, count in home.items() if account.startswith("technician"))
