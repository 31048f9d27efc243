"""导入映射 (the map): what the columns of a legacy desk's CSV file mean.

A map is a small TOML file. It is kept beside the log that it explains, and read before the first
row. If something is wrong with it, nothing is imported, and the message says which key and what to
write.
"""

import codecs
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from guiyi.tables.faults import Unreadable, Unusable
from shared.policy.source import place_of


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """列: the columns of the four things that every log has; `person` may be absent."""

    case: str
    activity: str
    time: str
    person: str | None = None


class Time(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """时间: how moments are written, and the time zone of the desk's clock."""

    zone: str
    format: str = "iso"
    """`iso` (2012-05-01T08:30:00, with or without an offset) or a format of strptime."""
    ambiguous: Literal["earlier", "later", "reject"] = "earlier"
    """Which of the two moments a time means, in the hour that comes twice."""


class States(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """状态: which activities leave a ticket open. A name may end in `*`: any ending."""

    open: tuple[str, ...]
    closed: tuple[str, ...] | None = None
    """If given, an activity in neither list is a bad row; if not, all others mean closed."""


class Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """映射: what one TOML file says of one desk's logs."""

    source: Annotated[str, Meta(pattern=r"^[a-z0-9]{1,16}$")]
    """Short name of the old desk: letters and digits, part of every imported ticket's number."""
    branch: Annotated[str, Meta(pattern=r"^[A-Z0-9]{2,8}$")]
    columns: Columns
    time: Time
    states: States
    encoding: str = "utf-8"
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    personal: frozenset[str] = frozenset()
    """Columns whose values are sealed."""

    @property
    def named(self) -> tuple[str, ...]:
        """Every column the map names, each once."""
        own = (self.columns.case, self.columns.activity, self.columns.time, self.columns.person)
        return tuple(dict.fromkeys([*filter(None, own), *sorted(self.personal)]))

    def moment(self, text: str) -> datetime:
        """The moment (UTC) that a time of the file means. Raises Unreadable."""
        try:
            if self.time.format == "iso":
                at = datetime.fromisoformat(text)
            else:
                at = datetime.strptime(text, self.time.format)  # noqa: DTZ007 - the zone is next
        except ValueError:
            raise Unreadable("time-unreadable", text=text, format=self.time.format) from None
        try:
            return at.astimezone(UTC) if at.tzinfo else self._in_zone(at, text)
        except OverflowError:
            raise Unreadable("time-unreadable", text=text, format=self.time.format) from None

    def is_open(self, activity: str) -> bool:
        """Whether the activity leaves its ticket open. Raises Unreadable if no list has it."""
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
    _check_encoding(found.encoding, name)
    _check_format(found.time.format, name)
    try:
        ZoneInfo(found.time.zone)
    except (OSError, ValueError, KeyError) as error:
        raise Unusable(
            f'{name}: time.zone: no zone is called "{found.time.zone}"; '
            'name one like "Asia/Shanghai" or "UTC"'
        ) from error
    return found


_MENDS = {
    "source": "a short name of the old desk in small letters and digits, at most 16",
    "branch": "the branch's code as it is registered, e.g. HZ01",
    "columns": "the columns' names as the file's first line has them: case, activity, time, person",
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


def _check_format(form: str, name: str) -> None:
    if form == "iso":
        return
    # strptime must read what strftime writes: so a wrong format is found before the first row.
    sample = datetime(2021, 11, 23, 13, 14, 15, tzinfo=UTC)
    try:
        found = datetime.strptime(sample.strftime(form), form)  # noqa: DTZ007 - the date is asked
    except (ValueError, re.error) as error:
        raise Unusable(
            f'{name}: time.format: "{form}" is no format of strptime ({error}); '
            'write it like "%Y-%m-%d %H:%M:%S" or "iso"'
        ) from error
    if abs(found.replace(tzinfo=UTC) - sample) > timedelta(days=1):
        raise Unusable(f'{name}: time.format: "{form}" names no full date; add %Y, %m and %d')


def _listed(activity: str, names: tuple[str, ...]) -> bool:
    return any(
        activity.startswith(name[:-1]) if name.endswith("*") else activity == name for name in names
    )
