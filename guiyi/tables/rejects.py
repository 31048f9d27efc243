"""坏行文件 (rejects): the rows that were not imported, each with its reason in both languages.

The file has five columns of ours and then those of the imported file. So it can be corrected and
imported with the same map.
"""

import csv
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from guiyi.tables.faults import Unusable
from shared.decider import Reason
from shared.texts import Texts, load

TEXTS = Path(__file__).with_suffix(".toml")
ROW = "guiyi_row"
"""The number of the row in the file in which it came."""
REJECT_COLUMNS = (ROW, "guiyi_line", "guiyi_code", "guiyi_zh", "guiyi_en")
"""The columns of a rejects file that we add; a corrected file is read with the same map."""
_MARK = "\ufeff"


class Rejects:
    """坏行文件: made with the first bad row. The file of an earlier run is replaced."""

    def __init__(
        self, path: Path | None, header: Sequence[str], delimiter: str, texts: Texts
    ) -> None:
        """`path`: None if nothing is to be written."""
        self.path = path
        self._header = [name for name in header if name not in REJECT_COLUMNS]
        self._places = [n for n, name in enumerate(header) if name not in REJECT_COLUMNS]
        self._width = len(header)
        self._delimiter = delimiter
        self._texts = texts
        self._file: IO[str] | None = None
        self._write_row: Callable[[Sequence[str]], object] = lambda _row: None
        if path is not None:
            _clear(path)

    def write(self, row: int, line: int, reasons: Sequence[Reason], values: Sequence[str]) -> None:
        """Write a bad row, which begins on this line. Raises Unusable if that is impossible."""
        if self.path is None:
            return
        if self._file is None:
            self._begin(self.path)
        said = [self._texts.sentence(each) for each in reasons]
        own = [
            str(row),
            str(line),
            " ".join(each.code for each in reasons),
            "；".join(each.zh for each in said),
            "; ".join(each.en for each in said),
        ]
        whole = len(values) == self._width
        kept = [values[n] for n in self._places] if whole else values
        self._write_row([*own, *kept])

    def flush(self) -> None:
        """Bring what was written to the disk's cache, so that a killed run leaves it readable."""
        if self._file is not None:
            self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def _begin(self, path: Path) -> None:
        try:
            # A byte that was no text is written as an escape: the file is always valid UTF-8.
            self._file = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
        except OSError as error:
            raise Unusable(f"{path}: {error.strerror}") from error
        self._file.write(_MARK)
        self._write_row = csv.writer(self._file, delimiter=self._delimiter).writerow
        self._write_row([*REJECT_COLUMNS, *self._header])


def texts_of(*files: Path) -> Texts:
    """What is written beside a rejected row: the sentences of any table, and of these files."""
    return load(TEXTS, *files)


def _clear(path: Path) -> None:
    """Remove an old file of rejects, but never any other file."""
    with suppress(FileNotFoundError):
        with path.open("rb") as file:
            start = file.read(64).decode("utf-8", "replace")
        if not start.removeprefix(_MARK).startswith(REJECT_COLUMNS[0]):
            raise Unusable(f"{path} is no file of rejects; name another with --rejects")
        path.unlink()
