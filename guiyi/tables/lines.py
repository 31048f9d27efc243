"""文本行 (lines of a CSV file): from bytes to text to the values of a row, whatever the bytes are.

A quote that is never closed must not swallow the rows behind it. So if something is not one whole
row, only its first line is given up, and the rest is read again.
"""

import csv
import gzip
import io
import re
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from guiyi.tables.encodings import by_mark
from guiyi.tables.faults import Unreadable

LINE_LIMIT = 1 << 17
"""The longest row, in characters. The csv module takes no longer value either."""
ROW_LINES = 5_000
"""The number of lines that a quoted row may have; a quote that is never closed ends there."""
DAMAGED = (EOFError, OSError, UnicodeError, zlib.error)
"""What reading raises if a file is cut off or damaged."""

_GZIP = b"\x1f\x8b"
_ESCAPED = re.compile(r"\\.")


@dataclass(frozen=True, slots=True)
class Record:
    """行: the values of one row, and what is wrong with it, if it is no proper row."""

    values: Sequence[str]
    fault: Unreadable | None = None
    line: int = 0
    """The line of the file, or the row of the sheet, on which it begins; counted from 1."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """写法: how the values of a row are separated, and how a quote in a value is written."""

    delimiter: str = ","
    backslash: bool = False
    """Whether a backslash stands before a quote, instead of a second quote."""

    def quotes(self, line: str) -> int:
        """How many quotes of the line open or close a value."""
        return (_ESCAPED.sub("", line) if self.backslash else line).count('"')

    def split(self, lines: Sequence[str]) -> list[str] | None:
        """The values of one whole row; None if a quote stays open or it has two rows.

        This is strict, because a wrong guess is worse than a rejected row.
        """
        escape = "\\" if self.backslash else None
        try:
            rows = list(csv.reader(lines, delimiter=self.delimiter, escapechar=escape, strict=True))
        except csv.Error:
            return None
        return rows[0] if len(rows) == 1 else None


class Lines:
    """文本行: the lines of a file, joined into rows if a quoted value has several lines."""

    def __init__(self, text: IO[str], dialect: Dialect) -> None:
        self.dialect = dialect
        self._text = text
        self._back: deque[str] = deque()
        self._line_number = 0

    def ahead(self, count: int) -> list[str]:
        """The next lines, which are read again afterwards."""
        lines = [line for _ in range(count) if (line := self._line())]
        self._give_back(lines)
        return lines

    def record(self, columns: int | None) -> Record | None:
        """The next row, None at the end. `columns`: how many it must have; None for a heading."""
        if not (line := self._line()):
            return None
        number = self._line_number
        if len(line) >= LINE_LIMIT:
            self._skip_rest(line)
            too_long = Unreadable("row-too-long", limit=str(LINE_LIMIT))
            return Record([line[:200]], too_long, number)
        values = self.dialect.split([line])
        if values is None:
            values = self._over_lines(line, columns)
        if values is None:
            return Record([line.rstrip("\r\n")], Unreadable("row-unreadable"), number)
        return checked(values, columns, number)

    def _over_lines(self, line: str, columns: int | None) -> list[str] | None:
        """The row that begins with this line and ends on a later one, else this line."""
        taken, quotes, size = [line], self.dialect.quotes(line), len(line)
        while len(taken) < ROW_LINES and size < LINE_LIMIT and (more := self._line()):
            taken.append(more)
            quotes, size = quotes + self.dialect.quotes(more), size + len(more)
            if quotes % 2 == 0:
                values = self.dialect.split(taken)
                if values is not None and len(values) == (columns or len(values)):
                    return values
                break
        self._give_back(taken[1:])
        return None

    def _line(self) -> str:
        line = self._back.popleft() if self._back else self._text.readline(LINE_LIMIT)
        self._line_number += bool(line)
        return line

    def _give_back(self, lines: Sequence[str]) -> None:
        self._back.extendleft(reversed(lines))
        self._line_number -= len(lines)

    def _skip_rest(self, line: str) -> None:
        while line and not line.endswith(("\n", "\r")):
            line = self._line()


def checked(values: Sequence[str], columns: int | None, line: int) -> Record:
    """A row with as many values as the heading has columns; empty ones behind it are left out."""
    if columns is None or len(values) == columns or not any(values):
        return Record(values, None, line)
    if len(values) > columns and not any(value.strip() for value in values[columns:]):
        return Record(values[:columns], None, line)
    found = Unreadable("columns", expected=str(columns), found=str(len(values)))
    return Record(values, found, line)


def unpacked(raw: IO[bytes]) -> io.BufferedReader:
    """The bytes of a file from its start, unpacked if it is packed."""
    raw.seek(0)
    start = raw.read(2)
    raw.seek(0)
    opened = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if start == _GZIP else raw
    assert isinstance(opened, io.BufferedReader)
    return opened


def text_of(opened: io.BufferedReader, encoding: str) -> IO[str]:
    """The text of a file. Its byte order mark wins over `encoding`.

    A byte that is no text is kept in the text (surrogateescape), so only its row is bad.
    """
    try:
        mark = opened.peek(4)
    except DAMAGED:
        mark = b""
    said = by_mark(mark) or encoding
    return io.TextIOWrapper(opened, said, errors="surrogateescape", newline="")
