"""视图表 (view tables): a Row class as a table of the schema `views`, and rows in bulk both ways.

Plain columns stay plain (text, bigint, boolean, timestamptz, date, uuid); what is made of parts, a
sealed text among them, is JSON. The kernel adds the source partition to every row's key.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement
from sqlalchemy.types import TypeEngine

from shared.record.statements import Statement, columns
from shared.record.transaction import DatabaseTransaction
from shared.view import Key, RowKey, View

SCHEMA = "views"
PARTITION = "source_partition"

_PLAIN: Mapping[type, tuple[str, TypeEngine[Any]]] = {
    str: ("text", Text(collation="C")),
    int: ("int8", BigInteger()),
    bool: ("bool", Boolean()),
    datetime: ("timestamptz", DateTime(timezone=True)),
    date: ("date", Date()),
    UUID: ("uuid", Uuid()),
}


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """One column of a view: its name, how it is stored, and how a value goes in and out."""

    name: str
    stored: str
    type: TypeEngine[Any]
    optional: bool
    into: Callable[[Any], Any] | None
    out: Callable[[Any], Any] | None


@dataclass(frozen=True, eq=False)
class ViewTable:
    """视图表: where a view's rows stand, and the SQL that loads and writes them in bulk."""

    name: str
    row: type[Any]
    key: tuple[str, ...]
    parts: tuple[ViewColumn, ...]
    indexes: tuple[tuple[str, ...], ...]

    @property
    def full_name(self) -> str:
        """The name as SQL takes it."""
        return f'{SCHEMA}."{self.name}"'

    @cached_property
    def table(self) -> Table:
        """The table for queries."""
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
        )
        for number, names in enumerate(self.indexes, start=1):
            Index(f"{self.name}_{number}", *(made.c[name] for name in names))
        return made

    def beside(self, suffix: str) -> "ViewTable":
        """The same table under another name, without indexes of its own."""
        named = f"{self.name}_{suffix}"
        return ViewTable(named, self.row, self.key, self.parts, ())

    def make(self, db: DatabaseTransaction) -> None:
        """Create the table and its indexes where they are not."""
        db.execute(_ddl(CreateTable(self.table, if_not_exists=True)))
        for index in sorted(self.table.indexes, key=lambda each: str(each.name)):
            db.execute(_ddl(CreateIndex(index, if_not_exists=True)))

    def load(self, db: DatabaseTransaction, keys: Iterable[RowKey]) -> dict[RowKey, Any]:
        """The rows of these keys."""
        return load_rows(db, {self: keys})[self]

    def question(self, number: int, keys: Iterable[RowKey]) -> tuple[str, Sequence[Any]]:
        """What asks for the rows of these keys, each as one JSON text behind the number."""
        wanted = [self.key_line(key) for key in keys]
        return self._load.format(number), columns(wanted, len(self.key) + 1)

    def answer(self, text: str) -> tuple[RowKey, Any]:
        """A row from its JSON text, and its key."""
        partition, *values = self._row_decoder.decode(text)
        row = self.row(*values)
        return (partition, self.key_of(row)), row

    def write(self, db: DatabaseTransaction, changed: Mapping[RowKey, Any]) -> None:
        """Write what is, remove what is None."""
        db.execute_all(self.writing(changed))

    def writing(self, changed: Mapping[RowKey, Any]) -> Iterator[Statement]:
        """What writes the rows that are and removes the others.

        Sorted, so that two writers cannot deadlock.
        """
        order = sorted(changed)
        gone = [self.key_line(place) for place in order if changed[place] is None]
        kept = [self.line(p[0], changed[p]) for p in order if changed[p] is not None]
        if gone:
            yield self._remove, columns(gone, len(self.key) + 1)
        if kept:
            yield self._write, columns(kept, len(self.parts) + 1)

    def line(self, partition: int, row: Any) -> tuple[Any, ...]:
        """A row as the database takes it: its partition, then its columns."""
        return (
            partition,
            *(
                value if part.into is None or value is None else part.into(value)
                for part in self.parts
                for value in (getattr(row, part.name),)
            ),
        )

    def read(self, values: Sequence[Any]) -> Any:
        """Column values, in the order of the Row's fields, as a Row."""
        return self.row(
            *(
                value if part.out is None or value is None else part.out(value)
                for part, value in zip(self.parts, values, strict=True)
            )
        )

    def placed(self, line: Sequence[Any]) -> tuple[RowKey, Any]:
        """A line of `selected_placed`: the row's place, and the row."""
        row = self.read(line[1:])
        return (line[0], self.key_of(row)), row

    def key_of(self, row: Any) -> Key:
        """The row's own key."""
        return tuple(getattr(row, name) for name in self.key)

    def stored(self, name: str) -> str:
        """How a column is stored."""
        return next(part.stored for part in self.parts if part.name == name)

    def read_key(self, text: str) -> Key:
        """A row's key from its one text (`shared.consumers.dead_letters.key_text`)."""
        key: Key = self._key_decoder.decode(text)
        return key

    @cached_property
    def _key_decoder(self) -> msgspec.json.Decoder[Any]:
        hints = get_type_hints(self.row)
        return msgspec.json.Decoder(tuple[tuple(hints[name] for name in self.key)])  # type: ignore[misc]

    def key_line(self, place: RowKey) -> tuple[Any, ...]:
        """A row's place as the database takes it."""
        partition, key = place
        return (
            partition,
            *(
                value if part.into is None else part.into(value)
                for part, value in zip(self._key_first, key, strict=False)
            ),
        )

    @cached_property
    def selected(self) -> str:
        """The columns as `read` takes them, for a SELECT."""
        return ", ".join(
            f't."{part.name}"::text' if part.stored == "jsonb" else f't."{part.name}"'
            for part in self.parts
        )

    @cached_property
    def selected_placed(self) -> str:
        """The columns as `placed` takes them, for a SELECT."""
        return f"t.{PARTITION}, {self.selected}"

    @cached_property
    def _key_first(self) -> list[ViewColumn]:
        return sorted(
            self.parts,
            key=lambda p: self.key.index(p.name) if p.name in self.key else len(self.key),
        )

    @cached_property
    def _keys(self) -> str:
        stored = {part.name: part.stored for part in self.parts}
        arrays = ", ".join(["%s::int4[]", *(f"%s::{stored[name]}[]" for name in self.key)])
        names = ", ".join([PARTITION, *(f'"{name}"' for name in self.key)])
        return f"unnest({arrays}) AS k ({names})"

    @cached_property
    def _same_key(self) -> str:
        named = (PARTITION, *self.key)
        return " AND ".join(f't."{name}" = k."{name}"' for name in named)

    @cached_property
    def _load(self) -> str:
        names = ", ".join([f"t.{PARTITION}", *(f't."{part.name}"' for part in self.parts)])
        return (
            f"SELECT {{}}, json_build_array({names})::text FROM {self.full_name} AS t"  # noqa: S608
            f" JOIN {self._keys} ON {self._same_key}"
        )

    @cached_property
    def _row_decoder(self) -> msgspec.json.Decoder[Any]:
        hints = get_type_hints(self.row, include_extras=True)
        plain = [_without_none(hints[part.name]) for part in self.parts]
        kinds = [kind | None if optional else kind for kind, optional in plain]
        whole: Any = tuple[(int, *kinds)]  # type: ignore[valid-type]
        return msgspec.json.Decoder(whole)

    @cached_property
    def _remove(self) -> str:
        return f"DELETE FROM {self.full_name} AS t USING {self._keys} WHERE {self._same_key}"  # noqa: S608

    @cached_property
    def _write(self) -> str:
        names = ", ".join([PARTITION, *(f'"{part.name}"' for part in self.parts)])
        arrays = ", ".join(["%s::int4[]", *(f"%s::{part.stored}[]" for part in self.parts)])
        key = ", ".join([*(f'"{name}"' for name in self.key), PARTITION])
        changes = ", ".join(
            f'"{part.name}" = excluded."{part.name}"'
            for part in self.parts
            if part.name not in self.key
        )
        return (
            f"INSERT INTO {self.full_name} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608
            f" ON CONFLICT ({key}) DO {f'UPDATE SET {changes}' if changes else 'NOTHING'}"
        )


