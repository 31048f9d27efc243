"""列表逐行 (rows of a list): a table of any shape, and what each of its rows asks a room for."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from guiyi.lists.columns import NO_MAP, ListMap, check, codes_of
from guiyi.lists.kinds import Ask, Kind, ListKind, Said
from guiyi.tables.cells import lost
from guiyi.tables.faults import Unreadable
from guiyi.tables.lines import Record
from guiyi.tables.table import Reading, Table, open_table
from shared.cells import plain

FOUND = Reading()
"""Encoding and delimiter are found."""


class Sheet:
    """列表: the rows of an open table, by what its columns mean."""

    def __init__(self, table: Table, of: ListKind, named: ListMap = NO_MAP) -> None:
        self.table, self.header, self.of, self._named = table, table.header, of, named
        self._codes = codes_of(self.header, of.headings, named)
        self._lines: dict[tuple[str, str], tuple[int, Said]] = {}

    @property
    def kinds(self) -> Collection[Kind]:
        """What its columns may ask for."""
        return [kind for code, kind in self.of.kinds.items() if code in self._codes]

    def rows(self) -> Iterator[tuple[int, Record]]:
        """Every row in its order, with its number."""
        return self.table.rows()

    @property
    def unknown(self) -> Sequence[str]:
        """Columns that nobody knows; they are left alone."""
        return [n for n, code in zip(self.header, self._codes, strict=True) if code is None and n]

    def asks(self, row: Record, branch: str) -> Sequence[Ask]:
        """What a row asks for at this branch, in this order. Raises Unreadable."""
        if row.fault is not None:
            raise row.fault
        told = zip(self._codes, row.values, strict=True)
        said = {code: plain(value).strip() for code, value in told if code}
        for code, value in said.items():
            if lost(value):
                raise Unreadable("value-lost", column=code, value=value)
        asks = self.of.asks(said, branch, self._named.dates)
        self._once(row.line, said)
        return asks

    def _once(self, line: int, said: Said) -> None:
        """Raise Unreadable if a row above says otherwise of the same thing."""
        for identity in self.of.same(said):
            first, before = self._lines.setdefault(identity, (line, said))
            if before != said:
                column, value = identity
                raise Unreadable("said-twice", column=column, value=value, line=str(first))


@contextmanager
def open_sheet(
    path: Path, of: ListKind, reading: Reading = FOUND, named: ListMap = NO_MAP
) -> Iterator[Sheet]:
    """Open a list and read its heading. Raises Unusable if it cannot be used."""

    def fits(names: Sequence[str]) -> bool:
        return of.key in codes_of(names, of.headings, named)

    with open_table(path, reading, fits) as table:
        check(path, table, of.key, of.headings, named)
        yield Sheet(table, of, named)
