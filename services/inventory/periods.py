"""会计月份 (periods): how far a store is closed, and in which month a movement counts.

All of it follows from facts: what a movement says of its moment, when it was recorded, and the
closings of the store. No clock and no calendar is asked again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared import urging
from shared.decider import Asked, Rule, reason
from shared.events.closings import ConsumptionReportSent, MonthDuty, PeriodClosed


@dataclass(frozen=True, slots=True)
class Closings:
    """截帐: the months of a store that are closed; they follow one another without a gap."""

    last: PeriodClosed | None = None
    first: str | None = None
    """The first month that was closed."""
    sent: Mapping[str, ConsumptionReportSent] = field(default_factory=dict)
    """By month, the consumption report that was sent; one a month."""
    urged: frozenset[str] = frozenset()
    """The months whose report was late."""
    reminded: str | None = None
    """The last month that was late to be closed."""
    told_upward: frozenset[tuple[MonthDuty, str]] = frozenset()
    """Of which months the approvers were told, and what was not done of them."""
    urged_by_hand: urging.Last | None = None
    """As somebody urged it last."""

    def closes(self, period: str) -> bool:
        """Whether there is a closing of that month: those before the first have none."""
        return self.first is not None and self.first <= period and self.has(period)

    def has(self, period: str) -> bool:
        """Whether that month is closed: the first closing ends all that was before as well."""
        return self.last is not None and period <= self.last.period


class Order(NamedTuple):
    """记录次序: where a fact stands in the record of a room; of any two, one comes first."""

    recorded_at: datetime
    partition: int
    seq: int


class Closed(NamedTuple):
    """A closing, and where it stands in the record."""

    fact: PeriodClosed
    order: Order


class Counted(NamedTuple):
    """计入: the month in which a movement counts."""

    period: str | None
    """None: in one that is not closed yet; empty: in the time before the first."""
    late: bool
    """补记: whether it happened in a month that was closed when it was recorded."""


def counted(at: datetime, order: Order, closings: Iterable[Closed]) -> Counted:
    """计入月份: in the first month that was not closed when it was recorded, and ends after it.

    `at` is when it happened; of what a stocktake posts, its `as_of`. The closings are those of the
    store, in their order.
    """
    late = False
    for n, each in enumerate(closings):
        if at >= each.fact.ends_at:
            continue
        if order < each.order:
            before = n == 0 and at < each.fact.begins_at
            return Counted("" if before else each.fact.period, late)
        late = True
    return Counted(None, late)


def stream_of(store: str) -> str:
    """The stream of a store's closings."""
    return f"closing-{store}"


def closings_of(asked: Asked, store: str) -> Closings:
    """How far a store is closed, where a command reads it."""
    found = asked.read(stream_of(store))
    assert isinstance(found, Closings)
    return found


def unclosed(asked: Asked, store: str, part: str) -> Rule:
    """A rule: a store that has closed a month begins no book: what there is was counted by then."""
    last = closings_of(asked, store).last
    period = last.period if last else ""
    told = reason("opening-after-closing", store=store, part=part, period=period)
    return last is not None, told


def bounds(period: str, time_zone: str) -> tuple[datetime, datetime]:
    """From when to when a month is, where the store is: its end is the beginning of the next."""
    begins, ends = first_day(period), first_day(following(period))
    return _midnight(begins, time_zone), _midnight(ends, time_zone)


def last_days(period: str, time_zone: str, days: int) -> datetime:
    """From when on the last days of a month are, where the store is."""
    return _midnight(first_day(following(period)) - timedelta(days=days), time_zone)


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def first_day(period: str) -> date:
    """The first day of a month: `2026-11`."""
    return date.fromisoformat(f"{period}-01")


def following(period: str) -> str:
    """The month after this one."""
    return f"{first_day(period) + timedelta(days=31):%Y-%m}"
