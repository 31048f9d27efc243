"""为补库采购 as stories: what base lacks for a request is bought, told to it, and counted once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from typing import Any

import pytest
from hypothesis import given as drawn_from
from hypothesis import strategies as st

from services.inventory import on_order, purchase, replenishment
from services.inventory.ledger import Stock
from services.inventory.on_order import OnOrder
from services.inventory.purchase.asking import AskPurchase, EndPurchase
from services.inventory.purchase.receiving import ReceiveGoods
from services.inventory.purchase.serving import TimeLimit, stream_of
from services.inventory.replenishment.state import Replenishment
from services.inventory.replenishment.travelling import SendStock
from shared.decider import Asked, Refused
from shared.events.consignments import SentLine
from shared.events.purchases import (
    GoodsLine,
    GoodsReceived,
    PurchaseAsked,
    PurchaseEnded,
    PurchaseLine,
    ServedLine,
)
from shared.events.replenishments import (
    BoughtLine,
    OnOrderSet,
    OpenPieces,
    RefillBought,
    ReplenishmentEnded,
    ReplenishmentStage,
    StockSent,
)
from shared.events.values import Role
from tests.inventory.example import BRANCH, KEEPER, PUMP, RING, stock_stream
from tests.inventory.purchase import test_purchase as purchases
from tests.inventory.replenishment import test_replenishment as refills
from tests.spec import given
from tests.tries import tries

BASE, BUYER = refills.BASE, "B-LIMING"
BK, OTHER = refills.NUMBER, f"BK-{BRANCH}-2026-0002"
HERE, THERE = f"CG-{BRANCH}-2026-0001", f"CG-{BASE}-2026-0001"
DUE_ON, UNTIL = date(2026, 11, 30), date(2026, 12, 4)
RINGS = ServedLine(BK, RING, 3)


def after(*facts: Any, request: Replenishment | None = None) -> Replenishment:
    """The request after these facts; the one that base has checked, if none is given."""
    return reduce(replenishment.evolve, facts, request or REQUEST)


REQUEST = after(*refills.PAST, request=replenishment.initial)
LIMIT = TimeLimit(BK, UNTIL, "P7D")
ASK = AskPurchase(
    store=BRANCH,
    supplier="上海密封件厂",
    lines=(PurchaseLine(RING, 5, 19_000),),
    due_on=DUE_ON,
    serves=(RINGS,),
    limits=(LIMIT,),
    at_base=True,
)
"""Into a store of base, which may buy more than requests lack."""


def bought(ordered: int, arrived: int = 0, store: str = BRANCH) -> RefillBought:
    """What the request is told: so many rings are bought for it, so many came in."""
    number = HERE if store == BRANCH else THERE
    return RefillBought(number, store, DUE_ON, (BoughtLine(RING, ordered, arrived),))


def on(person: str, *roles: Role, store: str = BRANCH, request: Replenishment = REQUEST) -> Asked:
    asked = purchases.on(person, *roles)
    served = {stream_of(BK): request, stream_of(OTHER): replenishment.initial}
    book = {on_order.stream_of(store): OnOrder(), stock_stream(RING): Stock()}
    shelf = {f"stock-{store}:{RING}": Stock()}
    home = f"purchase-{HERE if store == BRANCH else THERE}"
    return replace(asked, home=home, reads={**asked.reads, **served, **book, **shelf})


BUYS = on(BUYER, Role.BASE)
AT_BASE = on(BUYER, Role.BASE, store=BASE)


def asked_fact(command: AskPurchase = ASK, number: str = HERE) -> PurchaseAsked:
    return PurchaseAsked(
        number=number,
        store=command.store,
        supplier=command.supplier,
        lines=command.lines,
        is_local=False,
        because=command.because,
        due_on=command.due_on,
        asked_by=BUYER,
        serves=command.serves,
    )


def waits(number: str, rings: int, *more: OpenPieces, store: str = BRANCH) -> tuple[str, Any]:
    fact = OnOrderSet(store, number, (OpenPieces(RING, rings), *more))
    return on_order.stream_of(store), fact


PUMPS = OpenPieces(PUMP, 2)
"""The request waits for two pumps as well, which nobody buys."""


class TestAsking:
    def test_what_base_lacks_is_bought_for_the_request_and_counted_once(self) -> None:
        given(purchase).when(ASK, BUYS).then_on(
            (BUYS.home, asked_fact()),
            (stream_of(BK), bought(3)),
            waits(BK, 1, PUMPS),
            waits(HERE, 5),
        )
        assert after(bought(3)).to_buy == {RING: 1, PUMP: 2}
        assert after(bought(3)).to_send == {RING: 1, PUMP: 2}
        assert after(bought(3)).lacking == {RING: 4, PUMP: 2}

    def test_it_comes_in_at_base_which_then_sends_it(self) -> None:
        there = replace(ASK, store=BASE)
        given(purchase).when(there, AT_BASE).then_on(
            (AT_BASE.home, asked_fact(there, THERE)),
            (stream_of(BK), bought(3, store=BASE)),
            waits(THERE, 5, store=BASE),
        )
        served = after(bought(3, store=BASE))
        assert (served.to_send, served.to_buy[RING]) == ({RING: 4, PUMP: 2}, 1)

    def test_into_the_store_of_a_branch_base_orders_alone_what_requests_lack(self) -> None:
        lines = (PurchaseLine(RING, 3, 11_400),)
        branch = replace(ASK, at_base=False, lines=lines)
        told = given(purchase).when(branch, BUYS)
        told.then_on(
            (BUYS.home, asked_fact(branch)),
            (stream_of(BK), bought(3)),
            waits(BK, 1, PUMPS),
            waits(HERE, 3),
        )
        more = replace(ASK, at_base=False, because="整箱")
        given(purchase).when(more, BUYS).refused("request-bought-by-base")
        both = on(BUYER, Role.BASE, Role.STOREKEEPER)
        given(purchase).when(branch, both).refused(
            "local-purchase-unexplained", "request-bought-by-base"
        )

    def test_no_more_than_the_request_still_lacks(self) -> None:
        much = replace(ASK, serves=(ServedLine(BK, RING, 5),))
        told = given(purchase).when(much, BUYS)
        told.refused_with("beyond-lacking", number=BK, part=RING, lacking=4, asked=5)
        twice = on(BUYER, Role.BASE, request=after(bought(3, store=BASE)))
        told = given(purchase).when(ASK, twice)
        told.refused_with("beyond-lacking", number=BK, part=RING, lacking=1, asked=3)
        over = on(BUYER, Role.BASE, request=after(ReplenishmentEnded("停用", KEEPER)))
        given(purchase).when(ASK, over).refused("refill-stage", "beyond-lacking")

    def test_all_of_it_is_within_what_is_bought_one_line_a_part(self) -> None:
        few = replace(ASK, lines=(PurchaseLine(RING, 2, 7_600),))
        told = given(purchase).when(few, BUYS)
        told.refused_with("served-beyond-bought", part=RING, bought=2, asked=3)
        two = replace(ASK, serves=(replace(RINGS, quantity=1), replace(RINGS, quantity=2)))
        told = given(purchase).when(two, BUYS)
        told.refused_with("served-twice", number=BK, part=RING)

    def test_by_base_for_a_request_that_it_has_checked_at_one_of_the_two_stores(self) -> None:
        local = replace(ASK, because="急修")
        told = given(purchase).when(local, on(KEEPER, Role.STOREKEEPER))
        told.refused_with("request-bought-by-base", numbers=(BK,))
        strange = replace(ASK, serves=(ServedLine(OTHER, RING, 1),), limits=())
        told = given(purchase).when(strange, BUYS)
        told.refused("refill-unknown")
        early = on(BUYER, Role.BASE, request=after(refills.ASKED, request=replenishment.initial))
        given(purchase).when(ASK, early).refused("refill-unknown")

    def test_later_than_the_time_limit_only_with_words(self) -> None:
        late = replace(ASK, due_on=date(2026, 12, 5))
        told = given(purchase).when(late, BUYS)
        told.refused_with(
            "bought-too-late", number=BK, within="P7D", until="2026-12-04", due_on="2026-12-05"
        )
        said = replace(late, because="厂家停产")
        fact = replace(bought(3), due_on=late.due_on)
        given(purchase).when(said, BUYS).then_on(
            (BUYS.home, asked_fact(said)),
            (stream_of(BK), fact),
            waits(BK, 1, PUMPS),
            waits(HERE, 5),
        )


def receipt(count: int, nth: int = 1) -> GoodsReceived:
    line = GoodsLine(RING, count, count, 3_800 * count)
    return GoodsReceived(f"{HERE}-R{nth}", f"SH-{nth}", (line,), KEEPER)


class TestReceiving:
    def test_what_comes_in_is_the_requests_first(self) -> None:
        came = receipt(2)
        asked = on(KEEPER, Role.STOREKEEPER, request=after(bought(3)))
        told = given(purchase, asked_fact()).when(ReceiveGoods("SH-1", came.lines), asked)
        told.then_on(
            (asked.home, came),
            (stock_stream(RING), purchases.moved(came.lines[0])),
            (stream_of(BK), bought(3, 2)),
            waits(HERE, 3),
        )
        assert after(bought(3, 2)).lacking == {RING: 2, PUMP: 2}
        assert after(bought(3, 2)).to_send == {RING: 1, PUMP: 2}, "one more is brought"

    def test_of_what_comes_beyond_it_the_request_is_told_nothing(self) -> None:
        second = receipt(2, nth=2)
        asked = on(KEEPER, Role.STOREKEEPER, request=after(bought(3, 3)))
        past = (asked_fact(), receipt(3))
        told = given(purchase, *past).when(ReceiveGoods("SH-2", second.lines), asked)
        move = purchases.moved(second.lines[0], nth=2)
        told.then_on((asked.home, second), (stock_stream(RING), move), waits(HERE, 0))

    def test_what_the_supplier_brought_ends_the_request(self) -> None:
        rings = StockSent(refills.P1, (SentLine(RING, 1),), refills.TRAVELS, refills.SENDER)
        came = replace(refills.CAME_1, lines=(replace(refills.CAME_1.lines[0], received=1),))
        pumps = (refills.SENT_2, refills.CAME_2)
        sent = after(bought(3), rings, came, replace(pumps[0], shipment=refills.P2), pumps[1])
        assert sent.stage is ReplenishmentStage.CHECKED
        assert after(bought(3, 3), request=sent).stage is ReplenishmentStage.RECEIVED


class TestEnding:
    END, ENDED = EndPurchase("停产"), PurchaseEnded("停产", BUYER)

    def test_what_a_supplier_does_not_bring_is_bases_again(self) -> None:
        asked = on(BUYER, Role.BASE, request=after(bought(3, 2)))
        told = given(purchase, asked_fact(), receipt(2)).when(self.END, asked)
        told.then_on(
            (asked.home, self.ENDED),
            (stream_of(BK), bought(2, 2)),
            waits(BK, 2, PUMPS),
            waits(HERE, 0),
        )
        assert after(bought(2, 2)).to_buy[RING] == 2


class TestSending:
    def test_base_does_not_send_what_a_supplier_brings(self) -> None:
        send = SendStock(refills.FIRST, refills.TRAVELS)
        told = given(replenishment, *refills.PAST, bought(3)).when(send, refills.SENDS)
        told.refused_with("beyond-let-go", part=RING, let_go=1, asked=4)

    def test_what_base_sent_from_its_shelves_is_not_bought_as_well(self) -> None:
        two = replace(refills.SENT_1, lines=(SentLine(RING, 2),))
        served = after(bought(2, store=BASE), two)
        assert (served.to_buy[RING], served.lacking[RING]) == (0, 2)
        assert after(bought(2, 2, store=BASE), request=served).to_buy[RING] == 0


Doing = tuple[str, int]
DOINGS = st.lists(
    st.tuples(st.sampled_from(["buy", "buy at base", "send", "come"]), st.integers(1, 4)),
    max_size=12,
)


@tries(150)
@drawn_from(DOINGS)
def test_whatever_base_does_no_piece_is_counted_twice(doings: Sequence[Doing]) -> None:
    """What is sent, brought and still to be sent is what was agreed; nothing is below zero."""
    request, brought = REQUEST, dict[str, RefillBought]()
    for nth, (what, count) in enumerate(doings):
        fact = _done(what, count, nth, request, brought)
        if fact is None:
            continue
        if isinstance(fact, RefillBought):
            brought[fact.purchase] = fact
        request = after(fact, request=request)
        here = [each.lines[0] for each in brought.values() if each.store == BRANCH]
        coming = sum(line.ordered - line.arrived for line in here)
        arrived = sum(line.arrived for line in here)
        assert request.went(RING) + arrived + coming + request.to_send[RING] == 4
        assert min(request.to_buy[RING], request.to_send[RING], request.lacking[RING]) >= 0
        assert request.to_buy[RING] <= request.lacking[RING]


def _done(
    what: str, count: int, nth: int, request: Replenishment, brought: dict[str, RefillBought]
) -> Any:
    """The fact that comes of it, as far as the figures of the request let it."""
    if what == "send":
        count = min(count, request.to_send[RING])
        line = (SentLine(RING, count),)
        return StockSent(f"{BK}-P{nth}", line, refills.TRAVELS, refills.SENDER) if count else None
    if what == "come":
        open_ = [e for e in brought.values() if e.lines[0].arrived < e.lines[0].ordered]
        return _came(open_[0], count) if open_ else None
    store = BASE if what == "buy at base" else BRANCH
    count = min(count, request.to_buy[RING])
    line_ = (BoughtLine(RING, count, 0),)
    return RefillBought(f"CG-{store}-2026-{nth:04}", store, DUE_ON, line_) if count else None


def _came(told: RefillBought, count: int) -> RefillBought:
    (line,) = told.lines
    come = min(line.ordered, line.arrived + count)
    return replace(told, lines=(replace(line, arrived=come),))


def test_a_purchase_serves_no_more_requests_than_are_kept() -> None:
    many = {f"CG-{n}": replace(bought(0), purchase=f"CG-{n}") for n in range(20)}
    full = on(BUYER, Role.BASE, request=replace(REQUEST, bought=many))
    with pytest.raises(Refused) as no:
        purchase.decide(ASK, purchase.initial, full)
    assert no.value.codes == ["too-many"]
