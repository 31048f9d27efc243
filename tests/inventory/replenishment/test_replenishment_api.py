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
from shared.events.cards import BranchCard, BranchDocument
from tests.inventory.desk import FAR, Inventory
from tests.inventory.example import APPROVER, AT, BRANCH, PUMP, RING
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import codes, web_desk

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
        return row["on_hand"], row["in_transit"], row["on_order"], row["to_ask"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Refilled]:
    record, keys = Memory("inventory"), memory_keys()
    views = MemoryViews(record, keys)
    with web_desk(room, tmp_path, record, views=views, clock=lambda: AT) as desk:
        made = Refilled(desk, views)
        made.begun()
        yield made


def test_a_store_is_filled_up_to_its_quota(store: Refilled) -> None:
    assert store.low() == (10, 0, 0, 4)
    made = store.done(store.desk.post("/v1/replenishments", ASK, store.keeper))
    assert made.headers["Location"] == PATH
    assert store.low() == (10, 0, 4, 0)
    store.post(f"{PATH}/checks", CHECK, store.checker)
    store.post(f"{PATH}/sendings", SEND, store.sender)
    assert store.low() == (10, 3, 1, 0)
    store.signs(PATH, "receipts", RECEIVE)
    assert store.low() == (13, 0, 1, 0)
    rest = {**SEND, "lines": [{"part": RING, "quantity": 1}]}
    store.post(f"{PATH}/sendings", rest, store.sender)
    one = {"shipment": f"{NUMBER}-P2", "lines": [{"part": RING, "received": 1}]}
    store.signs(PATH, "receipts", one)
    shown = store.shown(PATH, store.sender)
    assert (shown["replenishment"]["stage"], shown["lacking"]) == ("received", {RING: 0})
    (row,) = store.rows("/v1/replenishments?stage=received")
    assert [(each["agreed"], each["sent"], each["received"]) for each in row["lines"]] == [
        (4, 4, 4)
    ]
    assert store.rows(f"/v1/stock/low?part={RING}&low=true") == []


def test_base_sends_from_a_store_that_its_card_says_is_base_s(store: Refilled) -> None:
    branch = BranchDocument(BranchCard(FAR, "宁波"))
    store.views.documents["intake", f"branch-{FAR}"] = branch
    store.post("/v1/replenishments", ASK)
    told = store.desk.post(f"{PATH}/checks", CHECK, store.checker)
    assert codes(told) == ["not-base"]
    (mend,) = told.json()["reasons"]
    assert mend["numbers"] == {"store": FAR}
    store.is_base(FAR)
    store.post(f"{PATH}/checks", CHECK, store.checker)


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
    assert (
        store.desk.post(
            f"{PATH}/receipts", store.under(PATH, "receipts", RECEIVE), store.sender
        ).status_code
        == 403
    )
    other = store.desk.staff("K-FAR", ["storekeeper"], ["SH01"])
    assert store.desk.get(PATH, other).status_code == 404
    assert store.rows("/v1/replenishments", other) == []


def test_nobody_of_base_says_what_came_of_what_base_sent(store: Refilled) -> None:
    """Also not at the store that asked, to which they belong so as to check its requests."""
    store.checked()
    store.post(f"{PATH}/sendings", SEND, store.sender)
    for step in ("receipts", "findings", "losses"):
        told = store.desk.post(f"{PATH}/{step}", {}, store.checker)
        assert (told.status_code, codes(told)) == (403, ["role"])


def test_what_is_missing_is_found_or_borne(store: Refilled) -> None:
    store.checked()
    store.post(f"{PATH}/sendings", SEND, store.sender)
    line = {"part": RING, "received": 1, "difference_because": "少两只"}
    store.signs(PATH, "receipts", {**RECEIVE, "lines": [line]})
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


FOR_IT = {"request": NUMBER, "part": RING, "quantity": 3}
BUY = {
    "supplier": "上海密封件厂",
    "lines": [{"part": RING, "quantity": 5, "fen": 19_000}],
    "due_on": "2026-11-27",
    "serves": [FOR_IT],
}
HERE, THERE = f"CG-{BRANCH}-2026-0001", f"CG-{FAR}-2026-0001"


def came(store: Refilled, number: str, note: str, count: int, token: str, **more: str) -> Any:
    """So many rings of a purchase came with a delivery note."""
    line = {"part": RING, "announced": count, "received": count, "fen": 3_800 * count}
    body = {"delivery_note": note, "lines": [line]}
    return store.desk.post(f"/v1/purchases/{number}/receipts", body, token, **more)


