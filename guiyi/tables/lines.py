"""文本行 (lines of a CSV file): from bytes to text to the values of a row, whatever the bytes are.

A quote that is never closed must not swallow the rows behind it. So if something is not one whole
row, only its first line is given up, and the rest is read again.
"""

import codecs
import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from guiyi.tables.faults import Unreadable

LINE_LIMIT = 1 << 17
"""The longest row, in characters. The csv module takes no longer value either."""
ROW_LINES = 200
"""The number of lines that a quoted row may have; a quote that is never closed ends there."""
DAMAGED = (EOFError, OSError, UnicodeError, zlib.error)
"""What reading raises if a file is cut off or damaged."""

_GZIP = b"\x1f\x8b"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Record:
    """行: the values of one row, and what is wrong with it, if it is no proper row."""

    values: Sequence[str]
    fault: Unreadable | None = None


class Lines:
    """文本行: the lines of a file, joined into rows if a quoted value has several lines."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self._back: deque[str] = deque()

    def record(self, columns: int | None, delimiter: str) -> Record | None:
        """The next row, None at the end. `columns`: how many it must have; None for a heading."""
        if not (line := self._line()):
            return None
        if len(line) >= LINE_LIMIT:
            self._skip_rest(line)
            return Record([line[:200]], Unreadable("row-too-long", limit=str(LINE_LIMIT)))
        values = _split([line], delimiter)
        if values is None:
            values = self._over_lines(line, columns, delimiter)
        if values is None:
            return Record([line.rstrip("\r\n")], Unreadable("row-unreadable"))
        if columns is not None and len(values) != columns and any(values):
            found = Unreadable("columns", expected=str(columns), found=str(len(values)))
            return Record(values, found)
        return Record(values)

    def _over_lines(self, line: str, columns: int | None, delimiter: str) -> list[str] | None:
        """The row that begins with this line and ends on a later one, else this line."""
        taken, quotes, size = [line], line.count('"'), len(line)
        while len(taken) < ROW_LINES and size < LINE_LIMIT and (more := self._line()):
            taken.append(more)
            quotes, size = quotes + more.count('"'), size + len(more)
            if quotes % 2 == 0:
                values = _split(taken, delimiter)
                if values is not None and len(values) == (columns or len(values)):
                    return values
                break
        self._back.extendleft(reversed(taken[1:]))
        return None

    def _line(self) -> str:
        return self._back.popleft() if self._back else self._text.readline(LINE_LIMIT)

    def _skip_rest(self, line: str) -> None:
        while line and not line.endswith(("\n", "\r")):
            line = self._line()


def _split(lines: Sequence[str], delimiter: str) -> list[str] | None:
    """The values of one whole row; None if a quote stays open or it has two rows.

    This is strict, because a wrong guess is worse than a rejected row.
    """
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def text_of(raw: IO[bytes], encoding: str) -> IO[str]:
    """The text of a file, unpacked if it is packed. Its byte order mark wins over `encoding`.

    A byte that is no text is kept in the text (surrogateescape), so only its row is bad.
    """
    start = raw.read(2)
    raw.seek(0)
    opened = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if start == _GZIP else raw
    assert isinstance(opened, io.BufferedReader)
    try:
        mark = opened.peek(4)
    except DAMAGED:
        mark = b""
    for bom, marked in _MARKS:
        encoding = marked if mark.startswith(bom) else encoding
    return io.TextIOWrapper(opened, encoding, errors="surrogateescape", newline="")
