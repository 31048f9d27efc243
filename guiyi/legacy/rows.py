"""旧单逐行 (legacy rows): a table, read once from front to back, one good or bad row at a time.

Nothing in a file stops the reading. A row that cannot be read is reported with its reason, and the
next one is read. Memory does not grow with the file.
"""

import hashlib
import html
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias
from uuid import UUID, uuid5

import msgspec

from guiyi.legacy.mapping import Map, RowStep
from guiyi.tables.cells import lost
from guiyi.tables.faults import Unreadable, Unusable
from guiyi.tables.lines import LINE_LIMIT, Record
from guiyi.tables.rejects import REJECT_COLUMNS, ROW
from guiyi.tables.table import Table, open_table, shown
from shared.cells import plain
from shared.document import NAMESPACE

VALUE_LIMIT = 65_536
"""Characters of one value."""
CASE_LIMIT = 64

Said: TypeAlias = tuple[str, str, str, str]
"""What makes a row itself: ticket, activity, person and time, as they are written."""

HAPPENED = re.compile(
    r"环节|状态|步骤|进度|进展|(?:处理|办理|维修)情况|status|state|task|activity|stage|action|event",
    re.IGNORECASE,
)
"""Headings of columns that say what happened."""
_NEAR = 0.6
"""How alike a heading and a name are that may be meant for it."""
_UNFIT = re.compile(r"[^\w.\-]")
_UNDECODED = re.compile("[\udc80-\udcff]")
_BLANK = re.compile("[\u00a0\u2007\u2009\u202f\u3000\t\r\n]+")
_THOUSANDS = re.compile("\\d{1,3}(?:[\u00a0\u2007\u2009\u202f]\\d{3})+")
_BREAK = re.compile(r"(?i)<\s*(?:br|/p|/div|/li|/tr|/h\d)\b[^>]*>")
_TAG = re.compile(r"(?s)<(?:style|script)\b.*?</(?:style|script)\s*>|<!--.*?-->|</?[a-zA-Z][^>]*>")


@dataclass(frozen=True, slots=True)
class Entry:
    """旧单记录: one step of a good row, as the map understands it."""

    id: UUID
    """The id of the command that imports it. The same step of a later file has the same id."""
    row: int
    """The number of the row in its file; of a row that was mended, in the file it first came in."""
    step: int
    """Which of the steps of its row, counted from 0."""
    steps: int
    """How many steps its row tells."""
    line: int
    said: Said
    twin: int
    """Which of the rows that say the same, counted from 1."""
    is_mended: bool
    case: str
    """The ticket's number in the other desk."""
    activity: str
    is_open: bool
    at: datetime
    original: Mapping[str, str]
    personal: Mapping[str, str]
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Bad:
    """坏行: a row that cannot be imported, and why."""

    row: int
    line: int
    code: str
    numbers: Mapping[str, str]
    values: Sequence[str]


