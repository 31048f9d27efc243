"""A Row as a table: plain columns, JSON for what is made of parts, and the same row back."""

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared.consumers.dead_letters import key_text
from shared.events.values import Personal, Sealed
from shared.rebuild.copy_text import Lines
from shared.views.table import view_table


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    ticket: str
    day: date
    colour: Colour
    count: int
    open: bool
    at: datetime | None
    name: Personal | None
    parts: tuple[Part, ...]
    fact: UUID
    first: Part | None = None


def view(**changed: Any) -> Any:
    told = {"NAME": "things", "VERSION": 2, "KEY": ("ticket", "day", "colour"), "Row": Row}
    return SimpleNamespace(**{**told, **changed})


ROW = Row(
    "BX-1",
    date(2026, 11, 23),
    Colour.RED,
    3,
    True,
    datetime(2026, 11, 23, 8, tzinfo=UTC),
    Sealed("customer-1", "name", "c2VhbGVk"),
    (Part("密封圈", 2), Part("a\tb\\c\nd", 1)),
    UUID(int=7),
)


def test_plain_columns_stay_plain_and_the_rest_is_json() -> None:
    stored = {part.name: part.stored for part in view_table(view()).parts}
    assert stored == {
        "ticket": "text",
        "day": "date",
        "colour": "text",
        "count": "int8",
        "open": "bool",
        "at": "timestamptz",
        "name": "jsonb",
        "parts": "jsonb",
        "fact": "uuid",
        "first": "jsonb",
    }


def test_the_key_comes_first_and_the_source_partition_last() -> None:
    table = view_table(view(VERSION=4, INDEXES=(("count", "at"),))).table
    assert [column.name for column in table.primary_key] == [
        "ticket",
        "day",
        "colour",
        "source_partition",
    ]
    assert table.fullname == "views.things_v4"
    assert [[c.name for c in index.columns] for index in table.indexes] == [["count", "at"]]
    assert table.c.name.nullable
    assert not table.c.count.nullable


def test_a_row_goes_in_and_comes_back() -> None:
    table = view_table(view())
    line = table.line((4, table.key_of(ROW)), 9, ROW)
    assert line[:2] == (4, 9)
    text = msgspec.json.encode([4, *(getattr(ROW, each.name) for each in fields(ROW))])
    assert table.placed((text.decode(),)) == ((4, table.key_of(ROW)), ROW)
    assert table.read_key(key_text(table.key_of(ROW))) == table.key_of(ROW)


def test_two_versions_of_a_view_have_two_tables() -> None:
    assert view_table(view()).name != view_table(view(VERSION=3)).name
    assert view_table(view()) is view_table(view())


@dataclass(frozen=True, slots=True)
class Floating:
    ticket: str
    share: float


@pytest.mark.parametrize("key", [("at",), ("parts",), ("name",)])
def test_a_key_is_plain_and_always_there(key: tuple[str, ...]) -> None:
    with pytest.raises(TypeError, match="cannot be part of a key"):
        view_table(view(KEY=key, VERSION=9))


def test_a_view_holds_no_floats() -> None:
    with pytest.raises(TypeError, match="no floats"):
        view_table(view(NAME="floating", Row=Floating, KEY=("ticket",)))


def test_rows_are_copied_as_text_whatever_stands_in_them() -> None:
    lines = [(1, "a\tb", None, True), (2, "c\\d\n\r", "\\N", False)]
    wanted = b"1\ta\\tb\t\\N\tTrue\n2\tc\\\\d\\n\\r\t\\\\N\tFalse\n"
    assert Lines(iter(lines)).read() == wanted
    pieces = Lines(iter(lines))
    assert b"".join(iter(lambda: pieces.read(5), b"")) == wanted
