"""What is told of time is held to what it rests on: in every step of every room."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from guiyi.rooms import ROOMS, wiring
from shared import claims
from shared.decider import Asked, Decision, Happened, Reason, Refused
from shared.events.values import At, PastMark
from shared.ground import nothing_before
from shared.personal.fields import places_of
from shared.step import LONG_AGO, Step, by_command
from tests.moments import moments_of
from tests.strategies import AT, any_of

STEPS = [
    pytest.param(step, id=f"{prefix}-{step.path}")
    for name in ROOMS
    for prefix, paper in wiring(name).papers.items()
    for step in paper.STEPS
    if isinstance(step, Step)
]
FIRST = {"/branches", "/parts", "/people/{number}/leaves", "/stocktakes"}
"""What rests on nothing: there was nothing before it."""
LATER = {
    "agreed_until",
    *("window.start_at", "window.end_at", "travel_at", "form.travel.at", "diagnosis.travel.at"),
    "travel.at",
    *(
        "parcel.expected_at",
        "consignment.expected_at",
        "expected_at",
        "call_again_at",
        "card.tokens_from",
        "until",
    ),
}
"""Moments that are planned, or set. All others that people tell are past."""
OBLIGED = {
    "terms.due_at",
    "terms.call_due_at",
    "ruled.terms.due_at",
    "ruled.terms.call_due_at",
    "due_at",
    "approval.due_at",
    "as_of",
    "begins_at",
    "ends_at",
    "report_due_at",
    *("claim_due_at", "claim_overdue_at"),
    "counted_since",
    "again_at",
}
"""Moments that we set, beside the command of somebody."""
QUIET = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def taken(_command: object, _state: object, asked: Asked) -> Decision:
    """A rule that takes everything: only the claims are left to refuse."""
    return asked.here("done")


def told(step: Step[Any, Any], command: Any, ground: datetime, at: datetime) -> list[Reason]:
    """What is refused of the claims if the step rests on what happened at `ground`."""
    grounds = {place: (lambda _: ground) for place in step.since}
    row = replace(step, decide=taken, rests_on=lambda _: ground, since=grounds)
    asked = Asked("x-1", "K-1", frozenset(), at, "HZ01", now=AT)
    rules = by_command([row])
    try:
        facts = claims.decided(rules, command, None, claims.settled(rules, command, asked))
    except Refused as refused:
        return list(refused.reasons)
    assert facts
    return []


def too_early(refused: list[Reason]) -> set[Any]:
    """The fields that lie before what they rest on."""
    return {each.numbers["field"] for each in refused if each.code == "before-its-ground"}


def too_late(refused: list[Reason]) -> set[str]:
    """The fields that are told as past and are not."""
    ahead = (each.numbers["fields"] for each in refused if each.code == "in-the-future")
    return {name for fields_ in ahead if not isinstance(fields_, int) for name in fields_}


@pytest.mark.parametrize("step", STEPS)
def test_every_step_says_what_it_rests_on(step: Step[Any, Any]) -> None:
    unsaid = step.rests_on is nothing_before
    assert unsaid <= (step.path in FIRST)
    assert unsaid <= step.begins


@pytest.mark.parametrize("step", STEPS)
def test_every_moment_in_a_step_is_past_or_planned(step: Step[Any, Any]) -> None:
    found = dict(moments_of(step.command))
    bare = {place.removeprefix("report.") for place, is_past in found.items() if not is_past}
    assert bare <= LATER | OBLIGED
    assert set(step.since) <= {place for place, is_past in found.items() if is_past}


@pytest.mark.parametrize("step", STEPS)
@QUIET
@for_all(data=st.data(), before=st.timedeltas(timedelta(minutes=6), timedelta(days=700)))
def test_no_step_is_done_before_that_on_which_it_rests(
    step: Step[Any, Any], data: st.DataObject, before: timedelta
) -> None:
    command = data.draw(any_of(step.command))
    assert "X-Occurred-At" in too_early(told(step, command, AT, AT - before))


@pytest.mark.parametrize("step", STEPS)
@QUIET
@for_all(data=st.data())
def test_every_moment_told_as_past_lies_between_its_ground_and_now(
    step: Step[Any, Any], data: st.DataObject
) -> None:
    command = data.draw(any_of(step.command))
    ground = AT - timedelta(hours=1)
    early, late = ground - timedelta(minutes=5), AT + timedelta(minutes=5)
    found = places_of(command, PastMark)
    moments = {place: at for place, at in found if isinstance(at, datetime) and at != LONG_AGO}
    refused = told(step, command, ground, AT)
    assert too_early(refused) == {place for place, at in moments.items() if at < early}
    assert too_late(refused) == {place for place, at in moments.items() if at > late}


def test_a_clock_that_is_honestly_behind_is_set_to_what_it_rests_on() -> None:
    step: Step[Any, Any] = Step("x", Nothing, taken, by=set(), rests_on=lambda _: AT)
    rules = by_command([step])
    behind = Asked("x-1", "K-1", frozenset(), AT - timedelta(minutes=4), "HZ01", now=AT)
    assert claims.settled(rules, Nothing(), behind).at == AT
    late = replace(behind, at=AT + timedelta(minutes=4))
    assert claims.settled(rules, Nothing(), late).at == late.at


class Nothing:
    """A command without moments."""


def test_a_fact_happened_no_later_than_it_was_recorded() -> None:
    assert Happened("fact", AT + timedelta(minutes=4), AT).at == AT
    assert Happened("fact", AT - timedelta(days=1), AT).at == AT - timedelta(days=1)


@pytest.mark.parametrize("year", [1, 1970, 1999, 2000, 2099, 9999])
def test_no_moment_of_a_year_that_nobody_means_comes_in(year: int) -> None:
    (check,) = (mark for mark in get_args(At) if hasattr(mark, "check"))
    with pytest.raises(ValueError, match="written-moment"):
        check.check(datetime(year, 6, 1, tzinfo=UTC))
