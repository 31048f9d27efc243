"""补库 over HTTP: the figures of the books, who of which branch takes which step, and lateness."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.inventory.app import room
from services.inventory.refill_draft import DraftRefill
from services.inventory.replenishment.asking import NoteLateness
from shared.decider import Asked
from tests.inventory.desk import FAR, Inventory
from tests.inventory.example import APPROVER, AT, BRANCH, PUMP, RING
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import web_desk

NUMBER = f"BK-{BRANCH}-2026-0001"
PATH = f"/v1/replenishments/{NUMBER}"
SHELF = f"/v1/stock/{BRANCH}/{RING}"
MONDAY = "周五停电"
ASK = {"lines": [{"part": RING, "asked": 4}], "because": MONDAY}
CHECK = {"base": FAR, "lines": [{"part": RING, "agreed": 4}]}
TRAVELS = {
    "carrier": "顺丰",
    "parcel_no": "SF7",
    "sent_at": AT.isoformat(),
    "expected_at": AT.isoformat(),
}
SEND = {"lines": [{"part": RING, "quantity": 3, "short_because": "缺一只"}], "consignment": TRAVELS}
RECEIVE = {"shipment": f"{NUMBER}-P1", "lines": [{"part": RING, "received": 3}]}


class Refilled(Inventory):
    """A store with ten rings and a quota of fourteen, and base in another branch."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.checker = self.desk.staff("B-LIMING", ["base"], [BRANCH, FAR])
        self.sender = self.desk.staff("K-BASE", ["storekeeper"], [FAR])
        self.manager = self.desk.staff("G-ZHOU", ["general_manager"], ["*"])
        self.near = self.desk.staff(APPROVER, ["approver"], [BRANCH])

    def begun(self) -> None:
        self.stocked()
        self.post(f"/v1/stock/{FAR}/{RING}/openings", {"quantity": 20}, self.sender)
        self.post(f"{SHELF}/quotas", {"quota": 14}, self.base)

    def checked(self) -> None:
        self.post("/v1/replenishments", ASK)
        self.post(f"{PATH}/checks", CHECK, self.checker)

    def low(self) -> Any:
        (row,) = self.rows(f"/v1/stock/low?part={RING}&low=true")
        return row["on_hand"], row["in_transit"], row["to_ask"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Refilled]:
    record, keys = Memory("inventory"), memory_keys()
    views = MemoryViews(record, keys)
    with web_desk(room, tmp_path, record, views=views, clock=lambda: AT) as desk:
        made = Refilled(desk, views)
        made.begun()
        yield made


def codes(told: Any) -> list[str]:
    return [each["code"] for each in told.json()["reasons"]]


def test_a_store_is_filled_up_to_its_quota(store: Refilled) -> None:
    assert store.low() == (10, 0, 4)
    made = store.done(store.desk.post("/v1/replenishments", ASK, store.keeper))
    assert made.headers["Location"] == PATH
    store.post(f"{PATH}/checks", CHECK, store.checker)
    store.post(f"{PATH}/sendings", SEND, store.sender)
    assert store.low() == (10, 3, 1)
    store.post(f"{PATH}/receipts", RECEIVE)
    assert store.low() == (13, 0, 1)
    rest = {**SEND, "lines": [{"part": RING, "quantity": 1}]}
    store.post(f"{PATH}/sendings", rest, store.sender)
    one = {"shipment": f"{NUMBER}-P2", "lines": [{"part": RING, "received": 1}]}
    store.post(f"{PATH}/receipts", one)
    shown = store.shown(PATH, store.sender)["replenishment"]
    assert (
        (shown["stage"], shown["lacking"]) == ("received", {RING: 0})
        if "lacking" in shown
        else True
    )
    (row,) = store.rows("/v1/replenishments?stage=received")
    assert [(each["agreed"], each["sent"], each["received"]) for each in row["lines"]] == [
        (4, 4, 4)
    ]
    assert store.rows(f"/v1/stock/low?part={RING}&low=true") == []


def test_the_figures_are_those_of_the_books(store: Refilled) -> None:
    other = {**ASK, "lines": [{"part": RING, "asked": 6}]}
    assert codes(store.desk.post("/v1/replenishments", other, store.keeper)) == [
        "figure-unexplained"
    ]
    bare = {"lines": ASK["lines"]}
    told = store.desk.post("/v1/replenishments", bare, store.keeper)
    assert codes(told) == ["outside-the-day"], "it is a Monday"


