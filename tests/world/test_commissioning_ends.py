"""新机调试的终点 (its ends): given up at every point, nobody reached, refused, or not running."""

from collections.abc import Iterator, Sequence

import pytest

from guiyi.play import after, detours, note, order, report
from guiyi.play.case import Case
from guiyi.play.commissioning import COMMISSIONED, record, trial_run
from guiyi.play.people import APPROVER, CLERK, KEEPER, LIU, SUN
from guiyi.play.player import Turn
from guiyi.play.repairs import END, FILED, agreed_by, ordered_for, there
from guiyi.play.visit import arrive, end_visit, visits_of
from tests.world import detours as others
from tests.world import unreached
from tests.world.cases import enter
from tests.world.new_machine import (
    RECORDED,
    SAID,
    TO_ACCEPT,
    TO_HAND_IN,
    WHY_THEY_FAILED,
    asked_for,
    covered_from,
    ended_as,
    found_on,
    go,
    record_as,
    told,
)
from tests.world.people import CLERK_2
from tests.world.world import World

SUBMITTED = next(n for n, turn in enumerate(COMMISSIONED) if turn.act is report.approve)
ON_SITE = next(n for n, turn in enumerate(COMMISSIONED) if turn.act is arrive) + 1
WITHDRAWN = order.close_as("withdrawn", "用户退货")
DECLINED = end_visit("customer_declined", because="用户退货", next_step="撤单")
NOT_RUNNING = order.close_as("not_commissioned", "开不了机，退厂")
UNSOLVED = end_visit("unsolved", because="开不了机", next_step="退厂")
PARTS = {"no_parts": False, "parts_to_bring": [{"part": "SEAL-32", "quantity": 2}]}
WITH_PARTS = {**SAID, "delivery": "carried", "plan": {**SAID["plan"], **PARTS}}
TRIED = Turn(unreached.a_day_later(unreached.try_on_order), CLERK)
NOT_IN_SERVICE = Turn(record_as("not_in_service"), LIU)
SETTLED = Turn(note.reconcile(unsigned=True), KEEPER)
CALLED_BACK = Turn(after.answer, CLERK_2)


@pytest.fixture(scope="module")
def begun() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.begin_here()
        yield made


@pytest.fixture
def world(begun: World) -> World:
    return begun.blank()


def with_parts(world: World) -> Case:
    """On site, with the parts that were planned."""
    case = Case(world, WITH_PARTS, LIU)
    go(case, *COMMISSIONED[: SUBMITTED + 1], *ordered_for(LIU), Turn(note.issue(), KEEPER))
    go(case, *agreed_by(CLERK), *there(LIU))
    return case


def called_home(case: Case) -> Sequence[Turn]:
    """What is done first where a visit is open: it is called off, or says that they declined."""
    stages = {each["stage"] for each in visits_of(case)} - {"ended", "cancelled"}
    if not stages:
        return ()
    early = ("visit-open", "work-unsigned") if is_unsigned(case) else ("visit-open",)
    home = Turn(DECLINED, LIU) if "arrived" in stages else Turn(detours.cancel_visit, CLERK_2)
    return Turn(WITHDRAWN, CLERK_2, refused=early), home


def is_unsigned(case: Case) -> bool:
    """Whether it is recorded that the machine runs, and nobody has accepted it."""
    work = (case.ordered() or {}).get("work") or {}
    return work.get("result") == "in_service"


@pytest.mark.parametrize("until", range(1, SUBMITTED + 1))
def test_before_the_approval_it_is_given_up_at_the_desk(world: World, until: int) -> None:
    case = told(world, until)
    go(case, Turn(report.close_report("withdrawn", "用户退货"), CLERK_2), FILED)
    assert (ended_as(case), covered_from(case)) == ("withdrawn", None)
    assert asked_for(case) == {"report"}


@pytest.mark.parametrize("until", range(SUBMITTED + 1, TO_ACCEPT + 1))
def test_until_it_is_accepted_it_is_given_up_and_no_warranty_starts(
    world: World, until: int
) -> None:
    case = told(world, until)
    go(case, *called_home(case))
    if is_unsigned(case):
        go(case, Turn(WITHDRAWN, CLERK_2, refused=("work-unsigned",)), NOT_IN_SERVICE)
    go(case, Turn(WITHDRAWN, CLERK_2), FILED)
    assert (ended_as(case), covered_from(case)) == ("withdrawn", None)
    assert "work_order" in asked_for(case)


