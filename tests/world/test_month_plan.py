"""月计划 (the plan of a month): which month it is, and what happens in it by chance."""

from datetime import datetime, timedelta

import pytest

from guiyi.demo.branch_play import CALLERS
from guiyi.play.branch.branches import MOST
from guiyi.play.branch.chances import HAPPENS
from guiyi.play.branch.crowd import crowd
from guiyi.play.branch.fridays import errands, fridays
from guiyi.play.branch.months import with_a_holiday
from guiyi.play.branch.plan import AN_HOUR, crowd_for, plan
from guiyi.play.cast import cast
from guiyi.play.days import ZONE
from guiyi.play.store.month import first_day

A_FEBRUARY = timedelta(days=28)


@pytest.mark.parametrize("seed", range(20))
def test_every_case_ends_before_the_shortest_month_does(seed: int) -> None:
    for begun in plan(200, seed):
        waits = (step.after for step in begun.story.steps if step.after >= AN_HOUR)
        assert begun.after + sum(waits, timedelta(0)) < A_FEBRUARY, begun.story.name


def test_on_any_day_somebody_falls_ill_and_a_parcel_is_lost() -> None:
    instead = {each.name for _, stories in HAPPENS.values() for each in stories}
    told = [begun for seed in range(5) for begun in plan(200, seed) if begun.story.name in instead]
    assert {begun.story.name for begun in told} == instead
    assert len({begun.after.days for begun in told if begun.story.name.startswith("ill")}) > 1


@pytest.mark.parametrize(
    ("now", "month", "friday"),
    [
        (datetime(2026, 11, 23, tzinfo=ZONE), "2027-02", "2027-02-05"),
        (datetime(2025, 12, 31, 23, tzinfo=ZONE), "2026-09", "2026-09-25"),
    ],
)
def test_a_friday_of_the_month_is_a_public_holiday(now: datetime, month: str, friday: str) -> None:
    first = with_a_holiday(now)
    assert (f"{first:%Y-%m}", first > now) == (month, True)
    assert friday in [f"{day}" for day in fridays(first_day(first))]


def test_what_a_month_is_too_short_for_is_left_out() -> None:
    long, short = datetime(2027, 1, 7, tzinfo=ZONE).date(), datetime(2030, 2, 7, tzinfo=ZONE).date()
    assert (len(errands(long, opens=True)), len(errands(long, opens=False))) == (7, 6)
    assert len(errands(short, opens=True)) == 6


def test_another_crowd_calls_in_another_month() -> None:
    first, second = (plan(60, seed=7, first=number) for number in (0, 500))
    assert [each.story for each in first] == [each.story for each in second]
    assert crowd_for(first).start == 0
    assert crowd_for(second) == range(500, 500 + len(crowd_for(first)))


def test_no_two_of_the_crowds_of_all_branches_have_one_phone() -> None:
    numbers = [nth * CALLERS + each for nth in range(MOST) for each in range(2_000)]
    cards = crowd(cast(), numbers)["customers"]
    assert len({card["phone"] for card in cards}) == len(cards)
