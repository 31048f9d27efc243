"""基地派员 (sent by base): who is of base alone does on the papers of an order what they came for.

Nobody else of their branch sees any of these papers.
"""

from collections.abc import Iterator

import httpx
import pytest

from guiyi.play import detours, evidence, exceptions, note, order, visit
from guiyi.play.case import Act, Case
from guiyi.play.people import (
    APPROVER,
    BASE,
    CLERK,
    KEEPER,
    LIU,
    OPERATOR,
    SUN,
    Elsewhere,
    Person,
)
from guiyi.play.player import take
from guiyi.play.repairs import DRAWN, ordered_for, reported_by
from shared.events.values import Role
from tests.shared.http_desk import codes
from tests.world.cases import case_of, enter
from tests.world.detours import recall
from tests.world.people import HANDY
from tests.world.world import World

SENT = Elsewhere("B-TANGQI", "唐琦", (Role.TECHNICIAN,), place=BASE)
AT_HOME = (Role.TECHNICIAN, Role.CLERK, Role.APPROVER)
HANDY_GUEST = Elsewhere("B-LUOPING", "罗平", AT_HOME, place=BASE)
STRANGER = Elsewhere("B-MENGFEI", "孟飞", (Role.TECHNICIAN,), place=BASE)
NOTES = "/v1/issue-notes"


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.tokens |= {each.id: each for each in (SENT, STRANGER, HANDY_GUEST)}
        branch = {"code": BASE, "name": "基地", "time_zone": "Asia/Shanghai"}
        assert made.does(OPERATOR, "intake", "/v1/branches", branch).is_success
        for each in (SENT, STRANGER, HANDY_GUEST):
            card = {"id": each.id, "name": each.name, "roles": [*each.roles]}
            told = made.does(OPERATOR, "intake", "/v1/people", {**card, "branches": [BASE]})
            assert told.is_success, told.text
        made.begin_here()
        yield made


def heard(case: Case) -> None:
    """What was done is known everywhere."""
    assert isinstance(case.rooms, World)
    case.rooms.post.deliver_all()


def does(case: Case, act: Act, who: Person) -> None:
    """They do it, and it is accepted and heard everywhere."""
    told = act(case, who)
    assert told is not None
    assert told.is_success, told.text
    heard(case)


def drawn(world: World, guest: Person = SENT) -> Case:
    """Liu has drawn the parts, cannot go on, and base sends somebody."""
    case = case_of(world, parts={"SEAL-32": 2})
    for step in (*reported_by(LIU), *ordered_for(LIU), DRAWN):
        take(case, step)
        world.post.deliver_all()
    on_order = f"{order.ORDER}/{case.order}"
    asked = {"ground": "capacity", "tried": "刘洋住院，店里没有别人"}
    world.does(CLERK, "dispatch", f"{on_order}/base-help-requests", asked)
    sent = {"technician": guest.id, "because": "就近"}
    world.does(HANDY, "dispatch", f"{on_order}/base-technicians", sent)
    world.post.deliver_all()
    return case


def to_whom_base_sent(case: Case, who: Person, taker: Person) -> list[str]:
    """The parts are handed to somebody of base; what is refused of it."""
    (number,) = note.notes_of(case)
    wanted = {"recipient": taker.id}
    sheet = case.rooms.looks(who, "inventory", f"{NOTES}/{number}/hand-over-sheets", wanted)
    by_hand = {
        "giver": evidence.drawn(case, who, "inventory", number),
        "taker": evidence.drawn(case, who, "inventory", number, hand=1),
    }
    body = {**wanted, "because": "交接", "content": sheet.json()["content"], **by_hand}
    told = case.does(who, "inventory", f"{NOTES}/{number}/hand-overs", body)
    heard(case)
    return codes(told) if told.is_error else []


def test_the_parts_come_into_their_hands_once_they_are_named(world: World) -> None:
    case = drawn(world)
    assert to_whom_base_sent(case, KEEPER, STRANGER) == ["taker-unfit"]
    assert to_whom_base_sent(case, KEEPER, SENT) == []
    gives_the_order(case)
    does(case, visit.plan, SENT)
    (number,) = note.notes_of(case)
    seen = (f"{NOTES}/{number}", f"/v1/tickets/{case.ticket}/papers")
    for path in seen:
        assert world.asks(SENT, "inventory", path).is_success
        assert world.asks(STRANGER, "inventory", path).status_code == 404
    waiver = {"part": "SEAL-32", "quantity": 1, "reason": "lost", "because": "掉进水池"}
    asked = f"{NOTES}/{number}/waivers"
    assert world.does(SENT, "inventory", asked, {"waiver": waiver}).is_success
    assert world.does(STRANGER, "inventory", asked, {"waiver": waiver}).status_code == 404
    grant = {"number": f"{number}-M1"}
    for who in (SENT, STRANGER):
        granting = world.does(who, "inventory", f"{NOTES}/{number}/waiver-approvals", grant)
        assert not granting.is_success


