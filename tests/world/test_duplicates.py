"""重复单 (duplicates): what is approved ends as one, and the ticket that goes on learns of it."""

from collections.abc import Mapping
from typing import Any

from guiyi.play import order, report
from guiyi.play.case import Case
from guiyi.play.order import ORDER
from guiyi.play.people import CLERK, LIU
from guiyi.play.player import play
from guiyi.play.repairs import reported_by
from tests.world.cases import enter
from tests.world.world import World


def shown(case: Case) -> Mapping[str, Any]:
    """The page of its report."""
    found = case.shown(CLERK, "intake", f"{report.REPORT}/{case.ticket}")
    assert found is not None
    return found


def ended_as_duplicate_of(case: Case, other: str) -> None:
    """结案: dispatch ends the first order of the case, and names the ticket that goes on."""
    body = {"ending": "duplicate", "reason": "与上一单重复", "other_ticket": other}
    path = f"{ORDER}/{case.ticket}-W1/closings"
    assert case.does(CLERK, "dispatch", path, {**body, "customer_told_at": case.now}).is_success


def test_the_other_ticket_learns_of_a_duplicate_that_is_found_after_the_approval() -> None:
    with World() as world:
        first, second = (Case(world, enter(world)["run_dry"]) for _ in range(2))
        for each in (first, second):
            play(each, reported_by(LIU))
        world.post.deliver_all()
        ended_as_duplicate_of(second, first.ticket)
        world.post.deliver_all()
        assert not world.parked
        assert shown(first)["report"]["linked"] == {second.ticket: "duplicate"}
        assert shown(first)["duplicates"] == [second.ticket]
        assert shown(second)["report"]["other_ticket"] == first.ticket
        body = {"ending": "duplicate", "reason": "重复", "other_ticket": second.ticket}
        third = Case(world, first.said)
        assert report.report(third, CLERK).is_success
        path = f"{report.REPORT}/{third.ticket}/closings"
        told = third.does(CLERK, "intake", path, {**body, "customer_told_at": third.now})
        (why,) = told.json()["reasons"]
        assert why["code"] == "duplicate-of-duplicate"
        assert first.ticket in why["en"]
        assert order.open_order()(first, CLERK), "and the first one goes on"
