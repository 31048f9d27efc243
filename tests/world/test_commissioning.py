"""新机调试 in the world: told to its end, with a defect, and by others where somebody is away."""

from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import pytest

from guiyi.play import detours, order, report
from guiyi.play.case import Act, Case
from guiyi.play.commissioning import COMMISSIONED, card_of, commissioned, record, trial_run
from guiyi.play.people import APPROVER, CLERK, LIU, SUN, Person
from guiyi.play.player import Turn
from guiyi.play.repairs import END, agreed_by, there
from guiyi.play.visit import end_visit
from tests.shared.http_desk import codes
from tests.world import detours as others
from tests.world.books import Books
from tests.world.cases import TOLD, enter
from tests.world.new_machine import (
    RECORDED,
    SAID,
    TO_ACCEPT,
    TO_HAND_IN,
    asked_for,
    covered_from,
    found_on,
    go,
    record_as,
    told,
)
from tests.world.people import CLERK_2
from tests.world.world import World

OURS = {"basics": SAID["report"]["basics"]}
CALLED_OFF: tuple[Act, ...] = (detours.interrupt, detours.cancel_visit)
OPENED = next(n for n, turn in enumerate(COMMISSIONED) if turn.act is report.approve) + 2


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.begin_here()
        yield made


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


def test_a_wrong_day_of_the_acceptance_is_put_right_by_an_approver_alone(world: World) -> None:
    case = told(world, len(COMMISSIONED))
    path = f"/v1/machines/{card_of(case)}"
    card = case.seen("intake", path)
    assert card is not None
    version = {"If-Match": f'"{card["version"]}"', "Idempotency-Key": "a-change"}
    really = date.fromisoformat(card["warranty_starts_on"]) - timedelta(days=2)
    changed = {name: card[name] for name in card if name not in ("branch", "version")}
    changed["warranty_starts_on"] = really.isoformat()
    refused = world.call(CLERK, "intake", "POST", f"{path}/changes", changed, version)
    assert codes(refused) == ["warranty-by-acceptance"]
    right = {"starts_on": really.isoformat(), "because": "签字日期写错"}
    assert case.does(CLERK, "intake", f"{path}/warranty-corrections", right).status_code == 403
    done = case.does(APPROVER, "intake", f"{path}/warranty-corrections", right)
    assert done.json()["facts"] == ["WarrantyCorrected"]
    now = case.seen("intake", path)
    assert now is not None
    assert now["warranty_starts_on"] == really.isoformat()
    until = [date.fromisoformat(each["warranty_until"]) for each in (card, now)]
    assert until[0] - until[1] == timedelta(days=2)
    going_on = {"starts_on": card["warranty_starts_on"], "because": "又写错"}
    again = case.does(APPROVER, "intake", f"{path}/warranty-corrections", going_on)
    assert again.is_success


def test_a_defect_becomes_a_report_and_both_name_each_other(world: World) -> None:
    case = told(world, RECORDED)
    defect = found_on(world)

    def with_a_defect(case: Case, who: Person) -> httpx.Response:
        done = TOLD["sold"]["work"]["commissioned"]
        said = {**done, "defects": [defect.ticket]}
        said |= {"no_defects": False, "trial_run": trial_run(case)}
        return order.records(case, who, (), commissioned=said)

    go(case, Turn(with_a_defect, LIU))
    go(case, *COMMISSIONED[TO_ACCEPT:])
    page = case.seen("intake", f"/v1/reports/{defect.ticket}")
    assert page is not None
    assert [*page["report"]["found_by"]] == [case.ticket]
    shown = case.ordered()
    assert shown is not None
    assert shown["work"]["commissioned"]["defects"] == [defect.ticket]


def test_a_report_of_another_machine_is_no_defect_of_this_one(world: World) -> None:
    case = told(world, RECORDED)
    other = found_on(world, **TOLD["leaking"]["report"]["equipment"])
    named = {"no_defects": False, "defects": [other.ticket]}
    found = record_as("not_in_service", commissioned=named)
    go(case, Turn(found, LIU, refused=("defect-unreported",)))


def test_nor_is_one_that_names_no_machine_of_another_customer(world: World) -> None:
    case = told(world, RECORDED)
    nameless = {**TOLD["leaking"]["report"], "equipment": {"no_contract": True}}
    strangers = {**nameless, "basics": {**OURS["basics"], "customer": "C-1001"}}
    for said, refused in ((strangers, ("defect-unreported",)), (nameless | OURS, ())):
        other = Case(world, {**TOLD["leaking"], "report": said}, LIU)
        go(other, Turn(report.report, CLERK))
        named = {"no_defects": False, "defects": [other.ticket]}
        go(case, Turn(record_as("not_in_service", commissioned=named), LIU, refused=refused))


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


assert commissioned.steps == COMMISSIONED