def test_one_open_request_a_day(store: Refilled) -> None:
    """Two keepers ask on one day: the second one waits until base has checked the first."""
    store.post("/v1/replenishments", ASK)
    pumps = {**ASK, "lines": [{"part": PUMP, "asked": 1, "because": "备用"}]}
    second = store.desk.staff("K-SECOND", ["storekeeper"], [BRANCH])
    assert codes(store.desk.post("/v1/replenishments", pumps, second)) == ["request-open"]
    store.post(f"{PATH}/checks", CHECK, store.checker)
    again = {**ASK, "lines": [{"part": RING, "asked": 4}]}
    told = store.desk.post("/v1/replenishments", again, second)
    assert codes(told) == ["figure-unexplained"], "four are on order: nothing is lacking"
    store.post("/v1/replenishments", pumps, second)


def test_each_step_is_of_the_branch_whose_turn_it_is(store: Refilled) -> None:
    store.post("/v1/replenishments", ASK)
    far_alone = store.desk.staff("B-FAR", ["base"], [FAR])
    assert store.desk.post(f"{PATH}/checks", CHECK, far_alone).status_code == 404
    near_alone = store.desk.staff("B-NEAR", ["base"], [BRANCH])
    assert store.desk.post(f"{PATH}/checks", CHECK, near_alone).status_code == 403
    store.post(f"{PATH}/checks", CHECK, store.checker)
    assert store.desk.post(f"{PATH}/sendings", SEND, store.keeper).status_code == 403
    store.post(f"{PATH}/sendings", SEND, store.sender)
    assert store.desk.post(f"{PATH}/receipts", RECEIVE, store.sender).status_code == 403
    other = store.desk.staff("K-FAR", ["storekeeper"], ["SH01"])
    assert store.desk.get(PATH, other).status_code == 404
    assert store.rows("/v1/replenishments", other) == []


def test_what_is_missing_is_found_or_borne(store: Refilled) -> None:
    store.checked()
    store.post(f"{PATH}/sendings", SEND, store.sender)
    line = {"part": RING, "received": 1, "difference_because": "少两只"}
    store.post(f"{PATH}/receipts", {**RECEIVE, "lines": [line]})
    found = {"lines": [{"part": RING, "quantity": 1}], "because": "在车上"}
    store.post(f"{PATH}/findings", {**found, "shipment": f"{NUMBER}-P1"})
    loss = {"part": RING, "quantity": 1, "how": "无下落", "borne_by": "sender", "fen": 0}
    store.post(f"{PATH}/losses", {"shipment": f"{NUMBER}-P1", "loss": loss})
    store.post(f"{PATH}/loss-approvals", {"number": f"{NUMBER}-P1-S1"}, store.near)
    assert store.accounts(RING)["store"] == 12
    assert store.accounts(RING)["difference"] == 1
    (row,) = store.rows("/v1/replenishments?stage=checked")
    assert [(each["received"], each["lost"]) for each in row["lines"]] == [(2, 1)]


def test_lateness_stands_against_base_until_it_is_accepted(store: Refilled) -> None:
    store.checked()
    due = store.rows("/v1/replenishments")[0]["due_at"]
    timer = Asked(f"replenishment-{NUMBER}", "timer:late-refill", frozenset(), AT, BRANCH)
    store.decided(room, NoteLateness(datetime.fromisoformat(due)), timer)
    (row,) = store.rows("/v1/replenishments?late=true")
    assert row["number"] == NUMBER
    accept = {"because": "供应商停产"}
    told = store.desk.post(f"{PATH}/lateness-approvals", accept, store.near)
    assert codes(told) == ["role"]
    store.post(f"{PATH}/lateness-approvals", accept, store.manager)
    assert store.rows("/v1/replenishments?late=true") == []


def test_what_the_calendar_drafts_is_listed(store: Refilled) -> None:
    home = f"stock-{BRANCH}:{RING}"
    timer = Asked(home, "timer:draft-refill", frozenset(), AT, BRANCH)
    store.decided(room, DraftRefill(BRANCH, RING, AT.date()), timer)
    (row,) = store.rows("/v1/refill-drafts")
    assert (row["part"], row["lacking"], row["on_hand"]) == (RING, 4, 10)
