"""政策: tables are read whole or not at all, bands are half-open, clocks keep their calendar."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.policy import CORE, Core, Rung, last_word, rung
from shared.policy.clocks import (
    LONGEST,
    Calendar,
    Clock,
    Hours,
    Occurrence,
    Schedule,
    Weekday,
    due,
    last_occurrence,
)
from shared.policy.source import PolicyBroken, read

SHIPPED = Path(__file__).parents[2] / "deploy" / "policies"
TEXT = (SHIPPED / "core.toml").read_text("utf-8")
CALENDAR = Calendar(
    time_zone="Asia/Shanghai",
    workdays=(Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI),
    opens=time(8, 30),
    closes=time(17, 30),
    closed_days=frozenset({date(2026, 10, 1), date(2026, 10, 2)}),
    working_days=frozenset({date(2026, 10, 10)}),
)
TAKING = '[taking.clock]\nafter = "PT4H"'
FOUR_HOURS = Clock(timedelta(hours=4))


def local(day: int, hour: int, minute: int = 0, month: int = 10) -> datetime:
    """A moment told as in China."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_the_shipped_policy_is_good() -> None:
    core = read(SHIPPED / CORE, Core)
    assert core.label == "core@1"
    assert core.approval.clock.after == timedelta(hours=4)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "core"', 'name = "Core!"', "name: expected `str` matching regex"),
        ("version = 1", "version = 0", "version: expected `int` >= 1"),
        ("version = 1", "", "version: object missing required"),
        ("below_fen = 500_000", 'below_fen = "5000"', "approval.ladder[0].below_fen: expected"),
        ("below_fen = 500_000", "below = 500_000", "approval.ladder[0].below: object contains"),
        ("below_fen = 500_000", "below_fen = 1_000_000", "approval.ladder: below_fen must rise"),
        ("{ below_fen = 500_000, all", "{ all", "approval.ladder: below_fen must rise"),
        ('{ all = ["general', '{ below_fen = 9_000_000, all = ["general', "the last rung has no"),
        ('["approver", "cost_deputy"]', "[]", "approval.ladder[1].all: expected `array` of length"),
        ('"cost_deputy"]', '"approver"]', "approval.ladder[1].all: one is named twice"),
        ('"PT4H"', '"4 hours"', "approval.clock.after: invalid ISO8601 duration"),
        ('"PT4H"', '"PT0S"', "approval.clock.after: more than nothing"),
        (TAKING, TAKING.replace("4", "0"), "taking.clock.after: more than nothing"),
        ('"repaired", ', '"mended", ', "follow_up.endings[0]: invalid enum value"),
        ("share = 100", "share = 101", "follow_up.share: expected `int` <= 100"),
        ("attempts_on_days = 3", "attempts_on_days = 21", "reaching.attempts_on_days: expected"),
        (
            "share = 100\nattempts_on_days = 3",
            "share = 100\nattempts_on_days = 0",
            "follow_up.attempts_on_days: expected",
        ),
        ('code = "skill"', 'code = "manner"', "follow_up.questions: manner is named twice"),
        ('kind = "yes_no"', 'kind = "guess"', "follow_up.questions[0].kind: invalid enum value"),
        (
            'kind = "yes_no"',
            'kind = "score"',
            "questions[0].about: fault_gone is answered as",
        ),
        ('about = "runs_well"', 'about = "fault_gone"', "follow_up.questions: two are about fault"),
        ('after = "PT24H"', 'after = "PT0S"', "follow_up.clock.after: more than nothing"),
        ("orders_on_one_day = 4", "orders_on_one_day = 0", "warnings.orders_on_one_day: expected"),
        ('skill = "filling"', 'skill = ""', "warnings.skills[0].skill: expected `str` of length"),
        ('calendar = "working"', 'calendar = "lunar"', "approval.clock.calendar: invalid enum"),
        ("Asia/Shanghai", "Asia/Atlantis", "calendar.time_zone: no zone is called Asia/Atlantis"),
        ("closes = 17:30:00", "closes = 08:30:00", "calendar.closes: the desk must close later"),
        (
            "closed_days = []\nworking_days = []",
            "closed_days = [2026-01-01]\nworking_days = [2026-01-01]",
            "calendar.working_days: 2026-01-01 is a closed day as well",
        ),
        ('country = "CN"', 'country = "XX"', "calendar.country: invalid enum value"),
        ("{n:04}", "{number}", "numbers.ticket: 'number'"),
        ("BX-{branch}", "{branch}", "numbers.ticket: makes HZ01-20261123-0001"),
        ("[numbers]", "[numbers", "is not TOML"),
    ],
)
def test_a_broken_table_is_told_by_file_and_field(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in TEXT
    (tmp_path / "core.toml").write_text(TEXT.replace(old, new, 1), "utf-8")
    with pytest.raises(PolicyBroken) as broken:
        read(tmp_path / CORE, Core)
    assert str(tmp_path / "core.toml") in str(broken.value)
    assert said in str(broken.value)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyBroken, match=r"core\.toml: No such file"):
        read(tmp_path / CORE, Core)


