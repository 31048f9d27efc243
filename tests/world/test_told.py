"""整单照演 (the repairs as they are told): each in memory, to the filed dossier, by the books."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from guiyi.play.cast import Cast
from guiyi.play.commissioning import commissioned
from guiyi.play.complaints import UNHAPPY, back_again, of_manner
from guiyi.play.hard_days import HARD_DAYS
from guiyi.play.people import CLERK, DEPUTY, Person
from guiyi.play.player import Done, Watcher
from guiyi.play.repairs import STORIES, Story
from guiyi.play.week import WEEK
from tests.world.books import Books
from tests.world.cases import enter
from tests.world.ways import fewer, further
from tests.world.world import World

ALL = (*STORIES, commissioned, *HARD_DAYS, *WEEK, *UNHAPPY, further, fewer)


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[World, Cast]]:
    with World() as made:
        cast = enter(made)
        made.begin_here()
        yield made, cast


def test_a_complaint_is_told_to_its_end(world: tuple[World, Cast]) -> None:
    rooms, cast = world
    ticket = of_manner(rooms.blank(), cast)
    rooms.post.deliver_all()
    (row,) = rooms.asks(CLERK, "intake", f"/v1/complaints?ticket={ticket}").json()["rows"]
    assert (row["stage"], row["reopened"], row["owner"]) == ("closed", 1, DEPUTY.id)


def test_back_the_next_day_it_is_a_new_report_that_is_marked(world: tuple[World, Cast]) -> None:
    rooms, cast = world
    books = Books(rooms.blank().pages)
    rooms.pace = timedelta(seconds=1)
    ticket = back_again(rooms, cast, Bookkeeper(books))
    rooms.post.deliver_all()
    books.look()
    first, again = sorted(number for number, each in books.tickets.items() if each.filed)
    assert (ticket, list(books.held())) == (again, [])
    told = rooms.asks(CLERK, "intake", f"/v1/reports/{again}").json()["report"]
    marked = [each["about"] for each in told["warnings"] if each["code"] == "repeat-repair"]
    assert (marked, told["opinion"]) == ([[first]], cast["back_again"]["unsolved"]["opinion"])
    assert not rooms.parked


class Bookkeeper(Watcher):
    """记账员: looks into the books whenever something was accepted."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def done(self, who: Person, done: Done) -> None:  # noqa: ARG002 - whoever did it
        self._books.look()


@pytest.mark.parametrize("story", ALL, ids=[story.name for story in ALL])
def test_it_comes_to_its_end_and_every_step_too_early_is_refused(
    world: tuple[World, Cast], story: Story
) -> None:
    rooms, cast = world
    books = Books(rooms.blank().pages)
    ticket = story(rooms, cast, Bookkeeper(books))
    rooms.post.deliver_all()
    books.look()
    assert books.tickets[ticket].filed
    assert not books.held()
    assert not rooms.parked
