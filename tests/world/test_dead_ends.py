"""死路 (dead ends): from wherever a case stands, whoever is away, it comes to an end that is true.

`truth.py` says what a lie is, `present.py` who is there, `exits.py` what may be done. That the
search sees is shown by closing one exit after another: each time it names a dead end.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TypeAlias

import pytest

from guiyi.play.case import Act, Case
from guiyi.play.cast import Cast
from guiyi.play.detours import draft, of_draft
from guiyi.play.hard_days import HARD_DAYS, not_signed, taken_ill, withdrawn
from guiyi.play.people import Person
from guiyi.play.repairs import STORIES, Story, nobody_home, straight
from guiyi.play.week import WEEK, parcel_lost
from services.intake.report.approval import still_to_approve
from shared.events.order_sheet import NoteStage, OrderStage, VisitStage
from shared.events.report_form import Stage
from shared.events.values import RepairNature
from tests.world.cases import case_of
from tests.world.honest import Papers, papers_of
from tests.world.memory import Memory
from tests.world.moment import Moment
from tests.world.present import COST, JING, LIU, OPERATOR, PRESENT, SUN, ZHAO
from tests.world.search import FEW, Search, Start, assert_needed, dead_ends
from tests.world.standing_in import delegate, end_delegation
from tests.world.starts import lost_instead, present_alone, starts_of, truth_of, variants
from tests.world.table import EXITS
from tests.world.truth import Customer, Line, Truth
from tests.world.walks import walk
from tests.world.ways import SHORT, fewer, fitted, further
from tests.world.world import World

ALL = (*STORIES, *HARD_DAYS, *WEEK, further, fewer)
SEED, SOME = 46, 4
LOOKED_AT = Random(SEED).sample(ALL, 10)
"""The stories that every run looks at, and how many starts of each."""
WALKS, MANY_WALKS, ASIDE = 12, 600, 3
"""How many random walks are gone on from, by their seeds; from how many sides each."""
STOPPED_ONCE = (368,)
"""Walks from which there was no way once: a further note was named after the parcel had left."""
A_WHILE = timedelta(hours=3)
Where: TypeAlias = Callable[[Papers], bool]


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[World, Cast]]:
    with present_alone() as begun:
        yield begun


def every_start(world: World, cast: Cast, stories: Sequence[Story] = ALL) -> Iterator[Start]:
    """Everywhere, with everything that may have happened there."""
    for story in stories:
        for start in starts_of(world, cast, story):
            yield from variants(start)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("story", LOOKED_AT, ids=[story.name for story in LOOKED_AT])
def test_from_some_starts_there_is_a_way_on_which_everything_is_true(
    told: tuple[World, Cast], story: Story
) -> None:
    some = Random(SEED).sample(list(every_start(*told, [story])), SOME)
    assert not list(dead_ends(told[0], some))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("story", ALL, ids=[story.name for story in ALL])
def test_from_every_start_there_is_a_way_on_which_everything_is_true(
    told: tuple[World, Cast], story: Story
) -> None:
    assert not list(dead_ends(told[0], list(every_start(*told, [story]))))


@pytest.mark.parametrize("seed", [*range(WALKS), *STOPPED_ONCE])
def test_from_where_people_got_at_random_there_is_a_way_on_which_everything_is_true(
    told: tuple[World, Cast], seed: int
) -> None:
    assert not list(dead_ends(told[0], walked(told[0], seed)))


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_from_wherever_people_got_at_random_there_is_a_way(told: tuple[World, Cast]) -> None:
    starts = (each for seed in range(WALKS, MANY_WALKS) for each in walked(told[0], seed))
    assert not list(dead_ends(told[0], starts))


def walked(world: World, seed: int) -> Sequence[Start]:
    """Some of what may have happened where a walk stopped."""
    if (start := walk(world, seed)) is None:
        return ()
    return Random(seed).sample(found := list(variants(start)), min(ASIDE, len(found)))


def at(stage: VisitStage) -> Where:
    """Where the last visit stands so, of an order that somebody has taken."""

    def here(papers: Papers) -> bool:
        taken = papers.order.stage is OrderStage.ACCEPTED
        return taken and papers.visit is not None and papers.visit.stage is stage

    return here


def signed(papers: Papers) -> bool:
    """Where the customer has signed, and all is accounted for."""
    settled = all(note.stage is NoteStage.SETTLED for note in papers.notes.values())
    return papers.order.stage is OrderStage.SIGNED and settled


def not_done(papers: Papers) -> bool:
    """Where a task is handed in, and the customer signed that nothing is mended."""
    return papers.order.stage is OrderStage.HANDED_IN and papers.order.after is None


def submitted(papers: Papers) -> bool:
    """Where a report waits for its approval."""
    return papers.report.stage is Stage.SUBMITTED


def released(papers: Papers) -> bool:
    """Where a note is released, and nothing is drawn on it."""
    return any(note.stage is NoteStage.RELEASED for note in papers.notes.values())


def found_and_fitted(truth: Truth, _: Papers) -> Truth:
    """The piece that was told to be missing lay in the padding, and is in the machine."""
    ((line, pieces),) = truth.used.items()
    return replace(truth, short={}, used={line: pieces + 1})


def one_lost(truth: Truth, papers: Papers) -> Truth:
    """A piece of what the technician has is gone."""
    return replace(truth, lost={_first_line(papers): 1})


def _first_line(papers: Papers) -> Line:
    (number, note), *_ = papers.notes.items()
    return number, next(iter(note.issues))


def fewer_used(truth: Truth, papers: Papers) -> Truth:
    """One piece fewer is in the machine than is signed and booked."""
    ((line, pieces),) = truth.used.items()
    assert papers.order.customer is not None
    return replace(truth, used={line: pieces - 1})


So: TypeAlias = Callable[[Truth, Papers], Truth]
STARTS: dict[str, tuple[Story, Where, So]] = {
    "waiver": (
        not_signed,
        at(VisitStage.ENDED),
        lambda truth, _: replace(truth, customer=Customer.UNWILLING),
    ),
    "loss": (straight, at(VisitStage.ARRIVED), one_lost),
    "unfit parts": (
        nobody_home,
        at(VisitStage.ARRIVED),
        lambda truth, papers: replace(truth, damaged={_first_line(papers): 1}),
    ),
    "returned parcel": (
        nobody_home,
        at(VisitStage.ARRIVED),
        lambda truth, papers: replace(truth, came_back=frozenset(papers.notes)),
    ),
    "told again": (fitted, at(VisitStage.ENDED), found_and_fitted),
    "supplement": (
        straight,
        at(VisitStage.ARRIVED),
        lambda truth, _: replace(truth, to_fit={**truth.to_fit, "OIL-1": 1}),
    ),
    "excess": (fewer, signed, lambda truth, _: truth),
    "hand-over": (
        taken_ill,
        at(VisitStage.ARRIVED),
        lambda truth, _: replace(truth, away=LIU.id),
    ),
    "correction": (straight, signed, fewer_used),
    "for another": (straight, signed, lambda truth, _: replace(truth, away=LIU.id)),
    "deputy": (straight, submitted, lambda truth, _: replace(truth, away=ZHAO.id)),
    "deviation": (
        nobody_home,
        at(VisitStage.CONFIRMED),
        lambda truth, _: replace(truth, left_by="coach"),
    ),
    "amendment": (
        straight,
        at(VisitStage.ARRIVED),
        lambda truth, _: replace(truth, nature=RepairNature.PAID),
    ),
    "dropped line": (
        withdrawn,
        released,
        lambda truth, _: replace(truth, customer=Customer.WITHDRAWN),
    ),
    "further order": (further, not_done, lambda truth, _: truth),
    "not reached": (
        straight,
        at(VisitStage.CONFIRMED),
        lambda truth, _: replace(truth, customer=Customer.SILENT),
    ),
    "not mended": (
        straight,
        at(VisitStage.ARRIVED),
        lambda truth, _: replace(truth, mendable=False),
    ),
}
"""Of each exit a case that needs it: where it stands, and what is so there."""


def test_every_exit_has_a_case_that_needs_it() -> None:
    assert sorted(STARTS) == sorted(EXITS)


@pytest.mark.parametrize("exit_", EXITS)
def test_without_an_exit_the_search_names_a_dead_end(told: tuple[World, Cast], exit_: str) -> None:
    story, where, so = STARTS[exit_]
    found = (each for each in starts_of(*told, story) if where(each.papers))
    start = next(found)
    moment = replace(start.moment, now=start.moment.now + A_WHILE)
    start = replace(start, moment=moment, truth=so(start.truth, start.papers))
    assert_needed(exit_, told[0], start)


def start_named(told: tuple[World, Cast], story: Story, name: str) -> Start:
    """One of all that may have happened in a story, as a dead end names it."""
    return next(each for each in every_start(*told, [story]) if each.name == name)


@pytest.mark.parametrize("away", [None, LIU.id])
def test_what_is_booked_as_used_and_was_lost_is_granted_and_corrected(
    told: tuple[World, Cast], away: str | None
) -> None:
    world, cast = told
    start = next(each for each in starts_of(world, cast, straight) if signed(each.papers))
    truth = lost_instead(start.truth, _first_line(start.papers))
    start = replace(start, truth=replace(truth, away=away))
    way = Search(world, start).way()
    assert way.is_found, way
    assert {"loss", "correction"} <= way.exits
    stuck = Search(world, start, without=("loss",), most=3 * FEW).way()
    assert not stuck.is_found, stuck


@pytest.mark.parametrize("nth", [12, 13])
def test_what_was_lost_is_sent_anew_as_long_as_nobody_knows_that_it_helps_nothing(
    told: tuple[World, Cast], nth: int
) -> None:
    name = f"parcel_lost {nth}: it cannot be mended; nobody is away"
    start = start_named(told, parcel_lost, name)
    way = Search(told[0], start).way()
    assert way.is_found, way
    assert way.tried < FEW
    assert "not mended" in way.exits
    assert not [fact for fact in way.facts if fact.endswith("ParcelOpened")]


def test_of_two_numbered_pieces_one_is_lost_in_the_post_and_one_by_its_technician(
    told: tuple[World, Cast],
) -> None:
    world, cast = told
    pumps = case_of(world, parts={"PUMP-9": 2}, delivery="posted").said
    said = replace(cast, said={**cast.said, "pumps": pumps})
    *_, opened = starts_of(world, said, Story("pumps", SHORT, "pumps"))
    ((line, _),) = opened.truth.short.items()
    way = Search(world, replace(opened, truth=replace(opened.truth, lost={line: 1}))).way()
    assert way.is_found, way
    assert len([fact for fact in way.facts if fact.endswith("LossApproved")]) == 2
    assert way.tried < FEW


def test_a_further_order_is_made_out_anew_without_what_an_earlier_one_has_used(
    told: tuple[World, Cast],
) -> None:
    name = f"further 32: somebody else has to pay; {LIU.id} is away"
    way = Search(told[0], start_named(told, further, name)).way()
    assert way.is_found, way
    assert [fact for fact in way.facts if fact.endswith("WorkOrderOpened")]


def test_days_of_tries_count_from_when_the_customer_was_met_last(told: tuple[World, Cast]) -> None:
    name = f"further 14: nobody reaches the customer; {ZHAO.id} is away"
    way = Search(told[0], start_named(told, further, name)).way()
    assert way.is_found, way
    assert way.tried < 2 * FEW


def test_a_deputy_agrees_to_the_end_of_a_case_whose_customer_nobody_reaches(
    told: tuple[World, Cast],
) -> None:
    name = f"further 16: nobody reaches the customer; {ZHAO.id} is away"
    start = start_named(told, further, name)
    way = Search(told[0], start).way()
    assert way.is_found, way
    assert {"deputy", "not reached"} <= way.exits
    assert [fact for fact in way.facts if fact.endswith("UnreachedGranted")]
    stuck = Search(told[0], start, without=("deputy",), most=3 * FEW).way()
    assert not stuck.is_found, stuck


def test_what_is_remembered_counts_for_nobody_whose_word_it_needs(told: tuple[World, Cast]) -> None:
    world, memory = told[0], Memory()
    start = next(each for each in starts_of(*told, straight) if signed(each.papers))
    found = Search(world, start, memory=memory).way()
    assert f"{LIU.id} TaskHandedIn" in found.facts
    without = {who.id: replace(start.truth, away=who.id) for who in (SUN, LIU)}
    sun, liu = (replace(start, truth=truth) for truth in without.values())
    assert Search(world, sun, memory=memory).way() == replace(found, tried=0)
    another = Search(world, liu, memory=memory).way()
    assert another.is_found
    assert "for another" in another.exits
    assert not [fact for fact in another.facts if fact.startswith(LIU.id)]
    later = replace(start, moment=replace(start.moment, now=start.moment.now + timedelta(days=1)))
    assert Search(world, later, memory=memory).way().tried


@pytest.mark.parametrize("away", [None, *PRESENT, COST, OPERATOR], ids=lambda who: who and who.id)
def test_a_change_on_the_joint_rung_is_approved_by_both_or_by_who_stands_in(
    told: tuple[World, Cast], away: Person | None
) -> None:
    """It is drafted, signed and asked for; then one of all those present is away."""
    world = told[0]
    start = next(each for each in starts_of(*told, straight) if at(VisitStage.ARRIVED)(each.papers))
    start.moment.restore(world)
    case = replace(start.case)
    costs = {"estimated_fen": 600_000}
    drafted = draft(case, LIU, costs, because="整机大修")
    assert drafted is not None
    assert drafted.is_success, drafted.text
    for step, who in (("signatures", LIU), ("amendments", JING)):
        told_so = of_draft(step)(case, who)
        assert told_so is not None
        assert told_so.is_success, told_so.text
    world.post.deliver_all()
    papers = papers_of(case)
    assert still_to_approve(papers.report) == ["approver", "cost_deputy"]
    truth = replace(truth_of(case, papers), away=away.id if away else None)
    there = Start("on the joint rung", case, Moment.of(world), truth, papers)
    way = Search(world, there).way()
    assert way.is_found, way
    assert "amendment" in way.exits
    assert ("deputy" in way.exits) is (away in (ZHAO, COST))


def is_over(world: World, case: Case) -> None:
    """The day of the delegation is over."""
    does(case, delegate(JING, for_a_day=True))
    world.clock.pass_on(timedelta(days=1))


def is_taken_back(_world: World, case: Case) -> None:
    """The delegation is ended before its last day."""
    does(case, delegate(JING))
    does(case, end_delegation)


def does(case: Case, act: Act) -> None:
    """The operator does it, and it is accepted."""
    told = act(case, OPERATOR)
    assert told is not None
    assert told.is_success, told.text


@pytest.mark.parametrize("happens", [is_over, is_taken_back])
def test_a_deputy_of_the_past_decides_nothing_and_another_is_named(
    told: tuple[World, Cast], happens: Callable[[World, Case], None]
) -> None:
    world = told[0]
    start = next(each for each in starts_of(*told, straight) if submitted(each.papers))
    start.moment.restore(world)
    happens(world, start.case)
    world.post.deliver_all()
    start = replace(start, moment=Moment.of(world), truth=replace(start.truth, away=ZHAO.id))
    way = Search(world, start).way()
    assert way.is_found, way
    assert "deputy" in way.exits
    former = replace(start, truth=replace(start.truth, deputies=(JING.id,)))
    stuck = Search(world, former, without=("deputy",), most=3 * FEW).way()
    assert not stuck.is_found, stuck
