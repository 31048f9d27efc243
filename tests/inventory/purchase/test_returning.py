"""退货 as stories: what came in goes back to the supplier, or was told and never came."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.inventory import purchase, serial_book
from services.inventory.ledger import Stock, moved
from services.inventory.purchase import returning
from services.inventory.purchase.receiving import ReceiveGoods
from services.inventory.purchase.returning import ReturnGoods
from services.inventory.purchase.state import Purchase
from shared.decider import Asked, Happened
from shared.events.inventory import Movement, StockMoved
from shared.events.purchases import (
    GoodsLine,
    GoodsReturned,
    PurchaseEnded,
    PurchaseStage,
    ReturnedLine,
)
from shared.events.values import Role
from tests.inventory.desk import Inventory, inventory_desk
from tests.inventory.example import (
    APPROVER,
    AT,
    BRANCH,
    KEEPER,
    PUMP,
    RING,
    SERIALS,
    opening,
    stock_stream,
)
from tests.inventory.purchase.test_purchase import (
    CAME,
    HOME,
    NUMBER,
    ORDERED,
    PUMPS_CAME,
    receipt,
    waits,
)
from tests.inventory.purchase.test_purchase import on as asked_by
from tests.inventory.purchase.test_purchase_api import BUY, FIRST
from tests.inventory.purchase.test_purchase_api import CAME as GOODS
from tests.shared.http_desk import codes
from tests.spec import given

WRONG = "型号不符"
TWO, PIECE = ReturnedLine(RING, 2, 7_600), ReturnedLine(PUMP, 1, 30_000, SERIALS[:1])
BACK = ReturnGoods((TWO, PIECE), WRONG)
ALL_HERE = (ORDERED, receipt(CAME, PUMPS_CAME))
RETURNED = GoodsReturned(f"{NUMBER}-T1", BACK.lines, WRONG, APPROVER)
SHELVES = {
    stock_stream(RING): moved(Stock(), opening(RING, 20)),
    stock_stream(PUMP): moved(Stock(), opening(PUMP, 3, SERIALS)),
}


def on(person: str, shelves: Mapping[str, Stock] = SHELVES) -> Asked:
    asked = asked_by(person, Role.APPROVER, book=dict.fromkeys(SERIALS, BRANCH))
    return replace(asked, reads={**asked.reads, **shelves})


DECIDES = on(APPROVER)


def gone(line: ReturnedLine) -> tuple[str, StockMoved]:
    move = StockMoved(
        store=BRANCH,
        part=line.part,
        source="store",
        target="supplier",
        quantity=line.quantity,
        serials=line.serials,
        because=Movement.PURCHASE,
        use_nature=None,
        paper=f"{NUMBER}-T1",
        fen=line.fen,
    )
    return stock_stream(line.part), move


def state(*facts: Any) -> Purchase:
    found = given(purchase, *facts).state
    assert isinstance(found, Purchase)
    return found


class TestReturning:
    def test_it_leaves_the_shelf_for_the_supplier_and_is_waited_for_again(self) -> None:
        told = given(purchase, *ALL_HERE).when(BACK, DECIDES)
        left = serial_book.left(BRANCH, PUMP, SERIALS[:1])
        told.then_on((HOME, RETURNED), gone(TWO), gone(PIECE), *left, waits(2, 1))
        given(purchase, *ALL_HERE, RETURNED).when(BACK, DECIDES).then()
        after = state(*ALL_HERE, RETURNED)
        assert after.stage is PurchaseStage.ORDERED
        assert (after.open_of(RING), after.open_of(PUMP)) == (2, 1)
        assert after.paid_for(RING) == 76_000 - 7_600

    def test_of_one_that_is_ended_nothing_is_waited_for(self) -> None:
        ended = (*ALL_HERE[:1], receipt(CAME), PurchaseEnded("停产", KEEPER))
        two = replace(BACK, lines=(TWO,))
        told = given(purchase, *ended).when(two, DECIDES)
        told.then_on((HOME, replace(RETURNED, lines=(TWO,))), gone(TWO), waits(0, 0))
        assert state(*ended, replace(RETURNED, lines=(TWO,))).stage is PurchaseStage.ENDED

    def test_of_one_that_is_not_all_here_the_rest_is_still_waited_for(self) -> None:
        two = replace(BACK, lines=(TWO,))
        told = given(purchase, ORDERED, receipt(CAME)).when(two, DECIDES)
        told.then_on((HOME, replace(RETURNED, lines=(TWO,))), gone(TWO), waits(2, 3))

    def test_no_more_than_came_in_and_did_not_go_back(self) -> None:
        many = replace(BACK, lines=(replace(TWO, quantity=21, fen=76_001),))
        told = given(purchase, *ALL_HERE).when(many, DECIDES)
        told.refused("beyond-received", "beyond-paid", "beyond-stock")
        rest = replace(BACK, lines=(replace(TWO, quantity=19, fen=0),), because="又退")
        told = given(purchase, *ALL_HERE, RETURNED).when(rest, DECIDES)
        told.refused_with("beyond-received", part=RING, received=18, asked=19)
        told = given(purchase, ORDERED).when(replace(BACK, lines=(PIECE,)), DECIDES)
        told.refused("beyond-received", "beyond-paid", "serials-not-bought")

    def test_its_own_pieces_that_lie_on_the_shelf(self) -> None:
        strange = replace(PIECE, serials=("P-9",))
        told = given(purchase, *ALL_HERE).when(replace(BACK, lines=(strange,)), DECIDES)
        told.refused("serials-not-bought", "serial-elsewhere", "serials-unnamed")
        bare = replace(PIECE, serials=())
        told = given(purchase, *ALL_HERE).when(replace(BACK, lines=(bare,)), DECIDES)
        told.refused("serials-needed", "serials-unnamed")
        used = {**SHELVES, stock_stream(RING): moved(Stock(), opening(RING, 1))}
        told = given(purchase, *ALL_HERE).when(BACK, on(APPROVER, used))
        told.refused("beyond-stock")

    def test_who_took_it_in_does_not_say_that_it_goes_back(self) -> None:
        took = Happened(receipt(CAME), AT, AT, KEEPER, "A-AWAY")
        for person in (KEEPER, "A-AWAY"):
            own = replace(on(person), happened={HOME: (took,)})
            told = given(purchase, *ALL_HERE).when(BACK, own)
            told.refused_with("own-goods", person=person)

    def test_all_that_is_here_is_offered(self) -> None:
        (offer,) = returning.offered(NUMBER, state(*ALL_HERE, RETURNED))
        left = tuple(sorted(set(SERIALS[1:])))
        assert offer.lines == (
            ReturnedLine(RING, 18, 68_400),
            ReturnedLine(PUMP, 2, 60_000, left),
        )
        assert list(returning.offered(NUMBER, state(ORDERED))) == []


@pytest.mark.parametrize(
    ("gone", "known"), [("supplier", False), ("installed", True), ("difference", True)]
)
def test_it_comes_again_from_the_supplier_and_not_from_a_machine(gone: str, known: bool) -> None:
    """Found after it went back, and fitted or lost since: it would be in two places."""
    stocks = {stock_stream(PUMP): Stock(gone={SERIALS[0]: gone})}
    asked = asked_by(KEEPER, Role.STOREKEEPER, book={SERIALS[0]: ""})
    asked = replace(asked, reads={**asked.reads, **stocks})
    again = GoodsLine(PUMP, 1, 1, 30_000, SERIALS[:1])
    told = given(purchase, *ALL_HERE, RETURNED).when(ReceiveGoods("SH-9", (again,)), asked)
    if known:
        told.refused_with("serial-known", part=PUMP, serials=[SERIALS[0]])
    else:
        assert (HOME, receipt(again, note="SH-9", nth=2)) in told.decision()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Inventory]:
    """A store of base with twenty rings that were bought, and two pumps."""
    with inventory_desk(tmp_path) as made:
        made.stocked()
        made.is_base(BRANCH)
        pumps = {"part": PUMP, "quantity": 2, "fen": 60_000}
        made.post("/v1/purchases", {**BUY, "lines": [*BUY["lines"], pumps]}, made.base)
        came = {**pumps, "announced": 2, "received": 2, "serials": ["P-7", "P-8"]}
        del came["quantity"]
        made.post(f"{FIRST}/receipts", {"delivery_note": "SH-7", "lines": [GOODS, came]})
        yield made


def test_what_is_wrong_goes_back_and_comes_again(store: Inventory) -> None:
    """A receipt that was told wrongly is put right in the same way: a piece may come again."""
    approver = store.desk.staff(APPROVER, ["approver"], [BRANCH])
    before = store.accounts(RING)["store"]
    lines = [
        {"part": RING, "quantity": 2, "fen": 7_600},
        {"part": PUMP, "quantity": 2, "fen": 60_000, "serials": ["P-7", "P-8"]},
    ]
    back = {"lines": lines, "because": WRONG}
    told = store.desk.post(f"{FIRST}/returns", back, store.keeper)
    assert told.status_code == 403, "what leaves the books unused an approver says"
    store.post(f"{FIRST}/returns", back, approver)
    assert store.accounts(RING)["store"] == before - 2
    (row,) = store.rows("/v1/purchases?stage=ordered")
    assert [(each["received"], each["received_fen"]) for each in row["lines"]] == [
        (18, 68_400),
        (0, 0),
    ]
    (piece,) = store.rows(f"/v1/serials/{PUMP}/P-7")
    assert (piece["account"], piece["inside"]) == ("supplier", False)
    again = {"part": PUMP, "announced": 2, "received": 2, "fen": 58_000, "serials": ["P-7", "P-9"]}
    anew = {"delivery_note": "SH-7", "lines": [again]}
    told = store.desk.post(f"{FIRST}/receipts", anew, store.keeper)
    assert codes(told) == ["delivery-received"]
    store.post(f"{FIRST}/receipts", {**anew, "same_note_because": "上次价格与序列号录错"})
    twice = {**back, "lines": [{**lines[1], "fen": 1, "serials": ["P-8", "P-9"]}]}
    told = store.desk.post(f"{FIRST}/returns", twice, approver)
    assert codes(told)[:2] == ["serials-not-bought", "serial-elsewhere"], "P-8 is not here"
    store.post(f"{FIRST}/endings", {"because": "余下不再补发"}, store.base)
    assert sum(store.accounts(RING).values()) == 0


def test_what_was_entered_for_too_much_is_worth_what_it_cost(store: Inventory) -> None:
    """Five rings for 50 yuan were entered as for 5,000: what is told anew is all that stays."""
    approver = store.desk.staff(APPROVER, ["approver"], [BRANCH])
    path = "/v1/stock/values"

    def worth() -> int:
        (row,) = (each for each in store.rows(path, store.auditor) if each["part"] == RING)
        return int(row["fen"])

    before, second = worth(), FIRST[:-1] + "2"
    line = {"part": RING, "quantity": 5, "fen": 5_000}
    store.post("/v1/purchases", {**BUY, "lines": [line]}, store.base)
    wrong = {**GOODS, "announced": 5, "received": 5, "fen": 500_000, "difference_because": "照单"}
    store.post(f"{second}/receipts", {"delivery_note": "SH-8", "lines": [wrong]})
    assert worth() == before + 500_000
    back = {"lines": [{**line, "fen": 500_000}], "because": "金额多录了两个零"}
    store.post(f"{second}/returns", back, approver)
    assert worth() == before
    anew = {"delivery_note": "SH-8", "lines": [{**wrong, "fen": 5_000}]}
    store.post(f"{second}/receipts", {**anew, "same_note_because": "金额更正"})
    assert worth() == before + 5_000


def test_what_was_given_out_cannot_go_back(store: Inventory) -> None:
    """The page says what lies on the shelf; a share of what was paid goes with it."""
    approver = store.desk.staff(APPROVER, ["approver"], [BRANCH])
    ring = {"part": RING, "quantity": 20, "fen": 76_000, "serials": []}
    pump = {"part": PUMP, "quantity": 2, "fen": 60_000, "serials": ["P-7", "P-8"]}
    assert store.shown(FIRST, approver)["returnable"] == [ring, pump]
    used = [{"part": RING, "quantity": 15}, {"part": PUMP, "quantity": 1, "serials": ["P-8"]}]
    use = {"use_nature": "internal", "lines": used, "used_by": "展厅", "because": "展会"}
    own = store.done(store.desk.post("/v1/own-uses", use, store.keeper))
    store.post(f"{own.headers['Location']}/grants", {}, approver)
    left = [
        {**ring, "quantity": 15, "fen": 57_000},
        {**pump, "quantity": 1, "fen": 30_000, "serials": ["P-7"]},
    ]
    assert store.shown(FIRST, approver)["returnable"] == left
    store.post("/v1/stocktakes", {"kind": "spot", "branch": BRANCH})
    assert store.shown(FIRST, store.keeper)["returnable"] == [], "they count"
    store.post(f"{FIRST}/returns", {"lines": left, "because": WRONG}, approver)
    assert store.accounts(RING).get("store", 0) == 0
