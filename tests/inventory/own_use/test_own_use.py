"""自用与样品 as stories: what a store asks to use itself, and who lets it go."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.inventory import ledger, own_use, part_store, serial_book
from services.inventory.ledger import Stock
from services.inventory.own_use.asking import ApproveUse, AskUse, RefuseUse, WithdrawUse
from shared.decider import Asked
from shared.events.inventory import Movement, StockMoved, UseNature
from shared.events.own_use import (
    UseApproved,
    UseAsked,
    UseLine,
    UseRefused,
    UseWithdrawn,
)
from shared.events.values import Role
from tests.inventory.example import (
    APPROVER,
    BRANCH,
    CARDS,
    KEEPER,
    PUMP,
    RING,
    SERIALS,
    by,
    move,
    opening,
    stock_stream,
)
from tests.spec import given

NUMBER = f"LY-{BRANCH}-2026-0001"
HOME = f"own_use-{NUMBER}"
RINGS, PUMPS = UseLine(RING, 2), UseLine(PUMP, 1, ("P-1",))
ASK = AskUse(BRANCH, UseNature.INTERNAL, (RINGS, PUMPS), "培训室", "拆装培训")
ASKED = UseAsked(
    number=NUMBER,
    store=BRANCH,
    use_nature=UseNature.INTERNAL,
    lines=(RINGS, PUMPS),
    used_by="培训室",
    because="拆装培训",
    asked_by=KEEPER,
)
APPROVED = UseApproved(APPROVER)
REFUSED = UseRefused("请用旧件", APPROVER)
WITHDRAWN = UseWithdrawn("培训改期", KEEPER)
STRANGE = "X-1"


def shelf(*moves: StockMoved) -> Stock:
    stock = given(part_store, *moves).state
    assert isinstance(stock, Stock)
    return stock


def on(
    person: str,
    role: Role,
    *,
    cards: Mapping[str, Any] = CARDS,
    rings: int = 10,
) -> Asked:
    """Asked of the request, with the catalogue, the shelves and the book of serials."""
    reads: dict[str, Any] = {f"part-{part}": cards.get(part) for part in (RING, PUMP, STRANGE)}
    reads |= {
        stock_stream(RING): shelf(opening(RING, rings)),
        stock_stream(PUMP): shelf(opening(PUMP, 3, SERIALS)),
        stock_stream(STRANGE): Stock(),
        serial_book.stream_of(PUMP): serial_book.initial,
    }
    return by(person, role, home=HOME, reads=reads)


KEEPS = on(KEEPER, Role.STOREKEEPER)
DECIDES = on(APPROVER, Role.APPROVER)


def used(part: str, quantity: int, *serials: str) -> StockMoved:
    out = move(part, "store", "consumed", quantity, Movement.OWN_USE, *serials)
    return replace(out, use_nature=UseNature.INTERNAL, paper=NUMBER)


class TestAsking:
    def test_a_keeper_asks_what_for_and_why(self) -> None:
        given(own_use).when(ASK, KEEPS).then(ASKED)
        given(own_use, ASKED).when(ASK, KEEPS).then()
        told = given(own_use, ASKED).when(replace(ASK, used_by="展厅"), KEEPS)
        told.refused_with("number-taken", number=NUMBER)

    def test_what_a_repair_uses_is_drawn_on_its_note(self) -> None:
        paid = replace(ASK, use_nature=UseNature.PAID)
        given(own_use).when(paid, KEEPS).refused_with("use-of-a-repair", use_nature="paid")
        sample = replace(ASK, use_nature=UseNature.SAMPLE)
        given(own_use).when(sample, KEEPS).then(replace(ASKED, use_nature=UseNature.SAMPLE))

    def test_of_parts_that_lie_there_each_on_one_line(self) -> None:
        given(own_use).when(replace(ASK, lines=()), KEEPS).refused("no-lines")
        odd = replace(ASK, lines=(RINGS, RINGS, UseLine(STRANGE, 1)))
        given(own_use).when(odd, KEEPS).refused("part-twice", "part-unknown", "beyond-stock")
        few = on(KEEPER, Role.STOREKEEPER, rings=1)
        told = given(own_use).when(ASK, few)
        told.refused_with("beyond-stock", part=RING, asked=2)

    def test_pieces_with_serials_are_named(self) -> None:
        bare = replace(ASK, lines=(UseLine(PUMP, 1),))
        given(own_use).when(bare, KEEPS).refused("serials-needed", "serials-unnamed")
        gone = replace(ASK, lines=(UseLine(PUMP, 1, ("P-9",)),))
        given(own_use).when(gone, KEEPS).refused("serial-elsewhere", "serials-unnamed")
        named = replace(ASK, lines=(UseLine(RING, 1, ("R-1",)),))
        given(own_use).when(named, KEEPS).refused("serials-not-kept", "serial-elsewhere")

    def test_what_is_bought_no_more_can_be_used_up(self) -> None:
        cards = {**CARDS, RING: replace(CARDS[RING], active=False)}
        given(own_use).when(ASK, on(KEEPER, Role.STOREKEEPER, cards=cards)).then(ASKED)


class TestDeciding:
    def test_once_somebody_else_lets_them_the_parts_leave(self) -> None:
        (left,) = serial_book.left(BRANCH, PUMP, ("P-1",))
        given(own_use, ASKED).when(ApproveUse(), DECIDES).then_on(
            (HOME, APPROVED),
            (stock_stream(RING), used(RING, 2)),
            (stock_stream(PUMP), used(PUMP, 1, "P-1")),
            left,
        )
        given(own_use, ASKED, APPROVED).when(ApproveUse(), DECIDES).then()

    def test_nobody_lets_themselves(self) -> None:
        own = on(KEEPER, Role.APPROVER)
        given(own_use, ASKED).when(ApproveUse(), own).refused_with("own-request", person=KEEPER)
        given(own_use, ASKED).when(RefuseUse("不"), own).refused("own-request")

    def test_what_is_gone_meanwhile_does_not_leave(self) -> None:
        few = on(APPROVER, Role.APPROVER, rings=1)
        given(own_use, ASKED).when(ApproveUse(), few).refused("beyond-stock")

    def test_or_the_parts_stay(self) -> None:
        no = RefuseUse("请用旧件")
        given(own_use, ASKED).when(no, DECIDES).then(REFUSED)
        given(own_use, ASKED, REFUSED).when(no, DECIDES).then()
        told = given(own_use, ASKED, REFUSED).when(ApproveUse(), DECIDES)
        told.refused_with("use-stage", number=NUMBER, stage="refused")

    def test_who_asked_may_take_it_back_before_that(self) -> None:
        back = WithdrawUse("培训改期")
        given(own_use, ASKED).when(back, KEEPS).then(WITHDRAWN)
        given(own_use, ASKED, WITHDRAWN).when(back, KEEPS).then()
        given(own_use, ASKED, APPROVED).when(back, KEEPS).refused("use-stage")


def test_every_account_still_adds_up() -> None:
    stock = shelf(opening(RING, 10), used(RING, 2))
    assert dict(stock.balances) == {"supplier": -10, "store": 8, "consumed": 2}
    assert not ledger.is_inside("consumed")
