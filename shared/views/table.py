"""视图表 (view tables): a Row class as a table of the schema `views`, and rows in bulk both ways.

The kernel adds the source partition to every row's key, and to every row the seq of the last fact
that has changed it. So no fact is counted twice in a row, whatever a cursor says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Optional, get_type_hints

import msgspec
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from shared.record.statements import Statement, columns
from shared.record.transaction import DatabaseTransaction
from shared.view import Key, RowClass, RowKey, View, ViewRow
from shared.views.column import ViewColumn, view_column, without_none

SCHEMA = "views"
PARTITION = "source_partition"
SEQ = "source_seq"
_ADD_SEQ = f"ADD COLUMN {SEQ} bigint NOT NULL DEFAULT 0"
_HAS_SEQ = f"""
SELECT FROM pg_attribute WHERE attrelid = %s::regclass AND attname = '{SEQ}' AND NOT attisdropped
"""


@dataclass(frozen=True, slots=True)
class LoadedRows:
    """Rows of a table as they stand, by their place."""

    rows: dict[RowKey, object] = field(default_factory=dict)
    seqs: dict[RowKey, int] = field(default_factory=dict)
    """The last fact that has changed each; 0 if it was written before that was kept."""


@dataclass(frozen=True, eq=False)
class ViewTable:
    """视图表: where a view's rows stand, and the SQL that loads and writes them in bulk."""

    name: str
    row: RowClass
    key: tuple[str, ...]
    parts: tuple[ViewColumn, ...]
    indexes: tuple[tuple[str, ...], ...]

    @property
    def full_name(self) -> str:
        """The name as SQL takes it."""
        return f'{SCHEMA}."{self.name}"'

    @cached_property
    def table(self) -> Table:
        """The table and its indexes as SQLAlchemy makes them."""
        made = Table(
            self.name,
            MetaData(schema=SCHEMA),
            *(
                Column(part.name, part.type, nullable=part.optional, primary_key=True)
                if part.name in self.key
                else Column(part.name, part.type, nullable=part.optional)
                for part in self._key_first
            ),
            Column(PARTITION, Integer, primary_key=True, autoincrement=False),
            Column(SEQ, BigInteger, nullable=False, server_default="0"),
        )
        for number, names in enumerate(self.indexes, start=1):
            Index(f"{self.name}_{number}", *(made.c[name] for name in names))
        return made

    def beside(self, suffix: str) -> "ViewTable":
        """The same table under another name, without indexes of its own."""
        return replace(self, name=f"{self.name}_{suffix}", indexes=())

    def make(self, db: DatabaseTransaction) -> None:
        """Create the table and its indexes where they are not."""
        db.execute(_ddl(CreateTable(self.table, if_not_exists=True)))
        if not db.query(_HAS_SEQ, (self.full_name,)):
            db.execute(f"ALTER TABLE {self.full_name} {_ADD_SEQ}")
        for index in sorted(self.table.indexes, key=lambda each: str(each.name)):
            db.execute(_ddl(CreateIndex(index, if_not_exists=True)))

    def load(self, db: DatabaseTransaction, keys: Iterable[RowKey]) -> LoadedRows:
        """The rows of these keys."""
        return load_rows(db, {self: keys})[self]

    def question(self, number: int, keys: Iterable[RowKey]) -> Statement:
        """What asks for the rows of these keys, each with the number in front of it."""
        wanted = [self.key_line(key) for key in keys]
        return self._load.format(number), columns(wanted, len(self.key) + 1)

    def write(
        self,
        db: DatabaseTransaction,
        changed: Mapping[RowKey, object],
        seqs: Mapping[RowKey, int],
    ) -> None:
        """Write the rows that are, and remove those that are None. `seqs`: their last facts."""
        db.execute_all(self.writing(changed, seqs))

    def writing(
        self, changed: Mapping[RowKey, object], seqs: Mapping[RowKey, int]
    ) -> Iterator[Statement]:
        """What writes the rows that are and removes those that are None.

        Sorted, so that two writers cannot deadlock.
        """
        order = sorted(changed)
        gone = [self.key_line(place) for place in order if changed[place] is None]
        kept = [self.line(p, seqs[p], changed[p]) for p in order if changed[p] is not None]
        if gone:
            yield self._remove, columns(gone, len(self.key) + 1)
        if kept:
            yield self._write, columns(kept, len(self.parts) + 2)

    def line(self, place: RowKey, seq: int, row: object) -> Sequence[object]:
        """A row as the database takes it: its partition, its last fact, then its columns."""
        return (place[0], seq, *(part.into(getattr(row, part.name)) for part in self.parts))

    @cached_property
    def written(self) -> Sequence[str]:
        """The names of the columns of a `line`, as SQL takes them."""
        return [PARTITION, SEQ, *(f'"{part.name}"' for part in self.parts)]

    def placed(self, line: Sequence[str]) -> tuple[RowKey, ViewRow]:
        """A line of `selected_placed`: the row's place, and the row."""
        partition, *values = self._row_decoder.decode(line[0])
        row = self.row(*values)
        return (partition, self.key_of(row)), row

    def key_of(self, row: object) -> Key:
        """The row's own key."""
        return tuple(getattr(row, name) for name in self.key)

    def stored(self, name: str) -> str:
        """How a column is stored."""
        return next(part.stored for part in self.parts if part.name == name)

    def read_key(self, text: str) -> Key:
        """A row's key from its one text (`shared.consumers.dead_letters.key_text`)."""
        hints = get_type_hints(self.row)
        kind = tuple[tuple(hints[name] for name in self.key)]  # type: ignore[misc, valid-type]
        key: Key = msgspec.json.decode(text, type=kind)
        return key

    def key_line(self, place: RowKey) -> Sequence[object]:
        """A row's place as the database takes it."""
        partition, key = place
        return (partition, *(part.into(v) for part, v in zip(self._key_first, key, strict=False)))

    @cached_property
    def selected_placed(self) -> str:
        """The rows `t` as `placed` takes them, for a SELECT: each is one JSON text."""
        names = ", ".join([f"t.{PARTITION}", *(f't."{part.name}"' for part in self.parts)])
        return f"json_build_array({names})::text"

    @cached_property
    def _key_first(self) -> list[ViewColumn]:
        return sorted(
            self.parts,
            key=lambda p: self.key.index(p.name) if p.name in self.key else len(self.key),
        )

    @cached_property
    def key_columns(self) -> Sequence[str]:
        """The names of the columns of a row's place, as SQL takes them."""
        return [PARTITION, *(f'"{name}"' for name in self.key)]

    @cached_property
    def places(self) -> str:
        """The rows `k` of places, for a FROM; the columns of their `key_line`s are its values."""
        arrays = ", ".join(["%s::int4[]", *(f"%s::{self.stored(name)}[]" for name in self.key)])
        return f"unnest({arrays}) AS k ({', '.join(self.key_columns)})"

    @cached_property
    def _same_key(self) -> str:
        return " AND ".join(f"t.{name} = k.{name}" for name in self.key_columns)

    @cached_property
    def _load(self) -> str:
        return (
            f"SELECT {{}}, t.{SEQ}, {self.selected_placed} FROM {self.full_name} AS t"  # noqa: S608
            f" JOIN {self.places} ON {self._same_key}"
        )

    @cached_property
    def _row_decoder(self) -> msgspec.json.Decoder[Sequence[Any]]:  # the values of a whole Row
        hints = get_type_hints(self.row, include_extras=True)
        plain = [without_none(hints[part.name]) for part in self.parts]
        kinds = [Optional[kind] if optional else kind for kind, optional in plain]  # noqa: UP045
        return msgspec.json.Decoder(tuple[(int, *kinds)])  # type: ignore[valid-type]

    @cached_property
    def _remove(self) -> str:
        return f"DELETE FROM {self.full_name} AS t USING {self.places} WHERE {self._same_key}"  # noqa: S608

    @cached_property
    def _write(self) -> str:
        stored = ["int4", "int8", *(part.stored for part in self.parts)]
        arrays = ", ".join(f"%s::{each}[]" for each in stored)
        key = ", ".join([*(f'"{name}"' for name in self.key), PARTITION])
        changes = ", ".join(
            f"{name} = excluded.{name}" for name in self.written if name not in self.key_columns
        )
        into = f"{self.full_name} ({', '.join(self.written)})"
        return (
            f"INSERT INTO {into} SELECT * FROM unnest({arrays})"  # noqa: S608
            f" ON CONFLICT ({key}) DO UPDATE SET {changes}"
        )


