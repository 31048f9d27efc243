"""交销之后 (once it is handed in): intake has heard it by the post, and that it was sent back."""

from collections.abc import Mapping, Sequence
from typing import Any

from guiyi.play import detours as changes
from guiyi.play import order
from guiyi.play.case import Case
from guiyi.play.hard_days import DONE, ON_SITE, SETTLED, SIGNED
from guiyi.play.people import CLERK, LIU
from guiyi.play.player import Turn, play
from guiyi.play.repairs import home
from tests.world import detours
from tests.world.cases import enter
from tests.world.people import CLERK_2
from tests.world.world import World

HOME: Sequence[Turn] = (*ON_SITE, Turn(order.record_work(), LIU), DONE, SIGNED, SETTLED, *home(LIU))
DRAFTED = (Turn(changes.draft_change, LIU), Turn(changes.of_draft("signatures"), LIU))
AMEND = changes.of_draft("amendments")


def asked_of(case: Case) -> Mapping[str, Any]:
    """How the clerk's page shows that the drafted change is asked for."""
    papers = case.shown(CLERK, "intake", f"/v1/tickets/{case.ticket}/papers")
    assert papers is not None
    steps: list[Mapping[str, Any]] = [step for row in papers["rows"] for step in row["next"]]
    (found,) = (step for step in steps if step["path"].endswith("/amendments"))
    assert isinstance(found, Mapping)
    return found


def test_a_change_waits_until_the_task_is_sent_back() -> None:
    with World() as world:
        cast = enter(world)
        case = Case(world, {**cast["run_dry"], "work": cast["leaking"]["work"]})
        play(case, (*HOME, *DRAFTED))
        world.post.deliver_all()
        told = asked_of(case)
        assert [each["code"] for each in told["reasons"]] == ["task-handed-in"]
        play(case, (Turn(AMEND, CLERK, refused=("task-handed-in",)),))
        seen = case.ordered()
        assert seen is not None
        assert seen["stage"] == "handed_in"
        play(case, (Turn(detours.return_hand_in, CLERK_2),))
        world.post.deliver_all()
        assert asked_of(case)["allowed"]
        play(case, (Turn(AMEND, CLERK),))
        assert not world.parked
