"""语句 (statements): plain SQL on one connection; no answer is waited for without a limit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeAlias

from shared.record.database import WATCHDOG, RawConnection

Values: TypeAlias = Sequence[Any] | Mapping[str, Any]
ResultRow: TypeAlias = tuple[Any, ...]
Statement: TypeAlias = tuple[str, Values]


def query(
    connection: RawConnection, statement: str, values: Values = (), *, patient: bool = False
) -> list[ResultRow]:
    """Every row that a statement returns. `patient`: however long it takes."""
    with watched(connection, patient=patient):
        cursor = connection.cursor()
        cursor.execute(statement, values)
        found: list[ResultRow] = cursor.fetchall()
        cursor.close()
        return found


def execute(
    connection: RawConnection, statement: str, values: Values = (), *, patient: bool = False
) -> int:
    """How many rows a statement changed. `patient`: however long it takes."""
    with watched(connection, patient=patient):
        cursor = connection.cursor()
        cursor.execute(statement, values)
        cursor.close()
        return int(cursor.rowcount)


def execute_all(
    connection: RawConnection, statements: Iterable[Statement], *, patient: bool = False
) -> None:
    """Several statements in their order, sent together: one round trip."""
    with connection.cursor() as cursor:
        made = b";".join(cursor.mogrify(statement, values) for statement, values in statements)
    if made:
        with watched(connection, patient=patient), connection.cursor() as cursor:
            # Without values: a percent sign in a text is one, and asks for no value.
            cursor.execute(made)


def clock(connection: RawConnection) -> datetime:
    """The database's own clock, UTC."""
    ((now,),) = query(connection, "SELECT clock_timestamp()")
    assert isinstance(now, datetime)
    return now


@contextmanager
def watched(connection: RawConnection, *, patient: bool = False) -> Iterator[None]:
    """While an answer is waited for. `patient`: however long it takes, nobody watches."""
    if patient:
        yield
        return
    WATCHDOG.begin(connection)
    try:
        yield
    finally:
        WATCHDOG.end(connection)


def columns(lines: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows as columns, the way `unnest` takes them; `width` columns also where there is no row."""
    return [list(column) for column in zip(*lines, strict=True)] or [[] for _ in range(width)]
