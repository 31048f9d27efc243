"""事务 (transactions) of the worker: plain SQL on one connection, watched, committed at the end.

Cursor and rows move together or not at all, so everything a consumer writes for a batch goes
through one `DatabaseTransaction`. What cannot be reached ends as Unavailable.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg2
from sqlalchemy import Engine

from shared.record import statements
from shared.record.database import Connections, RawConnection, translating_errors
from shared.record.statements import ResultRow, Statement, Values, watched


class DatabaseTransaction:
    """One transaction. `connection` is psycopg2's, for whoever appends within it."""

    def __init__(self, connection: RawConnection, *, patient: bool = False) -> None:
        self.connection = connection
        self._patient = patient

    def query(self, statement: str, values: Values = ()) -> list[ResultRow]:
        """Every row of a query."""
        return statements.query(self.connection, statement, values, patient=self._patient)

    def execute(self, statement: str, values: Values = ()) -> int:
        """How many rows a statement changed."""
        return statements.execute(self.connection, statement, values, patient=self._patient)

    def execute_all(self, several: Iterable[Statement]) -> None:
        """Several statements in their order, in one round trip."""
        statements.execute_all(self.connection, several, patient=self._patient)

    def now(self) -> datetime:
        """The database's own clock."""
        return statements.clock(self.connection)


@contextmanager
def transaction(engine: Engine) -> Iterator[DatabaseTransaction]:
    """Begin; commit at the end of the block, roll back on any exception."""
    with translating_errors():
        proxy = engine.raw_connection()
        connection = proxy.dbapi_connection
        assert connection is not None
        try:
            yield DatabaseTransaction(connection)
            with watched(connection):
                connection.commit()
        except BaseException:
            _roll_back(connection)
            raise
        finally:
            if connection.closed:
                proxy.invalidate()
            proxy.close()


@contextmanager
def each_committed(connections: Connections) -> Iterator[DatabaseTransaction]:
    """A connection that commits each statement at once."""
    with translating_errors():
        connection = connections.take()
        try:
            yield DatabaseTransaction(connection)
        finally:
            connections.give(connection)


def _roll_back(connection: RawConnection) -> None:
    if connection.closed:
        return
    try:
        with watched(connection):
            connection.rollback()
    except psycopg2.Error:
        connection.close()
