"""提醒通知 of inventory: of the parts of a store once a day, of its papers and months once each."""

import re

import pytest

from services.inventory.app import room
from services.inventory.closing import first_months
from shared.events.values import Role
from shared.notices.paper import NUMBER as NOTICE
from tests.inventory.desk import FAR
from tests.inventory.example import APPROVER, BRANCH, KEEPER, PUMP, RING
from tests.inventory.replenishment.test_replenishment_api import ASK, NUMBER, Refilled, store
from tests.notices.reminding import clock, fire, outbox_of, reached, told

__all__ = ["store"]
TO_KEEPER, TO_APPROVER = "13800000001", "13800000002"
TO_BASE, TO_MANAGER = "13800000003", "13800000004"


@pytest.fixture
def desk(store: Refilled) -> Refilled:
    reached(store.desk, KEEPER, Role.STOREKEEPER, BRANCH, TO_KEEPER)
    reached(store.desk, APPROVER, Role.APPROVER, BRANCH, TO_APPROVER)
    reached(store.desk, "B-LIMING", Role.BASE, BRANCH, TO_BASE)
    reached(store.desk, "K-FAR", Role.STOREKEEPER, FAR, TO_BASE)
    return store


def test_of_many_parts_the_keeper_is_told_once_a_day_and_so_is_the_approver(desk: Refilled) -> None:
    desk.post(f"/v1/stock/{BRANCH}/{PUMP}/quotas", {"quota": 4}, desk.base)
    for part in (RING, PUMP):
        desk.drafted(part)
    assert clock(desk.desk, room, "urge-refill") == 2
    for lost in (False, True):
        fire(desk.desk, room, lost=lost)
    assert told(desk.desk, room) == [(BRANCH, TO_KEEPER)]
    assert clock(desk.desk, room, "asking-overdue") == 2
    fire(desk.desk, room)
    assert told(desk.desk, room) == [(BRANCH, TO_KEEPER), (BRANCH, TO_APPROVER)]


def test_of_what_base_has_not_sent_who_checks_it_and_who_accepts_it_are_told(
    desk: Refilled,
) -> None:
    reached(desk.desk, "G-SUN", Role.GENERAL_MANAGER, BRANCH, TO_MANAGER)
    desk.post("/v1/replenishments", ASK)
    assert clock(desk.desk, room, "late-refill") == 1
    fire(desk.desk, room)
    assert told(desk.desk, room) == [(NUMBER, TO_BASE), (NUMBER, TO_MANAGER)]


def test_of_a_month_that_nobody_closes_the_keeper_is_told_then_the_approvers(
    desk: Refilled,
) -> None:
    assert clock(desk.desk, room, "urge-first-closing") > 0
    fire(desk.desk, room)
    first = told(desk.desk, room)
    assert (BRANCH, TO_KEEPER) in first
    assert (BRANCH, TO_APPROVER) not in first
    assert clock(desk.desk, room, "closing-overdue") > 0
    for lost in (False, True):
        fire(desk.desk, room, lost=lost)
    assert told(desk.desk, room) == sorted([*first, (BRANCH, TO_APPROVER)])


def test_whoever_is_urged_by_name_is_told(desk: Refilled) -> None:
    desk.post("/v1/replenishments", ASK)
    urging = {"whom": "B-LIMING", "because": "用户停产等件 the line stands still"}
    desk.post(f"/v1/replenishments/{NUMBER}/urgings", urging)
    fire(desk.desk, room)
    assert told(desk.desk, room) == [(NUMBER, TO_BASE)]


def test_whoever_is_urged_by_name_to_close_a_month_is_told(desk: Refilled) -> None:
    reached(desk.desk, "F-QIAN", Role.FINANCE, BRANCH, TO_MANAGER)
    clock(desk.desk, room, "urge-first-closing")
    (month,) = {
        row.month for row in desk.desk.views.first_rows(first_months, {"branch": (BRANCH,)})
    }
    urging = {"whom": "F-QIAN", "because": "总部要数 base asks", "of": month}
    now = desk.desk.store.now().isoformat()
    path = f"/v1/closings/{BRANCH}/urgings"
    desk.done(desk.desk.post(path, urging, desk.keeper, X_Occurred_At=now))
    fire(desk.desk, room)
    assert (BRANCH, TO_MANAGER) in told(desk.desk, room)


def test_every_number_of_a_notice_is_one(desk: Refilled) -> None:
    desk.drafted(RING)
    desk.post("/v1/replenishments", ASK)
    for name in ("urge-refill", "late-refill", "urge-first-closing"):
        clock(desk.desk, room, name)
    fire(desk.desk, room)
    numbers = [each.number for each in outbox_of(desk.desk, room)]
    assert len(numbers) > 2
    assert all(re.fullmatch(NOTICE, each) for each in numbers), numbers