def load_rows(
    db: DatabaseTransaction, wanted: Mapping[ViewTable, Iterable[RowKey]]
) -> dict[ViewTable, LoadedRows]:
    """The rows of these keys in these tables, in one statement."""
    tables = list(wanted)
    asked = [table.question(n, sorted(wanted[table])) for n, table in enumerate(tables)]
    found = {table: LoadedRows() for table in tables}
    if asked:
        statement = " UNION ALL ".join(question for question, _ in asked)
        asking = [value for _, values in asked for value in values]
        for n, seq, *line in db.query(statement, asking):
            key, row = tables[n].placed(line)
            found[tables[n]].rows[key] = row
            found[tables[n]].seqs[key] = seq
    return found


_made: dict[tuple[RowClass, str], ViewTable] = {}


def view_table(view: View) -> ViewTable:
    """The table of a view at its version. Raises TypeError for a Row that no table can hold."""
    name = f"{view.NAME}_v{view.VERSION}"
    if (view.Row, name) not in _made:
        _made[view.Row, name] = _view_table(name, view)
    return _made[view.Row, name]


def _view_table(name: str, view: View) -> ViewTable:
    hints = get_type_hints(view.Row, include_extras=True)
    parts = tuple(view_column(item.name, hints[item.name]) for item in fields(view.Row))
    for part in parts:
        if part.name in view.KEY and (part.stored == "jsonb" or part.optional):
            raise TypeError(f"view {view.NAME}: {part.name} cannot be part of a key")
    indexes = tuple(tuple(names) for names in getattr(view, "INDEXES", ()))
    return ViewTable(name, view.Row, tuple(view.KEY), parts, indexes)


def _ddl(statement: DDLElement) -> str:
    return str(statement.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
