"""政策看守 (the watch over policy): says when the file is no longer what this process works with.

A process reads its policy when it starts, and keeps it. A file that is gone, broken or changed
later has no effect until the next start, and is named before somebody meets it there. So is a
year for which nobody has published yet which days are worked for others.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Generic, TypeVar

from shared.policy import Core
from shared.policy.public_days import Country
from shared.policy.source import PolicyBroken, read

T = TypeVar("T")
AHEAD = timedelta(days=60)
"""How early a year is named: the notice for the next one comes out in November."""


class PolicyWatch(Generic[T]):
    """政策看守: of one file. `kept` is what this process works with."""

    def __init__(self, path: Path, kind: type[T], kept: Callable[[], T]) -> None:
        self._path, self._kind, self._kept = path, kind, kept

    def notes(self) -> Sequence[str]:
        """A line for the body of /readyz if the next start would not find the same policy."""
        try:
            now = read(self._path, self._kind)
        except PolicyBroken as error:
            kept = "this process keeps what it read at its start, and would not start again"
            return [f"the policy cannot be read: {error}; {kept}"]
        if now == self._kept():
            return []
        return [f"{self._path} was changed; it counts from the next start of this process on"]


def unpublished(core: Core, day: date) -> Sequence[tuple[Country, int]]:
    """未公布调休的年份: of which calendars, that of the day and the one that soon begins.

    In such a year the statutory days are off, and no weekend is worked for them.
    """
    calendars = [core.calendar, *map(core.calendar_of, sorted(core.branches))]
    years = sorted({day.year, (day + AHEAD).year})
    return list(
        dict.fromkeys(
            (each.country, year)
            for each in calendars
            for year in years
            if each.country is not None and not each.is_published(year)
        )
    )
