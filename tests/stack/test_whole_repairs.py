"""整单上栈 (whole repairs): on the real stack, each step as soon as it may be taken.

Steps and books are the same as in memory (`tests/world`).
"""

from collections.abc import Iterator

import pytest

from guiyi.play.branch.strays import BY_POST
from guiyi.play.player import play
from guiyi.play.repairs import STORIES
from guiyi.rooms import ROOMS
from shared.record.postgres import Record
from shared.view import Recorded, recorded
from tests.stack.whole import Whole, desk_of, settled, whole
from tests.world.books import Books
from tests.world.cases import case_of, enter

ALL = 1_000_000


def facts(stack: Whole) -> list[Recorded]:
    """Every fact of every room, in the order in which they became true."""
    found = [told for room in ROOMS for told in of_room(stack, room)]
    return sorted(found, key=lambda told: (told.recorded_at, told.partition, told.seq))


def of_room(stack: Whole, room: str) -> Iterator[Recorded]:
    settings = stack.access.settings(room)
    record = Record(settings.runtime_url, room, settings.partitions, pool=2)
    try:
        for partition in range(record.partitions):
            for stored in record.facts(partition, 0, ALL):
                yield recorded(room, stored)
    finally:
        record.close()


@pytest.mark.stack
@pytest.mark.timeout(900)
def test_whole_repairs_end_by_the_books() -> None:
    with whole() as stack:
        with desk_of(stack) as desk:
            cast = enter(desk)
            tickets = [story(desk, cast) for story in STORIES]
            by_post = case_of(desk, parts={"PUMP-9": 1}, delivery="posted")
            tickets.append(play(by_post, BY_POST))
        books = Books({})
        books.read(facts(stack))
        assert [books.tickets[ticket].filed for ticket in tickets] == [True] * len(tickets)
        assert len(books.tickets) == len(tickets)
        assert not books.held()
        settled(stack)
