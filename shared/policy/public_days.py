"""法定假日 (public days): which days a country is off, and which weekends it works for that.

The library `holidays` keeps them from year to year. It is loaded when the first clock of a process
asks for a day; a year of a country is computed once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

SATURDAY = 5


class Country(StrEnum):
    """国家或地区: whose public holidays count."""

    CN = "CN"
    HK = "HK"
    MO = "MO"


@dataclass(frozen=True, slots=True)
class PublicDays:
    """一年的法定假日: of one country."""

    off: frozenset[date]
    worked: frozenset[date]
    """调休: days of weekends that are worked for others that are off."""
    is_published: bool
    """Whether it is known which days are worked for others. If not, nothing but the statutory days
    and those in their lieu are off, and no weekend is worked."""


@cache
def public_days(country: Country, year: int) -> PublicDays:
    """The days of a year. It answers for any; for one far away there may be none."""
    from holidays import country_holidays  # 100 ms that no start of a process waits for

    found = country_holidays(country, years=(year - 1, year, year + 1), expand=False)
    moves = bool(found.has_substituted_holidays)
    noticed: Iterable[int] = getattr(found, "special_public_holidays", ())
    published = frozenset(noticed if moves else ())
    worked = frozenset(found.weekend_workdays)
    named = [day for day in found if not moves or day.year in published]
    off = {*found, *(each for day in named for each in _weekends_beside(day, worked, moves))}
    return PublicDays(
        frozenset(day for day in off if day.year == year),
        frozenset(day for day in worked if day.year == year),
        not moves or year in published,
    )


def _weekends_beside(day: date, worked: frozenset[date], moves: bool) -> Iterator[date]:
    """The days of a weekend that touch a holiday: the notice of the year counts them with it."""
    for step in (timedelta(1), timedelta(-1)):
        beside = day + step
        while moves and beside.weekday() >= SATURDAY and beside not in worked:
            yield beside
            beside += step
