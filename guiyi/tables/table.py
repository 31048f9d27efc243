"""表 (a table): a CSV file, plain or packed, a sheet of a workbook, or a table in HTML.

It is read once from front to back. Its heading is found first: titles may stand above it.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from guiyi.tables.encodings import by_mark, found, is_binary, some
from guiyi.tables.faults import Unusable
from guiyi.tables.kinds import START, Kind, binary, kind_of
from guiyi.tables.lines import DAMAGED, Dialect, Lines, Record, checked, text_of, unpacked
from guiyi.tables.markup import MarkupRows
from guiyi.tables.workbook import WorkbookRows

DELIMITERS = (",", ";", "\t", "|")
_SHOWN = 40
ABOVE = 60
"""So many lines are looked at to find the heading and the delimiter."""

Fits: TypeAlias = Callable[[Sequence[str]], bool]
"""Whether these names of columns can be the heading."""


@dataclass(frozen=True, slots=True)
class Reading:
    """读法: how a file is to be read; what is not said is found."""

    encoding: str | None = None
    delimiter: str | None = None
    backslash: bool = False
    lines_above: int | None = None
    """Lines above the heading."""
    sheet: str | None = None


class Rows(Protocol):
    """What gives one row after another."""

    def record(self, columns: int | None) -> Record | None:
        """The next row, None at the end."""


@dataclass(slots=True)
class Table:
    """表: an open file whose heading was read; its rows come next."""

    header: Sequence[str]
    """The names of the columns, each once; one that stands there twice has a number behind it."""
    renamed: Sequence[str]
    """Columns that got a number, or a name because they had none."""
    has_cells: bool
    """Whether its values are cells of a workbook."""
    told: str
    """How the file is read: its encoding, or the sheet."""
    delimiter: str
    size: int
    """Bytes of the file; rows of a sheet."""
    progress: Callable[[], int]
    cut_short: str | None = None
    """Why the file is not complete, if it is not: for example a gzip file that was cut off."""
    others: Sequence[str] = ()
    """The sheets of the workbook that show something too, and are not read."""
    headings: int = 0
    """How many times the heading stood again among the rows; those are left out."""
    _rows: Rows | None = None
    _heading: Sequence[str] = ()

    @property
    def done(self) -> int:
        """How much of `size` was read."""
        return min(self.progress(), self.size)

    def rows(self) -> Iterator[tuple[int, Record]]:
        """Every row with its number, counted from 1; blank lines and headings are left out."""
        filled = (each for each in self._records() if any(v.strip() for v in each.values))
        return enumerate(filled, 1)

    def _records(self) -> Iterator[Record]:
        assert self._rows is not None
        try:
            while (record := self._rows.record(len(self.header))) is not None:
                first = record.values[0].strip() if record.values else ""
                again = first == self._heading[0] if self._heading else False
                if again and _names(record.values) == self._heading:
                    self.headings += 1
                else:
                    yield record
        except DAMAGED as error:
            self.cut_short = str(error)


@contextmanager
def open_table(path: Path, reading: Reading, fits: Fits) -> Iterator[Table]:
    """Open a table and read its heading. Raises Unusable if it cannot be read.

    If no row can be the heading, the fullest of the first rows is taken for it.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error
    with raw:
        try:
            yield _table(path, raw, reading, fits)
        except (LookupError, *DAMAGED) as error:
            raise Unusable(f"{path} cannot be read: {error}") from error


def _table(path: Path, raw: io.BufferedReader, reading: Reading, fits: Fits) -> Table:
    start = some(unpacked(raw), START)
    kind, others = kind_of(path, start), tuple[str, ...]()
    if kind is Kind.WORKBOOK:
        sheet = WorkbookRows(path, reading.sheet)
        rows, others = Buffered(sheet), sheet.others
        told, progress, size = f"{path.suffix} {sheet.name}", lambda: sheet.done, sheet.size
    else:
        encoding = by_mark(start) or reading.encoding or found(unpacked(raw))
        if not encoding.startswith(("utf-16", "utf-32")) and is_binary(start):
            raise binary(path)
        text, told = text_of(unpacked(raw), encoding), named(encoding)
        progress, size = raw.tell, path.stat().st_size
        if kind is Kind.TEXT:
            return _of_text(Lines(text, Dialect()), reading, fits, (told, progress, size))
        rows = Buffered(MarkupRows(text))
    place = _place(rows.first, reading, fits)
    heading = rows.first[place].values if rows.first else []
    rows.skip(place + 1)
    table = _headed(rows, heading, ",", (told, progress, size))
    table.others = others
    return table