@for_all(st.integers(0, 2_000_000))
def test_every_cost_stands_on_one_rung(cost: int) -> None:
    ladder = [Rung(("a",), 500_000), Rung(("b",), 1_000_000), Rung(("c",))]
    expected = "a" if cost < 500_000 else "b" if cost < 1_000_000 else "c"
    assert rung(ladder, cost).all == (expected,)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (local(8, 9), local(8, 13)),
        (local(8, 13, 30), local(8, 17, 30)),
        (local(8, 13, 31), local(9, 8, 31)),
        (local(8, 16), local(9, 11)),
        (local(8, 7), local(8, 12, 30)),
        (local(8, 20), local(9, 12, 30)),
        (local(9, 16), local(10, 11)),
        (local(10, 16), local(12, 11)),
        (local(3, 10), local(5, 12, 30)),
        (local(30, 16, month=9), local(5, 11)),
    ],
    ids=[
        "within a day",
        "to the last minute",
        "over night",
        "into the next morning",
        "before opening",
        "after closing",
        "into a made-up saturday",
        "over sunday",
        "from saturday",
        "over the holidays",
    ],
)
def test_a_clock_runs_while_the_desk_works(start: datetime, end: datetime) -> None:
    assert due(FOUR_HOURS, CALENDAR, start) == end


def test_a_clock_may_run_day_and_night() -> None:
    always = Clock(timedelta(hours=4), Hours.ALWAYS)
    assert due(always, CALENDAR, local(3, 23)) == local(4, 3)


def test_no_clock_runs_for_ever() -> None:
    rarely = Calendar("Asia/Shanghai", (Weekday.MON,), time(9), time(9, 1))
    start = local(8, 9)
    assert due(FOUR_HOURS, rarely, start) == local(12, 9, 1) + timedelta(weeks=239)
    assert due(Clock(timedelta(days=366)), rarely, start) == start + LONGEST


@for_all(st.datetimes(datetime(2026, 9, 1), datetime(2026, 12, 1)), st.integers(1, 200))  # noqa: DTZ001 - told with a zone below
def test_a_longer_clock_ends_later_and_always_at_work(naive: datetime, hours: int) -> None:
    start = naive.replace(tzinfo=UTC)
    end = due(Clock(timedelta(hours=hours)), CALENDAR, start)
    assert end - start >= timedelta(hours=hours)
    assert end < due(Clock(timedelta(hours=hours + 1)), CALENDAR, start)
    day = (end + timedelta(hours=8)).date()
    opens, closes = CALENDAR.hours_of(day)
    assert opens < end <= closes


class Replenishing(msgspec.Struct, frozen=True):
    """A table with a schedule, as a room may have one."""

    schedule: Schedule