class Identities:
    """行的身份: what makes a row the same row in any file that has it.

    A row is identified by its source, case, activity, person and time as written, and by its number
    among the rows that say the same. All of them are counted from the top of the file, also those
    that are rejected. The counts are in a temporary database on disk, so that a long file needs no
    memory.
    """

    def __init__(self) -> None:
        self._seen = sqlite3.connect("", isolation_level=None)
        self._seen.execute("PRAGMA cache_size = -8192")
        self._seen.execute("CREATE TABLE seen (row BLOB PRIMARY KEY, times INT) WITHOUT ROWID")
        self._seen.execute("CREATE TABLE cases (number TEXT PRIMARY KEY) WITHOUT ROWID")
        self._seen.execute("BEGIN")
        self._last: str | None = None

    def twin(self, said: Said) -> int:
        """Which of the rows that say this the next one is."""
        digest = hashlib.sha256("\x1f".join(said).encode("utf-8", "replace")).digest()[:16]
        with closing(self._seen.cursor()) as cursor:
            times: int = cursor.execute(
                "INSERT INTO seen VALUES (?, 1)"
                " ON CONFLICT (row) DO UPDATE SET times = times + 1 RETURNING times",
                (digest,),
            ).fetchone()[0]
        return times

    def is_new(self, case: str) -> bool:
        """Whether this is the first row of the ticket."""
        if case == self._last:
            return False
        self._last = case
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
    is_constant: bool = False
    """Whether the map names as a column what is the step of every row."""

    def rows(self) -> Iterator[Entry | Bad]:
        """Every step of every row of the file in its order; a bad row gives none."""
        for number, record in self.table.rows():
            try:
                yield from self._entries(number, record)
            except Unreadable as fault:
                row = self._came_as(record) or number
                yield Bad(row, record.line, fault.code, fault.numbers, record.values)

    def _came_as(self, record: Record) -> int | None:
        """The number that a mended row had where it first came in."""
        if ROW not in self.header or len(record.values) != len(self.header):
            return None
        said = record.values[self.header.index(ROW)].strip()
        return int(said) if said.isdecimal() else None

    def _entries(self, number: int, record: Record) -> Sequence[Entry]:
        """The steps of the row as the map understands it. Raises Unreadable."""
        if record.fault is not None:
            raise record.fault
        values = dict(zip(self.header, record.values, strict=True))
        if self.map.apostrophes:
            values = {name: plain(text) for name, text in values.items()}
        for name in self.map.html:
            values[name] = _text_of_html(values[name])
        told = [(step, _said(step, values, self.map)) for step in self.map.row_steps]
        happened = [each for each in told if each[1][3]] or told[:1]
        # Rows that are rejected count too: a mended one must not take the place of its twin.
        twins = [self.identities.twin(said) for _, said in happened]
        _check_values(values)
        own = {name: text for name, text in values.items() if name not in REJECT_COLUMNS}
        own = {name: text for name, text in own.items() if text or name[0] != "#"}
        original = {k: v for k, v in own.items() if k not in self.map.personal}
        personal = {k: v for k, v in own.items() if k in self.map.personal and v}
        came_as = self._came_as(record)
        made = []
        for n, ((step, said), twin) in enumerate(zip(happened, twins, strict=True)):
            case = _case(said[0], self.map.columns.case)
            activity = _filled(said[1], step.column or "activity")
            _filled(said[3], step.times[0])
            made.append(
                Entry(
                    id=entry_id(self.map, said, twin),
                    row=came_as or number,
                    step=n,
                    steps=len(happened),
                    line=record.line,
                    said=said,
                    twin=twin,
                    is_mended=came_as is not None,
                    case=case,
                    activity=activity,
                    is_open=self.map.is_open(activity, values.get(self.map.columns.open or "")),
                    at=self.map.moment(said[3], two=len(step.times) > 1, cell=self._has_cells),
                    original=original,
                    personal=personal,
                )
            )
        return made

    @property
    def _has_cells(self) -> bool:
        """Whether moments may be written as cells of a workbook are."""
        return self.table.has_cells or ROW in self.header


@contextmanager
def open_legacy(path: Path, legacy_map: Map) -> Iterator[LegacyFile]:
    """Open a table and read its heading. Raises Unusable if they do not fit."""
    needed = {*legacy_map.named} - {legacy_map.columns.activity}

    def fits(names: Sequence[str]) -> bool:
        return needed <= set(_headings(names, legacy_map))

    with open_table(path, legacy_map.reading, fits) as table:
        table.header = _headings(table.header, legacy_map)
        found = _with_constant(legacy_map, table.header)
        _check_header(table, path, found)
        with closing(Identities()) as identities:
            yield LegacyFile(table, table.header, found, identities, found is not legacy_map)


def _with_constant(legacy_map: Map, header: Sequence[str]) -> Map:
    """The map, where what it names as activity is no column but the step of every row.

    Not if a heading is near to it, or says by itself what happened: then the name is mistyped.
    """
    named = legacy_map.columns.activity
    if named is None or named in header or legacy_map.step is not None:
        return legacy_map
    others = [name for name in header if name not in legacy_map.named]
    if get_close_matches(named, header, cutoff=_NEAR) or any(map(HAPPENED.search, others)):
        return legacy_map
    columns = msgspec.structs.replace(legacy_map.columns, activity=None)
    return msgspec.structs.replace(legacy_map, columns=columns, step=named)


