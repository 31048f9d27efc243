"""台账 as stories: what the store had, what it should have, and what never goes."""

from dataclasses import replace
from typing import Any

import pytest

from services.inventory import ledger, part_store, periods, serial_book
from services.inventory.ledger import Stock, broken, is_inside
from services.inventory.part_store import EnterOpening, SetQuota
from services.inventory.periods import Closings
from shared.events.closings import PeriodClosed
from shared.events.inventory import Movement, Outside, QuotaSet, StockMoved, Valuing
from tests.inventory.example import (
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
from tests.told import tell

ENTER = EnterOpening(BRANCH, RING, 10)
ENTER_PUMPS = EnterOpening(BRANCH, PUMP, 3, SERIALS)


def at(
    part: str = RING, card: Any = "its own", closings: Closings | None = None, **where: str
) -> Any:
    book = serial_book.SerialBook({name.replace("_", "-"): store for name, store in where.items()})
    known = CARDS[part] if card == "its own" else card
    return by(
        KEEPER,
        home=stock_stream(part),
        reads={
            f"part-{part}": known,
            serial_book.stream_of(part): book,
            **{periods.stream_of(each): closings or Closings() for each in (BRANCH, "NB01")},
        },
    )


class TestOpening:
    def test_the_book_is_opened_once(self) -> None:
        given(part_store).when(ENTER, at()).then(opening(RING, 10))
        given(part_store, opening(RING, 10)).when(ENTER, at()).then()
        more = replace(ENTER, quantity=11)
        told = given(part_store, opening(RING, 10)).when(more, at())
        told.refused_with("opening-entered", part=RING)

    def test_it_is_what_was_there_before_anything_moved(self) -> None:
        bought = move(RING, "supplier", "store", 5, Movement.PURCHASE)
        told = given(part_store, bought).when(ENTER, at())
        told.refused_with("opening-after-movement", store=BRANCH, part=RING)
        taken_over = replace(bought, target="technician:T-1", because=Movement.TAKEN_OVER)
        given(part_store, taken_over).when(ENTER, at()).then(opening(RING, 10))
        issued = move(RING, "store", "technician:T-1", 2, Movement.ISSUE)
        given(part_store, opening(RING, 10), issued).when(ENTER, at()).then()

    def test_no_store_that_has_closed_a_month_begins_a_book(self) -> None:
        begins, ends = periods.bounds("2026-11", "Asia/Shanghai")
        closed = PeriodClosed(
            BRANCH, "2026-11", begins, ends, "PD-1", (), Valuing.MOVING_AVERAGE, "F-QIAN"
        )
        asked = at(closings=Closings(last=closed, first="2026-11"))
        told = given(part_store).when(ENTER, asked)
        told.refused_with("opening-after-closing", store=BRANCH, part=RING, period="2026-11")
        given(part_store, opening(RING, 10)).when(ENTER, asked).then()

    def test_it_may_say_what_it_cost(self) -> None:
        cost = replace(opening(RING, 10), fen=38_000)
        given(part_store).when(replace(ENTER, fen=38_000), at()).then(cost)
        given(part_store, cost).when(replace(ENTER, fen=38_000), at()).then()
        given(part_store, cost).when(ENTER, at()).refused("opening-entered")

    def test_what_has_serials_is_entered_by_them(self) -> None:
        ((stream, entered),) = serial_book.entered(BRANCH, PUMP, SERIALS)
        given(part_store).when(ENTER_PUMPS, at(PUMP)).then_on(
            (stock_stream(PUMP), opening(PUMP, 3, SERIALS)), (stream, entered)
        )
        few = replace(ENTER_PUMPS, serials=("P-1",))
        given(part_store).when(few, at(PUMP)).refused("serials-needed")
        twice = replace(ENTER_PUMPS, serials=("P-1", "P-1", "P-2"))
        given(part_store).when(twice, at(PUMP)).refused("serial-twice")
        named = replace(ENTER, serials=("R-1",))
        given(part_store).when(named, at()).refused("serials-not-kept")

    @pytest.mark.parametrize("where", ["NB01", serial_book.OUTSIDE])
    def test_a_piece_that_is_known_is_not_entered_as_new(self, where: str) -> None:
        asked = at(PUMP, P_2=where)
        told = given(part_store).when(ENTER_PUMPS, asked)
        told.refused_with("serial-known", part=PUMP, serials=["P-2"])

    @pytest.mark.parametrize("written", ["p-2", "Ｐ-２", " P-2", "P-2\u200b", "P–2"])
    def test_nor_is_it_new_in_another_spelling(self, written: str) -> None:
        one = replace(ENTER_PUMPS, quantity=1, serials=(written,))
        told = given(part_store).when(one, at(PUMP, P_2="NB01"))
        told.refused_with("serial-known", part=PUMP, serials=["P-2"])
        twice = replace(one, quantity=2, serials=("P-2", written))
        given(part_store).when(twice, at(PUMP)).refused("serial-twice")

    def test_only_what_is_in_the_catalogue_is_kept(self) -> None:
        given(part_store).when(ENTER, at(card=None)).refused("part-unknown")
        gone = replace(CARDS[RING], active=False)
        given(part_store).when(ENTER, at(card=gone)).refused("part-inactive")
        given(part_store).when(SetQuota(BRANCH, RING, 5), at(card=None)).refused("part-unknown")

    def test_a_stream_is_of_one_store_and_part(self) -> None:
        given(part_store).when(replace(ENTER, store="NB01"), at()).refused("card-elsewhere")


class TestQuota:
    def test_it_is_set_and_set_again(self) -> None:
        quota = SetQuota(BRANCH, RING, 5)
        given(part_store).when(quota, at()).then(QuotaSet(BRANCH, RING, 5))
        given(part_store, QuotaSet(BRANCH, RING, 5)).when(quota, at()).then()
        other = replace(quota, quota=0)
        given(part_store, QuotaSet(BRANCH, RING, 5)).when(other, at()).then(
            QuotaSet(BRANCH, RING, 0)
        )


class TestLedger:
    """The rules every movement keeps, whichever paper it belongs to."""

    def codes(self, stock: Stock, *moves: StockMoved) -> list[str]:
        found = [told.code for is_broken, told in broken(stock, moves) if is_broken]
        tell(*found)
        return found

    def stock(self, *moves: StockMoved) -> Stock:
        state = given(part_store, *moves).state
        assert isinstance(state, Stock)
        return state

    def test_what_is_not_there_does_not_go(self) -> None:
        stock = self.stock(opening(RING, 2))
        issue = move(RING, "store", "technician:T-1", 3, Movement.ISSUE)
        assert self.codes(stock, issue) == ["beyond-stock"]
        assert self.codes(stock, replace(issue, quantity=2)) == []
        used = move(RING, "technician:T-1", "installed", 1, Movement.USED)
        assert self.codes(stock, used) == ["beyond-account"]

    def test_movements_are_asked_one_after_the_other(self) -> None:
        stock = self.stock(opening(RING, 2))
        issue = move(RING, "store", "technician:T-1", 2, Movement.ISSUE)
        used = move(RING, "technician:T-1", "installed", 2, Movement.USED)
        assert self.codes(stock, issue, used) == []
        assert self.codes(stock, issue, issue) == ["beyond-stock"]

    @pytest.mark.parametrize(
        ("serials", "codes"),
        [
            (("P-1",), []),
            ((), ["serials-unnamed"]),
            (("P-9",), ["serial-elsewhere", "serials-unnamed"]),
            (("P-1", "P-2"), ["serials-too-many"]),
            (("P-1", "P-1"), ["serial-twice"]),
        ],
    )
    def test_a_piece_with_a_serial_goes_by_its_name(
        self, serials: tuple[str, ...], codes: list[str]
    ) -> None:
        stock = self.stock(opening(PUMP, 3, SERIALS))
        issue = move(PUMP, "store", "technician:T-1", 1, Movement.ISSUE, *serials)
        assert self.codes(stock, issue) == codes

    def test_a_serial_inside_does_not_come_in_again(self) -> None:
        stock = self.stock(opening(PUMP, 3, SERIALS))
        old = move(PUMP, "installed", "old_warranty", 1, Movement.OLD_PART, "P-2")
        assert self.codes(stock, old) == ["serial-elsewhere"]
        unknown = replace(old, serials=("X-77",))
        assert self.codes(stock, unknown) == []
        home = self.stock(opening(PUMP, 3, SERIALS), unknown)
        assert (home.serials["X-77"], home.holds("old_warranty")) == ("old_warranty", 1)

    def test_a_piece_is_named_as_the_books_have_it(self) -> None:
        stock = self.stock(opening(PUMP, 3, SERIALS))
        issue = move(PUMP, "store", "technician:T-1", 1, Movement.ISSUE, "p-1")
        assert self.codes(stock, issue) == ["serial-spelled", "serials-unnamed"]
        issued = replace(issue, serials=("P-1",))
        used = move(PUMP, "technician:T-1", "installed", 1, Movement.USED, "P-1")
        gone = self.stock(opening(PUMP, 3, SERIALS), issued, used)
        home = move(PUMP, "installed", "old_warranty", 1, Movement.OLD_PART, "Ｐ-１")
        assert self.codes(gone, home) == ["serial-spelled"]
        assert self.codes(gone, replace(home, serials=("P-1",))) == []

    def test_what_left_is_followed_no_more(self) -> None:
        issue = move(PUMP, "store", "technician:T-1", 1, Movement.ISSUE, "P-1")
        used = move(PUMP, "technician:T-1", "installed", 1, Movement.USED, "P-1")
        stock = self.stock(opening(PUMP, 3, SERIALS), issue, used)
        assert dict(stock.balances) == {"supplier": -3, "store": 2, "installed": 1}
        assert set(stock.serials) == {"P-2", "P-3"}

    def test_the_walls_of_the_store(self) -> None:
        assert [account for account in Outside if is_inside(account)] == []
        inside = ("store", "technician:T-1", "parcel:C1", "old_other", "quarantine", "in_transit")
        assert all(map(is_inside, inside))

    def test_the_state_stays_small_however_long_the_book_gets(self) -> None:
        """Every command on a stock stream folds it whole, so each movement costs a few accounts."""
        there = move(RING, "store", "technician:T-1", 1, Movement.ISSUE)
        back = replace(there, source=there.target, target=there.source)
        stock = self.stock(opening(RING, 9))
        for n in range(1_000):
            stock = part_store.evolve(stock, back if n % 2 else there)
        assert dict(stock.balances) == {"supplier": -9, ledger.STORE: 9}
