"""S6 四档归一: one call-back by somebody else, four papers, and who cannot be reached."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from guiyi.play import after, order, visit
from guiyi.play.case import Act, Case
from guiyi.play.people import CLERK
from guiyi.play.player import Turn, play
from guiyi.play.repairs import DRAWN, SETTLED, agreed_by, home, ordered_for, reported_by, there
from tests.acceptance.checks import Seen
from tests.shared.http_desk import codes
from tests.world.cases import case_of, enter
from tests.world.people import CLERK_2, HANDY, HANDY_2
from tests.world.unreached import give_up_call
from tests.world.world import World

NUMBERS = itertools.count()
A_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.begin_here()
        yield made


def taken(by: Any) -> Sequence[Turn]:
    """A repair from the call to the task that is handed in."""
    worked = (
        *(Turn(order.record_work(), by), Turn(visit.end_visit("done"), by)),
        Turn(order.sign_as_customer, by),
    )
    there_and_back = (*agreed_by(CLERK), *there(by), *worked, SETTLED, *home(by))
    return (*reported_by(by), *ordered_for(by), DRAWN, *there_and_back)


def handed_in(world: World, seen: Seen) -> Case:
    """Two went, and either might call back; the task waits to be taken."""
    bare = case_of(world.blank(), next(NUMBERS), parts={"SEAL-32": 1}, technician=HANDY)
    case = Case(bare.rooms, {**bare.said, "travellers": [HANDY.id, HANDY_2.id]}, HANDY)
    play(case, taken(HANDY), seen)
    return case


def closed(world: World, seen: Seen) -> Case:
    """The same, taken by the clerk."""
    case = handed_in(world, seen)
    play(case, (Turn(order.close, CLERK),), seen)
    world.post.deliver_all()
    return case


def refused(case: Case, seen: Seen, act: Act, who: Any) -> list[str]:
    """Why somebody may not; empty: they did it."""
    answer = seen.heard(act(case, who))
    assert isinstance(case.rooms, World)
    case.rooms.post.deliver_all()
    return [] if answer.is_success else codes(answer)


def facts_of(case: Case, kind: str) -> list[Any]:
    told = case.seen("followup", f"/v1/tickets/{case.ticket}/history")
    assert told is not None
    return [each for each in told["rows"] if each["type"] == kind]


def test_s6_1_one_call_back_is_due_in_a_day_and_nobody_who_went_makes_it(world: World) -> None:
    seen = Seen()
    case = closed(world, seen)
    (scheduled,) = facts_of(case, "CallBackScheduled")
    due = datetime.fromisoformat(scheduled["data"]["due_at"])
    shown = case.seen("dispatch", f"/v1/tickets/{case.ticket}/history")
    assert shown is not None
    (end,) = (each for each in shown["rows"] if each["type"] == "RepairClosed")
    hours = (due - datetime.fromisoformat(end["recorded_at"])) / timedelta(hours=1)
    seen.said |= {scheduled["type"], f"PT{hours:.9g}H"}
    for person in (HANDY, HANDY_2):
        assert "technician-calls" in refused(case, seen, after.answer, person)
        assert "technician-calls" in refused(case, seen, after.make_link, person)
    assert refused(case, seen, after.answer, CLERK_2) == []
    seen.expect("S6.1")


def test_s6_2_nothing_is_filed_without_each_of_the_four_papers(world: World) -> None:
    seen = Seen()
    case = handed_in(world, seen)
    world.post.deliver_all()
    assert refused(case, seen, after.file, CLERK) == ["case-open"]
    play(case, (Turn(order.close, CLERK),), seen)
    world.post.deliver_all()
    answer = seen.heard(after.file(case, CLERK))
    (why,) = answer.json()["reasons"]
    assert (why["code"], why["numbers"]["paper"]) == ("papers-missing", "follow_up")
    assert why["numbers"]["why"] == "call_back_due"
    assert refused(case, seen, after.answer, CLERK_2) == []
    assert refused(case, seen, after.file, CLERK) == []
    (filed,) = facts_of(case, "DossierFiled")
    kinds = [each["kind"] for each in filed["data"]["papers"]]
    assert kinds == ["report", "work_order", "issue_note", "follow_up"]
    seen.expect("S6.2")


def test_s6_3_given_up_after_three_days_which_is_the_fourth_paper(world: World) -> None:
    seen = Seen()
    case = closed(world, seen)

    def call_in_vain(case: Case, who: Any) -> Any:
        tried = {"channel": "phone", "result": "no_answer"}
        return after.survey_step(case, who, "attempts", tried)

    for day in range(3):
        assert refused(case, seen, call_in_vain, CLERK_2) == []
        assert refused(case, seen, call_in_vain, CLERK_2) == []
        if day < 2:
            assert refused(case, seen, give_up_call, CLERK_2) == ["too-few-days"]
            world.clock.pass_on(A_DAY)
    assert refused(case, seen, give_up_call, CLERK_2) == []
    assert refused(case, seen, after.file, CLERK) == []
    assert facts_of(case, "DossierFiled")
    seen.expect("S6.3")


def test_s6_4_who_is_dissatisfied_is_reported_again_or_complains(world: World) -> None:
    seen = Seen()
    case = closed(world, seen)
    said = case.said["answers"]
    answers = [each for each in said["answers"] if each["question"] not in ("fault_gone", "manner")]
    unhappy = [{"question": "fault_gone", "yes": False}, {"question": "manner", "score": 1}]
    body = {**said, "answers": [*answers, *unhappy], "satisfied": "no", "action": "complaint"}
    body["opinion"] = "又漏了，师傅还嫌我烦"

    def answer_badly(case: Case, who: Any) -> Any:
        return after.survey_step(case, who, "answers", body)

    assert refused(case, seen, answer_badly, CLERK_2) == []
    told = case.seen("intake", f"/v1/tickets/{case.ticket}/history")
    assert told is not None
    seen.said |= {each["type"] for each in told["rows"]}
    (again,) = (each["data"]["ticket"] for each in told["rows"] if each["type"] == "ReportRepeated")
    shown = case.shown(CLERK, "intake", f"/v1/reports/{again}")
    assert shown is not None
    assert shown["report"]["opinion"] == body["opinion"]
    seen.said |= {each["code"] for each in shown["report"]["warnings"]}
    rows = world.asks(CLERK, "intake", f"/v1/complaints?ticket={case.ticket}").json()["rows"]
    (row,) = rows
    assert (row["survey"], row["subject"], row["is_open"]) == (f"{case.ticket}-H1", "manner", True)
    page = case.shown(CLERK, "intake", f"/v1/complaints/{row['number']}")
    assert page is not None
    assert page["complaint"]["received"]["what"] == body["opinion"]
    seen.expect("S6.4")
