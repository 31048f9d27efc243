"""提醒通知 of dispatch: a technician, then whoever approved, is sent what reminds them, once."""

from dataclasses import replace

import pytest

from services.dispatch.app import room
from shared.events.values import Role
from tests.dispatch.desk import PLAIN, Dispatch
from tests.dispatch.example import BRANCH, LIU, NUMBER
from tests.notices.reminding import clock, fire, reached, told

TO_LIU, TO_APPROVER = "13800000001", "13800000002"
APPROVER = "A-ZHAOLEI"
APPROVED = replace(PLAIN, approved_by=(APPROVER,))


@pytest.fixture
def desk(dispatch: Dispatch) -> Dispatch:
    reached(dispatch.desk, LIU, Role.TECHNICIAN, BRANCH, TO_LIU)
    reached(dispatch.desk, APPROVER, Role.APPROVER, BRANCH, TO_APPROVER)
    return dispatch


def test_of_an_order_that_nobody_takes_the_technician_is_told_then_who_approved(
    desk: Dispatch,
) -> None:
    desk.assigned()
    desk.approved(report=APPROVED, version=8)
    assert clock(desk.desk, room, "urge-taking") == 1
    for lost in (False, False, True):
        fire(desk.desk, room, lost=lost)
    assert told(desk.desk, room) == [(NUMBER, TO_LIU)], "once, whatever is forgotten"
    assert clock(desk.desk, room, "urge-approvers") == 1
    fire(desk.desk, room)
    assert told(desk.desk, room) == [(NUMBER, TO_LIU), (NUMBER, TO_APPROVER)]


def test_whoever_has_not_claimed_is_told_then_who_approved(desk: Dispatch) -> None:
    desk.handed_in()
    desk.approved(report=APPROVED, version=8)
    for both in (1, 2):
        assert clock(desk.desk, room, "urge-claim") == 1
        fire(desk.desk, room)
        assert len(told(desk.desk, room)) == both
    assert told(desk.desk, room) == [(NUMBER, TO_LIU), (NUMBER, TO_APPROVER)]


def test_a_technician_who_is_urged_by_hand_is_told(desk: Dispatch) -> None:
    path = desk.signed()
    desk.done(desk.desk.post(f"{path}/urgings", {"because": "停产等修"}, desk.clerk))
    fire(desk.desk, room)
    assert told(desk.desk, room) == [(NUMBER, TO_LIU)]


def test_a_customer_s_links_are_counted_apart_from_reminders(desk: Dispatch) -> None:
    """Twenty links of a paper may be made, however often somebody was reminded of it."""
    path = desk.signed()
    desk.done(desk.desk.post(f"{path}/urgings", {"because": "停产等修"}, desk.clerk))
    fire(desk.desk, room)
    assert told(desk.desk, room)
    assert not desk.record.streams_named(f"notice-{NUMBER}-N", "", 10)
