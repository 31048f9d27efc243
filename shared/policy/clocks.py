"""时限与日历 (clocks and calendars): when the desk works, time limits, what recurs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from shared.policy.public_days import Country, public_days
from shared.policy.source import Unfit

LONGEST = timedelta(days=3660)
"""The longest time of any clock, whatever its calendar says."""
YEAR = timedelta(days=366)


class Weekday(StrEnum):
    """星期, in the order of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


def _never_both(closed: frozenset[date], working: frozenset[date]) -> None:
    if both := closed & working:
        raise Unfit("working_days", f"{min(both)} is a closed day as well")


class Hours(StrEnum):
    """时钟日历: whether a clock runs day and night or only while the desk works."""

    WORKING = "working"
    ALWAYS = "24x7"


class Clock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """时限: how long something may take, and by which calendar."""

    after: timedelta
    """ISO 8601: `PT4H`, `P2D`. A day is 24 hours of its calendar."""
    calendar: Hours = Hours.WORKING
    upward: timedelta | None = None
    """So long after it was due the approvers are told, by the same calendar; None: never."""

    def __post_init__(self) -> None:
        for name, length in (("after", self.after), ("upward", self.upward)):
            if length is not None and not timedelta() < length <= YEAR:
                raise Unfit(name, "more than nothing, at most a year")

    @property
    def then(self) -> "Clock | None":
        """The clock of the approvers; it runs from when the owner was due."""
        return Clock(self.upward, self.calendar) if self.upward else None

    @property
    def written(self) -> str:
        """How long, as policy writes it: `P7D`."""
        told: str = msgspec.to_builtins(self.after)
        return told


class OwnCalendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """网点日历: what a branch has otherwise; where it says nothing, the calendar of all counts."""

    time_zone: str | None = None
    country: Country | None = None
    workdays: Annotated[tuple[Weekday, ...], Meta(min_length=1)] | None = None
    opens: time | None = None
    closes: time | None = None
    closed_days: frozenset[date] = frozenset()
    """Off as well, whatever the calendar of all says of them."""
    working_days: frozenset[date] = frozenset()
    """Worked as well, whatever the calendar of all says of them."""

    def __post_init__(self) -> None:
        _never_both(self.closed_days, self.working_days)


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """工作日历: when the desk works, with public holidays and the make-up working days."""

    time_zone: str
    workdays: Annotated[tuple[Weekday, ...], Meta(min_length=1)]
    opens: time
    closes: time
    country: Country | None = None
    """Whose public holidays and make-up working days count; None: nobody's."""
    closed_days: frozenset[date] = frozenset()
    """Off as well, whatever the country says."""
    working_days: frozenset[date] = frozenset()
    """Worked as well, whatever the country says."""

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (LookupError, OSError, ValueError) as error:
            raise Unfit("time_zone", f"no zone is called {self.time_zone}") from error
        if self.opens >= self.closes:
            raise Unfit("closes", "the desk must close later than it opens")
        _never_both(self.closed_days, self.working_days)

    def with_own(self, own: OwnCalendar) -> "Calendar":
        """The calendar of a branch. Raises Unfit."""
        return Calendar(
            own.time_zone or self.time_zone,
            own.workdays or self.workdays,
            self.opens if own.opens is None else own.opens,
            self.closes if own.closes is None else own.closes,
            own.country or self.country,
            (self.closed_days - own.working_days) | own.closed_days,
            (self.working_days - own.closed_days) | own.working_days,
        )

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.time_zone)

    def works_on(self, day: date) -> bool:
        """Whether the desk works on the day."""
        if day in self.working_days or day in self.closed_days:
            return day in self.working_days
        usual = tuple(Weekday)[day.weekday()] in self.workdays
        if self.country is None:
            return usual
        public = public_days(self.country, day.year)
        return day in public.worked or (usual and day not in public.off)

    def is_published(self, year: int) -> bool:
        """Whether the make-up working days of the year are known."""
        return self.country is None or public_days(self.country, year).is_published

    def hours_of(self, day: date) -> tuple[datetime, datetime]:
        """From when to when the desk works on the day, UTC. On a day off both are the same."""
        zone = ZoneInfo(self.time_zone)
        closes = self.closes if self.works_on(day) else self.opens
        opened = datetime.combine(day, self.opens, zone)
        return opened.astimezone(UTC), datetime.combine(day, closes, zone).astimezone(UTC)


class DayOff(StrEnum):
    """逢休: what happens to an occurrence that falls on a day off."""

    KEEP = "keep"
    BEFORE = "before"
    AFTER = "after"


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """周期: on which days something recurs, and at what time, in the calendar's time zone."""

    at: time
    weekdays: tuple[Weekday, ...] = ()
    month_days: tuple[Annotated[int, Meta(ge=1, le=31)], ...] = ()
    """In a shorter month it is the last day: 31 means the end of every month."""
    day_off: DayOff = DayOff.KEEP

    def __post_init__(self) -> None:
        if not self.weekdays and not self.month_days:
            raise ValueError("a schedule names weekdays or month_days")

    def falls_on(self, day: date, calendar: Calendar) -> bool:
        """Whether it recurs on the day: the day is named, or it was moved there from a day off."""
        if self.day_off is DayOff.KEEP:
            return self._names(day)
        step = timedelta(days=1 if self.day_off is DayOff.BEFORE else -1)
        if not calendar.works_on(day):
            return False
        while not self._names(day):
            day += step
            if calendar.works_on(day):
                return False
        return True

    def _names(self, day: date) -> bool:
        if tuple(Weekday)[day.weekday()] in self.weekdays:
            return True
        is_last = (day + timedelta(days=1)).day == 1
        return any(n == day.day or (is_last and n > day.day) for n in self.month_days)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """一次: one occurrence: its local date, and the moment (UTC)."""

    day: date
    due: datetime


def reached(found: datetime | None, calendar: Calendar, until: datetime) -> Occurrence | None:
    """The occurrence at this moment, if it has come by `until`; None: not yet, or never."""
    if found is None or found > until:
        return None
    return Occurrence(found.astimezone(ZoneInfo(calendar.time_zone)).date(), found)


def due(clock: Clock, calendar: Calendar, start: datetime) -> datetime:
    """The moment (UTC) at which a clock ends that starts at `start`."""
    left, start = clock.after, start.astimezone(UTC)
    if clock.calendar is Hours.ALWAYS:
        return start + left
    first = start.astimezone(ZoneInfo(calendar.time_zone)).date()
    for ahead in range(LONGEST.days):
        opens, closes = calendar.hours_of(first + timedelta(days=ahead))
        begins = max(opens, start)
        if left <= closes - begins:
            return begins + left
        left -= max(closes - begins, timedelta())
    return start + LONGEST


def last_occurrence(
    schedule: Schedule, calendar: Calendar, until: datetime, since: datetime | None = None
) -> Occurrence | None:
    """The newest occurrence up to `until`. None if there is none after `since` or in a year."""
    zone = ZoneInfo(calendar.time_zone)
    today = until.astimezone(zone).date()
    for back in range(YEAR.days):
        day = today - timedelta(days=back)
        if schedule.falls_on(day, calendar):
            due = datetime.combine(day, schedule.at, zone).astimezone(UTC)
            if due <= until:
                return Occurrence(day, due) if since is None or since < due else None
    return None
