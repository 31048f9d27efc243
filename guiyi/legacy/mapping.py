"""导入映射 (the map): what the columns of a legacy desk's CSV file mean.

A map is a small TOML file. It is kept beside the log that it explains, and read before the first
row. If something is wrong with it, nothing is imported, and the message says which key and what to
write.
"""

import codecs
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from guiyi.tables import moments
from guiyi.tables.faults import Unreadable, Unusable
from guiyi.tables.table import Reading
from shared.events.values import Priority
from shared.policy.source import place_of

TimeColumns: TypeAlias = str | Annotated[tuple[str, ...], Meta(min_length=1, max_length=2)]
"""One column, or two: a day and a time of day."""
LISTED = (
    *("fault", "customer", "machine", "model", "serial", "priority", "owner"),
    *("contact", "phone"),
)
"""What a column may say in the list of tickets."""


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """列: the ticket's number, and what else the columns say; all but `case` may be absent."""

    case: str
    activity: str | None = None
    open: str | None = None
    """A column that says yes or no: whether the row leaves its ticket open."""
    time: TimeColumns | None = None
    person: str | None = None
    fault: str | None = None
    customer: str | None = None
    machine: str | None = None
    model: str | None = None
    serial: str | None = None
    priority: str | None = None
    owner: str | None = None
    contact: str | None = None
    phone: str | None = None

    @property
    def listed(self) -> Mapping[str, str]:
        """The column of each thing that the list of tickets shows."""
        told = {name: getattr(self, name) for name in LISTED}
        told["owner"] = self.owner or self.person
        return {name: column for name, column in told.items() if column}


class RowStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """步骤: one of the steps that a row tells; it did not happen if its time is empty."""

    time: TimeColumns
    activity: str | None = None
    """What happened, the same in every row."""
    column: str | None = None
    """Or the column that says it."""
    person: str | None = None

    @property
    def times(self) -> tuple[str, ...]:
        """The columns of its time."""
        return (self.time,) if isinstance(self.time, str) else self.time


class Time(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """时间: how moments are written, and the time zone of the desk's clock."""

    zone: str
    format: str | tuple[str, ...] = moments.ISO
    """`iso`, `excel`, `epoch` or a format of strptime; of several, the first that fits."""
    ambiguous: Literal["earlier", "later", "reject"] = "earlier"
    """Which of the two moments a time means, in the hour that comes twice."""

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms in which times are written."""
        return (self.format,) if isinstance(self.format, str) else self.format


class States(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """状态: which activities leave a ticket open. A name may end in `*`: any ending."""

    open: tuple[str, ...]
    closed: tuple[str, ...] | None = None
    """If given, an activity in neither list is a bad row; if not, all others mean closed."""


class Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """映射: what one TOML file says of one desk's logs."""

    source: Annotated[str, Meta(pattern=r"^[a-z0-9]{1,16}$")]
    """Short name of the old desk: letters and digits, part of every imported ticket's number."""
    branch: Annotated[str, Meta(pattern=r"^[A-Z0-9]{2,8}$")]
    columns: Columns
    time: Time
    states: States = States(open=())
    step: str | None = None
    """What happened, where every row is the same kind of step and no column says so."""
    steps: tuple[RowStep, ...] = ()
    """Where one row tells several steps, each with a time of its own."""
    generation: Annotated[int, Meta(ge=1, le=9_999)] = 1
    """Which import of this source it is: an import that was withdrawn is done again as the next."""
    order: Literal["found", "oldest-first", "newest-first"] = "found"
    """The direction of the file; it decides among steps of one moment."""
    priorities: Mapping[str, Priority] = {}
    """What the other desk's words for priority mean."""
    encoding: str | None = None
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] | None = None
    backslash: bool = False
    """Whether a quote in a value has a backslash before it."""
    apostrophes: bool = False
    """Whether what a spreadsheet would take for a formula has an apostrophe before it."""
    lines_above: Annotated[int, Meta(ge=0, le=50)] | None = None
    """Lines above the heading; if it is not said, the heading is found."""
    sheet: str | None = None
    html: frozenset[str] = frozenset()
    """Columns whose values are HTML; they are kept as the text they show."""
    personal: frozenset[str] = frozenset()
    """Columns whose values are sealed."""
    not_personal: frozenset[str] = frozenset()
    """Columns that look personal and are not; they are not warned of."""

    @cached_property
    def row_steps(self) -> tuple[RowStep, ...]:
        """The steps that every row tells; usually one."""
        own = self.columns
        if own.time is None:
            return self.steps
        one = RowStep(time=own.time, activity=self.step, column=own.activity, person=own.person)
        return (one, *self.steps)

    @cached_property
    def named(self) -> tuple[str, ...]:
        """Every column the map names, each once."""
        steps = self.row_steps
        own = [self.columns.case, *([self.columns.open] if self.columns.open else [])]
        for each in steps:
            own += [name for name in (each.column, *each.times, each.person) if name]
        listed = self.columns.listed.values()
        return tuple(dict.fromkeys([*own, *listed, *sorted(self.personal | self.html)]))

    @cached_property
    def listed(self) -> Mapping[str, str]:
        """The column of each thing that the list of tickets shows."""
        return self.columns.listed

    @property
    def reading(self) -> Reading:
        """How the file is to be read."""
        return Reading(self.encoding, self.delimiter, self.backslash, self.lines_above, self.sheet)

    def moment(self, text: str, *, two: bool = False, cell: bool = False) -> datetime:
        """The moment (UTC) that a time of the file means. Raises Unreadable.

        `two`: the text is a day and a time of day. `cell`: it may be a cell of a workbook.
        """
        forms = moments.with_clock(self.time.forms) if two else self.time.forms
        at = moments.read(text, forms)
        if at is None and cell:
            at = moments.of_cell(text)
        known = " | ".join(self.time.forms)
        if at is None:
            raise Unreadable("time-unreadable", text=text, format=known)
        try:
            return at.astimezone(UTC) if at.tzinfo else self._in_zone(at, text)
        except OverflowError:
            raise Unreadable("time-unreadable", text=text, format=known) from None

    def is_open(self, activity: str, said: str | None = None) -> bool:
        """Whether the activity leaves its ticket open. Raises Unreadable if no list has it.

        `said`: what the column says that tells it.
        """
        if said is not None:
            return _yes(said, self.columns.open or "")
        if _listed(activity, self.states.open):
            return True
        if self.states.closed is not None and not _listed(activity, self.states.closed):
            raise Unreadable("state-unknown", activity=activity)
        return False

    def _in_zone(self, naive: datetime, text: str) -> datetime:
        zone = ZoneInfo(self.time.zone)
        first = naive.replace(tzinfo=zone)
        second = first.replace(fold=1)
        if first.utcoffset() == second.utcoffset():
            return first.astimezone(UTC)
        if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
            raise Unreadable("time-skipped", text=text, zone=zone.key)
        match self.time.ambiguous:
            case "earlier":
                return first.astimezone(UTC)
            case "later":
                return second.astimezone(UTC)
            case "reject":
                raise Unreadable("time-ambiguous", text=text, zone=zone.key)


