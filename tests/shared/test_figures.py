"""指标: weeks of a branch, whole sums, and how they are rounded."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.clock_runs import MOST, Row, Run, counted, view_of
from shared.figures import Counted, FigureUnit, Week, half_up, seconds, summed
from shared.tasks import DueAnew, Given, HandedOn, Left, Waits
from tests.seen import fold_view, recorded_on

AT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
"""Monday of week 48 in Hangzhou, Sunday of week 47 in London."""
SHANGHAI, LONDON = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/London")
W47, W48 = Week(2026, 47), Week(2026, 48)


def yes(so: int, at: datetime = AT, branch: str = "HZ01") -> Counted:
    return Counted(branch, at, "fix", "", so)


def test_a_week_is_that_of_the_branch() -> None:
    zones = {"HZ01": SHANGHAI, "LD01": LONDON}
    told = summed([yes(1), yes(1, branch="LD01")], [W47, W48], zones.__getitem__)
    assert [(each.branch, each.week) for each in told] == [
        ("HZ01", "2026-W48"),
        ("LD01", "2026-W47"),
    ]
    assert (told[0].from_on, told[0].until_on) == (date(2026, 11, 23), date(2026, 11, 29))


def test_other_weeks_do_not_count() -> None:
    long_ago = yes(1, AT - timedelta(days=20))
    assert summed([long_ago], [W47, W48], lambda _: SHANGHAI) == []


def test_a_share_is_told_in_thousandths_rounded_half_up() -> None:
    (told,) = summed([yes(1), yes(0), yes(1)], [W48], lambda _: SHANGHAI)
    assert (told.count, told.total, told.value) == (3, 2, 667)
    assert told.unit is FigureUnit.PERMILLE
    assert [half_up(1, 2), half_up(1, 3), half_up(3, 2), half_up(0, 7)] == [1, 0, 2, 0]


def test_means_keep_their_unit() -> None:
    spans = [Counted("HZ01", AT, "stage", "open", n, FigureUnit.SECONDS) for n in (10, 15)]
    scores = [Counted("HZ01", AT, "score", "", n, FigureUnit.HUNDREDTHS) for n in (4, 5, 5)]
    score, stage = summed([*spans, *scores], [W48], lambda _: SHANGHAI)
    assert (stage.of, stage.total, stage.value) == ("open", 25, 13)
    assert (score.total, score.value) == (14, 467)


@for_all(st.dates(date(1901, 1, 1), date(2198, 12, 31)))
def test_the_name_of_a_week_leads_back_to_it(day: date) -> None:
    week = Week.of(day)
    assert Week.named(str(week)) == week
    assert week.monday <= day < week.monday + timedelta(days=7)


@pytest.mark.parametrize("text", ["2025-W53", "2026-W00", "2026-W54"])
def test_there_is_no_such_week(text: str) -> None:
    with pytest.raises(ValueError, match="week"):
        Week.named(text)


def test_a_moment_before_another_took_no_time() -> None:
    assert seconds(AT, AT - timedelta(hours=1)) == 0
    assert seconds(AT, AT + timedelta(minutes=1, microseconds=5)) == 60


def run_of(*left: Left) -> Row | None:
    """The row after what these facts leave, a minute apart."""
    told = dict(enumerate(left, start=1))
    view = view_of(lambda recorded: {"line": told[recorded.version]}, 1)
    facts = (
        recorded_on("x", "paper-1", n, seq=n, version=n, ticket="T", branch="HZ01", at=AT)
        for n in told
    )
    rows = list(fold_view(view, facts).values())
    assert all(isinstance(row, Row) for row in rows)
    return rows[0] if rows else None


def minute(n: int) -> datetime:
    return AT + timedelta(minutes=n)


class TestClockRuns:
    """时限: met or missed, by what ended it."""

    def test_it_is_met_by_what_ends_it_in_time(self) -> None:
        begun = Waits("approvals", ("approver",), due_at=minute(3))
        row = run_of(begun, Given("approver"), HandedOn("X"), None)
        assert row is not None
        assert row.runs == (Run("approvals", minute(3), minute(4)),)
        (told,) = counted(row, minute(9))
        assert (told.at, told.of, told.amount) == (minute(3), "approvals", 0)
        row = run_of(replace_due(begun, 4), Given("approver"), HandedOn("X"), None)
        assert row is not None
        assert [each.amount for each in counted(row, minute(9))] == [1]

    def test_what_still_waits_is_missed_once_it_was_due(self) -> None:
        row = run_of(Waits("answers", ("clerk",), due_at=minute(3)))
        assert row is not None
        assert list(counted(row, minute(3) - timedelta(seconds=1))) == []
        assert [each.amount for each in counted(row, minute(4))] == [0]

    def test_each_time_counts_and_a_new_day_moves_the_last(self) -> None:
        row = run_of(Waits("a", due_at=minute(2)), Waits("b", due_at=minute(5)), DueAnew(minute(8)))
        assert row is not None
        assert row.runs == (Run("a", minute(2), minute(2)), Run("b", minute(8), None))
        assert (row.first_due_at, row.last_due_at) == (minute(2), minute(8))

    def test_a_task_without_a_clock_has_no_row_and_old_runs_are_dropped(self) -> None:
        assert run_of(Waits("a"), None) is None
        many = [Waits("a", due_at=minute(n)) for n in range(MOST + 5)]
        row = run_of(*many)
        assert row is not None
        assert len(row.runs) == MOST


def replace_due(begun: Waits, n: int) -> Waits:
    return Waits(begun.step, begun.roles, due_at=minute(n))
