"""采购与入库 as stories: what is ordered, who lets a branch buy, and what comes in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.inventory import on_order, purchase, serial_book
from services.inventory.ledger import Stock
from services.inventory.on_order import OnOrder
from services.inventory.purchase import receiving
from services.inventory.purchase.asking import (
    ApproveLocalPurchase,
    AskPurchase,
    EndPurchase,
    RefuseLocalPurchase,
)
from services.inventory.purchase.receiving import ReceiveGoods
from services.inventory.purchase.state import Purchase
from shared.decider import Asked, Happened
from shared.events.inventory import Movement, StockMoved
from shared.events.purchases import (
    GoodsLine,
    GoodsReceived,
    LocalPurchaseApproved,
    LocalPurchaseRefused,
    PurchaseAsked,
    PurchaseEnded,
    PurchaseLine,
    PurchaseStage,
)
from shared.events.replenishments import OnOrderSet, OpenPieces
from shared.events.values import Role
from tests.inventory.example import (
    APPROVER,
    AT,
    BRANCH,
    CARDS,
    KEEPER,
    PUMP,
    RING,
    SERIALS,
    by,
    stock_stream,
)
from tests.spec import given

NUMBER = f"CG-{BRANCH}-2026-0001"
HOME = f"purchase-{NUMBER}"
BASE = "B-LIMING"
RINGS, PUMPS = PurchaseLine(RING, 20, 76_000), PurchaseLine(PUMP, 3, 90_000)
ASK = AskPurchase(BRANCH, "上海密封件厂", (RINGS, PUMPS), date(2026, 11, 30), "急修缺料")
ASKED = PurchaseAsked(
    number=NUMBER,
    store=BRANCH,
    supplier="上海密封件厂",
    lines=(RINGS, PUMPS),
    is_local=True,
    because="急修缺料",
    due_on=date(2026, 11, 30),
    asked_by=KEEPER,
)
ORDERED = replace(ASKED, is_local=False, because=None, asked_by=BASE)
WHY = "基地缺货，急修等用"
APPROVED = LocalPurchaseApproved(166_000, APPROVER, WHY)
REFUSED = LocalPurchaseRefused("基地有货", APPROVER)
CAME = GoodsLine(RING, 20, 20, 76_000)
PUMPS_CAME = GoodsLine(PUMP, 3, 3, 90_000, SERIALS)
RECEIVE = ReceiveGoods("SH-7", (CAME, PUMPS_CAME))
STRANGE = "X-1"


def on(
    person: str,
    *roles: Role,
    cards: Mapping[str, Any] = CARDS,
    book: Mapping[str, str] | None = None,
) -> Asked:
    """Asked of the purchase, with the catalogue, the shelves and the book of serials."""
    reads: dict[str, Any] = {f"part-{part}": cards.get(part) for part in (RING, PUMP, STRANGE)}
    reads |= {stock_stream(part): Stock() for part in (RING, PUMP, STRANGE)}
    books = {PUMP: serial_book.SerialBook(book or {}), RING: serial_book.initial}
    reads |= {serial_book.stream_of(part): each for part, each in books.items()}
    reads[on_order.stream_of(BRANCH)] = OnOrder()
    return by(person, *roles, home=HOME, reads=reads)


KEEPS = on(KEEPER, Role.STOREKEEPER)
BUYS = on(BASE, Role.BASE)
DECIDES = on(APPROVER, Role.APPROVER)


def waits(rings: int, pumps: int) -> tuple[str, OnOrderSet]:
    lines = (OpenPieces(RING, rings), OpenPieces(PUMP, pumps))
    return on_order.stream_of(BRANCH), OnOrderSet(BRANCH, NUMBER, lines)


class TestAsking:
    def test_base_orders_and_a_branch_asks_with_a_reason(self) -> None:
        own = replace(ASK, because=None, at_base=True)
        told = given(purchase).when(own, BUYS)
        told.then_on((HOME, ORDERED), waits(20, 3))
        told = given(purchase).when(own, on(BASE, Role.BASE, Role.STOREKEEPER))
        told.then_on((HOME, ORDERED), waits(20, 3))
        told = given(purchase).when(own, KEEPS)
        told.refused_with("local-purchase-unexplained", store=BRANCH)
        given(purchase).when(ASK, KEEPS).then(ASKED)
        told = given(purchase).when(replace(ASK, because=None), KEEPS)
        told.refused_with("local-purchase-unexplained", store=BRANCH)

    @pytest.mark.parametrize("roles", [(Role.BASE,), (Role.STOREKEEPER, Role.BASE)])
    def test_for_the_store_of_a_branch_nobody_orders_alone(self, roles: Sequence[Role]) -> None:
        both = on(KEEPER, *roles)
        given(purchase).when(ASK, both).then(ASKED)
        told = given(purchase).when(replace(ASK, because=None), both)
        told.refused_with("local-purchase-unexplained", store=BRANCH)

    def test_a_number_is_of_one_purchase(self) -> None:
        given(purchase, ASKED).when(ASK, KEEPS).then()
        told = given(purchase, ASKED).when(replace(ASK, supplier="别家"), KEEPS)
        told.refused_with("number-taken", number=NUMBER)

    def test_of_parts_in_the_catalogue_each_on_one_line(self) -> None:
        unknown = replace(ASK, lines=(RINGS, RINGS, PurchaseLine(STRANGE, 1, 100)))
        given(purchase).when(unknown, KEEPS).refused("part-twice", "part-unknown")
        gone = {**CARDS, RING: replace(CARDS[RING], active=False)}
        given(purchase).when(ASK, on(KEEPER, cards=gone)).refused("part-inactive")
        given(purchase).when(replace(ASK, lines=()), KEEPS).refused("no-lines")

    def test_it_is_due_on_the_day_it_is_asked_for_or_later(self) -> None:
        same, over = replace(ASK, on=ASK.due_on), replace(ASK, on=date(2026, 12, 1))
        given(purchase).when(same, KEEPS).then(ASKED)
        told = given(purchase).when(over, KEEPS)
        told.refused_with("due-day-over", due_on="2026-11-30", today="2026-12-01")
        given(purchase, ASKED).when(over, KEEPS).then()


class TestDeciding:
    def test_an_approver_lets_a_branch_buy_for_the_sum_they_saw(self) -> None:
        wanted = ApproveLocalPurchase(166_000, WHY)
        told = given(purchase, ASKED).when(wanted, DECIDES)
        told.then_on((HOME, APPROVED), waits(20, 3))
        given(purchase, ASKED, APPROVED).when(wanted, DECIDES).then()
        anew = replace(wanted, because="另有原因")
        given(purchase, ASKED, APPROVED).when(anew, DECIDES).refused("purchase-stage")
        other = given(purchase, ASKED).when(ApproveLocalPurchase(1, WHY), DECIDES)
        other.refused_with("sum-differs", asked=1, fen=166_000)
        given(purchase, ORDERED).when(wanted, DECIDES).refused("purchase-stage")

    def test_or_does_not(self) -> None:
        no = RefuseLocalPurchase("基地有货")
        given(purchase, ASKED).when(no, DECIDES).then(REFUSED)
        given(purchase, ASKED, REFUSED).when(no, DECIDES).then()
        given(purchase, ASKED, REFUSED).when(RECEIVE, KEEPS).refused("purchase-stage")
        given(purchase, ORDERED).when(no, DECIDES).refused("purchase-stage")

    def test_nobody_grants_or_refuses_their_own(self) -> None:
        own = on(KEEPER, Role.STOREKEEPER, Role.APPROVER)
        given(purchase, ASKED).when(ApproveLocalPurchase(166_000, WHY), own).refused("own-request")
        given(purchase, ASKED).when(RefuseLocalPurchase("不买"), own).refused("own-request")

    def test_what_does_not_come_is_not_waited_for(self) -> None:
        end, ended = EndPurchase("供应商停产"), PurchaseEnded("供应商停产", BASE)
        given(purchase, ORDERED).when(end, BUYS).then_on((HOME, ended), waits(0, 0))
        given(purchase, ORDERED, ended).when(end, BUYS).then()
        given(purchase, ASKED).when(end, KEEPS).then(replace(ended, ended_by=KEEPER))
        given(purchase, ORDERED, ended).when(RECEIVE, KEEPS).refused("purchase-stage")
        given(purchase, ASKED, REFUSED).when(end, BUYS).refused("purchase-stage")


def moved(line: GoodsLine, nth: int = 1) -> StockMoved:
    return StockMoved(
        store=BRANCH,
        part=line.part,
        source="supplier",
        target="store",
        quantity=line.received,
        serials=line.serials,
        because=Movement.PURCHASE,
        use_nature=None,
        paper=f"{NUMBER}-R{nth}",
        fen=line.fen,
    )


def receipt(
    *lines: GoodsLine, note: str = "SH-7", nth: int = 1, who: str = KEEPER
) -> GoodsReceived:
    return GoodsReceived(f"{NUMBER}-R{nth}", note, lines, who)


def stage(*facts: Any) -> PurchaseStage:
    state = given(purchase, *facts).state
    assert isinstance(state, Purchase)
    return state.stage


class TestReceiving:
    def test_goods_go_onto_the_shelves_by_their_serials(self) -> None:
        ((book, entered),) = serial_book.entered(BRANCH, PUMP, SERIALS)
        given(purchase, ORDERED).when(RECEIVE, KEEPS).then_on(
            (HOME, receipt(CAME, PUMPS_CAME)),
            (stock_stream(RING), moved(CAME)),
            (stock_stream(PUMP), moved(PUMPS_CAME)),
            (book, entered),
            waits(0, 0),
        )
        given(purchase, ORDERED, receipt(CAME, PUMPS_CAME)).when(RECEIVE, KEEPS).then()
        assert stage(ORDERED, receipt(CAME, PUMPS_CAME)) is PurchaseStage.RECEIVED

    def test_who_ordered_without_an_approver_does_not_take_it_in(self) -> None:
        told = given(purchase, ORDERED).when(RECEIVE, BUYS)
        told.refused_with("own-order", person=BASE)
        both = on(BASE, Role.BASE, Role.STOREKEEPER)
        given(purchase, ORDERED).when(RECEIVE, both).refused("own-order")

    def test_nor_does_in_whose_place_it_was_ordered(self) -> None:
        """Their deputy ordered it; neither of the two counts it, nor anybody in their place."""
        placed = Happened(ORDERED, AT, AT, BASE, "B-AWAY")
        for person in (BASE, "B-AWAY"):
            asked = replace(on(person, Role.BASE), happened={HOME: (placed,)})
            told = given(purchase, ORDERED).when(RECEIVE, asked)
            told.refused_with("own-order", person=person)
        for_them = replace(KEEPS, acting_for="B-AWAY", happened={HOME: (placed,)})
        told = given(purchase, ORDERED).when(RECEIVE, for_them)
        told.refused_with("own-order", person="B-AWAY")
        elsewhere = replace(KEEPS, happened={HOME: (placed,)})
        assert given(purchase, ORDERED).when(RECEIVE, elsewhere).decision()

    def test_not_before_a_branch_may_buy(self) -> None:
        given(purchase, ASKED).when(RECEIVE, KEEPS).refused("purchase-stage")
        told = given(purchase, ASKED, APPROVED).when(replace(RECEIVE, lines=(CAME,)), KEEPS)
        came = (HOME, receipt(CAME, who=KEEPER)), (stock_stream(RING), moved(CAME))
        told.then_on(*came, waits(0, 3))

    def test_a_difference_is_said_and_the_rest_may_come_later(self) -> None:
        few = replace(CAME, received=18, fen=68_400)
        told = given(purchase, ORDERED).when(replace(RECEIVE, lines=(few,)), KEEPS)
        told.refused_with("difference-unexplained", part=RING, was=20, asked=18)
        said = replace(few, difference_because="两只破损，已告供应商")
        told = given(purchase, ORDERED).when(replace(RECEIVE, lines=(said,)), KEEPS)
        told.then_on((HOME, receipt(said)), (stock_stream(RING), moved(said)), waits(2, 3))
        first, rest = (ORDERED, receipt(said)), GoodsLine(RING, 2, 2, 7_600)
        assert stage(*first) is PurchaseStage.ORDERED
        told = given(purchase, *first).when(ReceiveGoods("SH-9", (rest,)), KEEPS)
        second = receipt(rest, note="SH-9", nth=2)
        told.then_on((HOME, second), (stock_stream(RING), moved(rest, nth=2)), waits(0, 3))

    def test_no_more_comes_in_than_an_approver_let_in(self) -> None:
        many, dear = replace(CAME, announced=500, received=500), replace(CAME, fen=76_001)
        let = {"part": RING, "ordered": 20, "ordered_fen": 76_000}
        for line in (many, dear, replace(many, difference_because="供应商多送")):
            told = given(purchase, ASKED, APPROVED).when(ReceiveGoods("SH-7", (line,)), KEEPS)
            told.refused_with("beyond-approved", **let, received=line.received, fen=line.fen)
        first = replace(CAME, received=19, fen=72_200, difference_because="余下后到")
        two = ReceiveGoods("SH-9", (GoodsLine(RING, 2, 2, 3_800),))
        told = given(purchase, ASKED, APPROVED, receipt(first)).when(two, KEEPS)
        told.refused_with("beyond-approved", **let, received=21, fen=76_000)

    def test_more_than_base_ordered_comes_in_with_words(self) -> None:
        first = replace(CAME, received=15, fen=57_000, difference_because="余下后到")
        more = GoodsLine(RING, 6, 6, 22_800)
        told = given(purchase, ORDERED, receipt(first)).when(ReceiveGoods("SH-9", (more,)), KEEPS)
        numbers = {"part": RING, "ordered": 20, "ordered_fen": 76_000}
        told.refused_with("beyond-ordered", **numbers, received=21, fen=79_800)
        said = replace(more, difference_because="多送一只，已告基地")
        told = given(purchase, ORDERED, receipt(first)).when(ReceiveGoods("SH-9", (said,)), KEEPS)
        second = receipt(said, note="SH-9", nth=2)
        told.then_on((HOME, second), (stock_stream(RING), moved(said, nth=2)), waits(0, 3))

    def test_what_is_offered_costs_no_more_than_is_left_of_the_order(self) -> None:
        dear = GoodsLine(RING, 10, 10, 70_000)
        state = given(purchase, ORDERED, receipt(dear)).state
        assert isinstance(state, Purchase)
        (offered,) = receiving.offered_receipts(NUMBER, state)
        assert [line.fen for line in offered.lines] == [6_000, 90_000]

    def test_nothing_came_of_what_the_note_says(self) -> None:
        none = GoodsLine(RING, 20, 0, 0, difference_because="箱内无货，已告供应商")
        told = given(purchase, ORDERED).when(ReceiveGoods("SH-7", (none,)), KEEPS)
        told.then_on((HOME, receipt(none)), waits(20, 3))
        paid = given(purchase, ORDERED).when(ReceiveGoods("SH-7", (replace(none, fen=5),)), KEEPS)
        paid.refused_with("nothing-for-money", part=RING, fen=5)

    def test_a_delivery_note_is_received_once(self) -> None:
        other = ReceiveGoods("SH-7", (PUMPS_CAME,))
        told = given(purchase, ORDERED, receipt(CAME)).when(other, KEEPS)
        told.refused_with("delivery-received", delivery_note="SH-7")

    @pytest.mark.parametrize("written", ["sh-7", "SH 7", "ＳＨ-７", "SH7", "SH–7 "])
    def test_nor_once_more_in_another_spelling(self, written: str) -> None:
        other = ReceiveGoods(written, (PUMPS_CAME,))
        told = given(purchase, ORDERED, receipt(CAME)).when(other, KEEPS)
        told.refused_with("delivery-received", delivery_note="SH-7")
        again = ReceiveGoods(written, (CAME,))
        given(purchase, ORDERED, receipt(CAME)).when(again, KEEPS).then()

    def test_a_note_for_two_purchases_is_said(self) -> None:
        other = f"CG-{BRANCH}-2026-0002"
        twice = ReceiveGoods("SH-7", (CAME,), purchases=(other,))
        told = given(purchase, ORDERED).when(twice, KEEPS)
        told.refused_with("delivery-elsewhere", delivery_note="SH-7", purchases=[other])
        said = replace(twice, same_note_because="两张采购单并单送货")
        fact = replace(receipt(CAME), same_note_because="两张采购单并单送货")
        told = given(purchase, ORDERED).when(said, KEEPS)
        told.then_on((HOME, fact), (stock_stream(RING), moved(CAME)), waits(0, 3))

    def test_only_what_was_bought_and_named_by_its_serials(self) -> None:
        strange = ReceiveGoods("SH-7", (GoodsLine(STRANGE, 1, 1, 100),))
        given(purchase, ORDERED).when(strange, KEEPS).refused("not-purchased")
        bare = ReceiveGoods("SH-7", (replace(PUMPS_CAME, serials=()),))
        given(purchase, ORDERED).when(bare, KEEPS).refused("serials-needed")
        named = ReceiveGoods("SH-7", (replace(CAME, serials=("R-1",)),))
        given(purchase, ORDERED).when(named, KEEPS).refused("serials-not-kept")

    @pytest.mark.parametrize("where", ["NB01", serial_book.OUTSIDE])
    def test_a_piece_that_is_known_is_not_new(self, where: str) -> None:
        asked = on(KEEPER, Role.STOREKEEPER, book={"P-2": where})
        told = given(purchase, ORDERED).when(ReceiveGoods("SH-7", (PUMPS_CAME,)), asked)
        told.refused_with("serial-known", part=PUMP, serials=["P-2"])
