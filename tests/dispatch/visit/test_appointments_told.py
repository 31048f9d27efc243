"""改约通知 as it is sent: the customer is told once of each other window of a visit."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.dispatch.app import room
from shared.events.notices import NoticeKind
from shared.policy.notices import Notices
from tests.dispatch.desk import EXAMPLES, VISIT_PATH, Dispatch
from tests.dispatch.job import LATER, V1
from tests.notices.reminding import EVERYWHERE, fire, outbox_of
from tests.notices.reminding import told as told_of

TO_CUSTOMER = "0571-55501234"
"""The phone on the report of the desk."""


@pytest.fixture
def planned(dispatch: Dispatch) -> Dispatch:
    """A visit of a signed order is planned."""
    dispatch.signed()
    dispatch.done(dispatch.desk.post(f"{VISIT_PATH}/plans", EXAMPLES["plans"], dispatch.clerk))
    return dispatch


def moved(desk: Dispatch, days: int = 2, hours: int = 2, **said: Any) -> datetime:
    """The desk moves it; from when on it is."""
    start = LATER.replace(microsecond=0) + timedelta(days=days)
    window = {"start_at": start.isoformat(), "end_at": (start + timedelta(hours=hours)).isoformat()}
    body = {**EXAMPLES["reschedulings"], "window": window, "travel_at": start.isoformat(), **said}
    desk.done(desk.desk.post(f"{VISIT_PATH}/reschedulings", body, desk.clerk))
    return start


def told(desk: Dispatch) -> list[tuple[str, str]]:
    """Who is told of a visit that was moved."""
    return told_of(desk.desk, room, NoticeKind.APPOINTMENT_MOVED)


def fired(desk: Dispatch, notices: Notices = EVERYWHERE, *, lost: bool = False) -> None:
    fire(desk.desk, room, notices, lost=lost, name="tell-appointment")


def test_the_customer_is_told_once_of_each_other_window(planned: Dispatch) -> None:
    fired(planned)
    assert told(planned) == [], "it was not moved"
    start = moved(planned)
    for lost in (False, True):
        fired(planned, lost=lost)
    assert told(planned) == [(V1, TO_CUSTOMER)]
    assert {each.until for each in outbox_of(planned.desk, room)} == {start}
    moved(planned, days=3)
    fired(planned)
    assert told(planned) == [(V1, TO_CUSTOMER)] * 2


def test_a_begin_that_was_told_is_not_told_once_more_whatever_else_is_said_of_it(
    planned: Dispatch,
) -> None:
    moved(planned, customer_agreed=False)
    fired(planned)
    for said in ({"customer_agreed": True}, {"because": "再次确认"}, {"hours": 3}):
        moved(planned, **said)
        fired(planned)
    assert told(planned) == [(V1, TO_CUSTOMER)]
    moved(planned, days=3)
    moved(planned)
    fired(planned)
    assert told(planned) == [(V1, TO_CUSTOMER)], "it is as they were told before"
    moved(planned, days=3)
    fired(planned)
    moved(planned)
    fired(planned)
    assert told(planned) == [(V1, TO_CUSTOMER)] * 3


def test_who_was_not_told_of_a_begin_is_told_when_it_is_said_again(planned: Dispatch) -> None:
    moved(planned)
    fired(planned, msgspec.structs.replace(EVERYWHERE, announcing=frozenset({"NB02"})))
    moved(planned, customer_agreed=True, because="再次确认")
    fired(planned)
    assert told(planned) == [(V1, TO_CUSTOMER)]


def test_of_two_other_windows_the_first_is_not_told_where_the_second_is_known(
    planned: Dispatch,
) -> None:
    moved(planned)
    last = moved(planned, days=3)
    fired(planned)
    assert {each.until for each in outbox_of(planned.desk, room)} == {last}


def test_nobody_is_told_where_policy_says_no_nor_of_a_visit_that_is_off(planned: Dispatch) -> None:
    moved(planned)
    fired(planned, msgspec.structs.replace(EVERYWHERE, announcing=frozenset({"NB02"})))
    assert told(planned) == []
    moved(planned, days=-1)
    fired(planned)
    assert told(planned) == [], "it was written down afterwards"
    moved(planned)
    cancelling = {**EXAMPLES["cancellations"], "customer_told_at": LATER.isoformat()}
    planned.done(planned.desk.post(f"{VISIT_PATH}/cancellations", cancelling, planned.clerk))
    fired(planned)
    assert told(planned) == []