def read_map(path: Path) -> Map:
    """The map in a TOML file. Raises Unusable."""
    try:
        plain = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"{path} is not TOML: {error}") from error
    return map_from(plain, str(path))


def map_from(plain: Mapping[str, object], name: str = "the map") -> Map:
    """The map that some TOML says, if it can be used. Raises Unusable."""
    try:
        found = msgspec.convert(plain, Map)
    except msgspec.ValidationError as error:
        raise Unusable(f"{name}: {_mend(error)}") from error
    if found.encoding is not None:
        _check_encoding(found.encoding, name)
    for form in found.time.forms or ("",):
        if (wrong := moments.problem(form)) is not None:
            raise Unusable(f"{name}: time.format: {wrong}")
    _check_steps(found, name)
    if "states" not in plain and found.columns.open is None:
        raise Unusable(f"{name}: states: is missing; give {_MENDS['states']}")
    try:
        ZoneInfo(found.time.zone)
    except (OSError, ValueError, KeyError) as error:
        raise Unusable(
            f'{name}: time.zone: no zone is called "{found.time.zone}"; '
            'name one like "Asia/Shanghai" or "UTC"'
        ) from error
    return found


_OPEN = ("yes", "true", "1", "是", "未结", "open")
_CLOSED = ("no", "false", "0", "否", "已结", "closed")
_MENDS = {
    "source": "a short name of the old desk in small letters and digits, at most 16",
    "branch": "the branch's code as it is registered, e.g. HZ01",
    "columns": "the columns' names as the file's heading has them: case, activity, time, person",
    "delimiter": "the one character between columns",
    "encoding": "the name of an encoding, e.g. utf-8 or gb18030",
    "personal": "a list of column names; their values are sealed",
    "time": "a table with zone, and if need be format and ambiguous (earlier, later or reject)",
    "states": "a table with open, and if need be closed: lists of activities",
}


def _mend(error: msgspec.ValidationError) -> str:
    key, what = place_of(error)
    mend = _MENDS.get(re.split(r"[.\[]", key)[0])
    return f"{key}: {what}" + (f"; give {mend}" if mend else "")


def _check_encoding(encoding: str, name: str) -> None:
    try:
        text_encoding = codecs.lookup(encoding)._is_text_encoding  # noqa: SLF001 - as io.open asks
    except LookupError:
        text_encoding = False
    if not text_encoding:
        raise Unusable(f'{name}: encoding: none is called "{encoding}"; give {_MENDS["encoding"]}')


def _check_steps(found: Map, name: str) -> None:
    """Check that every step says what happened in one way, and that there is one."""
    if not found.row_steps:
        raise Unusable(
            f"{name}: columns.time: is missing; give the column of the time, or [[steps]] where "
            "a row tells several steps"
        )
    for each in found.row_steps:
        if (each.activity is None) == (each.column is None):
            raise Unusable(
                f"{name}: columns.activity: is missing, or said twice; give the column that says "
                'what happened, or step = "..." where every row is the same step'
            )


def _yes(said: str, column: str) -> bool:
    text = said.strip().casefold()
    if text not in (*_OPEN, *_CLOSED):
        raise Unreadable("open-unknown", column=column, text=said)
    return text in _OPEN


def _listed(activity: str, names: tuple[str, ...]) -> bool:
    return any(
        activity.startswith(name[:-1]) if name.endswith("*") else activity == name for name in names
    )
