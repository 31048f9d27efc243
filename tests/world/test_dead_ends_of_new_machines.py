"""新机的死路 (dead ends of a commissioning): it is accepted, given up, or does not run.

What the machine is, and whether its customer keeps it, stands in the truth as of a repair.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias

import pytest

from guiyi.play import report
from guiyi.play.case import Case
from guiyi.play.cast import Cast
from guiyi.play.commissioning import COMMISSIONED, commissioned
from guiyi.play.hard_days import DONE, SIGNED
from guiyi.play.people import APPROVER, CLERK, LIU, Person
from guiyi.play.player import Turn
from guiyi.play.repairs import DRAWN, Story, agreed_by, ordered_for, there
from shared.events.order_sheet import VisitStage
from tests.world.honest import Papers, Told, record
from tests.world.search import assert_needed, dead_ends
from tests.world.starts import present_alone, starts_of, variants
from tests.world.table import OF_NEW
from tests.world.truth import Customer, Truth
from tests.world.world import World

SEED, SOME = 71, 15
"""Which starts are looked at in every run, and how many."""
SUBMITTED = next(n for n, turn in enumerate(COMMISSIONED) if turn.act is report.approve)
TO_BUILD_IN = {"SEAL-32": 2}
Where: TypeAlias = Callable[[Papers], bool]
So: TypeAlias = Callable[[Truth, Papers], Truth]


def build_in(case: Case, who: Person) -> Told:
    """调试记录: it runs, with all that was drawn built in."""
    used = {(f"{case.ticket}-C1", part): n for part, n in TO_BUILD_IN.items()}
    return record(Truth(worked=True, used=used))(case, who)


WITH_PARTS: Sequence[Turn] = (
    *(*COMMISSIONED[:SUBMITTED], Turn(report.approve, APPROVER), *ordered_for(LIU)),
    *(DRAWN, *agreed_by(CLERK), *there(LIU)),
    *(Turn(build_in, LIU), DONE, SIGNED),
)
with_parts = Story("with_parts", WITH_PARTS, "sold_with_parts")
NEW: Sequence[Story] = (commissioned, with_parts)


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[World, Cast]]:
    with present_alone() as (world, cast):
        brought = [{"part": part, "quantity": n} for part, n in TO_BUILD_IN.items()]
        planned = {**cast["sold"]["plan"], "no_parts": False, "parts_to_bring": brought}
        said = {**cast["sold"], "plan": planned, "delivery": "carried"}
        yield world, replace(cast, said={**cast.said, with_parts.said: said})


def test_from_some_of_them_there_is_a_way_on_which_everything_is_true(
    told: tuple[World, Cast],
) -> None:
    starts = (start for story in NEW for start in starts_of(*told, story))
    every = [each for start in starts for each in variants(start)]
    assert not list(dead_ends(told[0], Random(SEED).sample(every, SOME)))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("story", NEW, ids=[each.name for each in NEW])
def test_from_each_of_them_there_is_a_way_on_which_everything_is_true(
    told: tuple[World, Cast], story: Story
) -> None:
    every = (each for start in starts_of(*told, story) for each in variants(start))
    assert not list(dead_ends(told[0], every))


def arrived(papers: Papers) -> bool:
    """Where somebody is there, and has not worked."""
    there_ = papers.visit is not None and papers.visit.stage is VisitStage.ARRIVED
    return there_ and papers.order.work is None


def to_be_accepted(papers: Papers) -> bool:
    """Where it runs, and nobody has accepted it."""
    over = papers.visit is not None and papers.visit.stage is VisitStage.ENDED
    work = papers.order.work
    return over and work is not None and work.work.commissioned is not None


def withdrawn(truth: Truth, _papers: Papers) -> Truth:
    return replace(truth, customer=Customer.WITHDRAWN)


STARTS: Mapping[str, tuple[Story, Where, So]] = {
    "given up": (commissioned, arrived, withdrawn),
    "not accepted": (with_parts, to_be_accepted, withdrawn),
    "not running": (commissioned, arrived, lambda truth, _: replace(truth, mendable=False)),
}
"""Of each exit a case that needs it: where it stands, and what is so there."""


def test_every_exit_has_a_case_that_needs_it() -> None:
    assert sorted(STARTS) == sorted(OF_NEW)


@pytest.mark.parametrize("exit_", OF_NEW)
def test_without_an_exit_the_search_names_a_dead_end(told: tuple[World, Cast], exit_: str) -> None:
    story, where, so = STARTS[exit_]
    start = next(each for each in starts_of(*told, story) if where(each.papers))
    assert_needed(exit_, told[0], replace(start, truth=so(start.truth, start.papers)))
