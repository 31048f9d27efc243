"""库存金额: what pieces cost, as stories and for any movements; no fen is lost or made."""

from collections import Counter
from dataclasses import asdict, replace
from fractions import Fraction

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from guiyi.recount import purse
from services.inventory import ledger, part_store, worth
from services.inventory.worth import RECENT, Layer, Layers, Worth
from shared.events.inventory import Movement, StockMoved, Valuing
from tests.inventory.example import RING, move, opening
from tests.tries import tries

AVERAGE, FIRST = Valuing.MOVING_AVERAGE, Valuing.FIRST_IN_FIRST_OUT
LIU, CHEN = "technician:T-1", "technician:T-2"
EACH = pytest.mark.parametrize("valuing", list(Valuing))


def came(quantity: int, fen: int | None, source: str = "supplier") -> StockMoved:
    """Goods that came in, and what they cost."""
    goods = move(RING, source, "store", quantity, Movement.PURCHASE)
    return replace(goods, fen=fen, use_nature=None, paper="CG-1-R1")


def went(source: str, target: str, quantity: int, paper: str = "C1") -> StockMoved:
    moved = move(RING, source, target, quantity, Movement.ISSUE)
    return replace(moved, paper=paper)


class Book:
    """A book of one part in one store: what each movement carried, and what is left."""

    def __init__(self, valuing: Valuing, *moves: StockMoved) -> None:
        self.valuing, self.worth = valuing, Worth()
        self.into, self.out = 0, 0
        self.do(*moves)

    def do(self, *moves: StockMoved) -> Layers:
        carried: Layers = ()
        for each in moves:
            self.worth, carried = worth.moved(self.worth, each, self.valuing)
            self.into += 0 if ledger.is_inside(each.source) else worth.fen_of(carried)
            self.out += 0 if ledger.is_inside(each.target) else worth.fen_of(carried)
        return carried

    def fen(self, account: str) -> int:
        return worth.fen_of(self.worth.of(account))

    def unknown(self, account: str) -> int:
        return worth.unknown_in(self.worth.of(account))

    @property
    def left(self) -> int:
        return sum(map(self.fen, self.worth.accounts))


def test_the_mean_of_what_is_there_leaves_or_the_oldest() -> None:
    goods = (came(2, 100), came(2, 300))
    assert worth.fen_of(Book(AVERAGE, *goods).do(went("store", LIU, 2))) == 200
    assert worth.fen_of(Book(FIRST, *goods).do(went("store", LIU, 2))) == 100


@EACH
def test_a_share_is_rounded_half_up_and_the_rest_stays(valuing: Valuing) -> None:
    book = Book(valuing, came(3, 100))
    shares = [worth.fen_of(book.do(went("store", LIU, 1))) for _ in range(3)]
    assert (shares, book.fen("store"), book.fen(LIU)) == ([33, 34, 33], 0, 100)
    assert worth.fen_of(Book(valuing, came(2, 1)).do(went("store", LIU, 1))) == 1


@EACH
def test_what_a_part_of_a_metre_cost(valuing: Valuing) -> None:
    book = Book(valuing, came(2_500, 999), went("store", LIU, 333))
    assert (book.fen("store"), book.fen(LIU)) == (999 - 133, 133)


@EACH
def test_a_cost_that_nobody_said_is_unknown_and_not_nothing(valuing: Valuing) -> None:
    book = Book(valuing, opening(RING, 4), came(2, 500))
    assert (book.fen("store"), book.unknown("store")) == (500, 4)
    # They were there before anybody said what pieces cost, so they leave before the others.
    taken = book.do(went("store", LIU, 5))
    assert list(worth.sums(taken)) == [(4, None), (1, 250)]


@EACH
def test_a_correction_brings_back_what_its_paper_took(valuing: Valuing) -> None:
    book = Book(valuing, came(2, 200), went("store", LIU, 2), went(LIU, "installed", 2))
    book.do(came(2, 1_000), went("store", LIU, 2, "C2"), went(LIU, "installed", 2, "C2"))
    assert worth.fen_of(book.do(went("installed", LIU, 1))) == 100
    assert worth.fen_of(book.do(went("installed", LIU, 1, "C2"))) == 500
    assert (book.into - book.out, book.left) == (600, 600)


def found(quantity: int, account: str = "store") -> StockMoved:
    """What a stocktake found too many."""
    return replace(
        went("difference", account, quantity, "PD-2"), because=Movement.STOCKTAKE, use_nature=None
    )


@EACH
def test_a_surplus_is_worth_the_mean_of_what_is_known_there(valuing: Valuing) -> None:
    book = Book(valuing, opening(RING, 1), came(2, 200), came(2, 301))
    assert worth.fen_of(book.do(found(2))) == 251  # 501 · 2 / 4, rounded half up
    assert (book.into, book.fen("store"), book.unknown("store")) == (752, 752, 1)
    book.do(went("store", LIU, 4), went(LIU, "installed", 2))
    assert book.into == book.out + book.left
    empty = Book(valuing, came(3, 90), went("store", LIU, 3))
    assert worth.fen_of(empty.do(found(1, "quarantine"))) == 30, "as the store has it elsewhere"
    assert list(worth.sums(Book(valuing).do(found(2)))) == [(2, None)], "nobody knows"
    assert list(worth.sums(book.do(found(1, "old_other")))) == [(1, 0)]


