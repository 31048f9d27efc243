"""顺序无关: any order, delay and repetition of all milestones between rooms ends in the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, count
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from guiyi.play.branch.strays import BY_POST
from guiyi.play.case import Case
from guiyi.play.commissioning import commissioned
from guiyi.play.hard_days import HARD_DAYS
from guiyi.play.player import Turn
from guiyi.play.repairs import STORIES
from guiyi.play.week import WEEK
from tests.world.books import Books
from tests.world.cases import TOLD, case_of, enter
from tests.world.picture import differences, picture
from tests.world.record import BEGIN
from tests.world.ways import MISISSUED, ODD, RECALLED, WINDING, further, unhurried
from tests.world.world import WHATEVER, World

FEW, MANY = 3, 1_000
ALL = (*STORIES, commissioned, *HARD_DAYS, *WEEK, further)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.begin_here()
        yield made


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody does in one of the repairs, and when, whatever the post brings until then."""

    at: datetime
    case: Case
    step: Turn


class Play:
    """戏: people do the same at the same times; only the post between the rooms is another."""

    def __init__(self, world: World, chances: Sequence[int] = ()) -> None:
        """`chances` say what happens next; when they run out all that waits arrives in its turn."""
        self.world, self.chances = world.blank(), chances
        self._told, self._numbers = "", count()
        self.books = Books(self.world.pages)
        told = [(Case(world, TOLD[each.said], each.technician), each.steps) for each in ALL]
        self._deeds = [
            *(deed for case, steps in told for deed in self._of(case, steps)),
            *self._of(case_of(world, 0, parts={"PUMP-9": 1}, delivery="posted"), BY_POST),
            *self._of(case_of(world, 1, parts={"SEAL-32": 3}), WINDING),
            *self._of(case_of(world, 2, parts={"SEAL-32": 2, "OIL-1": 1}), RECALLED),
            *self._of(case_of(world, 3, parts={"SEAL-32": 1, "OIL-1": 1}), ODD),
            *self._of(case_of(world, 4, parts={"PUMP-9": 1}), MISISSUED),
        ]
        self._deeds.sort(key=lambda deed: deed.at)

    def to_the_end(self) -> Mapping[str, Any]:
        """Play until every case has come to its end; what stands then."""
        for chance in self.chances:
            self._next(chance)
            self.books.look()
        while self._deeds:
            if not self._is_done():
                assert self.world.post.waiting, self._told
                self.world.post.deliver()
            self.books.look()
        while self.world.post.waiting:
            self.world.post.deliver()
            self.books.look()
        assert not self.world.parked
        assert all(ticket.filed for ticket in self.books.tickets.values())
        assert not self.books.held()
        return picture(self.world)

    def _next(self, chance: int) -> None:
        kind, which, post = chance % 8, chance // 8, self.world.post
        match kind:
            case 0 | 1 | 2 if self._deeds:
                self._is_done()
            case 3 | 4 | 5 if post.waiting:
                post.deliver(which)
            case 6 if post.delivered:
                post.repeat(which)
            case 7 if post.delivered:
                rooms = sorted(self.world.rooms)
                post.lose(rooms[which % len(rooms)], backwards=which % 2 == 0)
            case _:
                pass

    def _is_done(self) -> bool:
        """Whether what comes next could be done."""
        deed = self._deeds[0]
        deed.case.at = deed.at
        told = deed.step.act(deed.case, deed.step.who)
        if told is None or not told.is_success:
            self._told = f"{deed.step}: {told.text if told else 'nothing to do it with'}"
            return False
        self._deeds.pop(0)
        return True

    def _of(self, case: Case, steps: Sequence[Turn]) -> Sequence[Deed]:
        """In a story that stands still while the post is late nobody comes too early."""
        begun = BEGIN + next(self._numbers) * timedelta(minutes=1)
        taken = unhurried(steps)
        passed = accumulate(step.after for step in taken)
        return [Deed(begun + after, case, step) for after, step in zip(passed, taken, strict=True)]


class Usual:
    """What stands when everything arrives in its order and at once."""

    def __init__(self, world: World) -> None:
        self.picture = Play(world).to_the_end()


@pytest.fixture(scope="module")
def usual(world: World) -> Usual:
    return Usual(world)


chances = st.lists(st.integers(0, 8 * 600), max_size=160)


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(WHATEVER, max_examples=FEW, phases=[Phase.generate])
@for_all(chances=chances)
def test_the_order_does_not_matter(world: World, usual: Usual, chances: Sequence[int]) -> None:
    assert differences(usual.picture, Play(world, chances).to_the_end()) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(WHATEVER, max_examples=MANY)
@for_all(chances=chances)
def test_the_order_does_not_matter_at_all(
    world: World, usual: Usual, chances: Sequence[int]
) -> None:
    assert differences(usual.picture, Play(world, chances).to_the_end()) == []