def _headings(names: Sequence[str], legacy_map: Map) -> Sequence[str]:
    return [plain(name) for name in names] if legacy_map.apostrophes else names


def entry_id(legacy_map: Map, said: Said, twin: int) -> UUID:
    """The id of the command that imports a row which says this."""
    text = "\x1f".join((legacy_map.source, *said))
    again = f"g{legacy_map.generation}/" if legacy_map.generation > 1 else ""
    return uuid5(NAMESPACE, f"legacy/{again}{twin}/{text}")


@lru_cache(maxsize=4_096)
def reference(source: str, case: str) -> str:
    """Our number of the ticket: `<source>-<number>`; characters that fit no address become %XX."""
    return f"{source}-" + _UNFIT.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), case
    )


def no_heading(path: Path) -> Unusable:
    """A file without a line that names its columns; it may be empty."""
    return Unusable(
        f"{path} has no heading: a line must name the columns",
        f"{path} 没有标题行：要有一行写出各列的名称",
    )


def _check_header(table: Table, path: Path, legacy_map: Map) -> None:
    if not any(table.header):
        raise no_heading(path)
    twice = [name for name in legacy_map.named if f"{name} (2)" in table.renamed]
    if twice:
        raise Unusable(
            f"{path}: its heading names a column twice: {shown(twice)}; the first keeps its name, "
            f'the second is "{shown(twice[:1])} (2)": rename one of them in the file'
        )
    if missing := [name for name in legacy_map.named if name not in table.header]:
        raise Unusable(
            f"{path} has no column {shown(missing)}; its columns are {shown(table.header)}: "
            "name them in the map as they are, and check its delimiter and encoding"
            + _step(missing, legacy_map)
        )


def _step(missing: Sequence[str], legacy_map: Map) -> str:
    """What to write if the activity is no column: a step that is the same in every row."""
    named = legacy_map.columns.activity
    if named not in missing:
        return ""
    return f'; if every row is the step "{named}", write step = "{named}" above [columns] instead'


def _said(step: RowStep, values: Mapping[str, str], legacy_map: Map) -> Said:
    """What makes the step itself: ticket, activity, person and time, as they are written."""
    return (
        _number(values[legacy_map.columns.case]),
        (step.activity or "") if step.column is None else values[step.column].strip(),
        values[step.person].strip() if step.person else "",
        " ".join(filter(None, (values[name].strip() for name in step.times))),
    )


def _number(text: str) -> str:
    """A ticket's number without the blanks that only part its thousands."""
    text = text.strip()
    if text.isascii():
        return text
    if _THOUSANDS.fullmatch(text):
        return _BLANK.sub("", text)
    return _BLANK.sub(" ", text)


def _text_of_html(text: str) -> str:
    """What HTML shows, as plain text."""
    if "<" not in text and "&" not in text:
        return text
    # Some desks escape the HTML of a note once more when they export it.
    text = html.unescape(text) if "&lt;" in text and "<" not in text else text
    shown_ = html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))
    return re.sub(r"\n{3,}", "\n\n", shown_).strip()


def _check_values(values: Mapping[str, str]) -> None:
    if sum(map(len, values.values())) > LINE_LIMIT:
        raise Unreadable("row-too-long", limit=str(LINE_LIMIT))
    for name, text in values.items():
        if len(text) > VALUE_LIMIT:
            raise Unreadable("value-too-long", column=name, limit=str(VALUE_LIMIT))
        if "\0" in text:
            raise Unreadable("value-nul", column=name)
        if not text.isascii() and _UNDECODED.search(text):
            raise Unreadable("value-undecodable", column=name)


def _case(text: str, column: str) -> str:
    if not text:
        raise Unreadable("case-missing")
    if len(text) > CASE_LIMIT or not text.isprintable():
        raise Unreadable("case-unfit", limit=str(CASE_LIMIT))
    if lost(text):
        # Many numbers look alike when their last digits are gone: their tickets would become one.
        raise Unreadable("value-lost", column=column, value=text)
    return text


def _filled(text: str, column: str) -> str:
    if not text:
        raise Unreadable("value-missing", column=column)
    return text