def schedule(tmp_path: Path, text: str) -> Schedule:
    (tmp_path / "table.toml").write_text(f"[schedule]\nat = 09:00:00\n{text}", "utf-8")
    return read(tmp_path / "table.toml", Replenishing).schedule


def days(asked: Schedule, first: date, last: date) -> list[str]:
    """Every local date on which it comes round from one to the other, asked each noon."""
    found = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        noon = datetime.combine(day, time(4), UTC)
        one = last_occurrence(asked, CALENDAR, noon, noon - timedelta(hours=24))
        if one is not None:
            assert one.due == datetime.combine(one.day, time(1), UTC)
            found.append(f"{one.day:%m-%d}")
    return found


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('weekdays = ["fri"]', "09-04 09-11 09-18 09-25 10-02 10-09"),
        ('weekdays = ["fri"]\nday_off = "before"', "09-04 09-11 09-18 09-25 09-30 10-09"),
        ('weekdays = ["fri"]\nday_off = "after"', "09-04 09-11 09-18 09-25 10-05 10-09"),
        ("month_days = [31]", "09-30"),
        ("month_days = [10, 12]", "09-10 09-12 10-10"),
        ('month_days = [12]\nday_off = "before"', "09-11"),
        ('weekdays = ["sun", "mon"]\nday_off = "after"', "09-07 09-14 09-21 09-28 10-05"),
    ],
)
def test_what_comes_round_keeps_the_calendar(tmp_path: Path, text: str, named: str) -> None:
    asked = schedule(tmp_path, text)
    assert days(asked, date(2026, 9, 1), date(2026, 10, 11)) == named.split()


def test_a_short_month_has_its_end_on_its_last_day() -> None:
    ends = Schedule(time(18), month_days=(31,))
    for month in range(1, 13):
        first = date(2027, month, 1)
        one = last_occurrence(ends, CALENDAR, datetime.combine(first, time(6), UTC))
        assert one is not None
        assert one.day == first - timedelta(days=1)


def test_the_hour_of_the_day_counts_and_so_does_since() -> None:
    fridays = Schedule(time(9), weekdays=(Weekday.FRI,))
    before, after = local(9, 8, 59), local(9, 9)
    assert last_occurrence(fridays, CALENDAR, before) == Occurrence(date(2026, 10, 2), local(2, 9))
    assert last_occurrence(fridays, CALENDAR, after) == Occurrence(date(2026, 10, 9), after)
    assert last_occurrence(fridays, CALENDAR, after, since=after) is None
    assert last_occurrence(fridays, CALENDAR, after, since=before) is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a schedule names weekdays or month_days"),
        ('weekdays = ["friday"]', "invalid enum value 'friday'"),
        ("month_days = [32]", "expected `int` <= 31"),
        ('weekdays = ["fri"]\nday_off = "skip"', "invalid enum value 'skip'"),
        ('weekday = ["fri"]', "object contains unknown field"),
    ],
)
def test_a_broken_schedule_is_told_by_its_field(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PolicyBroken, match=r"table\.toml: schedule") as broken:
        schedule(tmp_path, text)
    assert said in str(broken.value)


@pytest.mark.parametrize(
    ("rungs", "said_as"),
    [
        ([("approver",)], ("approver",)),
        ([("approver",), ("approver", "cost_deputy")], ("cost_deputy",)),
        ([("approver",), ("general_manager",)], ("general_manager",)),
        ([("approver", "cost_deputy"), ("approver",)], ("approver",)),
    ],
)
def test_one_word_on_an_unknown_cost_is_said_by_whom_the_last_rung_adds(
    rungs: list[tuple[str, ...]], said_as: tuple[str, ...]
) -> None:
    ladder = [Rung(each, 100 * n) for n, each in enumerate(rungs, start=1)]
    assert last_word(ladder) == said_as
