"""工作簿 (workbooks): a sheet of an .xlsx, .xls or .ods file, row by row, as text.

A cell that holds a moment, a day or a time of day is written as ISO 8601 says; a whole number has
no decimals. So a sheet reads as if somebody had saved it as CSV without touching its cells.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

from guiyi.tables.faults import Unusable
from guiyi.tables.kinds import unreadable
from guiyi.tables.lines import Record, checked
from guiyi.tables.sizes import LARGEST, LARGEST_UNPACKED, MB

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_EXACT = 1e15
"""A whole number below it has no digits that a cell has lost."""
_ROUNDING_S = 0.002
_NAME_AT = 26
"""Where the header of a file in a ZIP says how long its name and its extra field are."""
_CHUNK = 1 << 18


class WorkbookRows:
    """工作表: the rows of one sheet: the one that is named, else the first that shows anything.

    `others` are the sheets that show something too, and are not read.
    """

    def __init__(self, path: Path, name: str | None) -> None:
        # The library is large, and few files are workbooks.
        from python_calamine import CalamineError, load_workbook

        _check_size(path)
        try:
            book = load_workbook(str(path))
            names = tuple(book.sheet_names)
            if name is not None and name not in names:
                raise _no_sheet(path, name, names)
            filled = _filled(book)
            self.name = name if name is not None else next(iter(filled), names[0])
            self.others = tuple(each for each in filled if each != self.name)
            sheet = book.get_sheet_by_name(self.name)
        except (CalamineError, IndexError, OSError, ValueError) as error:
            raise unreadable(path, error) from error
        self.size = sheet.total_height
        self._cells: Iterator[Sequence[object]] = sheet.iter_rows()
        self.done = 0

    def record(self, columns: int | None) -> Record | None:
        """The next row, None at the end."""
        cells = next(self._cells, None)
        if cells is None:
            return None
        self.done += 1
        return checked([text_of_cell(cell) for cell in cells], columns, self.done)


def _filled(book: "CalamineWorkbook") -> Sequence[str]:
    """The sheets of cells that have some and are not hidden."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    shown = [
        each.name
        for each in book.sheets_metadata
        if each.visible == SheetVisibleEnum.Visible and each.typ == SheetTypeEnum.WorkSheet
    ]
    return [name for name in shown if book.get_sheet_by_name(name).total_height]


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
    """Raise Unusable for what is too large, before anything of it is read into memory."""
    if path.stat().st_size > LARGEST or (zipfile.is_zipfile(path) and not _fits(path)):
        most, whole = LARGEST // MB, LARGEST_UNPACKED // MB
        raise Unusable(
            f"{path} is too large for a workbook (at most {most} MB, {whole} MB unpacked): save "
            "its sheet as CSV, which may be of any size",
            f"{path} 作为工作簿太大（最多 {most} MB，解压后 {whole} MB）：请把工作表另存为 CSV，"
            "CSV 不限大小",
        )


def _fits(path: Path) -> bool:
    """Whether what a ZIP holds is as small as it says, and that is small enough.

    What it says may be false, and several of its files may be one. So it is unpacked piece by
    piece, without keeping any, until it is too much.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            several = archive.infolist()
            if sum(each.file_size for each in several) > LARGEST_UNPACKED:
                return False
            left = LARGEST_UNPACKED
            for each in several:
                left -= _unpacked(raw, each, left)
                if left < 0:
                    return False
    except (zipfile.BadZipFile, OSError, struct.error, zlib.error) as error:
        raise unreadable(path, error) from error
    return True


def _unpacked(raw: IO[bytes], entry: zipfile.ZipInfo, most: int) -> int:
    """Bytes that a file of a ZIP unpacks to, counted until they are more than `most`."""
    if entry.compress_type == zipfile.ZIP_STORED:
        return entry.compress_size
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile("it is packed as no workbook is")
    raw.seek(entry.header_offset + _NAME_AT)
    raw.seek(sum(struct.unpack("<HH", raw.read(4))), 1)
    unpacking, count, left = zlib.decompressobj(-zlib.MAX_WBITS), 0, entry.compress_size
    packed = b""
    while not unpacking.eof and count <= most:
        packed = unpacking.unconsumed_tail
        if not packed:
            packed = raw.read(min(_CHUNK, left))
            left -= len(packed)
            if not packed:
                break
        count += len(unpacking.decompress(packed, _CHUNK))
    return count


def _no_sheet(path: Path, name: str, sheets: Sequence[str]) -> Unusable:
    names = ", ".join(sheets)
    return Unusable(
        f'{path} has no sheet "{name}"; its sheets are {names}: name one in the map',
        f"{path} 没有工作表“{name}”，只有 {names}：请在映射里写其中一个",
    )
