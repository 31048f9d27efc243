"""跨周 (over a week): the repair whose steps are days apart, in memory."""

from datetime import datetime

from guiyi.play.case import Case
from guiyi.play.days import OVER_A_WEEK, Day, play_days
from tests.world.books import Books
from tests.world.cases import enter
from tests.world.test_told import Bookkeeper
from tests.world.world import World


def test_a_repair_spans_a_week_and_every_reminder_comes_by_the_calendar() -> None:
    with World() as world:
        cast = enter(world)
        world.post.deliver_all()
        case, books = Case(world, cast["rings"]), Books(world.pages)
        seen: list[Day] = []

        def turn_to(moment: datetime) -> None:
            world.post.deliver_all()
            world.clock.reach(moment)
            world.fire()

        def begun(day: Day) -> None:
            facts = [fact for page in world.pages.values() for fact in page.whole]
            of_store = {fact for fact in facts if fact.stream.startswith("closing-")}
            urged = {f.type for f in facts if f.type.endswith("Urged") and f not in of_store}
            assert urged == day.urged, day
            seen.append(day)

        ticket = play_days(case, OVER_A_WEEK, turn_to, begun, Bookkeeper(books))
        world.post.deliver_all()
        books.look()
        assert books.tickets[ticket].filed
        assert seen == [*OVER_A_WEEK]
        assert not world.parked
