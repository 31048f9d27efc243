"""指标 (figures): what is counted of a branch in a week: whole sums, and how they are told.

A view says when something was, for one paper; here it is put into the ISO week of its branch and
added up. A share is told in thousandths, a mean in its unit, both rounded half up.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)


class FigureUnit(StrEnum):
    """单位: of a value."""

    PERMILLE = "permille"
    """千分之: a share."""
    SECONDS = "seconds"
    """秒: the mean of spans of time."""
    HUNDREDTHS = "hundredths"
    """百分之一分: the mean of scores."""


@dataclass(frozen=True, slots=True)
class Counted:
    """计入一次: one thing that counts into a figure."""

    branch: str
    at: datetime
    """By which week it counts."""
    figure: str
    of: str
    """Which stage, clock or answer; empty if there is one alone."""
    amount: int
    """Of a share: 1 if it is so, else 0; of a mean: in its unit."""
    unit: FigureUnit = FigureUnit.PERMILLE


class Week(NamedTuple):
    """周: an ISO week."""

    year: int
    number: int

    @staticmethod
    def of(day: date) -> "Week":
        """The week in which a day is."""
        year, number, _ = day.isocalendar()
        return Week(year, number)

    @staticmethod
    def named(text: str) -> "Week":
        """The week that is written `2026-W48`. Raises ValueError."""
        year, number = text.split("-W")
        return Week.of(date.fromisocalendar(int(year), int(number), 1))

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    def __str__(self) -> str:
        return f"{self.year:04}-W{self.number:02}"


@dataclass(frozen=True, slots=True)
class Figure:
    """指标一行: one figure of a branch in a week; where nothing counts there is no row."""

    branch: str
    week: str
    """`2026-W48`."""
    from_on: date
    until_on: date
    figure: str
    of: str
    count: int
    """How many things counted."""
    total: int
    """How many of them are so; of a mean, the sum."""
    value: int
    unit: FigureUnit


def summed(
    counted: Iterable[Counted], weeks: Sequence[Week], zone_of: Callable[[str], ZoneInfo]
) -> Sequence[Figure]:
    """The figures of these weeks, each by the calendar of its branch."""
    sums: dict[tuple[str, Week, str, str, FigureUnit], list[int]] = {}
    for each in counted:
        week = Week.of(each.at.astimezone(zone_of(each.branch)).date())
        if week in weeks:
            key = (each.branch, week, each.figure, each.of, each.unit)
            sums.setdefault(key, []).append(each.amount)
    return [_told(*key, amounts) for key, amounts in sorted(sums.items())]


def _told(
    branch: str, week: Week, figure: str, of: str, unit: FigureUnit, amounts: Sequence[int]
) -> Figure:
    scale = {FigureUnit.PERMILLE: 1000, FigureUnit.HUNDREDTHS: 100, FigureUnit.SECONDS: 1}[unit]
    count, total, monday = len(amounts), sum(amounts), week.monday
    value = half_up(total * scale, count)
    sunday = monday + WEEK - timedelta(days=1)
    return Figure(branch, str(week), monday, sunday, figure, of, count, total, value, unit)


def half_up(part: int, whole: int) -> int:
    """A quotient of whole numbers, rounded half up. `whole` is not zero, `part` not below it."""
    return (2 * part + whole) // (2 * whole)


def seconds(first: datetime, last: datetime) -> int:
    """Whole seconds from one moment to another; none if the other was earlier."""
    return max(0, int((last - first).total_seconds()))