@pytest.mark.parametrize("until", [TO_HAND_IN, TO_HAND_IN + 1])
def test_what_was_accepted_is_not_given_up_any_more(world: World, until: int) -> None:
    case = told(world, until)
    code = "not-handed-in" if until == TO_HAND_IN else "ending-differs"
    go(case, Turn(WITHDRAWN, CLERK_2, refused=(code,)), *COMMISSIONED[until:])
    assert ended_as(case) == "commissioned"
    assert covered_from(case) is not None


def test_a_machine_that_was_given_up_may_be_commissioned_later(world: World) -> None:
    go(told(world, ON_SITE), Turn(DECLINED, LIU), Turn(WITHDRAWN, CLERK_2))
    case = told(world, len(COMMISSIONED))
    assert covered_from(case) is not None


def test_what_was_built_in_is_signed_for_before_it_is_given_up(world: World) -> None:
    case = with_parts(world)
    early = ("work-unsigned", "not-reconciled")
    go(case, NOT_IN_SERVICE, Turn(DECLINED, LIU), Turn(WITHDRAWN, CLERK_2, refused=early))
    as_shown = Turn(detours.settle_as_shown, KEEPER)
    go(case, Turn(order.sign_as_customer, LIU), as_shown, Turn(order.hand_in, LIU))
    go(case, Turn(WITHDRAWN, CLERK_2), CALLED_BACK, FILED)
    assert (ended_as(case), covered_from(case)) == ("withdrawn", None)
    assert asked_for(case) == {"work_order", "issue_note", "follow_up"}


def test_why_a_part_of_a_new_machine_failed_is_said_where_it_is_replaced(world: World) -> None:
    case = with_parts(world)
    bare = Turn(record_as("not_in_service", commissioned={"no_defects": True}), LIU)
    go(case, bare, Turn(DECLINED, LIU))
    go(case, Turn(order.sign_as_customer, LIU, refused=("work-incomplete",)))
    go(case, NOT_IN_SERVICE, Turn(order.sign_as_customer, LIU))
    (shown,) = note.notes_of(case).values()
    (line,) = shown["to_sign"]
    assert line["account"]["fault_nature"] == "manufacture"


def test_what_was_not_built_in_comes_home_first(world: World) -> None:
    case = with_parts(world)
    go(case, Turn(DECLINED, LIU), Turn(WITHDRAWN, CLERK_2, refused=("not-reconciled",)))
    go(case, SETTLED, Turn(WITHDRAWN, CLERK_2), FILED)
    assert (ended_as(case), covered_from(case)) == ("withdrawn", None)


@pytest.mark.parametrize("until", [ON_SITE, RECORDED - 2, TO_ACCEPT])
def test_with_its_technician_ill_it_is_given_up_all_the_same(world: World, until: int) -> None:
    case = told(world, until)
    if any(each["stage"] == "arrived" for each in visits_of(case)):
        go(case, Turn(detours.interrupt, CLERK_2))
    if is_unsigned(case):
        go(case, Turn(WITHDRAWN, CLERK_2, refused=("work-unsigned",)))
        go(case, Turn(detours.recall, CLERK_2))
    go(case, Turn(WITHDRAWN, CLERK_2), FILED)
    assert (ended_as(case), covered_from(case)) == ("withdrawn", None)


def test_with_its_technician_ill_another_takes_the_parts_and_goes_on(world: World) -> None:
    case = with_parts(world)
    go(case, Turn(detours.interrupt, CLERK), Turn(detours.count, SUN), Turn(detours.count, KEEPER))
    go(case, Turn(detours.take_over(SUN), APPROVER), Turn(detours.recall, CLERK))
    case.technician = SUN
    go(case, *ordered_for(SUN)[1:], *agreed_by(CLERK), *there(SUN))
    go(case, Turn(record_as("in_service", commissioned=run_and_shown(case)), SUN))
    go(case, *(Turn(act, SUN) for act in (end_visit("done"), order.sign_as_customer)))
    go(case, SETTLED, Turn(order.hand_in, SUN), *END)
    assert asked_for(case) == {"work_order", "issue_note", "follow_up"}
    assert covered_from(case) is not None


def run_and_shown(case: Case) -> dict[str, object]:
    """What the customer accepts of a machine that runs."""
    said: dict[str, object] = case.said["work"]["commissioned"]
    return {**said, "trial_run": trial_run(case), **WHY_THEY_FAILED}


