"""表格文件 (sheets): rows as CSV or as a workbook, in which no cell is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shared.cells import safe

Cell: TypeAlias = str | int
_MARK = "\ufeff"
"""By it spreadsheets know that a file is UTF-8."""
_WIDTH = 18
"""Of a column of a workbook, in characters."""


class SheetForm(StrEnum):
    """表格格式: as what kind of file rows are written."""

    CSV = "csv"
    XLSX = "xlsx"


MEDIA: Mapping[SheetForm, str] = {
    SheetForm.CSV: "text/csv; charset=utf-8",
    SheetForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""What each is called over HTTP."""


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows as UTF-8, for programs and spreadsheets alike."""
    out = io.StringIO()
    out.write(_MARK)
    csv.writer(out).writerows([_written(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def as_workbook(name: str, rows: Iterable[Sequence[Cell]], made_at: datetime) -> bytes:
    """The rows as the one sheet of a workbook (.xlsx), made in memory; figures stay figures."""
    # The library is large, and few processes write workbooks.
    from xlsxwriter import Workbook

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": name, "created": made_at})
        sheet = book.add_worksheet(name)
        sheet.set_column(0, 0, 2 * _WIDTH)
        sheet.set_column(1, 30, _WIDTH)
        for n, row in enumerate(rows):
            for at, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(n, at, cell)
                else:
                    sheet.write_string(n, at, safe(cell))
    return out.getvalue()


def _written(cell: Cell) -> Cell:
    return cell if isinstance(cell, int) else safe(cell)
