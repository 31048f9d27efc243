"""片刻 (one moment): within a step nobody looks twice at one page; the next step looks again."""

from collections.abc import Iterator

import httpx
import pytest

from guiyi.play import report
from guiyi.play.branch.strays import ORDINARY
from guiyi.play.case import Case
from guiyi.play.cast import cast
from guiyi.play.people import CLERK, LIU, ONLOOKER, Person
from guiyi.play.player import Turn, play
from guiyi.play.registers import enter_registers, enter_stock
from guiyi.play.report import REPORT
from guiyi.play.visit import VISIT, visits_of
from tests.world.cases import TOLD
from tests.world.world import World


class Asked(World):
    """A world that says which pages it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for = list[str]()

    def asks(self, who: Person, room: str, path: str) -> httpx.Response:
        """As Rooms.asks."""
        self.asked_for.append(path)
        return super().asks(who, room, path)


@pytest.fixture
def world() -> Iterator[Asked]:
    with Asked() as made:
        enter_registers(made, cast())
        made.post.deliver_all()
        yield made


def test_a_page_is_asked_for_once_within_a_step_and_again_once_something_is_sent(
    world: Asked,
) -> None:
    case = Case(world, TOLD["tripped"], LIU)
    play(case, (Turn(report.report, CLERK),))
    page = f"{REPORT}/{case.ticket}"
    with case.one_moment():
        first = case.seen("intake", page)
        assert case.seen("intake", page) == case.shown(ONLOOKER, "intake", page) == first
        assert world.asked_for == [page]
        assert case.shown(CLERK, "intake", page) is not None
        assert world.asked_for == [page, page]
        report.guide("solved")(case, LIU)
        assert case.seen("intake", page) != first
    assert world.asked_for == [page, page, page]
    assert case.seen("intake", page) == case.seen("intake", page)
    assert len(world.asked_for) == 5


def test_each_step_of_a_play_is_one_moment(world: Asked) -> None:
    case = Case(world, TOLD["tripped"], LIU)

    def look_twice(case: Case, who: Person) -> httpx.Response | None:
        for _ in range(2):
            case.seen("intake", f"{REPORT}/{case.ticket}")
        return report.guide("solved")(case, who)

    play(case, (Turn(report.report, CLERK), Turn(look_twice, LIU)))
    assert len(world.asked_for) == 1


def test_where_a_visit_was_planned_no_further_one_is_looked_for(world: Asked) -> None:
    enter_stock(world, cast())
    world.post.deliver_all()
    case = Case(world, TOLD[ORDINARY.said], ORDINARY.technician)
    play(case, ORDINARY.steps)
    looked_for = {page for page in world.asked_for if page.startswith(VISIT)}
    assert looked_for == {f"{VISIT}/{case.ticket}-V1"}
    assert visits_of(case) == visits_of(Case(world, case.said, ticket=case.ticket)) != []
