"""哪个月 (which month): the next one, or the next in which a Friday is a public holiday."""

from datetime import date, datetime, time, timedelta

from guiyi.play.branch.fridays import fridays
from guiyi.play.days import ZONE
from guiyi.play.store.month import first_day
from shared.policy.public_days import Country, public_days

COUNTRY = Country.CN
OPENS = time(8)


def first_of_next(now: datetime) -> datetime:
    """The first morning of the month after this one, by the branch's clock."""
    here = now.astimezone(ZONE)
    day = (here.date().replace(day=1) + timedelta(days=31)).replace(day=1)
    return datetime.combine(day, OPENS, ZONE)


def with_a_holiday(now: datetime) -> datetime:
    """The first morning of the next month with a Friday on which nobody works, and refills.

    What is refilled on such a Friday is drafted on a day before it, of the same month.
    """
    first = first_of_next(now)
    while not any(is_moved(day) for day in fridays(first_day(first))):
        first = first_of_next(first)
    return first


def is_moved(friday: date) -> bool:
    """Whether it is off, and the last day before it that is not is of its month."""
    day = friday
    while day in public_days(COUNTRY, day.year).off:
        day -= timedelta(days=1)
    return day != friday and day.month == friday.month
