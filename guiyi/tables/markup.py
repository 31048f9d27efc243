"""HTML 表格 (tables in HTML): what many desks write into a file that is called .xls."""

from collections import deque
from html.parser import HTMLParser
from typing import IO

from guiyi.tables.lines import LINE_LIMIT, Record, checked

_CHUNK = 1 << 16
_CELLS = ("td", "th")


class MarkupRows(HTMLParser):
    """HTML 表格: the rows of every table of a file, one after another."""

    def __init__(self, text: IO[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._text = text
        self._rows: deque[list[str]] = deque()
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._number = self._size = 0

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

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        """A row or a cell begins; one that was not closed ends there."""
        if tag == "tr":
            self._end_row()
            self._row, self._size = [], 0
        elif tag in _CELLS and self._row is not None:
            self._end_cell()
            self._cell = []
        elif tag in ("br", "p", "div") and self._cell:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """A row or a cell ends."""
        if tag in _CELLS:
            self._end_cell()
        elif tag in ("tr", "table"):
            self._end_row()

    def handle_data(self, data: str) -> None:
        """Text of a cell; text outside of cells is no value.

        Of a row that is longer than any may be only so much is kept that it is rejected for it.
        """
        if self._cell is not None and self._size <= LINE_LIMIT:
            self._cell.append(data)
            self._size += len(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            self._row.append("".join(self._cell).strip())
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row:
            self._rows.append(self._row)
        self._row = None
