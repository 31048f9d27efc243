"""Every clock of the table has its fact, its timer and its tests; no timer lacks a row."""

import pytest

from guiyi.rooms import ROOMS, wiring
from shared.events import BOOK
from tests.house.test_coverage import stories_in
from tests.pages.clocks import ClockRow, clocks, table_of

ALL = clocks()
TELLING = ("tell-reminded", "tell-arrival", "tell-appointment")
"""No clocks: they have those told to whom a fact says something."""
TIMERS = {
    f"{room} {timer.name}"
    for room in ROOMS
    for timer in wiring(room).timers
    if timer.name not in TELLING
}


@pytest.mark.parametrize("each", ALL, ids=[each.name for each in ALL])
def test_a_clock_has_what_its_row_names(each: ClockRow) -> None:
    assert each.tests or each.open, "told, or open"
    assert bool(each.clock or each.otherwise) == bool(each.tests)
    assert {each.fact} - {""} <= {entry.name for entry in BOOK.values()}
    assert set(filter(None, each.timer.split(", "))) <= TIMERS
    assert bool(each.then) != bool(each.nobody), "who is told second, or why nobody is"
    assert set(each.tests) <= set(stories_in({test.partition("::")[0] for test in each.tests}))
    if each.clock:
        said = table_of(each.clock)
        assert "after" in said
        assert ("upward" not in said) or bool(each.then)


def test_every_timer_stands_in_a_row() -> None:
    named = [timer for each in ALL for timer in each.timer.split(", ") if timer]
    assert sorted(named) == sorted(TIMERS)
