"""表 (a table): a CSV file, plain or packed, read once from front to back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from guiyi.tables.faults import Unusable
from guiyi.tables.lines import DAMAGED, Lines, Record, text_of


class Table:
    """表: an open file. Its heading is read first, then its rows."""

    def __init__(self, raw: IO[bytes], size: int, encoding: str, delimiter: str) -> None:
        self.size = size
        """Bytes of the file."""
        self.cut_short: str | None = None
        """Why the file is not complete, if it is not: for example a gzip file that was cut off."""
        self._raw, self._delimiter = raw, delimiter
        self._lines = Lines(text_of(raw, encoding))

    @property
    def done(self) -> int:
        """Bytes read of `size`."""
        return min(self._raw.tell(), self.size)

    def heading(self) -> Record | None:
        """The first line; None if there is none. Raises what DAMAGED names."""
        return self._lines.record(None, self._delimiter)

    def rows(self, columns: int) -> Iterator[tuple[int, Record]]:
        """Every row with its number, counted from 1; blank lines are left out."""
        filled = (each for each in self._records(columns) if any(v.strip() for v in each.values))
        return enumerate(filled, 1)

    def _records(self, columns: int) -> Iterator[Record]:
        try:
            while (record := self._lines.record(columns, self._delimiter)) is not None:
                yield record
        except DAMAGED as error:
            self.cut_short = str(error)


@contextmanager
def open_table(path: Path, encoding: str, delimiter: str) -> Iterator[Table]:
    """Open a table. Raises Unusable if it cannot be read."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error
    with raw:
        try:
            table = Table(raw, path.stat().st_size, encoding, delimiter)
        except (LookupError, *DAMAGED) as error:
            raise Unusable(f"{path}: {error}") from error
        yield table