class Buffered:
    """The rows of a sheet, of which the first ones were looked at already."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.first = [r for _ in range(ABOVE) if (r := rows.record(None)) is not None]
        self._next = 0

    def skip(self, count: int) -> None:
        """Leave out what stands above the rows."""
        self._next = count

    def record(self, columns: int | None) -> Record | None:
        """The next row, None at the end."""
        if self._next >= len(self.first):
            return self._rows.record(columns)
        self._next += 1
        seen = self.first[self._next - 1]
        return checked(seen.values, columns, seen.line)


def _of_text(
    lines: Lines, reading: Reading, fits: Fits, read: tuple[str, Callable[[], int], int]
) -> Table:
    sample = "".join(lines.ahead(ABOVE))
    tried: list[tuple[bool, int, int, str]] = []
    for delimiter in [reading.delimiter] if reading.delimiter else DELIMITERS:
        trial = Lines(io.StringIO(sample, newline=""), Dialect(delimiter, reading.backslash))
        first = list(iter(lambda rows=trial: rows.record(None), None))  # type: ignore[misc]
        place = _place(first, reading, fits)
        names = _names(first[place].values) if first else []
        tried.append((fits(names), sum(map(bool, names)), -place, delimiter))
    # Of equal ones the first counts: it is the more usual delimiter.
    _, _, place, delimiter = max(tried, key=lambda each: each[:2])
    lines.dialect = Dialect(delimiter, reading.backslash)
    for _ in range(-place):
        lines.record(None)
    heading = lines.record(None)
    return _headed(lines, heading.values if heading else [], delimiter, read)


def _place(first: Sequence[Record], reading: Reading, fits: Fits) -> int:
    """Which of the first rows is the heading: where the map says, what fits, or the fullest."""
    if reading.lines_above is not None:
        below = [n for n, record in enumerate(first) if record.line > reading.lines_above]
        return below[0] if below else 0
    for n, record in enumerate(first):
        if fits(_names(record.values)):
            return n
    filled = [sum(map(bool, _names(record.values))) for record in first]
    return filled.index(max(filled)) if filled else 0


def _headed(
    rows: Rows, heading: Sequence[str], delimiter: str, read: tuple[str, Callable[[], int], int]
) -> Table:
    plain = _names(heading)
    header, renamed, seen = [], [], Counter[str]()
    for n, name in enumerate(plain, 1):
        seen[name] += 1
        unique = name if name and seen[name] == 1 else f"{name or '#'} ({seen[name]})"
        unique = unique if name else f"#{n}"
        header.append(unique)
        if name and unique != name:
            renamed.append(unique)
    told, progress, size = read
    return Table(
        header=header,
        renamed=renamed,
        has_cells=isinstance(rows, Buffered),
        told=told,
        delimiter=delimiter,
        size=size,
        progress=progress,
        _rows=rows,
        _heading=plain,
    )


def _names(values: Sequence[str]) -> list[str]:
    """Names of columns as they are compared: without blanks and line breaks around them."""
    return [" ".join(value.split()).strip("\ufeff") for value in values]


def named(encoding: str) -> str:
    """The name of an encoding as people write it."""
    names = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 (BOM)", "cp1252": "Windows-1252"}
    return names.get(encoding, encoding.upper())


def shown(names: Sequence[str]) -> str:
    """Names of columns for a sentence: without what a terminal cannot show, and not too long."""
    clean = ["".join(c if c.isprintable() else "?" for c in name[:40]) for name in names if name]
    return ", ".join(clean[:_SHOWN]) + (" …" if len(clean) > _SHOWN else "")
