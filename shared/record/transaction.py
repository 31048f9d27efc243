"""事务 (transactions): plain SQL on one connection with time limits, committed at the end.

A consumer writes its cursor and its rows together or not at all. So everything that it writes for
a batch goes through one transaction. A database that is away raises Unavailable.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

import psycopg2
from psycopg2 import extensions
from sqlalchemy import Engine, PoolProxiedConnection

from shared.record.database import WATCHDOG, Connections, RawConnection, raw, translating_errors
from shared.record.statements import ResultRow, Statement, Values

BEGIN = b"BEGIN; "


class DatabaseTransaction:
    """Statements on a connection. Whoever makes it says where the transaction begins and ends.

    `patient`: without a time limit for an answer.
    """

    def __init__(self, connection: RawConnection, *, patient: bool = False) -> None:
        self._connection = connection
        self._patient = patient

    @property
    def connection(self) -> RawConnection:
        """The connection of psycopg2, for those who append within the transaction."""
        return self._connection

    def query(self, statement: str, values: Values = ()) -> list[ResultRow]:
        """Every row of a query."""
        with self._executed(statement, values) as cursor:
            return cursor.fetchall()

    def execute(self, statement: str, values: Values = ()) -> int:
        """How many rows a statement changed."""
        with self._executed(statement, values) as cursor:
            return cursor.rowcount

    def execute_all(self, several: Iterable[Statement]) -> None:
        """Run several statements in their order, in one round trip."""
        with self._connection.cursor() as cursor:
            made = b";".join(cursor.mogrify(statement, values) for statement, values in several)
        if made:
            # Without values, so that a percent sign in a text is not taken for a placeholder.
            self._executed(made, None).close()

    def now(self) -> datetime:
        """The record's own clock, UTC: the database's, which one for stories is ahead of."""
        ((now,),) = self.query("SELECT record.now()")
        assert isinstance(now, datetime)
        return now

    def _executed(self, statement: str | bytes, values: Values | None) -> extensions.cursor:
        """A cursor that has run the statement. The rows of its result are in memory."""
        cursor = self._connection.cursor()
        if self._patient:
            cursor.execute(statement, values)
            return cursor
        WATCHDOG.begin(self._connection)
        try:
            cursor.execute(statement, values)
        finally:
            WATCHDOG.end(self._connection)
        return cursor


class WithPrelude(DatabaseTransaction):
    """Statements that each begin with another one, in the same round trip and transaction."""

    def __init__(self, connection: RawConnection, prelude: Statement) -> None:
        super().__init__(connection)
        with connection.cursor() as cursor:
            self._prelude: bytes = cursor.mogrify(*prelude)

    def _executed(self, statement: str | bytes, values: Values | None) -> extensions.cursor:
        with self._connection.cursor() as cursor:
            made = self._prelude + b";" + cursor.mogrify(statement, values)
        # Without values, so that a percent sign in a text is not taken for a placeholder.
        return super()._executed(made, None)


class LazyTransaction(DatabaseTransaction):
    """A transaction that costs no round trips of its own.

    BEGIN is sent together with the first statement. COMMIT is sent together with the last writes.
    Until BEGIN is sent, the connection must commit each statement at once.
    """

    def __init__(self, connection: RawConnection) -> None:
        super().__init__(connection)
        self._unsent = BEGIN
        self._last: list[Statement] = []

    @property
    def connection(self) -> RawConnection:
        """As DatabaseTransaction.connection. The transaction has begun by then."""
        if self._unsent:
            self.execute("")
        return self._connection

    def execute_last(self, several: Iterable[Statement]) -> None:
        """Keep these writes until the end. No query before the end sees them."""
        self._last += several

    def commit(self) -> None:
        """Send the last writes and COMMIT, in one round trip."""
        if self._last or not self._unsent:
            self.execute_all([*self._last, ("COMMIT", ())])

    def roll_back(self) -> None:
        """Undo everything. Where this fails, the connection is left in its transaction."""
        if not self._connection.closed and not _is_idle(self._connection):
            with suppress(psycopg2.Error):
                self.execute("ROLLBACK")

    def _executed(self, statement: str | bytes, values: Values | None) -> extensions.cursor:
        if self._unsent:
            begin, self._unsent = self._unsent, b""
            statement = begin + (statement if isinstance(statement, bytes) else statement.encode())
        return super()._executed(statement, values)


@contextmanager
def transaction(engine: Engine) -> Iterator[LazyTransaction]:
    """Begin; commit at the end of the block, roll back on any exception."""
    with translating_errors():
        proxy = engine.raw_connection()
        connection = raw(proxy)
        try:
            connection.autocommit = True
            with _all_or_nothing(LazyTransaction(connection)) as made:
                yield made
        finally:
            _give_back(proxy, connection)


@contextmanager
def _all_or_nothing(made: LazyTransaction) -> Iterator[LazyTransaction]:
    try:
        yield made
        made.commit()
    except BaseException:
        made.roll_back()
        raise


def _give_back(proxy: PoolProxiedConnection, connection: RawConnection) -> None:
    """Give it back to the pool. A connection that is not idle is never lent again."""
    try:
        if connection.closed or not _is_idle(connection):
            proxy.invalidate()
        else:
            connection.autocommit = False
    finally:
        proxy.close()


def _is_idle(connection: RawConnection) -> bool:
    return connection.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE


@contextmanager
def at_once(connections: Connections) -> Iterator[DatabaseTransaction]:
    """All or nothing: a transaction that may take its time between its statements."""
    with translating_errors():
        connection = connections.take()
        try:
            with _all_or_nothing(LazyTransaction(connection)) as made:
                made.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                yield made
        finally:
            connections.give(connection)


@contextmanager
def each_committed(connections: Connections) -> Iterator[DatabaseTransaction]:
    """A connection that commits each statement at once."""
    with translating_errors():
        connection = connections.take()
        try:
            yield DatabaseTransaction(connection)
        finally:
            connections.give(connection)
