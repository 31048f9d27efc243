"""每周用量 (use by weeks): what stores used of each part, from which a quota is suggested."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from services.inventory.worth import OLD
from shared.events.inventory import Outside, QuotaSet, StockMoved
from shared.view import Key, Recorded

NAME = "part_use"
VERSION = 1
KEY = ("store", "part")
INDEXES = (("branch",), ("part",))
_OUTSIDE = frozenset(each.value for each in Outside)
_USED_UP = (Outside.INSTALLED.value, Outside.CONSUMED.value)
MOST_WEEKS = 60
"""How many weeks with any use are kept: more than policy can ask for."""


@dataclass(frozen=True, slots=True)
class WeekUse:
    """一周用量: how many pieces were used in the week that begins on a Monday."""

    begins_on: date
    used: int


@dataclass(frozen=True, slots=True)
class Row:
    """用量一行: one part of one store."""

    store: str
    part: str
    branch: str
    """The store's."""
    since: date
    """The week in which the store first had the part, or a quota of it."""
    quota: int | None = None
    weeks: tuple[WeekUse, ...] = ()
    """The newest weeks in which any were used, oldest first."""


def used_by(move: StockMoved) -> int:
    """用量: how many pieces a movement used; below zero, what a correction brought back."""
    if move.target in _USED_UP and move.source not in _OUTSIDE:
        return move.quantity
    came_back = move.target not in _OUTSIDE and move.target not in OLD
    return -move.quantity if move.source in _USED_UP and came_back else 0


def week_of(at: datetime) -> date:
    """周: the Monday of the week in which a moment falls, by UTC: the same wherever it is asked."""
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def keys(recorded: Recorded) -> Iterable[Key]:
    """Every movement of a part in a store, and its quota."""
    match recorded.fact:
        case StockMoved(store, part) | QuotaSet(store, part):
            return [(store, part)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact. A movement counts when it happened, at the latest when recorded."""
    store, part = map(str, key)
    week = week_of(min(recorded.occurred_at, recorded.recorded_at))
    row = row or Row(store, part, store, week)
    row = replace(row, since=min(row.since, week))
    match recorded.fact:
        case QuotaSet(quota=quota):
            return replace(row, quota=quota)
        case StockMoved() as move if used := used_by(move):
            return _used(row, week, used)
        case _:
            return row


def _used(row: Row, week: date, used: int) -> Row:
    weeks = {each.begins_on: each.used for each in row.weeks}
    weeks[week] = weeks.get(week, 0) + used
    kept = sorted(weeks.items())[-MOST_WEEKS:]
    return replace(row, weeks=tuple(WeekUse(*each) for each in kept))
