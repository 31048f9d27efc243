"""视图条件 (asking views): what a column of a view must be, as SQL; and the rows that are so."""

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import cast

import msgspec

from shared.record.transaction import DatabaseTransaction
from shared.view import View, ViewRow
from shared.views.table import view_table

FIRST = 200
"""How many rows are looked at in one go."""


def plain(value: object) -> object:
    """A value as the database takes it."""
    return value.value if isinstance(value, Enum) else value


def condition(name: str, stored: str, value: object) -> tuple[str, object]:
    """What a column must be, as SQL, and the value for its place: one of several, if several.

    Of a column with several values, one of them is enough.
    """
    several = isinstance(value, tuple | frozenset | list)
    choices = [*map(plain, cast("Collection[object]", value) if several else [value])]
    if stored == "jsonb":
        of = f'jsonb_array_elements(t."{name}") AS each'  # of a column with several values
        told = [msgspec.json.encode(choice).decode() for choice in choices]
        return f"EXISTS (SELECT FROM {of} WHERE each = ANY (%s::jsonb[]))", told
    if several:
        return f't."{name}" = ANY (%s::{stored}[])', choices
    return f't."{name}" = %s', choices[0]


def first_rows(
    db: DatabaseTransaction, view: View, where: Mapping[str, object]
) -> Sequence[ViewRow]:
    """The first rows of a view, by its key, whose columns have these values."""
    table = view_table(view)
    stored = {part.name: part.stored for part in table.parts}
    asked = [condition(name, stored[name], value) for name, value in where.items()]
    so = " AND ".join(["true", *(each for each, _ in asked)])
    keys = ", ".join(f't."{name}"' for name in table.key)
    statement = f"""
        SELECT {table.selected_placed} FROM {table.full_name} AS t
        WHERE {so} ORDER BY {keys} LIMIT %s
    """  # noqa: S608 - names of a Row's fields, never of a caller's
    lines = db.query(statement, (*(value for _, value in asked), FIRST))
    return [table.placed(line)[1] for line in lines]