@pytest.mark.parametrize("until", [1, SUBMITTED - 1, SUBMITTED])
def test_whom_nobody_reaches_before_the_approval(world: World, until: int) -> None:
    case = told(world, until)
    tried = Turn(unreached.a_day_later(unreached.try_on_report), CLERK)
    go(case, tried, Turn(unreached.close_report, CLERK, refused=("too-few-days",)), tried, tried)
    go(case, Turn(unreached.close_report, CLERK), FILED)
    assert (ended_as(case), covered_from(case)) == ("unreachable", None)


@pytest.mark.parametrize("until", [SUBMITTED + 1, SUBMITTED + 2, SUBMITTED + 4, ON_SITE])
def test_whom_nobody_reaches_once_there_is_an_order(world: World, until: int) -> None:
    case = told(world, until)
    if until == ON_SITE:
        go(case, Turn(unreached.find_nobody, LIU))
    go(case, TRIED, Turn(unreached.close_order, CLERK, refused=("too-few-days",)))
    go(case, TRIED, TRIED, Turn(unreached.close_order, CLERK), FILED)
    assert (ended_as(case), covered_from(case)) == ("unreachable", None)


def test_whom_nobody_reaches_with_parts_in_their_machine(world: World) -> None:
    case = with_parts(world)
    go(case, NOT_IN_SERVICE, Turn(UNSOLVED, LIU), Turn(unreached.leave_unsigned, LIU))
    go(case, Turn(detours.waive_signature, APPROVER), SETTLED, Turn(order.hand_in, LIU))
    go(case, TRIED, TRIED, TRIED, Turn(unreached.close_order, CLERK), FILED)
    assert (ended_as(case), covered_from(case)) == ("unreachable", None)


def test_who_left_before_they_could_accept_it_has_a_warranty_by_the_approvers_word(
    world: World,
) -> None:
    case = told(world, TO_ACCEPT)
    go(case, Turn(unreached.leave_unsigned, LIU), Turn(detours.waive_signature, APPROVER))
    go(case, *COMMISSIONED[TO_HAND_IN:])
    assert ended_as(case) == "commissioned"
    assert covered_from(case) is not None


def test_who_will_not_accept_it_may_give_it_up(world: World) -> None:
    case = told(world, TO_ACCEPT)
    go(case, Turn(detours.refuse_to_sign, LIU))
    go(case, Turn(WITHDRAWN, CLERK_2, refused=("work-unsigned",)), NOT_IN_SERVICE)
    go(case, Turn(WITHDRAWN, CLERK_2), FILED)
    assert (ended_as(case), covered_from(case)) == ("withdrawn", None)


def test_that_it_does_not_run_the_customer_signs_and_no_warranty_starts(world: World) -> None:
    case = told(world, ON_SITE)
    go(case, NOT_IN_SERVICE, Turn(end_visit("done"), LIU), Turn(order.sign_as_customer, LIU))
    go(case, Turn(order.hand_in, LIU), Turn(order.close, CLERK, refused=("ending-differs",)))
    go(case, Turn(NOT_RUNNING, CLERK), Turn(others.answer_no, CLERK_2), FILED)
    assert (ended_as(case), covered_from(case)) == ("not_commissioned", None)


def test_of_a_machine_that_does_not_run_the_defect_has_its_report(world: World) -> None:
    case = told(world, ON_SITE)
    defect = found_on(world)
    named = {"no_defects": False, "defects": [defect.ticket]}
    go(case, Turn(record_as("not_in_service", commissioned=named), LIU), Turn(UNSOLVED, LIU))
    go(case, Turn(NOT_RUNNING, CLERK))
    page = case.seen("intake", f"/v1/reports/{defect.ticket}")
    assert page is not None
    assert [*page["report"]["found_by"]] == [case.ticket]
    assert (ended_as(case), covered_from(case)) == ("not_commissioned", None)


def test_what_does_not_run_goes_on_under_a_further_order(world: World) -> None:
    case = told(world, ON_SITE)
    go(case, NOT_IN_SERVICE, Turn(UNSOLVED, LIU), Turn(others.continue_repair, CLERK))
    go(case, *ordered_for(LIU), *agreed_by(CLERK), *there(LIU), Turn(record, LIU))
    go(case, Turn(end_visit("done"), LIU), *COMMISSIONED[TO_ACCEPT:])
    assert ended_as(case) == "commissioned"
    assert covered_from(case) is not None