def load_rows(
    db: DatabaseTransaction, wanted: Mapping[ViewTable, Iterable[RowKey]]
) -> dict[ViewTable, dict[RowKey, Any]]:
    """The rows of these keys in these tables, in one statement."""
    tables = list(wanted)
    asked = [table.question(n, sorted(wanted[table])) for n, table in enumerate(tables)]
    found: dict[ViewTable, dict[RowKey, Any]] = {table: {} for table in tables}
    if asked:
        statement = " UNION ALL ".join(question for question, _ in asked)
        for n, text in db.query(statement, [value for _, values in asked for value in values]):
            key, row = tables[n].answer(text)
            found[tables[n]][key] = row
    return found


_made: dict[tuple[type[Any], str, int], ViewTable] = {}


def view_table(view: View) -> ViewTable:
    """The table of a view at its version."""
    named = (view.Row, view.NAME, view.VERSION)
    if (found := _made.get(named)) is None:
        found = _made[named] = _view_table(view)
    return found


def _view_table(view: View) -> ViewTable:
    hints = get_type_hints(view.Row, include_extras=True)
    parts = tuple(_part(item.name, hints[item.name]) for item in fields(view.Row))
    by_name = {part.name: part for part in parts}
    for name in view.KEY:
        if by_name[name].stored == "jsonb" or by_name[name].optional:
            raise TypeError(f"view {view.NAME}: {name} cannot be part of a key")
    indexes = tuple(tuple(names) for names in getattr(view, "INDEXES", ()))
    name, key = f"{view.NAME}_v{view.VERSION}", tuple(view.KEY)
    return ViewTable(name, view.Row, key, parts, indexes)


def _part(name: str, hint: Any) -> ViewColumn:
    kind, optional = _without_none(hint)
    if isinstance(kind, type) and kind in _PLAIN:
        stored, typed = _PLAIN[kind]
        if kind is UUID:
            return ViewColumn(name, stored, typed, optional, str, _uuid)
        return ViewColumn(name, stored, typed, optional, None, None)
    if isinstance(kind, type) and issubclass(kind, Enum):
        stored, typed = _PLAIN[type(next(iter(kind)).value)]
        return ViewColumn(name, stored, typed, optional, lambda member: member.value, kind)
    if kind is float:
        raise TypeError(f"{name}: a view holds no floats; use integers of a small unit")
    decoder = msgspec.json.Decoder(kind)
    return ViewColumn(name, "jsonb", JSONB(none_as_null=True), optional, _json, decoder.decode)


def _ddl(statement: DDLElement) -> str:
    return str(statement.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _json(value: Any) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def _without_none(hint: Any) -> tuple[Any, bool]:
    """The type beneath Annotated and `| None`, and whether None is allowed."""
    if get_origin(hint) is Annotated:
        return _without_none(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        others = [part for part in get_args(hint) if part is not NoneType]
        optional = len(others) < len(get_args(hint))
        if len(others) == 1:
            return _without_none(others[0])[0], optional
        return Union[tuple(others)], optional  # noqa: UP007 - made from a list
    return hint, False
