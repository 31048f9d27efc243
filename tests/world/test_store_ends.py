"""库单的出路 (ends of the store's papers): every step is taken, and from everywhere one ends.

Whoever is away: another of their role goes on, or who stands in for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from guiyi.play.case import Case
from guiyi.play.cast import cast
from guiyi.play.people import BASE, BASE_CLERK, BASE_KEEPER, KEEPER, OPERATOR, Person
from guiyi.play.registers import enter_registers, enter_stock, enter_stores
from guiyi.play.week import spoilt
from guiyi.rooms import wiring
from shared.events.cards import BranchDocument
from shared.step import Step
from tests.world.moment import Moment
from tests.world.store_papers import (
    A_WEEK,
    CREW,
    DEPUTIES,
    JUDGED,
    KINDS,
    KNOWN,
    MANAGER,
    MORE,
    RING,
    SEAL,
    STOCK,
    Kind,
    Paper,
    begin,
)
from tests.world.walked import Did, ends, everywhere
from tests.world.world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        told = cast()
        for enter in (enter_registers, enter_stock, enter_stores):
            enter(made, told)
        for person in MORE:
            register(made, person)
        made.post.deliver_all()
        stock = {"quantity": 40, "fen": 50_000}
        accepted(made, BASE_KEEPER, "inventory", f"/v1/stock/{BASE}/{SEAL}/openings", stock)
        for who, deputies in DEPUTIES.items():
            for branch, deputy in deputies.items():
                stand_in(made, who, deputy, branch)
        spoilt(made, told)
        made.begin_here()
        yield made


def register(world: World, person: Person) -> None:
    world.tokens[person.id] = person
    said = {name: getattr(person, name) for name in ("id", "name", "roles", "posts", "skills")}
    card = {**said, "branches": person.branches(world.branch)}
    accepted(world, OPERATOR, "intake", "/v1/people", card)


def stand_in(world: World, who: str, deputy: Person, branch: str) -> None:
    """授权: for the days of these stories, as all that they decide."""
    roles = world.tokens[who].roles
    first = world.now.date()
    days = {"from_on": f"{first}", "until_on": f"{first + 3 * A_WEEK}"}
    body = {"deputy": deputy.id, "as_what": roles, "because": "外出", **days}
    path = f"/v1/people/{who}/delegations?branch={branch}"
    accepted(world, OPERATOR, "intake", path, body)
    world.post.deliver_all()


def accepted(world: World, who: Person, room: str, path: str, body: Mapping[str, object]) -> None:
    answer = world.does(who, room, path, dict(body))
    assert answer.is_success, answer.text


def _concerned(kind: Kind) -> Sequence[Person]:
    """Who takes any step of it."""
    roles = {role for step in kind.paper.STEPS if isinstance(step, Step) for role in step.by}
    return [each for each in CREW if roles & {*each.roles}]


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS, ids=[kind.path for kind in KINDS])
def test_every_step_is_taken_and_whoever_is_away_it_ends(world: World, kind: Kind) -> None:
    paper = begin(Case(world.blank(), cast()["store_month"]), kind)
    taken = set[str]()
    found = list(everywhere(paper, taken))
    steps = [each for each in kind.paper.STEPS if isinstance(each, Step) and not each.begins]
    assert {step.path for step in steps} <= taken | {"urgings"}  # whoever waits may, nobody must
    stuck = [
        (away.id, sorted(here.taken))
        for here, moment in found
        for away in _concerned(kind)
        if not ends(here, moment, away.id)
    ]
    assert stuck == []


@pytest.mark.parametrize("away", CREW, ids=[each.id for each in CREW])
@pytest.mark.parametrize("step", JUDGED, ids=["good", "old", "scrapped"])
def test_what_came_home_damaged_is_judged_whoever_is_away(
    world: World, step: Did, away: Person
) -> None:
    """Once: a piece that was judged is not there to be judged again."""
    paper = Paper(Case(world.blank(), cast()["store_month"]), f"{world.branch}/{RING}", STOCK)
    moment, held = Moment.of(world), spoilt_pieces(paper)
    assert held == 1
    assert paper.is_taken(step, away.id)
    assert spoilt_pieces(paper) == 0
    assert not any(paper.is_taken(each) for each in JUDGED)
    moment.restore(world)


@pytest.mark.parametrize("at_base", [False, True], ids=["sent", "at-base"])
def test_what_quarantine_put_away_comes_to_its_end(world: World, *, at_base: bool) -> None:
    """It is listed without a note, and base does with it what it says; its own where it lies."""
    case = Case(world.blank(), cast()["store_month"])
    moment = Moment.of(world)
    if at_base:
        is_base(world)
    assert Paper(case, f"{world.branch}/{RING}", STOCK).is_taken(JUDGED[1])
    lines = [{"part": RING, "condition": "压伤"}]
    listed = {"old_class": "other", "lines": lines}
    kind = next(each for each in KINDS if each.path == "old-parts")
    answer = case.does(KEEPER, "inventory", "/v1/old-parts", listed)
    assert answer.is_success, answer.text
    paper = Paper(case, answer.json()["stream"].partition("-")[2], kind)
    assert {step for step, _ in paper.offers()} == {
        "receipts" if at_base else "sendings",
        "endings",
        "urgings",
    }
    begun = Moment.of(world)
    for away in (None, KEEPER.id, BASE_CLERK.id):
        assert ends(replace(paper), begun, away)
    moment.restore(world)


def is_base(world: World) -> None:
    """The card of the branch says from now on that it is base."""
    known = world.views["inventory"].documents
    key = "intake", f"branch-{world.branch}"
    told = known[key]
    assert isinstance(told, BranchDocument)
    known[key] = replace(told, card=replace(told.card, is_base=True))


def spoilt_pieces(paper: Paper) -> int:
    """How many pieces of the part lie in quarantine."""
    shown = paper.case.seen("inventory", f"/v1/stock/{paper.number}")
    assert shown is not None
    return int(shown["accounts"].get("quarantine", 0))


def test_without_a_deputy_nobody_grants_what_is_lost_at_base(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the search sees a dead end: the manager is away, and base has no approver.

    The parcel did leave: nobody says otherwise to get on.
    """
    monkeypatch.setitem(KNOWN, ("old-parts", "sending-corrections"), lambda _: iter(()))
    kind = next(each for each in KINDS if each.path == "old-parts")
    paper = begin(Case(world.blank(), cast()["store_month"]), kind)
    for step in ("sendings", "receipts"):
        assert paper.is_taken(next(each for each in paper.offers() if each[0] == step))
    lost = Moment.of(world)
    assert ends(paper, lost, MANAGER.id)
    monkeypatch.delitem(DEPUTIES, MANAGER.id)
    assert not ends(paper, lost, MANAGER.id)


def test_no_paper_of_the_store_is_left_out() -> None:
    """A new one is walked here, told in the month, or entered before anything happens."""
    walked = {kind.paper.PAPER.prefix for kind in (*KINDS, STOCK)}
    taken = {
        prefix
        for prefix, paper in wiring("inventory").papers.items()
        if any(isinstance(each, Step) for each in paper.STEPS)
    }
    assert taken - walked == {"issue_note", "closing", "part"}
