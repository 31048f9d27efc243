"""提醒 as stories: what whoever plans a visit should notice; none of it stops them."""

from collections.abc import Mapping
from typing import Any

from shared.events.visits import VisitCancelled
from tests.dispatch.desk import EXAMPLES, VISIT_PATH, Dispatch
from tests.dispatch.example import TICKET
from tests.dispatch.job import V1

SECOND = f"{TICKET[:-1]}2"
"""Another ticket of the same technician."""
V2 = f"{SECOND}-V1"
WINDOW = {"start_at": "2026-11-24T15:00:00+08:00", "end_at": "2026-11-24T17:00:00+08:00"}
PLAN = {**EXAMPLES["plans"], "window": WINDOW}
"""The desk's clock stands at two in the afternoon."""


def planned(dispatch: Dispatch, ticket: str, **said: Any) -> Mapping[str, Any]:
    """What is warned of when the first visit of a ticket is planned, by code."""
    dispatch.signed(ticket)
    body = {**PLAN, "order": f"{ticket}-W1", **said}
    told = dispatch.desk.post(f"/v1/visits/{ticket}-V1/plans", body, dispatch.clerk)
    return found(told, dispatch)


def found(told: Any, dispatch: Dispatch) -> Mapping[str, Any]:
    return {e["code"]: e["numbers"]["about"] for e in dispatch.done(told).json()["warnings"]}


def moved(dispatch: Dispatch, window: Mapping[str, str]) -> Mapping[str, Any]:
    body = {**EXAMPLES["reschedulings"], "window": window, "travel_at": window["start_at"]}
    return found(dispatch.desk.post(f"{VISIT_PATH}/reschedulings", body, dispatch.clerk), dispatch)


def test_two_visits_in_the_same_hours_are_warned_of(dispatch: Dispatch) -> None:
    assert planned(dispatch, TICKET) == {}
    later = {"start_at": "2026-11-24T17:00:00+08:00", "end_at": "2026-11-24T18:00:00+08:00"}
    assert planned(
        dispatch, SECOND, window={**WINDOW, "start_at": "2026-11-24T16:59:00+08:00"}
    ) == {"double-booked": [V1]}
    told = dispatch.desk.post(f"{VISIT_PATH}/appointments", {"confirmed": True}, dispatch.clerk)
    assert found(told, dispatch) == {"double-booked": [V2]}
    assert moved(dispatch, later) == {}


def test_a_visit_that_is_over_fills_no_hours(dispatch: Dispatch) -> None:
    planned(dispatch, TICKET)
    cancel = EXAMPLES["cancellations"]
    dispatch.done(dispatch.desk.post(f"{VISIT_PATH}/cancellations", cancel, dispatch.clerk))
    assert planned(dispatch, SECOND) == {}


def test_a_schedule_that_lags_does_not_warn_of_what_is_over(dispatch: Dispatch) -> None:
    """The schedule says which visits there are; where they stand, the record."""
    planned(dispatch, TICKET)
    cancel = EXAMPLES["cancellations"]
    dispatch.done(dispatch.desk.post(f"{VISIT_PATH}/cancellations", cancel, dispatch.clerk))
    dispatch.views.unseen = frozenset({VisitCancelled})
    assert planned(dispatch, SECOND) == {}


def test_nobody_waits_for_a_schedule_that_is_built_anew(dispatch: Dispatch) -> None:
    dispatch.views.is_building = True
    assert planned(dispatch, TICKET) == {}
    told = dispatch.desk.post(f"{VISIT_PATH}/appointments", {"confirmed": True}, dispatch.clerk)
    assert found(told, dispatch) == {}


def test_a_window_that_is_over_or_of_another_day_is_warned_of(dispatch: Dispatch) -> None:
    morning = {"start_at": "2026-11-24T10:00:00+08:00", "end_at": "2026-11-24T12:00:00+08:00"}
    assert planned(dispatch, TICKET, window=morning) == {"window-is-over": []}
    next_day = {name: at.replace("24T", "25T") for name, at in WINDOW.items()}
    assert moved(dispatch, next_day) == {"window-not-as-approved": ["2026-11-24"]}
    assert moved(dispatch, WINDOW) == {}
