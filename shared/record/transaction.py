"""事务 (transactions) of the worker: plain SQL on one connection, watched, committed at the end.

Cursor and rows move together or not at all, so everything a consumer writes for a batch goes
through one `Rows`. What cannot be reached ends as `shared.record.store.Unavailable`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, TypeAlias

import psycopg2
from sqlalchemy import Engine

from shared.record.database import WATCHDOG, RawConnection, translating_errors

Values: TypeAlias = Sequence[Any] | Mapping[str, Any]
ResultRow: TypeAlias = tuple[Any, ...]


class DatabaseTransaction:
    """One transaction. `connection` is psycopg2's, for whoever appends within it."""

    def __init__(self, connection: RawConnection, *, watched: bool = True) -> None:
        self.connection = connection
        self._over = _watched if watched else nullcontext[None]

    def query(self, statement: str, values: Values = ()) -> list[ResultRow]:
        """Every row of a query."""
        with self._over(self.connection), self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            found: list[ResultRow] = cursor.fetchall()
            return found

    def execute(self, statement: str, values: Values = ()) -> int:
        """How many rows a statement changed."""
        with self._over(self.connection), self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.rowcount)


@contextmanager
def transaction(engine: Engine) -> Iterator[DatabaseTransaction]:
    """Begin; commit at the end of the block, roll back on any exception."""
    with translating_errors():
        proxy = engine.raw_connection()
        connection = proxy.dbapi_connection
        assert connection is not None
        try:
            yield DatabaseTransaction(connection)
            with _watched(connection):
                connection.commit()
        except BaseException:
            _roll_back(connection)
            raise
        finally:
            if connection.closed:
                proxy.invalidate()
            proxy.close()


def columns(lines: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows as columns, the way `unnest` takes them; `width` columns also where there is no row."""
    return [list(column) for column in zip(*lines, strict=True)] or [[] for _ in range(width)]


@contextmanager
def _watched(connection: RawConnection) -> Iterator[None]:
    WATCHDOG.begin(connection)
    try:
        yield
    finally:
        WATCHDOG.end(connection)


def _roll_back(connection: RawConnection) -> None:
    if connection.closed:
        return
    try:
        with _watched(connection):
            connection.rollback()
    except psycopg2.Error:
        connection.close()
