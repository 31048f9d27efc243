"""基地派员 (sent by base): who is of base alone does on the papers of an order what they came for.

Nobody else of their branch sees any of these papers.
"""

from collections.abc import Iterator

import pytest

from guiyi.play import evidence, exceptions, note, order, visit
from guiyi.play.case import Act, Case
from guiyi.play.people import (
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
STRANGER = Elsewhere("B-MENGFEI", "孟飞", (Role.TECHNICIAN,), place=BASE)
NOTES = "/v1/issue-notes"


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.tokens |= {each.id: each for each in (SENT, STRANGER)}
        branch = {"code": BASE, "name": "基地", "time_zone": "Asia/Shanghai"}
        assert made.does(OPERATOR, "intake", "/v1/branches", branch).is_success
        for each in (SENT, STRANGER):
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


def drawn(world: World) -> Case:
    """Liu has drawn the parts, cannot go on, and base sends somebody."""
    case = case_of(world, parts={"SEAL-32": 2})
    for step in (*reported_by(LIU), *ordered_for(LIU), DRAWN):
        take(case, step)
        world.post.deliver_all()
    on_order = f"{order.ORDER}/{case.order}"
    asked = {"ground": "capacity", "tried": "刘洋住院，店里没有别人"}
    world.does(CLERK, "dispatch", f"{on_order}/base-help-requests", asked)
    sent = {"technician": SENT.id, "because": "就近"}
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


def test_the_parts_come_into_their_hands_and_they_see_and_do_what_they_came_for(
    world: World,
) -> None:
    case = drawn(world)
    assert to_whom_base_sent(case, KEEPER, SENT) == ["taker-unfit"]
    does(case, exceptions.hand_over(SUN), KEEPER)
    does(case, recall, CLERK)
    does(case, order.assign(SENT), CLERK)
    case.technician = SENT
    does(case, order.take_order, SENT)
    assert to_whom_base_sent(case, KEEPER, STRANGER) == ["taker-unfit"]
    assert to_whom_base_sent(case, KEEPER, SENT) == []
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


def test_a_stranger_of_base_plans_no_visit(world: World) -> None:
    case = drawn(world)
    does(case, exceptions.hand_over(SUN), KEEPER)
    does(case, recall, CLERK)
    does(case, order.assign(SENT), CLERK)
    told = visit.plan(case, STRANGER)
    assert told is not None
    assert told.status_code == 404
