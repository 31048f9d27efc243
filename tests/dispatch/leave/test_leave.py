"""请假 as stories: who is away when; said by themselves or by a clerk."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.dispatch import leave
from services.dispatch.leave import LONGEST_DAYS, MOST, CancelLeave, RecordLeave
from shared.decider import Asked
from shared.events.order_sheet import LeaveKind, Standing
from shared.events.values import Role
from shared.events.visits import LeaveCancelled, LeaveRecorded
from tests.dispatch.example import BRANCH, CHEN, CLERK, LIU, by
from tests.spec import given

TODAY = date(2026, 11, 23)
LAST = TODAY + timedelta(days=2)
HOME = f"leave-{LIU}"
LIUS = Standing(LIU, known=True, active=True, roles=(Role.TECHNICIAN,), branches=(BRANCH,))
RECORD = RecordLeave(LeaveKind.ABSENCE, TODAY, LAST, LIUS, TODAY)
RECORDED = LeaveRecorded(1, BRANCH, LeaveKind.ABSENCE, TODAY, LAST, ())
CANCEL = CancelLeave(1)
CANCELLED = LeaveCancelled(1, TODAY, LAST)


def asking(actor: str) -> Asked:
    role = Role.CLERK if actor == CLERK else Role.TECHNICIAN
    return replace(by(actor), home=HOME, ticket=None, roles=frozenset({role}))


@pytest.mark.parametrize("who", [LIU, CLERK])
def test_who_is_away_says_so_or_a_clerk_does(who: str) -> None:
    given(leave).when(RECORD, asking(who)).then(RECORDED)
    given(leave, RECORDED).when(RECORD, asking(who)).then()
    given(leave, RECORDED).when(CANCEL, asking(who)).then(CANCELLED)
    given(leave, RECORDED, CANCELLED).when(CANCEL, asking(who)).then()
    given(leave, RECORDED, CANCELLED).when(RECORD, asking(who)).then(replace(RECORDED, number=2))


def test_nobody_says_it_for_a_colleague() -> None:
    given(leave).when(RECORD, asking(CHEN)).refused("not-yours-to-record")
    given(leave, RECORDED).when(CANCEL, asking(CHEN)).refused("not-yours-to-record")


def test_leave_is_of_somebody_who_works_there_and_of_days_to_come() -> None:
    reversed_ = replace(RECORD, from_on=LAST, until_on=TODAY)
    given(leave).when(reversed_, asking(CLERK)).refused("days-reversed")
    over = replace(RECORD, recorded_on=LAST + timedelta(days=1))
    given(leave).when(over, asking(CLERK)).refused("leave-over")
    long = replace(RECORD, until_on=TODAY + timedelta(days=LONGEST_DAYS))
    given(leave).when(long, asking(CLERK)).refused("leave-too-long")
    left = replace(RECORD, standing=replace(LIUS, active=False))
    given(leave).when(left, asking(CLERK)).refused("nobody-of-ours")
    other = replace(RECORD, standing=replace(LIUS, branches=("NB01",)))
    given(leave).when(other, asking(CLERK)).refused("not-of-the-branch")
    given(leave).when(CANCEL, asking(CLERK)).refused("leave-unknown")


def test_so_many_are_to_come_at_most() -> None:
    days = [TODAY + timedelta(days=n) for n in range(MOST)]
    past = [replace(RECORDED, number=n, until_on=day) for n, day in enumerate(days, 1)]
    more = replace(RECORD, until_on=TODAY + timedelta(days=MOST))
    given(leave, *past).when(more, asking(CLERK)).refused("too-many")
    given(leave, *past, CANCELLED).when(more, asking(CLERK)).then(
        replace(RECORDED, number=MOST + 1, until_on=more.until_on)
    )