@EACH
def test_what_one_stocktake_lost_and_found_is_the_same(valuing: Valuing) -> None:
    book = Book(valuing, came(2, 100), came(2, 500))
    lost = replace(went("store", "difference", 1, "PD-2"), because=Movement.STOCKTAKE)
    assert book.do(lost) == book.do(found(1)), "a swap of two serials moves no money"
    assert book.left == 600


def returned(quantity: int, fen: int) -> StockMoved:
    """Goods that go back to the supplier, and what is given back for them."""
    return replace(came(quantity, fen), source="store", target="supplier", paper="CG-1-T1")


@EACH
def test_what_was_told_wrongly_takes_its_sum_along_when_it_goes_back(valuing: Valuing) -> None:
    """Five for 50 yuan were entered as for 5,000, among pieces of other prices and of none."""
    book = Book(valuing, opening(RING, 7), came(2, 2_500), came(5, 500_000))
    carried = book.do(returned(5, 500_000))
    assert list(worth.sums(carried)) == [(5, 500_000)]
    book.do(came(5, 5_000))
    assert (book.fen("store"), book.unknown("store")) == (7_500, 7)


@EACH
def test_what_is_not_given_back_is_of_the_pieces_that_stay(valuing: Valuing) -> None:
    book = Book(valuing, came(2, 200), came(2, 200))
    book.do(returned(1, 60))
    assert book.fen("store") == 340
    book.do(returned(1, 9_000))
    assert (book.fen("store"), book.out) == (0, 400), "no more than there is"
    book = Book(valuing, opening(RING, 1), came(2, 200))
    carried = book.do(returned(3, 50))
    assert (worth.fen_of(carried), book.left) == (200, 0), "no piece stays that could bear it"


@EACH
def test_old_parts_cost_nothing_and_are_not_what_was_fitted(valuing: Valuing) -> None:
    book = Book(valuing, came(1, 700), went("store", LIU, 1), went(LIU, "installed", 1))
    old = book.do(went("installed", "old_warranty", 1))
    assert list(worth.sums(old)) == [(1, 0)]
    book.do(went("old_warranty", "installed", 1))
    assert worth.fen_of(book.do(went("installed", LIU, 1))) == 700


@EACH
def test_of_old_papers_the_mean_is_kept(valuing: Valuing) -> None:
    book = Book(valuing)
    for n in range(RECENT + 4):
        book.do(came(1, 100 + n), went("store", "installed", 1, f"C{n}"))
    assert len(book.worth.papers) == RECENT
    assert worth.fen_of(book.do(went("installed", "store", 1, "C0"))) == 102  # of 100 to 103
    assert worth.fen_of(book.do(went("installed", "store", 1, f"C{RECENT}"))) == 100 + RECENT


@EACH
def test_what_goes_to_another_store_keeps_its_cost(valuing: Valuing) -> None:
    there = Book(valuing, opening(RING, 1), came(3, 100))
    parts = worth.sums(there.do(went("store", "transfer", 3, "DB-1")))
    here = Book(valuing)
    for quantity, fen in parts:
        arrived = went("transfer", "in_transit", quantity, "DB-1")
        here.do(replace(arrived, fen=fen))
    assert (here.fen("in_transit"), here.unknown("in_transit")) == (67, 1)
    here.do(went("in_transit", "store", 3, "DB-1"))
    assert here.fen("store") + there.fen("store") == 100
    # What comes back under the same number is what went.
    back = there.do(went("transfer", "store", 2, "DB-1"))
    assert list(worth.sums(back)) == [(1, None), (1, 34)]


def test_the_store_says_it_by_each_method() -> None:
    stock = part_store.initial
    for each in (came(2, 100), came(2, 300), went("store", LIU, 2)):
        stock = part_store.evolve(stock, each)
    assert {each: worth.fen_of(stock.worth_by(each).of(LIU)) for each in Valuing} == {
        AVERAGE: 200,
        FIRST: 100,
    }


ACCOUNTS = ("store", LIU, CHEN, "parcel:C1", "quarantine", "in_transit", "old_other")
OUTSIDE = ("supplier", "installed", "difference", "scrapped", "transfer", "maker")
PLACES = st.sampled_from((*ACCOUNTS, *OUTSIDE))
FEN = st.none() | st.integers(0, 10_000)
TRIED = st.lists(
    st.tuples(
        PLACES, PLACES, st.integers(1, 3_000), FEN, st.sampled_from(("C1", "C2", "DB-1", "PD-1"))
    ),
    max_size=40,
)


