"""视图列 (view columns): how a field of a Row is stored in a table.

Plain columns stay plain (text, bigint, boolean, timestamptz, date, uuid). A value that is made of
parts, a sealed text among them, is JSON.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

ColumnType: TypeAlias = TypeEngine[Any]
"""A generic type of SQLAlchemy; it has no common bound for the values of all columns."""

_PLAIN: Mapping[type, tuple[str, ColumnType]] = {
    str: ("text", Text(collation="C")),
    int: ("int8", BigInteger()),
    bool: ("bool", Boolean()),
    datetime: ("timestamptz", DateTime(timezone=True)),
    date: ("date", Date()),
    UUID: ("uuid", Uuid()),
}


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """One column of a view: its name, how it is stored, and how a value goes in."""

    name: str
    stored: str
    type: ColumnType
    optional: bool
    convert: Callable[[object], object] | None
    """Turns a value into what psycopg2 takes; None: it takes the value as it is."""

    def into(self, value: object) -> object:
        """A value as the database takes it."""
        return value if self.convert is None or value is None else self.convert(value)


def view_column(name: str, hint: object) -> ViewColumn:
    """The column for a field of a Row with this type. Raises TypeError for what no view holds."""
    kind, optional = without_none(hint)
    if not isinstance(kind, type):
        return _json_column(name, optional)
    if kind in _PLAIN:
        return ViewColumn(name, *_PLAIN[kind], optional, str if kind is UUID else None)
    if issubclass(kind, Enum):
        member: Enum = next(iter(kind))
        return ViewColumn(name, *_PLAIN[type(member.value)], optional, _value_of)
    if kind is float:
        raise TypeError(f"{name}: a view holds no floats; use integers of a small unit")
    return _json_column(name, optional)


def without_none(hint: object) -> tuple[object, bool]:
    """The type beneath Annotated and `| None`, and whether None is allowed."""
    if get_origin(hint) is Annotated:
        return without_none(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        others = tuple(part for part in get_args(hint) if part is not NoneType)
        optional = len(others) < len(get_args(hint))
        return (without_none(others[0])[0] if len(others) == 1 else Union[others]), optional  # noqa: UP007 - made from a list
    return hint, False


def _json_column(name: str, optional: bool) -> ViewColumn:
    return ViewColumn(name, "jsonb", JSONB(none_as_null=True), optional, _json)


def _value_of(member: object) -> object:
    assert isinstance(member, Enum)
    return member.value


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()