def test_what_base_lacks_it_buys_for_the_request(store: Refilled) -> None:
    store.checked()
    more = store.desk.post("/v1/purchases", {**BUY, "branch": BRANCH}, store.checker)
    assert codes(more) == ["local-purchase-unexplained", "request-bought-by-base"]
    three = {**BUY, "lines": [{"part": RING, "quantity": 3, "fen": 11_400}]}
    store.post("/v1/purchases", {**three, "branch": BRANCH}, store.checker)
    shown = store.shown(PATH, store.sender)
    assert (shown["lacking"], shown["to_send"], shown["to_buy"]) == (
        {RING: 4},
        {RING: 1},
        {RING: 1},
    )
    (low,) = store.rows(f"/v1/stock/low?part={RING}")
    waits = {each["paper"]: each["quantity"] for each in low["waits"]}
    assert (low["on_order"], waits) == (4, {NUMBER: 1, HERE: 3})
    assert codes(store.desk.post(f"{PATH}/sendings", SEND, store.sender)) == ["beyond-let-go"]
    store.done(came(store, HERE, "SH-1", 3, store.keeper))
    (row,) = store.rows("/v1/replenishments")
    assert row["within"] == "P7D"
    assert [(e["bought"], e["arrived"], e["sent"]) for e in row["lines"]] == [(3, 3, 0)]
    assert [(e["number"], e["store"]) for e in row["purchases"]] == [(HERE, BRANCH)]
    one = {**SEND, "lines": [{"part": RING, "quantity": 1}]}
    store.post(f"{PATH}/sendings", one, store.sender)
    receipt = {**RECEIVE, "lines": [{"part": RING, "received": 1}]}
    store.signs(PATH, "receipts", receipt)
    (row,) = store.rows("/v1/replenishments?stage=received")
    assert row["number"] == NUMBER
    (low,) = store.rows(f"/v1/stock/low?part={RING}&low=false")
    assert (low["on_hand"], low["on_order"], low["to_ask"]) == (14, 0, 0)


def test_or_it_comes_in_at_base_which_sends_it(store: Refilled) -> None:
    store.checked()
    four = {**BUY, "serves": [{**FOR_IT, "quantity": 4}]}
    store.post("/v1/purchases", {**four, "branch": FAR}, store.checker)
    again = store.desk.post("/v1/purchases", {**four, "branch": FAR}, store.checker)
    assert codes(again) == ["beyond-lacking"], "it is bought once"
    (low,) = store.rows(f"/v1/stock/low?part={RING}")
    assert (low["on_order"], low["to_ask"]) == (4, 0), "the request waits for them, once"
    store.done(came(store, THERE, "SH-1", 5, store.sender))
    four_sent = {**SEND, "lines": [{"part": RING, "quantity": 4}]}
    store.post(f"{PATH}/sendings", four_sent, store.sender)
    (low,) = store.rows(f"/v1/stock/low?part={RING}")
    assert (low["in_transit"], low["on_order"], low["to_ask"]) == (4, 0, 0)
    (row,) = store.rows("/v1/purchases", store.sender)
    assert row["serves"] == four["serves"]


def test_who_is_not_of_the_request_learns_nothing_of_it(store: Refilled) -> None:
    store.checked()
    elsewhere = store.desk.staff("B-WEST", ["base"], ["SH01"])
    store.is_base("SH01")
    told = store.desk.post("/v1/purchases", {**BUY, "branch": "SH01"}, elsewhere)
    assert codes(told) == ["refill-unknown"]
    unknown = {**BUY, "serves": [{**FOR_IT, "request": f"BK-{BRANCH}-2026-0009"}]}
    told = store.desk.post("/v1/purchases", {**unknown, "branch": "SH01"}, elsewhere)
    assert codes(told) == ["refill-unknown"]


def test_a_delivery_is_counted_once_by_whichever_keeper_comes_first(store: Refilled) -> None:
    """Two keepers count one delivery at once: one of them is told, and nothing is twice."""
    local = {name: said for name, said in BUY.items() if name != "serves"}
    store.post("/v1/purchases", {**local, "because": "急修缺料"})
    store.post(f"/v1/purchases/{HERE}/approvals", {"fen": 19_000, "because": "缺"}, store.near)
    second = store.desk.staff("K-SECOND", ["storekeeper"], [BRANCH])
    seen = store.desk.get(f"/v1/purchases/{HERE}", store.keeper).headers["ETag"]
    store.done(came(store, HERE, "SH-1", 3, store.keeper, If_Match=seen))
    late = came(store, HERE, "SH-1", 2, second, If_Match=seen)
    assert late.status_code == 412
    assert codes(came(store, HERE, "SH-1", 2, second)) == ["delivery-received"]
    same = store.done(came(store, HERE, "SH-1", 3, second))
    assert same.json()["facts"] == []
    assert store.accounts(RING)["store"] == 13


def test_what_a_branch_buys_by_itself_is_on_order_once_it_may(store: Refilled) -> None:
    local = {name: said for name, said in BUY.items() if name != "serves"}
    store.post("/v1/purchases", {**local, "because": "急修缺料"})
    assert store.low() == (10, 0, 0, 4), "nobody let it yet"
    store.post(f"/v1/purchases/{HERE}/approvals", {"fen": 19_000, "because": "缺"}, store.near)
    assert store.low() == (10, 0, 5, 0)
    told = store.desk.post("/v1/replenishments", ASK, store.keeper)
    assert codes(told) == ["figure-unexplained"], "five are on order: nothing is lacking"
    store.post(f"/v1/purchases/{HERE}/endings", {"because": "供应商停产"})
    assert store.low() == (10, 0, 0, 4)
    store.post("/v1/replenishments", ASK)


def test_what_the_calendar_drafts_is_listed(store: Refilled) -> None:
    home = f"stock-{BRANCH}:{RING}"
    timer = Asked(home, "timer:draft-refill", frozenset(), AT, BRANCH)
    store.decided(room, DraftRefill(BRANCH, RING, AT.date()), timer)
    (row,) = store.rows("/v1/refill-drafts")
    assert (row["part"], row["lacking"], row["on_hand"]) == (RING, 4, 10)
