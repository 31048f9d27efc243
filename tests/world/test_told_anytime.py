"""任何时刻 (at any moment): the told repairs come to their ends whenever somebody calls.

They are played on the real clock too, in the demo and on the real stack, where a repair may begin
ten seconds before the branch's midnight, on a Friday evening or in the night of a leap day.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from guiyi.play.cast import Cast
from guiyi.play.commissioning import commissioned
from guiyi.play.hard_days import HARD_DAYS, withdrawn
from guiyi.play.player import Done, Watcher
from guiyi.play.repairs import STORIES, Story, remote
from tests.world.cases import enter
from tests.world.record import BEGIN
from tests.world.world import WHATEVER, World

ALL = (*STORIES, commissioned, *HARD_DAYS)
GOING = [story for story in ALL if story not in (remote, withdrawn)]
"""In which somebody sets out."""
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
"""By the calendar of the branch."""
NIGHTS = st.integers(0, 4_000).map(lambda days: MIDNIGHT + days * DAY)
EVES = st.builds(lambda night, left: night - left * SECOND, NIGHTS, st.integers(0, 90))
ANY_TIME = st.floats(0, 4_000).map(lambda days: BEGIN + days * DAY)
PACES = st.sampled_from((SECOND, SECOND / 10, MINUTE, 20 * MINUTE))


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[World, Cast]]:
    with World() as made:
        cast = enter(made)
        made.begin_here()
        yield made, cast


class Facts(Watcher):
    """Notes what became true."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def done(self, _who: object, done: Done) -> None:
        self.all += done.facts


def told(
    world: tuple[World, Cast], story: Story, begin: datetime, pace: timedelta
) -> Sequence[str]:
    """What becomes true when it is told from this moment on, with such a time between commands."""
    rooms, cast = world
    rooms.blank()
    rooms.clock.now, rooms.pace = begin, pace
    facts = Facts()
    story(rooms, cast, facts)
    rooms.post.deliver_all()
    assert not rooms.parked
    return facts.all


@pytest.mark.parametrize("story", GOING, ids=lambda story: story.name)
def test_past_midnight_the_new_day_is_asked_for_and_granted(
    world: tuple[World, Cast], story: Story
) -> None:
    facts = told(world, story, MIDNIGHT - 10 * SECOND, SECOND)
    asked = facts.index("TravelChangeAsked")
    assert facts[asked + 1] == "TravelChangeApproved"
    assert asked < facts.index("Departed")


@pytest.mark.long
@pytest.mark.parametrize("story", ALL, ids=lambda story: story.name)
def test_it_comes_to_its_end_whenever_it_begins(world: tuple[World, Cast], story: Story) -> None:
    @settings(WHATEVER, max_examples=8)
    @for_all(st.one_of(EVES, ANY_TIME), PACES)
    def whenever(begin: datetime, pace: timedelta) -> None:
        facts = told(world, story, begin, pace)
        assert facts[-1] == "DossierFiled"

    whenever()
