"""语句 (statements): plain SQL on one connection, with a time limit for each answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeAlias

from shared.record.database import WATCHDOG, RawConnection

Values: TypeAlias = Sequence[object] | Mapping[str, object]
ResultRow: TypeAlias = tuple[Any, ...]
"""A row; a database gives any type."""
Statement: TypeAlias = tuple[str, Values]


def query(
    connection: RawConnection, statement: str, values: Values = (), *, patient: bool = False
) -> list[ResultRow]:
    """Every row that a statement returns. `patient`: without a time limit."""
    with watched(connection, patient=patient):
        cursor = connection.cursor()
        cursor.execute(statement, values)
        found: list[ResultRow] = cursor.fetchall()
        cursor.close()
        return found


def execute(
    connection: RawConnection, statement: str, values: Values = (), *, patient: bool = False
) -> int:
    """How many rows a statement changed. `patient`: without a time limit."""
    with watched(connection, patient=patient):
        cursor = connection.cursor()
        cursor.execute(statement, values)
        cursor.close()
        return int(cursor.rowcount)


def execute_all(
    connection: RawConnection, statements: Iterable[Statement], *, patient: bool = False
) -> None:
    """Run several statements in their order, in one round trip."""
    with connection.cursor() as cursor:
        made = b";".join(cursor.mogrify(statement, values) for statement, values in statements)
    if made:
        with watched(connection, patient=patient), connection.cursor() as cursor:
            # Without values, so that a percent sign in a text is not taken for a placeholder.
            cursor.execute(made)


def clock(connection: RawConnection) -> datetime:
    """The database's own clock, UTC."""
    ((now,),) = query(connection, "SELECT clock_timestamp()")
    assert isinstance(now, datetime)
    return now


@contextmanager
def watched(connection: RawConnection, *, patient: bool = False) -> Iterator[None]:
    """Limit the time of the block, which waits for an answer. `patient`: without a limit."""
    if patient:
        yield
        return
    WATCHDOG.begin(connection)
    try:
        yield
    finally:
        WATCHDOG.end(connection)


def columns(rows: Sequence[Sequence[object]], width: int) -> list[list[object]]:
    """Rows turned into `width` columns, as `unnest` takes them. No rows make empty columns."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
