"""HTML 表格 (tables in HTML): what many desks write into a file that is called .xls."""

from collections import deque
from html.parser import HTMLParser
from typing import IO

from guiyi.tables.lines import LINE_LIMIT, Record, checked

_CHUNK = 1 << 16
_CELLS = ("td", "th")
_WIDEST = 1_000
"""Columns and rows over which a merged cell reaches at most."""


class MarkupRows(HTMLParser):
    """HTML 表格: the rows of every table of a file, one after another."""

    def __init__(self, text: IO[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._text = text
        self._rows: deque[list[str]] = deque()
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._number = self._size = 0
        self._reach = (1, 1)
        self._at = 0
        self._below: dict[int, tuple[int, str]] = {}

    def record(self, columns: int | None) -> Record | None:
        """The next row, None at the end."""
        while not self._rows and (chunk := self._text.read(_CHUNK)):
            self.feed(chunk)
            if len(self.rawdata) > LINE_LIMIT:
                raise EOFError("a tag or a comment that does not end")
        if not self._rows:
            self._end_row()
        if not self._rows:
            return None
        self._number += 1
        return checked(self._rows.popleft(), columns, self._number)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A row or a cell begins; one that was not closed ends there."""
        if tag == "tr":
            self._end_row()
            self._row, self._size = [], 0
            self._at += 1
        elif tag in _CELLS and self._row is not None:
            self._end_cell()
            self._cell, self._reach = [], (_reach(attrs, "colspan"), _reach(attrs, "rowspan"))
        elif tag in ("br", "p", "div") and self._cell:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """A row or a cell ends."""
        if tag in _CELLS:
            self._end_cell()
        elif tag in ("tr", "table"):
            self._end_row()
            if tag == "table":
                self._below.clear()

    def handle_data(self, data: str) -> None:
        """Text of a cell; text outside of cells is no value.

        Of a row that is longer than any may be only so much is kept that it is rejected for it.
        """
        if self._cell is not None and self._size <= LINE_LIMIT:
            self._cell.append(data)
            self._size += len(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            self._carry(self._row)
            text, (across, down) = "".join(self._cell).strip(), self._reach
            if down > 1:
                self._below[len(self._row)] = (self._at + down - 1, text)
            # What is merged over columns stands in the first of them.
            across = across if self._size <= LINE_LIMIT else 1
            self._row += [text, *[""] * (across - 1)]
            self._size += across
        self._cell = None

    def _carry(self, row: list[str]) -> None:
        """What was merged over several rows stands in each of them."""
        while (above := self._below.get(len(row))) is not None and above[0] >= self._at:
            row.append(above[1])

    def _end_row(self) -> None:
        self._end_cell()
        if self._row:
            self._carry(self._row)
            self._rows.append(self._row)
        self._row = None


def _reach(attrs: list[tuple[str, str | None]], name: str) -> int:
    """Over how many columns or rows a cell is merged."""
    said = dict(attrs).get(name) or ""
    return max(1, min(int(said[:9]), _WIDEST)) if said.isascii() and said.isdecimal() else 1