def sound(tried: list[tuple[str, str, int, int | None, str]]) -> list[StockMoved]:
    """Those movements that the ledger allows, one after the other."""
    holds, made = Counter[str](), []
    for source, target, asked, fen, paper in tried:
        quantity = min(asked, holds[source]) if ledger.is_inside(source) else asked
        if source == target or not quantity:
            continue
        if not (ledger.is_inside(source) or ledger.is_inside(target)):
            continue
        holds[source] -= quantity
        holds[target] += quantity
        is_said = target == "supplier" or not ledger.is_inside(source)
        said = fen if is_said else None
        why = Movement.STOCKTAKE if paper == "PD-1" else Movement.ISSUE
        made.append(replace(went(source, target, quantity, paper), fen=said, because=why))
    return made


@EACH
@for_all(TRIED)
@tries(300)
def test_what_came_in_is_what_went_out_and_what_is_left(
    valuing: Valuing, tried: list[tuple[str, str, int, int | None, str]]
) -> None:
    book, stock = Book(valuing), part_store.initial
    for each in sound(tried):
        carried = book.do(each)
        stock = part_store.evolve(stock, each)
        assert sum(layer.quantity for layer in carried) == each.quantity
        assert all(layer.fen is None or layer.fen >= 0 for layer in carried)
        if each.fen is not None and not ledger.is_inside(each.source):
            assert list(worth.sums(carried)) == [(each.quantity, each.fen)]
    assert book.into == book.out + book.left
    inside = {name: n for name, n in stock.balances.items() if ledger.is_inside(name)}
    pieces = {
        name: sum(layer.quantity for layer in layers)
        for name, layers in book.worth.accounts.items()
    }
    assert pieces == inside
    assert stock.worth_by(valuing) == book.worth


BOUGHT = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 999), st.integers(0, 9)), max_size=12)


@for_all(BOUGHT)
@tries(300)
def test_by_the_mean_it_is_never_further_off_than_a_fen_a_movement(
    bought: list[tuple[int, int, int]],
) -> None:
    """A second fold of its own, in fractions."""
    book, pieces, exact, moves = Book(AVERAGE), 0, Fraction(0), 0
    for quantity, fen, used in bought:
        book.do(came(quantity, fen))
        pieces, exact = pieces + quantity, exact + fen
        if out := min(used, pieces):
            book.do(went("store", "installed", out))
            pieces, exact, moves = pieces - out, exact * (pieces - out) / pieces, moves + 1
    assert abs(book.fen("store") - exact) <= moves


@for_all(BOUGHT)
@tries(300)
def test_by_age_each_piece_leaves_after_those_that_came_before(
    bought: list[tuple[int, int, int]],
) -> None:
    """A second fold of its own: a row of pieces, each of a purchase whose cost is a whole fen."""
    book, row = Book(FIRST), list[int]()
    for quantity, each, used in bought:
        book.do(came(quantity, quantity * each))
        row += [each] * quantity
        if out := min(used, len(row)):
            taken = book.do(went("store", "installed", out))
            assert worth.fen_of(taken) == sum(row[:out])
            row = row[out:]
    assert book.fen("store") == sum(row)


MANY = st.lists(
    st.tuples(
        st.sampled_from(("in", "in", "out", "back", "lost", "old", "again", "return")),
        st.integers(0, 9),
        FEN,
    ),
    max_size=60,
)


@EACH
@for_all(MANY)
@tries(300)
def test_of_whichever_papers_are_remembered_a_second_purse_says_the_same(
    valuing: Valuing, told: list[tuple[str, int, int | None]]
) -> None:
    """Of more papers than are told apart: of three here, with corrections of any of them."""
    ways = {
        "in": ("supplier", "store"),
        "out": ("store", "installed"),
        "back": ("installed", "store"),
        "lost": ("store", "difference"),
        "old": ("installed", "old_other"),
        "again": ("old_other", "installed"),
        "return": ("store", "supplier"),
    }
    steps = [(*ways[way], 1 + n % 3, fen, f"C{n}") for way, n, fen in told]
    with pytest.MonkeyPatch.context() as few:
        few.setattr(worth, "RECENT", 3)
        few.setattr(purse, "KEPT", 3)
        book, second = Book(valuing), purse.Purse(valuing.value)
        for move in sound(steps):
            lots = second.move(asdict(move))
            assert worth.fen_of(book.do(move)) == purse.fen(lots)
            assert {name: book.fen(name) for name in ACCOUNTS} == {
                name: purse.fen(second.accounts[name]) for name in ACCOUNTS
            }
        assert len(second.taken) <= 3
        assert book.into == book.out + book.left


def test_as_many_papers_are_remembered_as_the_rule_says() -> None:
    assert purse.KEPT == RECENT


def test_no_paper_keeps_the_book_growing() -> None:
    book = Book(FIRST)
    for n in range(400):
        book.do(came(1, n), went("store", LIU, 1, f"C{n}"), went(LIU, "installed", 1, f"C{n}"))
    assert len(book.worth.papers) == RECENT
    assert [len(each.layers) for each in book.worth.older] == [1]
    assert book.worth.accounts == {}
    assert Layer(0, 1, None) not in book.worth.older[0].layers
