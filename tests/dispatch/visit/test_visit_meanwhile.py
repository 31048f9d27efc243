"""计划上门 while an order is decided on: whoever looked at the visits looks again.

A decision rests on the visits that there were. The next one has no stream yet when they are read;
that it is begun meanwhile is a conflict all the same.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.dispatch import work_order
from services.dispatch.work_order.duplicates import reads_of_closing
from services.dispatch.work_order.visits import reads_visits
from services.dispatch.work_order.work import reads_to_sign
from shared.events.values import RepairNature
from shared.step import Step
from tests.dispatch.desk import EXAMPLES, PLAIN, VISIT_PATH, Dispatch
from tests.dispatch.example import BRANCH
from tests.dispatch.job import LATER, VOID
from tests.shared.http_desk import codes

SECOND_PATH = VISIT_PATH.replace("-V1", "-V2")
WITHDRAWN = {
    "ending": "withdrawn",
    "reason": "用户不修了",
    "customer_told_at": LATER.isoformat(),
}


def taken(dispatch: Dispatch) -> tuple[str, str]:
    """The order is taken and its note came to nothing; no visit is planned yet."""
    path = dispatch.signed()
    dispatch.heard(VOID.note)
    return path, VISIT_PATH


def asked_for(dispatch: Dispatch) -> tuple[str, str]:
    """As before, and another journey was asked for."""
    path, following = taken(dispatch)
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/travel-changes", EXAMPLES["travel-changes"]))
    return path, following


def to_be_paid(dispatch: Dispatch) -> tuple[str, str]:
    """As before, and the customer is to pay, as was approved meanwhile."""
    path, following = taken(dispatch)
    paid = replace(PLAIN.diagnosis, repair_nature=RepairNature.PAID)
    dispatch.approved(report=replace(PLAIN, content="b" * 64, diagnosis=paid), version=8)
    return path, following


def tried(dispatch: Dispatch) -> tuple[str, str]:
    """As `taken`, and nobody reached the customer on three days."""
    path, following = taken(dispatch)
    for days in range(3):
        later = LATER + timedelta(days=days)
        dispatch.record.today = later
        said = {**EXAMPLES["contact-attempts"], "result": f"{days} 天后停机"}
        dispatch.done(dispatch.does(dispatch.clerk, f"{path}/contact-attempts", said))
    return path, following


def been_there(dispatch: Dispatch) -> tuple[str, str]:
    """The first visit is over and done; the next one is not planned yet."""
    path = dispatch.there()
    dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/endings", {"outcome": "done"}))
    return path, SECOND_PATH


def recorded(dispatch: Dispatch) -> tuple[str, str]:
    """As before, and what was done is recorded."""
    path, following = been_there(dispatch)
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/work-records", EXAMPLES["work-records"]))
    return path, following


GRANTED = {name: EXAMPLES["travel-changes"][name] for name in ("mode", "travel_at")}
RACES: dict[str, tuple[Callable[[Dispatch], tuple[str, str]], str, Any, list[str]]] = {
    "recalls": (taken, "clerk", EXAMPLES["recalls"], []),
    "closings": (taken, "clerk", WITHDRAWN, ["visit-open"]),
    "forgone-parts": (taken, "clerk", EXAMPLES["forgone-parts"], []),
    "consents": (to_be_paid, "liu", EXAMPLES["consents"], []),
    "travel-changes": (taken, "liu", EXAMPLES["travel-changes"], []),
    "travel-change-approvals": (asked_for, "boss", GRANTED, []),
    "unreached-grants": (tried, "boss", EXAMPLES["unreached-grants"], []),
    "signature-refusals": (
        recorded,
        "liu",
        EXAMPLES["signature-refusals"],
        ["visit-not-done"],
    ),
    "work-records": (been_there, "liu", EXAMPLES["work-records"], []),
    "customer-signatures": (
        recorded,
        "liu",
        EXAMPLES["customer-signatures"],
        ["visit-not-done"],
    ),
}


@pytest.mark.parametrize("step", RACES)
def test_a_visit_that_is_planned_meanwhile_is_a_conflict(dispatch: Dispatch, step: str) -> None:
    reach, who, body, refused = RACES[step]
    path, following = reach(dispatch)
    if "content" in body:
        body = {**body, "content": dispatch.shown(path)["work_content"]}
    if step == "customer-signatures":
        body = {**body, **dispatch.drawn_by_hand()}

    def plans() -> None:
        dispatch.done(dispatch.does(dispatch.clerk, f"{following}/plans", EXAMPLES["plans"]))

    dispatch.record.meanwhile = plans
    boss = dispatch.desk.staff("A-ZHAOLEI", ["approver"], [BRANCH])
    told = dispatch.does(boss if who == "boss" else getattr(dispatch, who), f"{path}/{step}", body)
    assert dispatch.shown(following)["stage"] == "planned"
    assert codes(told) == refused if refused else told.status_code == 200, told.text
    assert dispatch.record.conflicts == 1


def test_every_step_that_looks_at_visits_is_raced_here() -> None:
    at_visits = (reads_visits, reads_to_sign, reads_of_closing)
    looking = {
        row.path for row in work_order.STEPS if isinstance(row, Step) and row.reads in at_visits
    }
    assert looking == RACES.keys()
