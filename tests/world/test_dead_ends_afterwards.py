"""善后的死路 (dead ends beside a repair): a claim, a complaint, a paper that is out or gone.

Each comes to its true end, and the dossier is filed, whoever is away. What a lie is of them stands
in `claims.py`, `grievances.py` and `custody.py`, beside what may be done.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias

import pytest

from guiyi.play.cast import Cast
from guiyi.play.hard_days import claimed
from guiyi.play.people import Person
from guiyi.play.repairs import Story
from shared.events.complaints import ComplaintStage
from shared.events.travel_claims import ClaimStage
from tests.world.afterwards import (
    AFTERWARDS,
    MISTYPED,
    deviating,
    lent,
    of_approver,
    of_clerk,
    of_technician,
    sent_back,
    stands_beside,
)
from tests.world.honest import Papers
from tests.world.present import MIN, OPERATOR, SHEN
from tests.world.search import Search, Start, assert_needed, dead_ends
from tests.world.starts import present_alone, starts_of, variants
from tests.world.table import AFTER
from tests.world.truth import Claimed, Complainant, Truth
from tests.world.world import World

SEED, SOME = 72, 30
"""Which starts are looked at in every run, and how many."""
Where: TypeAlias = Callable[[Papers], bool]
So: TypeAlias = Callable[[Truth, Papers], Truth]
Starts: TypeAlias = Mapping[str, Sequence[Start]]


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[World, Starts]]:
    with present_alone() as (world, cast):
        stories = (*AFTERWARDS, claimed)
        yield world, {each.name: beside(world, cast, each) for each in stories}


def beside(world: World, cast: Cast, story: Story) -> Sequence[Start]:
    """Where something stands beside the repair."""
    return [each for each in starts_of(world, cast, story) if stands_beside(each.papers)]


def test_from_some_of_them_there_is_a_way_on_which_everything_is_true(
    told: tuple[World, Starts],
) -> None:
    world, starts = told
    every = [each for found in starts.values() for start in found for each in variants(start)]
    assert not list(dead_ends(world, Random(SEED).sample(every, SOME)))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("story", AFTERWARDS, ids=[each.name for each in AFTERWARDS])
def test_from_each_of_them_there_is_a_way_on_which_everything_is_true(
    told: tuple[World, Starts], story: Story
) -> None:
    world, starts = told
    every = (each for start in starts[story.name] for each in variants(start))
    assert not list(dead_ends(world, every))


def claim_at(stage: ClaimStage) -> Where:
    """Where a claim stands so."""
    return lambda papers: any(each.stage is stage for each in papers.claims.values())


def complaint_at(stage: ComplaintStage, *, again: bool = False) -> Where:
    """Where a complaint stands so; again: after it was reopened."""

    def here(papers: Papers) -> bool:
        at = [each for each in papers.complaints.values() if each.stage is stage]
        return any((each.reopened is not None) is again for each in at)

    return here


def out(papers: Papers) -> bool:
    """Where a paper is out, and nothing else is missing."""
    return bool(papers.dossier.custody.out) and not papers.dossier.lacks


def mistyped(truth: Truth, papers: Papers) -> Truth:
    """The first line of the claim cost more than it says."""
    (claim,) = papers.claims.values()
    first, *others = (each.fen for each in claim.lines.values())
    return replace(truth, spent=(first + MISTYPED, *others))


def of_claim(so: Claimed) -> So:
    return lambda truth, _: replace(truth, claimed=so)


def complainant(so: Complainant) -> So:
    return lambda truth, _: replace(truth, complainant=so)


def as_it_stands(truth: Truth, _papers: Papers) -> Truth:
    return truth


SUBMITTED, REVIEWED = claim_at(ClaimStage.SUBMITTED), claim_at(ClaimStage.REVIEWED)
RESOLVED = complaint_at(ComplaintStage.RESOLVED)
STARTS: Mapping[str, tuple[Story, Where, So]] = {
    "returned claim": (sent_back, SUBMITTED, mistyped),
    "cut line": (sent_back, SUBMITTED, as_it_stands),
    "marked line": (deviating, REVIEWED, as_it_stands),
    "withdrawn claim": (sent_back, SUBMITTED, of_claim(Claimed.UNWANTED)),
    "claimed anew": (claimed, REVIEWED, mistyped),
    "rejected claim": (sent_back, SUBMITTED, of_claim(Claimed.UNJUST)),
    "deputy of finance": (
        sent_back,
        SUBMITTED,
        lambda truth, _: replace(truth, away=MIN.id),
    ),
    "paper back": (lent, out, as_it_stands),
    "lost paper": (lent, out, lambda truth, _: replace(truth, is_report_gone=True)),
    "another owner": (
        of_clerk,
        complaint_at(ComplaintStage.ASSIGNED),
        lambda truth, _: replace(truth, away=MIN.id),
    ),
    "reopened": (of_technician, RESOLVED, complainant(Complainant.UNHAPPY)),
    "unsettled": (
        of_clerk,
        complaint_at(ComplaintStage.ASSIGNED, again=True),
        complainant(Complainant.NEVER),
    ),
    "withdrawn complaint": (of_technician, RESOLVED, complainant(Complainant.WITHDRAWN)),
    "no call": (of_technician, RESOLVED, complainant(Complainant.AT_PEACE)),
    "in vain": (of_technician, RESOLVED, complainant(Complainant.UNREACHED)),
    "upward": (
        of_approver,
        complaint_at(ComplaintStage.ASSIGNED, again=True),
        complainant(Complainant.NEVER),
    ),
}
"""Of each exit a case that needs it: where it stands, and what is so there."""


def test_every_exit_has_a_case_that_needs_it() -> None:
    assert sorted(STARTS) == sorted(AFTER)


@pytest.mark.parametrize("exit_", AFTER)
def test_without_an_exit_the_search_names_a_dead_end(
    told: tuple[World, Starts], exit_: str
) -> None:
    world, starts = told
    story, where, so = STARTS[exit_]
    start = next(each for each in starts[story.name] if where(each.papers))
    start = replace(start, truth=so(start.truth, start.papers))
    assert_needed(exit_, world, start)


@pytest.mark.parametrize("of", [of_technician, claimed], ids=["never lent", "with finance"])
def test_a_report_that_is_not_in_its_file_is_reported_whoever_had_it(
    told: tuple[World, Starts], of: Story
) -> None:
    world, starts = told
    start = next(each for each in starts[of.name] if each.papers.dossier.asked)
    way = Search(world, replace(start, truth=replace(start.truth, is_report_gone=True))).way()
    assert way.is_found, way
    assert "lost paper" in way.exits
    assert not [fact for fact in way.facts if fact.endswith("PaperReturned")]


@pytest.mark.parametrize("away", [SHEN, OPERATOR], ids=["general manager", "operator"])
def test_what_the_only_approver_is_part_of_ends_also_without_who_is_asked_from_outside(
    told: tuple[World, Starts], away: Person
) -> None:
    world, starts = told
    story, where, so = STARTS["upward"]
    start = next(each for each in starts[story.name] if where(each.papers))
    start = replace(start, truth=replace(so(start.truth, start.papers), away=away.id))
    way = Search(world, start).way()
    assert way.is_found, way
    assert not [fact for fact in way.facts if fact.startswith(away.id)]
    assert ("deputy" in way.exits) is (away is SHEN)
