"""旧单逐行 (legacy rows): a CSV file, read once from front to back, one good or bad row at a time.

Nothing in a file stops the reading. A row that cannot be read is reported with its reason, and the
next one is read. Memory does not grow with the file.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid5

from guiyi.legacy.mapping import Map
from guiyi.tables.faults import Unreadable, Unusable
from guiyi.tables.lines import DAMAGED, Record
from guiyi.tables.rejects import REJECT_COLUMNS
from guiyi.tables.table import Table, open_table
from shared.document import NAMESPACE

VALUE_LIMIT = 4_000
"""Characters of one value, as of any note in our forms."""
CASE_LIMIT = 64

_UNFIT = re.compile(r"[^\w.\-]")
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """旧单记录: one good row, as the map understands it."""

    id: UUID
    """The id of the command that imports it. The same row of a later file has the same id."""
    row: int
    case: str
    """The ticket's number in the other desk."""
    activity: str
    is_open: bool
    at: datetime
    original: Mapping[str, str]
    personal: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bad:
    """坏行: a row that cannot be imported, and why."""

    row: int
    code: str
    numbers: Mapping[str, str]
    values: Sequence[str]


class Identities:
    """行的身份: what makes a row the same row in any file that has it.

    A row is identified by its source, case, activity, person and time as written, and by its number
    among equal rows: these are counted from the top of the file. The counts are in a temporary
    database on disk, so that a long file needs no memory.
    """

    def __init__(self) -> None:
        self._seen = sqlite3.connect("", isolation_level=None)
        self._seen.execute("PRAGMA cache_size = -8192")
        self._seen.execute("CREATE TABLE seen (row BLOB PRIMARY KEY, times INT) WITHOUT ROWID")
        self._seen.execute("CREATE TABLE cases (number TEXT PRIMARY KEY) WITHOUT ROWID")
        self._seen.execute("BEGIN")

    def of(self, source: str, said: Sequence[str]) -> UUID:
        """The id of the next row that says this."""
        text = "\x1f".join((source, *said))
        digest = hashlib.sha256(text.encode()).digest()[:16]
        with closing(self._seen.cursor()) as cursor:
            times = cursor.execute(
                "INSERT INTO seen VALUES (?, 1)"
                " ON CONFLICT (row) DO UPDATE SET times = times + 1 RETURNING times",
                (digest,),
            ).fetchone()[0]
        return uuid5(NAMESPACE, f"legacy/{times}/{text}")

    def is_new(self, case: str) -> bool:
        """Whether this is the first row of the ticket."""
        with closing(self._seen.cursor()) as cursor:
            return cursor.execute("INSERT OR IGNORE INTO cases VALUES (?)", (case,)).rowcount == 1

    def close(self) -> None:
        """Close the temporary database."""
        self._seen.close()


@dataclass(frozen=True, slots=True)
class LegacyFile:
    """旧单文件: an open table with the history of a desk, and the map that explains it."""

    table: Table
    header: Sequence[str]
    map: Map
    identities: Identities

    def rows(self) -> Iterator[Entry | Bad]:
        """Every row of the file in its order."""
        for number, record in self.table.rows(len(self.header)):
            try:
                yield self._entry(number, record)
            except Unreadable as fault:
                yield Bad(number, fault.code, fault.numbers, record.values)

    def _entry(self, number: int, record: Record) -> Entry:
        """The row as the map understands it. Raises Unreadable."""
        if record.fault is not None:
            raise record.fault
        values = dict(zip(self.header, record.values, strict=True))
        names = self.map.columns
        _check_values(values)
        case = _case(values[names.case].strip())
        activity = _said(values[names.activity].strip(), names.activity)
        at = self.map.moment(_said(values[names.time].strip(), names.time))
        is_open = self.map.is_open(activity)
        person = values[names.person].strip() if names.person else ""
        said = (case, activity, person, values[names.time].strip())
        own = {name: text for name, text in values.items() if name not in REJECT_COLUMNS}
        return Entry(
            id=self.identities.of(self.map.source, said),
            row=number,
            case=case,
            activity=activity,
            is_open=is_open,
            at=at,
            original={k: v for k, v in own.items() if k not in self.map.personal},
            personal={k: v for k, v in own.items() if k in self.map.personal and v},
        )


@contextmanager
def open_legacy(path: Path, legacy_map: Map) -> Iterator[LegacyFile]:
    """Open a CSV file, plain or gz, and read its heading. Raises Unusable if they do not fit."""
    with open_table(path, legacy_map.encoding, legacy_map.delimiter) as table:
        header = _header(table, path, legacy_map)
        with closing(Identities()) as identities:
            yield LegacyFile(table, header, legacy_map, identities)


def reference(source: str, case: str) -> str:
    """Our number of the ticket: `<source>-<number>`; characters that fit no address become %XX."""
    return f"{source}-" + _UNFIT.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), case
    )


def _header(table: Table, path: Path, legacy_map: Map) -> Sequence[str]:
    try:
        first = table.heading()
    except DAMAGED as error:
        raise Unusable(f"{path} cannot be read as {legacy_map.encoding}: {error}") from error
    if first is None or first.fault is not None:
        raise Unusable(f"{path} has no heading: its first line must name the columns")
    header = [name.strip() for name in first.values]
    if twice := {name for name in header if header.count(name) > 1}:
        raise Unusable(f"{path}: its first line names a column twice: {', '.join(sorted(twice))}")
    if missing := [name for name in legacy_map.named if name not in header]:
        raise Unusable(
            f"{path} has no column {', '.join(missing)}; its columns are {', '.join(header)}: "
            "name them in the map as they are, and check its delimiter and encoding"
        )
    return header


def _check_values(values: Mapping[str, str]) -> None:
    for name, text in values.items():
        if len(text) > VALUE_LIMIT:
            raise Unreadable("value-too-long", column=name, limit=str(VALUE_LIMIT))
        if "\0" in text:
            raise Unreadable("value-nul", column=name)
        if not text.isascii() and _UNDECODED.search(text):
            raise Unreadable("value-undecodable", column=name)


def _case(text: str) -> str:
    if not text:
        raise Unreadable("case-missing")
    if len(text) > CASE_LIMIT or not text.isprintable():
        raise Unreadable("case-unfit", limit=str(CASE_LIMIT))
    return text


def _said(text: str, column: str) -> str:
    if not text:
        raise Unreadable("value-missing", column=column)
    return text
