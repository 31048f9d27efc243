"""政策 (policy): rules that organisations set differently, as typed tables read from TOML.

A table has a name and a version; what it decides carries both (`core@1`). Bands are half-open: a
value on the edge belongs to the stricter side. Whatever is wrong with a file is said with its name
and the field.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from shared.events.followup import AnswerKind
from shared.events.values import Ending

T = TypeVar("T")

LONGEST = timedelta(days=3660)
"""No clock runs longer, whatever its calendar says."""
YEAR = timedelta(days=366)

Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class PolicyBroken(Exception):
    """A policy file cannot be used; the message names the file, the field and what is asked."""


class Weekday(StrEnum):
    """星期, in the order of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Hours(StrEnum):
    """时钟日历: whether a clock runs day and night or only while the desk works."""

    WORKING = "working"
    ALWAYS = "24x7"


class Rung(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """审批档: up to which cost, and as what it must be approved; by each of them."""

    all: Annotated[tuple[Code, ...], Meta(min_length=1)]
    below_fen: Annotated[int, Meta(ge=1)] | None = None
    """None only for the last rung: whatever is dearer."""


class Clock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """时限: how long something may take, and by which calendar."""

    after: timedelta
    """ISO 8601: `PT4H`, `P2D`; a day is 24 hours of its calendar."""
    calendar: Hours = Hours.WORKING


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """审批: who must approve what a repair costs, and by when."""

    ladder: Annotated[tuple[Rung, ...], Meta(min_length=1)]
    clock: Clock


class Taking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """接单: by when a technician signs or declines an order he was given."""

    clock: Clock


class QuestionAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """回访题: one question of the call-back; its code never changes its meaning."""

    code: Code
    kind: AnswerKind
    zh: Annotated[str, Meta(min_length=1, max_length=200)]
    en: Annotated[str, Meta(min_length=1, max_length=200)]
    required: bool = True


class FollowUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """回访: which cases are followed up by a call, by when, with which questions."""

    endings: frozenset[Ending]
    clock: Clock
    """Runs from the closing of the case."""
    questions: Annotated[tuple[QuestionAsked, ...], Meta(min_length=1)]
    share: Annotated[int, Meta(ge=0, le=100)] = 100
    """Of a hundred cases so many are called; which, hangs on the ticket alone."""
    attempts_on_days: Annotated[int, Meta(ge=1, le=30)] = 3
    """On how many different days a customer is tried before he may be given up."""


class HandingIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """交销: by when a technician brings a task home whose order the customer has signed."""

    clock: Clock


class Quote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """报价: when a paying customer must have agreed."""

    consent_on_site: bool = False


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """工作日历: when the desk works, with public holidays and the days worked to make up."""

    time_zone: str
    workdays: Annotated[tuple[Weekday, ...], Meta(min_length=1)]
    opens: time
    closes: time
    holidays: frozenset[date] = frozenset()
    makeup_days: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether the desk works on the day."""
        usual = tuple(Weekday)[day.weekday()] in self.workdays
        return day in self.makeup_days or (usual and day not in self.holidays)

    def hours_of(self, day: date) -> tuple[datetime, datetime]:
        """From when to when the desk works on the day, UTC; no time at all on a day off."""
        zone = ZoneInfo(self.time_zone)
        closes = self.closes if self.works_on(day) else self.opens
        opened = datetime.combine(day, self.opens, zone)
        return opened.astimezone(UTC), datetime.combine(day, closes, zone).astimezone(UTC)


class DayOff(StrEnum):
    """逢休: where an occurrence goes that falls on a day on which the desk does not work."""

    KEEP = "keep"
    BEFORE = "before"
    AFTER = "after"


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """周期: on which days something comes round, and when, by the calendar's time zone."""

    at: time
    weekdays: tuple[Weekday, ...] = ()
    month_days: tuple[Annotated[int, Meta(ge=1, le=31)], ...] = ()
    """A shorter month has it on its last day: 31 is the end of every month."""
    day_off: DayOff = DayOff.KEEP

    def __post_init__(self) -> None:
        if not self.weekdays and not self.month_days:
            raise ValueError("a schedule names weekdays or month_days")

    def falls_on(self, day: date, calendar: Calendar) -> bool:
        """Whether it comes round on the day, moved there from a day off or named itself."""
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
    """一次: one time that something comes round: its local date, and the moment (UTC)."""

    day: date
    due: datetime


class Numbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """编号: the pattern papers are numbered by; `{branch}`, `{day}` and `{n}` stand in it."""

    ticket: str


class SkillAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """所需技能: which skill machines of a kind ask for, by how the name of their model begins."""

    model: Annotated[str, Meta(min_length=1)]
    skill: Annotated[str, Meta(min_length=1)]


class Warnings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """提醒: which of them are given."""

    open_report_on_same_machine: bool = True
    orders_on_one_day: Annotated[int, Meta(ge=1)] | None = None
    """From how many orders of a technician on one day on it is seen; None: never."""
    other_area: bool = False
    """Whether it is seen that a technician is sent where he does not go otherwise."""
    skills: tuple[SkillAsked, ...] = ()
    """Of several that fit a model, the longest counts; of a model none fits, nothing is asked."""


class Core(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """核心政策: what every installation sets for itself."""

    name: Code
    version: Annotated[int, Meta(ge=1)]
    approval: Approval
    calendar: Calendar
    numbers: Numbers
    taking: Taking | None = None
    """None: nobody is reminded."""
    handing_in: HandingIn | None = None
    """None: nobody is reminded."""
    follow_up: FollowUp | None = None
    """None: nobody is called back."""
    quote: Quote = Quote()
    warnings: Warnings = Warnings()

    @property
    def label(self) -> str:
        """The table and its version, as facts carry it: `core@1`."""
        return f"{self.name}@{self.version}"


def load_core(folder: Path) -> Core:
    """The core policy of a folder, checked. Raises PolicyBroken."""
    path = folder / "core.toml"
    core = read(path, Core)
    _check_ladder(core.approval.ladder, path)
    _check_clock(core.approval.clock, path, "approval")
    if core.taking is not None:
        _check_clock(core.taking.clock, path, "taking")
    if core.handing_in is not None:
        _check_clock(core.handing_in.clock, path, "handing_in")
    if core.follow_up is not None:
        _check_follow_up(core.follow_up, path)
    _check_calendar(core.calendar, path)
    _check_numbers(core.numbers, path)
    return core


def read(path: Path, kind: type[T]) -> T:
    """A table of this kind from a TOML file. Raises PolicyBroken."""
    try:
        plain: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise PolicyBroken(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyBroken(f"{path} is not TOML: {error}") from error
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        raise PolicyBroken(f"{path}: {_field_first(error)}") from error


def rung(ladder: Sequence[Rung], cost_fen: int) -> Rung:
    """The rung of a cost: the first whose bound lies above it, so the edge is the next one's."""
    return next(r for r in ladder if r.below_fen is None or cost_fen < r.below_fen)


def due(clock: Clock, calendar: Calendar, start: datetime) -> datetime:
    """The moment a clock started then runs out, UTC."""
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
    """The newest occurrence up to `until`; None if there was none after `since`, or for a year."""
    zone = ZoneInfo(calendar.time_zone)
    today = until.astimezone(zone).date()
    for back in range(YEAR.days):
        day = today - timedelta(days=back)
        if schedule.falls_on(day, calendar):
            due = datetime.combine(day, schedule.at, zone).astimezone(UTC)
            if due <= until:
                return Occurrence(day, due) if since is None or since < due else None
    return None


def ticket_number(numbers: Numbers, branch: str, day: date, n: int) -> str:
    """单号: the n-th ticket of the branch's local day."""
    return numbers.ticket.format(branch=branch, day=day, n=n)


_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<key>[^`]*)`)?$", re.DOTALL)
_FIELD = re.compile(r"field `(?P<field>[^`]+)`")


def _field_first(error: msgspec.ValidationError) -> str:
    place = _PLACE.match(str(error))
    assert place is not None
    what, named = place["what"], _FIELD.search(place["what"])
    key = ".".join(filter(None, [place["key"], named and named["field"]]))
    return f"{key}: {what[0].lower()}{what[1:]}"


def _check_ladder(ladder: Sequence[Rung], path: Path) -> None:
    bounds = [r.below_fen for r in ladder[:-1]]
    known = [bound for bound in bounds if bound is not None]
    if ladder[-1].below_fen is not None:
        raise PolicyBroken(f"{path}: approval.ladder: the last rung has no below_fen")
    if len(known) < len(bounds) or sorted(set(known)) != known:
        raise PolicyBroken(f"{path}: approval.ladder: below_fen must rise from rung to rung")
    for n, each in enumerate(ladder):
        if len(set(each.all)) < len(each.all):
            raise PolicyBroken(f"{path}: approval.ladder[{n}].all: one is named twice")


def _check_clock(clock: Clock, path: Path, of: str) -> None:
    if not timedelta() < clock.after <= YEAR:
        raise PolicyBroken(f"{path}: {of}.clock.after: more than nothing, at most a year")


def _check_follow_up(follow_up: FollowUp, path: Path) -> None:
    _check_clock(follow_up.clock, path, "follow_up")
    codes = [question.code for question in follow_up.questions]
    if twice := [code for code in codes if codes.count(code) > 1]:
        raise PolicyBroken(f"{path}: follow_up.questions: {twice[0]} is named twice")


def _check_calendar(calendar: Calendar, path: Path) -> None:
    try:
        ZoneInfo(calendar.time_zone)
    except (LookupError, OSError, ValueError) as error:
        zone = calendar.time_zone
        raise PolicyBroken(f"{path}: calendar.time_zone: no zone is called {zone}") from error
    if calendar.opens >= calendar.closes:
        raise PolicyBroken(f"{path}: calendar.closes: the desk must close later than it opens")
    if both := calendar.holidays & calendar.makeup_days:
        raise PolicyBroken(f"{path}: calendar.makeup_days: {min(both)} is a holiday as well")


def _check_numbers(numbers: Numbers, path: Path) -> None:
    try:
        made = ticket_number(numbers, "HZ01", date(2026, 11, 23), 1)
    except (LookupError, ValueError) as error:
        raise PolicyBroken(f"{path}: numbers.ticket: {error}") from error
    if not re.fullmatch(r"BX-HZ01-20261123-0{3,5}1", made):
        asked = "BX-{branch}-{day:%Y%m%d}-{n:04}"
        raise PolicyBroken(f"{path}: numbers.ticket: makes {made}; write it as {asked}")
