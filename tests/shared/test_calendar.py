"""日历: public holidays and make-up days of a country, and what a branch has otherwise."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from shared.policy import CORE, Core
from shared.policy.book import PolicyBook
from shared.policy.clocks import Calendar, Clock, OwnCalendar, Weekday, due
from shared.policy.public_days import Country, public_days
from shared.policy.source import PolicyBroken, read
from shared.policy.watch import unpublished

SHIPPED = Path(__file__).parents[2] / "deploy" / "policies"
TEXT = (SHIPPED / CORE).read_text("utf-8")
SIX = tuple(Weekday)[:6]
CHINA = Calendar("Asia/Shanghai", SIX, time(8, 30), time(17, 30), Country.CN)
NOTICES = {
    2025: (
        "01-01/01-01 01-28/02-04 04-04/04-06 05-01/05-05 05-31/06-02 10-01/10-08",
        "01-26 02-08 04-27 09-28 10-11",
    ),
    2026: (
        "01-01/01-03 02-15/02-23 04-04/04-06 05-01/05-05 06-19/06-21 09-25/09-27 10-01/10-07",
        "01-04 02-14 02-28 05-09 09-20 10-10",
    ),
}
"""The notices of the State Council, as they are printed: off from and until, and worked."""


def spans(year: int, text: str) -> set[date]:
    found = set[date]()
    for span in text.split():
        first, last = (date.fromisoformat(f"{year}-{each}") for each in span.split("/"))
        found |= {first + timedelta(n) for n in range((last - first).days + 1)}
    return found


@pytest.mark.parametrize("year", NOTICES)
def test_a_desk_that_works_on_saturdays_is_off_as_the_notice_of_the_year_says(year: int) -> None:
    off, worked = NOTICES[year]
    makeup = {date.fromisoformat(f"{year}-{each}") for each in worked.split()}
    days = {date(year, 1, 1) + timedelta(n) for n in range(365)}
    sundays = {day for day in days if day.weekday() == 6}
    expected = (days - spans(year, off) - sundays) | makeup
    assert {day for day in days if CHINA.works_on(day)} == expected


def test_a_year_without_a_notice_counts_by_weekdays_and_statutory_days() -> None:
    year = next(n for n in range(2027, 2100) if not CHINA.is_published(n))
    found = public_days(Country.CN, year)
    assert (found.worked, found.is_published) == (frozenset(), False)
    assert {date(year, 1, 1), date(year, 5, 1), date(year, 10, 1)} <= found.off
    days = {date(year, 1, 1) + timedelta(n) for n in range(365)}
    usual = {day for day in days if day.weekday() < 6} - found.off
    assert {day for day in days if CHINA.works_on(day)} == usual


@pytest.mark.parametrize("country", Country)
@pytest.mark.parametrize("year", [2024, 2050, 2150, 9998])
def test_every_country_answers_for_any_year(country: Country, year: int) -> None:
    found = public_days(country, year)
    assert {day.year for day in (*found.off, *found.worked)} <= {year}
    assert found.is_published is (country is not Country.CN or year == 2024)


def test_a_branch_has_its_own_days_and_hours() -> None:
    five = SIX[:5]
    own = OwnCalendar(
        workdays=five,
        closes=time(12),
        closed_days=frozenset({date(2026, 11, 24)}),
        working_days=frozenset({date(2026, 10, 1)}),
    )
    here = CHINA.with_own(own)
    assert (here.opens, here.closes, here.country) == (time(8, 30), time(12), Country.CN)
    days = [date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 10), date(2026, 11, 24)]
    assert [here.works_on(day) for day in days] == [True, False, True, False]
    assert not here.works_on(date(2026, 11, 28))


def test_a_branch_unsays_what_the_organisation_says() -> None:
    day, other = date(2026, 11, 24), date(2026, 11, 22)
    base = Calendar(
        "Asia/Shanghai", SIX, time(8), time(17), None, frozenset({day}), frozenset({other})
    )
    own = OwnCalendar(closed_days=frozenset({other}), working_days=frozenset({day}))
    here = base.with_own(own)
    assert (here.works_on(day), here.works_on(other)) == (True, False)


def written(folder: Path, more: str) -> Path:
    (folder / CORE).write_text(f"{TEXT}\n{more}", "utf-8")
    return folder


def test_the_book_answers_with_the_calendar_of_the_branch(tmp_path: Path) -> None:
    book = PolicyBook(written(tmp_path, "[branches.HZ02.calendar]\nclosed_days = [2026-11-24]"))
    clock, start = Clock(timedelta(hours=4)), datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
    here, there = (book(branch, start).calendar for branch in ("HZ01", "HZ02"))
    assert due(clock, there, start) == due(clock, here, start) + timedelta(days=1)
    assert book("HZ02", start) is book("HZ02", start)
    assert book("HZ03", start) is book.kept()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("closes = 08:00:00", "branches.HZ02.calendar.closes: the desk must close later"),
        ('time_zone = "Asia/Oz"', "branches.HZ02.calendar.time_zone: no zone is called Asia/Oz"),
        (
            "closed_days = [2026-11-24]\nworking_days = [2026-11-24]",
            "branches[...].calendar.working_days: 2026-11-24 is a closed day as well",
        ),
        ('country = "XX"', "branches[...].calendar.country: invalid enum value"),
    ],
)
def test_what_is_wrong_with_it_is_told_by_its_field(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(PolicyBroken) as broken:
        read(written(tmp_path, f"[branches.HZ02.calendar]\n{more}") / CORE, Core)
    assert said in str(broken.value)


def test_a_year_that_is_not_published_is_named_once_it_is_near(tmp_path: Path) -> None:
    core = read(SHIPPED / CORE, Core)
    unknown = next(n for n in range(2027, 2100) if not CHINA.is_published(n))
    assert unpublished(core, date(unknown - 1, 10, 31)) == []
    assert unpublished(core, date(unknown - 1, 11, 30)) == [(Country.CN, unknown)]
    abroad = written(tmp_path, '[branches.HK01.calendar]\ncountry = "HK"')
    assert unpublished(read(abroad / CORE, Core), date(unknown, 3, 1)) == [(Country.CN, unknown)]


def test_no_process_waits_for_the_library_before_a_clock_asks_for_a_day() -> None:
    starts = (
        "import guiyi.cli, services.intake.app, shared.http.entrypoint, shared.worker.entrypoint"
    )
    policy = "from shared.policy import Core; from shared.policy.source import read"
    reads = f"{policy}; import pathlib; read(pathlib.Path({str(SHIPPED / CORE)!r}), Core)"
    asked = f"{starts}; {reads}; import sys; print('holidays' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "False"
