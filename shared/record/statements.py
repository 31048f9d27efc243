"""语句 (statements): the types of plain SQL statements, their values and their rows."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Values: TypeAlias = Sequence[object] | Mapping[str, object]
ResultRow: TypeAlias = tuple[Any, ...]
"""A row. Its columns have the types that the statement says."""
Statement: TypeAlias = tuple[str, Values]


def columns(rows: Sequence[Sequence[object]], width: int) -> list[list[object]]:
    """Rows turned into `width` columns, as `unnest` takes them. No rows make empty columns."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