def test_whoever_has_the_order_is_handed_its_parts_before_they_sign_for_it(world: World) -> None:
    case = drawn(world)
    gives_the_order_by_way_of_the_branch(case)
    assert to_whom_base_sent(case, KEEPER, SENT) == []


def gives_the_order(case: Case) -> None:
    """The order is recalled, given to whom base sent, and they take it."""
    does(case, recall, CLERK)
    does(case, order.assign(SENT), CLERK)
    case.technician = SENT
    does(case, order.take_order, SENT)


def found_on_site(case: Case, who: Person, traveller: Person) -> httpx.Response:
    """They draft that it costs more, and that this one travels for it."""
    seen = case.shown(CLERK, "intake", f"/v1/reports/{case.ticket}")
    assert seen is not None
    diagnosis = seen["report"]["diagnosis"]
    journey = {**diagnosis["travel"], "travellers": [traveller.id]}
    changed = {**diagnosis, "solution": "连泵头一起换", "travel": journey}
    body = {"diagnosis": changed, "because": "现场发现泵头也坏了"}
    return case.does(who, "intake", f"/v1/reports/{case.ticket}/amendment-drafts", body)


def test_they_draft_and_sign_the_change_that_they_find_needed(world: World) -> None:
    case = drawn(world)
    to_whom_base_sent(case, KEEPER, SENT)
    gives_the_order(case)
    drafted = found_on_site(case, SENT, SENT)
    assert drafted.is_success, drafted.text
    does(case, detours.of_draft("signatures"), SENT)
    does(case, detours.of_draft("amendments"), CLERK)
    does(case, detours.approve_change, APPROVER)
    seen = case.shown(SENT, "intake", f"/v1/reports/{case.ticket}")
    assert seen is not None
    assert seen["report"]["technician_sig"]["by"] == SENT.id
    assert seen["report"]["diagnosis"]["travel"]["travellers"] == [SENT.id]
    for room, paper in (("intake", "report"), ("dispatch", "work_order")):
        lines = world.asks(SENT, room, f"/v1/tickets/{case.ticket}/history").json()["rows"]
        assert {each["stream"].partition("-")[0] for each in lines} == {paper}
        told = world.asks(STRANGER, room, f"/v1/tickets/{case.ticket}/history")
        assert told.status_code == 404


def test_nobody_else_of_base_is_said_to_travel(world: World) -> None:
    case = drawn(world)
    assert codes(found_on_site(case, SENT, STRANGER)) == ["person-elsewhere"]


def test_they_see_the_report_of_their_case_as_soon_as_they_are_named_and_no_other(
    world: World,
) -> None:
    other = case_of(world, 1, parts={"SEAL-32": 2})
    for step in reported_by(LIU):
        take(other, step)
    case = drawn(world)
    papers = f"/v1/tickets/{case.ticket}"
    for path in (f"/v1/reports/{case.ticket}", f"{papers}/papers"):
        assert world.asks(SENT, "intake", path).is_success, path
        assert world.asks(STRANGER, "intake", path).status_code == 404
        theirs = path.replace(case.ticket, other.ticket)
        assert world.asks(SENT, "intake", theirs).status_code == 404
    assert world.asks(SENT, "intake", "/v1/reports").json()["rows"] == []
    for who, where in ((STRANGER, case), (SENT, other)):
        assert found_on_site(where, who, SENT).status_code == 404


def test_what_else_they_are_at_home_counts_for_nothing_on_the_report(world: World) -> None:
    case = drawn(world, HANDY_GUEST)
    path = f"/v1/reports/{case.ticket}"
    correction = {"contact_phone": "0571-8700 9999", "because": "x"}
    told = case.does(HANDY_GUEST, "intake", f"{path}/contact-corrections", correction)
    assert told.status_code == 404
    handing = {"to": HANDY_GUEST.id, "because": "x"}
    told = case.does(HANDY_GUEST, "intake", f"{path}/handovers", handing)
    assert "not-the-owner" in codes(told)


def test_their_tasks_are_among_their_own_and_nobody_elses(world: World) -> None:
    case = drawn(world)
    to_whom_base_sent(case, KEEPER, SENT)
    gives_the_order(case)

    def waits(who: Person) -> list[tuple[str, str]]:
        rows = world.asks(who, "dispatch", "/v1/tasks").json()["rows"]
        return [(row["number"], row["step"]) for row in rows]

    assert waits(SENT) == [(case.order, "work-records")]
    assert waits(STRANGER) == []


def test_a_stranger_of_base_plans_no_visit(world: World) -> None:
    case = drawn(world)
    gives_the_order_by_way_of_the_branch(case)
    told = visit.plan(case, STRANGER)
    assert told is not None
    assert told.status_code == 404


def gives_the_order_by_way_of_the_branch(case: Case) -> None:
    """A technician of the branch takes the parts first."""
    does(case, exceptions.hand_over(SUN), KEEPER)
    does(case, recall, CLERK)
    does(case, order.assign(SENT), CLERK)
