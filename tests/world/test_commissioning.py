"""新机调试 in the world: told to its end, with a defect, and by others where somebody is away."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from guiyi.play import detours, order, report
from guiyi.play.case import Act, Case
from guiyi.play.commissioning import COMMISSIONED, card_of, commissioned, record
from guiyi.play.people import APPROVER, CLERK, LIU, SUN, Person
from guiyi.play.player import Turn, play
from guiyi.play.repairs import END, agreed_by, there
from guiyi.play.visit import end_visit
from tests.world import detours as others
from tests.world.books import Books
from tests.world.cases import TOLD, WORDS, enter
from tests.world.people import CLERK_2
from tests.world.world import World

SAID = {**WORDS, **TOLD["sold"]}
RECORDED = next(n for n, turn in enumerate(COMMISSIONED) if turn.act is record)
TO_ACCEPT, TO_HAND_IN = RECORDED + 1, RECORDED + 2
CALLED_OFF: tuple[Act, ...] = (detours.interrupt, detours.cancel_visit)
OPENED = next(n for n, turn in enumerate(COMMISSIONED) if turn.act is report.approve) + 2


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.begin_here()
        yield made


def told(world: World, until: int) -> Case:
    """The story as far as its first steps, and everything heard."""
    case = Case(world, SAID, LIU)
    for turn in COMMISSIONED[:until]:
        go(case, turn)
    return case


def go(case: Case, *turns: Turn) -> None:
    world = case.rooms
    assert isinstance(world, World)
    for turn in turns:
        world.post.deliver_all()
        play(case, (turn,))
    world.post.deliver_all()
    assert not world.parked


def covered_from(case: Case) -> str | None:
    page = case.seen("intake", f"/v1/machines/{card_of(case)}")
    assert page is not None
    found: str | None = page["warranty_starts_on"]
    return found


def asked_for(case: Case) -> set[str]:
    dossier = case.seen("followup", f"/v1/dossiers/{case.ticket}")
    assert dossier is not None
    assert dossier["stage"] == "filed"
    return {each["kind"] for each in dossier["asked"]}


def test_it_starts_the_warranty_and_its_order_stands_for_the_report(world: World) -> None:
    books = Books(world.blank().pages)
    case = told(world, len(COMMISSIONED))
    books.look()
    assert asked_for(case) == {"work_order", "no_parts", "follow_up"}
    assert covered_from(case) is not None


def test_a_second_commissioning_leaves_the_first_day_on_the_card(world: World) -> None:
    case = told(world, len(COMMISSIONED))
    first = covered_from(case)
    world.clock.pass_on(timedelta(days=3))
    told(world, len(COMMISSIONED))
    assert covered_from(case) == first


def test_a_defect_becomes_a_report_and_both_name_each_other(world: World) -> None:
    case = told(world, RECORDED)
    defect = Case(world, {**TOLD["leaking"], "report": defect_report()}, LIU)
    go(defect, Turn(report.report, CLERK))

    def with_a_defect(case: Case, who: Person) -> httpx.Response:
        done = TOLD["sold"]["work"]["commissioned"]
        said = {**done, "defects": [defect.ticket]}
        said |= {"no_defects": False, "trial_run": {"from_at": case.now, "until_at": case.now}}
        return order.records(case, who, (), commissioned=said)

    go(case, Turn(with_a_defect, LIU))
    go(case, *COMMISSIONED[TO_ACCEPT:])
    page = case.seen("intake", f"/v1/reports/{defect.ticket}")
    assert page is not None
    assert [*page["report"]["found_by"]] == [case.ticket]
    shown = case.ordered()
    assert shown is not None
    assert shown["work"]["commissioned"]["defects"] == [defect.ticket]


def defect_report() -> dict[str, object]:
    equipment = {**TOLD["sold"]["report"]["equipment"], "no_contract": True}
    basics = TOLD["sold"]["report"]["basics"]
    return {**TOLD["leaking"]["report"], "basics": basics, "equipment": equipment}


def test_where_the_customer_will_not_accept_an_approver_does_without(world: World) -> None:
    case = Case(world, SAID, LIU)
    go(case, *COMMISSIONED[:TO_ACCEPT])
    go(case, Turn(detours.refuse_to_sign, LIU), Turn(detours.waive_signature, APPROVER))
    go(case, *COMMISSIONED[TO_HAND_IN:])
    assert covered_from(case) is not None


@pytest.mark.parametrize("until", range(5, TO_ACCEPT))
def test_wherever_it_stands_before_the_acceptance_another_technician_goes_on(
    world: World, until: int
) -> None:
    case = told(world, until)
    for act in (*CALLED_OFF, detours.recall) if until > OPENED else ():
        act(case, CLERK_2)
        world.post.deliver_all()
    opened = case.ordered()
    if opened is None or opened["stage"] in ("none", "awaiting"):
        go(case, Turn(order.open_order(), CLERK_2))
    case.technician = SUN
    go(case, Turn(order.assign(SUN), CLERK_2), Turn(order.take_order, SUN))
    go(case, *agreed_by(CLERK_2), *there(SUN), Turn(record, SUN))
    done: tuple[Act, ...] = (end_visit("done"), order.sign_as_customer, order.hand_in)
    go(case, *(Turn(act, SUN) for act in done))
    go(case, *(Turn(each.act, CLERK_2, each.after, each.waits_for) for each in END))
    assert covered_from(case) is not None


@pytest.mark.parametrize("until", range(TO_HAND_IN, len(COMMISSIONED) - 2))
def test_what_is_accepted_comes_home_without_its_technician(world: World, until: int) -> None:
    case = told(world, until)
    shown = case.ordered()
    assert shown is not None
    if shown["stage"] == "signed":
        go(case, Turn(others.entrust_hand_in, APPROVER), Turn(order.hand_in, CLERK_2))
    if shown["stage"] != "closed":
        go(case, Turn(order.close, CLERK))
    go(case, *END[1:])
    assert covered_from(case) is not None


@pytest.mark.parametrize("until", range(1, OPENED + 3))
def test_before_anybody_goes_there_it_may_be_given_up_and_no_warranty_starts(
    world: World, until: int
) -> None:
    case = told(world, until)
    given_up = {"ending": "withdrawn", "reason": "用户退货", "customer_told_at": case.now}
    report.close_report("withdrawn", "用户退货")(case, CLERK_2)
    case.does(CLERK_2, "dispatch", f"/v1/work-orders/{case.order}/closings", given_up)
    world.post.deliver_all()
    shown = case.seen("intake", f"/v1/reports/{case.ticket}")
    assert shown is not None
    assert shown["report"]["stage"] == "closed"
    assert covered_from(case) is None


assert commissioned.steps == COMMISSIONED
