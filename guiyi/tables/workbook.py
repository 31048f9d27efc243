"""工作簿 (workbooks): a sheet of an .xlsx, .xls or .ods file, row by row, as text.

A cell that holds a moment, a day or a time of day is written as ISO 8601 says; a whole number has
no decimals. So a sheet reads as if somebody had saved it as CSV without touching its cells.
"""

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from guiyi.tables.faults import Unusable
from guiyi.tables.kinds import unreadable
from guiyi.tables.lines import Record, checked
from guiyi.tables.sizes import LARGEST, LARGEST_UNPACKED

_EXACT = 1e15
"""A whole number below it has no digits that a cell has lost."""
_ROUNDING_S = 0.002


class WorkbookRows:
    """工作表: the rows of one sheet: the first, or the one that is named."""

    def __init__(self, path: Path, name: str | None) -> None:
        # The library is large, and few files are workbooks.
        from python_calamine import CalamineError, load_workbook

        _check_size(path)
        try:
            book = load_workbook(str(path))
            self.names = tuple(book.sheet_names)
            if name is not None and name not in self.names:
                raise _no_sheet(path, name, self.names)
            self.name = name if name is not None else self.names[0]
            sheet = book.get_sheet_by_name(self.name)
        except (CalamineError, IndexError, OSError, ValueError) as error:
            raise unreadable(path, error) from error
        self.size = sheet.total_height
        self._cells: Iterator[Sequence[object]] = iter(sheet.to_python(skip_empty_area=False))
        self.done = 0

    def record(self, columns: int | None) -> Record | None:
        """The next row, None at the end."""
        cells = next(self._cells, None)
        if cells is None:
            return None
        self.done += 1
        return checked([text_of_cell(cell) for cell in cells], columns, self.done)


def text_of_cell(cell: object) -> str:  # noqa: PLR0911 - one for each type of cell
    """What a cell says, as text."""
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer() and abs(cell) < _EXACT:
            return str(int(cell))
        case datetime(hour=0, minute=0, second=0, microsecond=0):
            return cell.date().isoformat()
        case datetime():
            return _to_the_second(cell).isoformat(" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell)


def _to_the_second(moment: datetime) -> datetime:
    """A moment without what a fraction of a day loses by rounding."""
    rounded = moment + timedelta(milliseconds=500)
    near = abs((rounded.replace(microsecond=0) - moment).total_seconds()) < _ROUNDING_S
    return rounded.replace(microsecond=0) if near else moment


def _check_size(path: Path) -> None:
    size, unpacked = path.stat().st_size, 0
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
    if size > LARGEST or unpacked > LARGEST_UNPACKED:
        most, whole = LARGEST // 2**20, LARGEST_UNPACKED // 2**20
        raise Unusable(
            f"{path} is too large for a workbook (at most {most} MB, {whole} MB unpacked): save "
            "its sheet as CSV, which may be of any size",
            f"{path} 作为工作簿太大（最多 {most} MB，解压后 {whole} MB）：请把工作表另存为 CSV，"
            "CSV 不限大小",
        )


def _no_sheet(path: Path, name: str, sheets: Sequence[str]) -> Unusable:
    names = ", ".join(sheets)
    return Unusable(
        f'{path} has no sheet "{name}"; its sheets are {names}: name one in the map',
        f"{path} 没有工作表“{name}”，只有 {names}：请在映射里写其中一个",
    )
