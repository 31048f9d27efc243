"""S1 用户报修制 (repair report, two ways in): each check of it, over HTTP, by its id."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from guiyi.play import order, report
from guiyi.play.case import Case
from guiyi.play.people import APPROVER, CLERK, LIU, Person
from tests.acceptance.checks import Hearing, Seen
from tests.shared.http_desk import codes
from tests.world.cases import case_of, enter
from tests.world.people import HANDY
from tests.world.world import World

REPORTS = "/v1/reports"


@pytest.fixture(scope="module")
def desk() -> Iterator[Hearing]:
    with Hearing() as made:
        enter(made)
        made.begin_here()
        yield made


@pytest.fixture
def world(desk: Hearing) -> Hearing:
    desk.seen = Seen()
    return desk.blank()


def facts(answer: httpx.Response | None) -> list[str]:
    """What became true, as the answer says."""
    assert answer is not None
    assert answer.is_success, answer.text
    said: list[str] = answer.json()["facts"]
    return said


def refused(answer: httpx.Response | None) -> list[str]:
    """Why not, as the answer says."""
    assert answer is not None
    return codes(answer)


def step(case: Case, who: Person, path: str, body: Any) -> httpx.Response:
    return case.does(who, "intake", f"{REPORTS}/{case.ticket}/{path}", body)


def saying(case: Case, **told: str) -> Case:
    """The case, reported otherwise."""
    return replace(case, said={**case.said, "report": {**case.said["report"], **told}})


def diagnosed(world: World, technician: Person = LIU) -> Case:
    case = case_of(world, technician=technician)
    facts(report.report(case, CLERK))
    facts(report.guide("not_solved")(case, technician))
    facts(report.diagnose(case, technician))
    return case


def test_s1_1_two_ways_in(world: Hearing) -> None:
    case = case_of(world)
    assert facts(report.report(case, CLERK)) == ["RepairReported"]
    assert refused(report.report(case, LIU)) == ["way-a-is-the-clerks"]
    told = saying(case_of(world, 1), way_in="B", channel="employee")
    assert facts(report.report(told, LIU)) == ["RepairReported"]
    unsaid = {"fault_description": "只在加压时漏水"}
    assert refused(step(told, CLERK, "basics", unsaid)) == ["not-confirmed"]
    facts(report.guide("not_solved")(told, LIU))
    facts(report.diagnose(told, LIU))
    facts(report.sign_report(told, LIU))
    assert refused(report.submit(told, CLERK)) == ["report-incomplete"]
    body = {"called_customer_at": told.now}
    assert facts(step(told, CLERK, "basics", body)) == ["BasicsCompleted"]
    facts(report.sign_report(told, LIU))
    assert facts(report.submit(told, CLERK)) == ["ReportSubmitted"]
    world.seen.expect("S1.1")


def test_s1_2_nobody_goes_before_it_was_tried_from_afar(world: Hearing) -> None:
    case = case_of(world)
    facts(report.report(case, CLERK))
    facts(report.diagnose(case, LIU))
    facts(report.sign_report(case, LIU))
    assert refused(report.submit(case, CLERK)) == ["remote-not-tried"]
    facts(report.guide("not_solved")(case, LIU))
    facts(report.sign_report(case, LIU))
    assert facts(report.submit(case, CLERK)) == ["ReportSubmitted"]
    world.seen.expect("S1.2")


def test_s1_3_a_change_voids_the_signature(world: Hearing) -> None:
    case = diagnosed(world)
    facts(report.sign_report(case, LIU))
    shown = case.seen("intake", f"{REPORTS}/{case.ticket}")
    assert shown is not None
    facts(step(case, CLERK, "basics", {"fault_description": "另有异响"}))
    old = {"content": shown["report"]["content"], "how": "session"}
    assert refused(step(case, CLERK, "submissions", old)) == ["signature-stale"]
    assert refused(step(case, LIU, "signatures", old)) == ["signature-stale"]
    world.seen.expect("S1.3")


def test_s1_4_who_is_concerned_does_not_approve(world: Hearing) -> None:
    case = diagnosed(world)
    facts(report.sign_report(case, LIU))
    facts(report.submit(case, HANDY))
    assert refused(report.approve(case, HANDY)) == ["self-approval"]
    own = diagnosed(world, HANDY)
    facts(report.sign_report(own, HANDY))
    facts(report.submit(own, CLERK))
    assert refused(report.approve(own, HANDY)) == ["self-approval"]
    world.post.deliver_all()
    form = {"approved": "0" * 64, "kind": "repair", "repair_nature": "warranty", "no_parts": True}
    opening = {"form": form}
    path = f"{order.ORDER}/{case.order}/openings"
    assert refused(case.does(CLERK, "dispatch", path, opening))[0] == "not-approved"
    assert "RepairApproved" in facts(report.approve(case, APPROVER))
    world.post.deliver_all()
    assert facts(order.open_order()(case, CLERK)) == ["WorkOrderOpened"]
    world.seen.expect("S1.4")


def test_s1_5_an_enquiry_is_answered_or_becomes_a_report(world: Hearing) -> None:
    asked, repair = saying(case_of(world), kind="inquiry"), case_of(world, 1)
    facts(report.report(asked, CLERK))
    facts(report.report(repair, CLERK))
    answer = {"ending": "answered", "answer": "每 6 个月", "other_ticket": repair.ticket}
    assert refused(step(repair, CLERK, "closings", {**answer, "other_ticket": None})) == [
        "not-an-inquiry"
    ]
    assert facts(step(asked, CLERK, "closings", answer)) == ["RepairClosed", "ReportLinked"]
    shown = case_seen(asked)
    assert (shown["ending"], shown["other_ticket"]) == ("answered", repair.ticket)
    assert case_seen(repair)["linked"] == {asked.ticket: "answered"}
    world.seen.said.add(shown["ending"])
    world.seen.expect("S1.5")


def case_seen(case: Case) -> Any:
    """The report as it is shown."""
    seen = case.seen("intake", f"{REPORTS}/{case.ticket}")
    assert seen is not None
    return seen["report"]
