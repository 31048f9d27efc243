"""所签完整 (signed whole): what the store asks about stands on what the customer is shown."""

import pytest

from guiyi.play import order
from guiyi.play.hard_days import ON_SITE
from guiyi.play.note import notes_of
from guiyi.play.people import LIU
from guiyi.play.player import play
from tests.shared.http_desk import codes
from tests.world.cases import case_of, enter
from tests.world.world import World

NOTHING = {"old_taken": 0, "new_serials": [], "old_serials": []}


@pytest.mark.parametrize(
    ("part", "broken"),
    [
        ("SEAL-32", ["old-parts-unsaid"]),
        ("PUMP-9", ["old-parts-unsaid", "new-serials-unsaid"]),
    ],
)
def test_old_parts_and_serials_are_said_before_the_customer_signs(
    part: str, broken: list[str]
) -> None:
    with World() as world:
        enter(world)
        world.begin_here()
        case = case_of(world, 0, parts={part: 1})
        play(case, ON_SITE)
        ((number, note),) = notes_of(case).items()
        (line,) = note["note"]["lines"]
        whole = order.used_of(number, line, 1)
        answer = order.records(case, LIU, [{**whole, **NOTHING}])
        assert codes(answer) == broken
        assert order.records(case, LIU, [whole]).is_success
