"""投诉结案时限 as stories: what nobody closes is urged once, then told to the approvers once."""

from datetime import timedelta

import pytest

from services.intake import complaint, reactions
from services.intake.complaint import closings_due
from services.intake.complaint.clocks import MarkComplaintClosingOverdue, UrgeComplaintClosing
from services.intake.views import tasks
from shared.decider import Fact
from shared.events.complaints import (
    ComplaintClosed,
    ComplaintClosingOverdue,
    ComplaintClosingUrged,
)
from shared.events.values import Role
from shared.policy import CORE, Core
from shared.policy.source import read
from tests.intake.complaint.example import (
    CONFIRMED,
    GIVEN_UP,
    REOPENED,
    RESOLVED,
    TO_CONFIRMED,
    TO_RESOLVED,
    by,
    rows_of,
    told,
)
from tests.intake.example import AT, ZHAO
from tests.shared.http_desk import POLICIES
from tests.spec import given

TWO_DAYS = timedelta(days=2)
DUE, THEN = AT + TWO_DAYS, AT + 2 * TWO_DAYS
URGE, URGED = UrgeComplaintClosing(AT, DUE), ComplaintClosingUrged(DUE)
MARK = MarkComplaintClosingOverdue(DUE, THEN)
TOLD = ComplaintClosingOverdue(Role.APPROVER, DUE, THEN)
CLOSED = ComplaintClosed(None, ZHAO)
TIMER = by("timer:x")
OVER = (CLOSED, REOPENED)


class TestUrging:
    @pytest.mark.parametrize("called", [CONFIRMED, GIVEN_UP])
    def test_the_clerks_are_reminded_once(self, called: Fact) -> None:
        past, asked = (*TO_RESOLVED, called), told(TIMER, (called, 0))
        given(complaint, *past).when(URGE, asked).then(URGED)
        for urged in (URGED, ComplaintClosingUrged(THEN)):
            given(complaint, *past, urged).when(URGE, asked).then()

    def test_not_of_what_somebody_closed_or_opened_again(self) -> None:
        asked = told(TIMER, (CONFIRMED, 0))
        for past in (TO_RESOLVED, *((*TO_CONFIRMED, each) for each in OVER)):
            given(complaint, *past).when(URGE, asked).then()

    def test_its_time_runs_from_the_last_call(self) -> None:
        """What was meant for an earlier one comes to nothing."""
        past = (*TO_CONFIRMED, REOPENED, RESOLVED, CONFIRMED)
        asked = told(TIMER, (CONFIRMED, 0), (CONFIRMED, 7))
        given(complaint, *past).when(URGE, asked).then()
        week = timedelta(days=7)
        later = UrgeComplaintClosing(AT + week, DUE + week)
        urged = ComplaintClosingUrged(DUE + week)
        given(complaint, *past).when(later, asked).then(urged)
        given(complaint, *TO_CONFIRMED, URGED, *past[-3:]).when(later, asked).then(urged)

    def test_among_the_tasks_it_is_late_then(self) -> None:
        (before,) = rows_of(tasks, *TO_CONFIRMED)
        (after,) = rows_of(tasks, *TO_CONFIRMED, URGED)
        assert (before.step, before.due_at) == ("closings", None)
        assert (after.step, after.due_at, after.roles) == ("closings", DUE, before.roles)


class TestUpward:
    def test_the_approvers_are_told_once(self) -> None:
        past = (*TO_CONFIRMED, URGED)
        given(complaint, *past).when(MARK, TIMER).then(TOLD)
        given(complaint, *past, TOLD).when(MARK, TIMER).then()
        given(complaint, *TO_CONFIRMED).when(MARK, TIMER).then()
        for each in OVER:
            given(complaint, *past, each).when(MARK, TIMER).then()
        again = ComplaintClosingUrged(THEN)
        given(complaint, *past, again).when(MARK, TIMER).then()
        newer = ComplaintClosingOverdue(Role.APPROVER, THEN, THEN + TWO_DAYS)
        given(complaint, *past, again, newer).when(MARK, TIMER).then()


def test_after_so_long_as_policy_says() -> None:
    core, second = read(POLICIES / CORE, Core), timedelta(seconds=1)
    (row,) = rows_of(closings_due, *TO_CONFIRMED)
    since = row.since
    found = reactions.closing_due(core, row, since + TWO_DAYS)
    assert found is not None
    urge = UrgeComplaintClosing(since, since + TWO_DAYS)
    assert reactions.urge_closing(row, found).command == urge
    assert reactions.closing_due(core, row, since + TWO_DAYS - second) is None
    assert reactions.closing_overdue(core, row, THEN) is None
    (late,) = rows_of(closings_due, *TO_CONFIRMED, URGED)
    then = reactions.closing_overdue(core, late, THEN)
    assert then is not None
    assert reactions.mark_closing(late, then).command == MARK
    assert reactions.closing_overdue(core, late, THEN - second) is None
    assert reactions.closing_due(core, late, THEN) is None
    assert not any(rows_of(closings_due, *TO_CONFIRMED, URGED, each) for each in (TOLD, *OVER))
