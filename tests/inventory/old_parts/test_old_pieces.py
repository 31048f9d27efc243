"""待列旧件 as stories: which lines end with what nobody finds, and which wait again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given as tried
from hypothesis import strategies as st

from services.inventory import part_store
from services.inventory.ledger import Stock
from services.inventory.old_parts import waiting
from services.inventory.old_pieces import REMEMBERED, split
from shared.events.inventory import Movement, StockMoved
from shared.events.old_parts import OldClass, OldPiecesAdjusted, OldPiecesSet
from tests.inventory.example import AT, BRANCH, PUMP
from tests.seen import fold_view, recorded_on
from tests.tries import tries

TAKE, OLD = f"PD-{BRANCH}-2026-0001", "old_other"
C1, C2, C3 = (f"BX-{BRANCH}-20261123-0001-C{n}" for n in (1, 2, 3))


def old_part(note: str, count: int, *serials: str) -> StockMoved:
    return StockMoved(
        store=BRANCH,
        part=PUMP,
        source="installed",
        target=OLD,
        quantity=count,
        serials=serials,
        because=Movement.OLD_PART,
        use_nature=None,
        paper=note,
    )


def taken(count: int, *serials: str, found: bool = False) -> StockMoved:
    ways = ("difference", OLD) if found else (OLD, "difference")
    move = replace(old_part(TAKE, count, *serials), because=Movement.STOCKTAKE)
    return replace(move, source=ways[0], target=ways[1])


def after(*facts: Any) -> Stock:
    stock = Stock()
    for fact in facts:
        stock = part_store.evolve(stock, fact)
    return stock


def posted(stock: Stock, move: StockMoved, first: Sequence[str] = ()) -> Stock:
    """The stock after a movement of a stocktake, with what it says of the lines."""
    said = list(split(stock.old, move, TAKE, first))
    stock = part_store.evolve(stock, move)
    for fact in said:
        stock = part_store.evolve(stock, fact)
    return stock


def waits(stock: Stock) -> dict[str, int]:
    return {line.source: line.waiting for line in stock.old.lines}


HOME = after(old_part(C1, 2), old_part(C2, 1, "OLD-2"), old_part(C3, 2))


def test_what_has_no_serial_ends_the_line_that_waits_longest() -> None:
    assert waits(posted(HOME, taken(3))) == {C2: 1, C3: 1}


def test_a_serial_ends_its_own_line() -> None:
    assert waits(posted(HOME, taken(2, "OLD-2"))) == {C1: 1, C3: 2}


def test_or_the_notes_that_the_explanation_names_end_first() -> None:
    assert waits(posted(HOME, taken(3), (C3,))) == {C1: 1, C2: 1}


def test_what_is_found_again_waits_on_the_line_that_missed_it_last() -> None:
    less = posted(posted(HOME, taken(2)), taken(1, "OLD-2"))
    assert waits(less) == {C3: 2}
    assert waits(posted(less, taken(1, "OLD-2", found=True))) == {C3: 2, C2: 1}
    assert waits(posted(less, taken(1, found=True))) == {C3: 2, C1: 1}
    whole = posted(less, taken(3, "OLD-2", found=True))
    assert waits(whole) == {C3: 2, C2: 1, C1: 2}
    assert waits(posted(whole, taken(1, found=True)))["quarantine"] == 1, "no line misses it"


def test_what_is_on_a_list_ends_with_that() -> None:
    """The line is on a list, and waits for nothing; the piece that is missing is another's."""
    fact = OldPiecesSet(C1, PUMP, "JJ-1", 2, (), OldClass.OTHER, 0, ())
    listed = part_store.evolve(HOME, fact)
    assert waits(posted(listed, taken(2))) == {C2: 1}
    assert waits(posted(listed, taken(4))) == {C2: 1}, "beyond them it is of the list"


def test_only_the_latest_lines_that_miss_something_are_remembered() -> None:
    stock = Stock()
    for n in range(REMEMBERED + 5):
        stock = posted(part_store.evolve(stock, old_part(f"N-{n}", 1)), taken(1))
    assert len(stock.old.missing) == REMEMBERED
    assert stock.old.lines == ()


def listed_of(*facts: Any) -> dict[str, int]:
    """What waits by the list that people see, for facts on the part's own stream."""
    stream = f"stock-{BRANCH}:{PUMP}"
    told = [
        recorded_on("inventory", stream, each, seq=n, version=n, ticket="", branch=BRANCH, at=AT)
        for n, each in enumerate(facts, 1)
    ]
    rows = fold_view(waiting, told)
    return {row.source: row.waiting for row in rows.values() if row.is_waiting}


def test_a_correction_while_it_is_listed_is_no_second_loss() -> None:
    """One of two pieces never came home; the list is ended, and the other one waits again."""
    out = replace(old_part(C1, 1), source=OLD, target="installed", because=Movement.CORRECTION)
    facts = (
        old_part(C1, 2),
        OldPiecesSet(C1, PUMP, "JJ-1", 2, (), OldClass.OTHER, 0, ()),
        out,
        OldPiecesSet(C1, PUMP, "JJ-1", 0, (), OldClass.OTHER, 2, ()),
        OldPiecesAdjusted(C1, PUMP, OldClass.OTHER, "JJ-1", 1, 0, ()),
    )
    assert waits(after(*facts)) == listed_of(*facts) == {C1: 1}


COUNTS = st.lists(st.tuples(st.integers(1, 3), st.integers(-3, 3)), min_size=1, max_size=8)


@tries(100)
@tried(counts=COUNTS)
def test_what_waits_is_what_lies_there(counts: list[tuple[int, int]]) -> None:
    """Where nothing is on a list, the lines and the account say the same after every count."""
    stock, facts = Stock(), list[Any]()
    for n, (came, wanted) in enumerate(counts):
        facts.append(old_part(f"N-{n}", came))
        stock = part_store.evolve(stock, facts[-1])
        change = max(wanted, -stock.holds(OLD))
        if change:
            move = taken(abs(change), found=change > 0)
            facts += [move, *split(stock.old, move, TAKE, ())]
            stock = posted(stock, move)
        assert stock.old.waiting(OldClass.OTHER) == stock.holds(OLD)
    assert listed_of(*facts) == waits(stock)
