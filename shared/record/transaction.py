"""事务 (transactions) of the worker: plain SQL on one connection, watched, committed at the end.

Cursor and rows move together or not at all, so everything a consumer writes for a batch goes
through one `DatabaseTransaction`. What cannot be reached ends as Unavailable.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from sqlalchemy import Engine

from shared.record import statements
from shared.record.database import Connections, RawConnection, translating_errors
from shared.record.statements import ResultRow, Statement, Values


class DatabaseTransaction:
    """Statements on a connection. Whoever made it says where the transaction begins and ends."""

    def __init__(self, connection: RawConnection, *, patient: bool = False) -> None:
        self._connection = connection
        self._patient = patient

    @property
    def connection(self) -> RawConnection:
        """The connection of psycopg2, for whoever appends within the transaction."""
        return self._connection

    def query(self, statement: str, values: Values = ()) -> list[ResultRow]:
        """Every row of a query."""
        return statements.query(self._connection, statement, values, patient=self._patient)

    def execute(self, statement: str, values: Values = ()) -> int:
        """How many rows a statement changed."""
        return statements.execute(self._connection, statement, values, patient=self._patient)

    def execute_all(self, several: Iterable[Statement]) -> None:
        """Several statements in their order, in one round trip."""
        statements.execute_all(self._connection, several, patient=self._patient)

    def now(self) -> datetime:
        """The database's own clock."""
        return statements.clock(self.connection)


class WorkerTransaction(DatabaseTransaction):
    """A transaction that costs no round trips of its own.

    BEGIN is sent together with the first statement. COMMIT is sent together with the last writes.
    The connection must commit each statement at once as long as BEGIN was not sent.
    """

    def __init__(self, connection: RawConnection, begin: str) -> None:
        super().__init__(connection)
        self._unsent = begin
        self._last: list[Statement] = []

    @property
    def connection(self) -> RawConnection:
        """As DatabaseTransaction.connection; the transaction has begun by then."""
        if self._unsent:
            self.execute("")
        return self._connection

    def query(self, statement: str, values: Values = ()) -> list[ResultRow]:
        """As DatabaseTransaction.query."""
        return super().query(self._begun() + statement, values)

    def execute(self, statement: str, values: Values = ()) -> int:
        """As DatabaseTransaction.execute."""
        return super().execute(self._begun() + statement, values)

    def execute_all(self, several: Iterable[Statement]) -> None:
        """As DatabaseTransaction.execute_all."""
        begin = self._begun()
        super().execute_all([(begin, ()), *several] if begin else several)

    def execute_last(self, several: Iterable[Statement]) -> None:
        """Keep these writes until the end. Nothing that is asked before the end sees them."""
        self._last += several

    def commit(self) -> None:
        """Send the last writes and COMMIT, in one round trip."""
        if self._last or not self._unsent:
            self.execute_all([*self._last, ("COMMIT", ())])

    def roll_back(self) -> None:
        """Undo everything. A connection that cannot even do that is closed."""
        connection = self._connection
        if connection.closed or connection.get_transaction_status() == TRANSACTION_STATUS_IDLE:
            return
        try:
            statements.execute(connection, "ROLLBACK")
        except psycopg2.Error:
            connection.close()

    def _begun(self) -> str:
        """What must stand before the next statement."""
        begin, self._unsent = self._unsent, ""
        return begin


@contextmanager
def transaction(engine: Engine, *, durable: bool = True) -> Iterator[WorkerTransaction]:
    """Begin; commit at the end of the block, roll back on any exception.

    If not `durable`, COMMIT does not wait for the disk. A server that dies may then lose the whole
    transaction, as if it had not been made; it never loses a part of it.
    """
    with translating_errors():
        proxy = engine.raw_connection()
        connection: RawConnection = proxy.dbapi_connection
        connection.autocommit = True
        made = WorkerTransaction(connection, _BEGIN if durable else _BEGIN + _NO_WAIT)
        try:
            yield made
            made.commit()
        except BaseException:
            made.roll_back()
            raise
        finally:
            if connection.closed:
                proxy.invalidate()
            else:
                connection.autocommit = False
            proxy.close()


_BEGIN = "BEGIN; "
_NO_WAIT = "SET LOCAL synchronous_commit = off; "


@contextmanager
def each_committed(connections: Connections) -> Iterator[DatabaseTransaction]:
    """A connection that commits each statement at once."""
    with translating_errors():
        connection = connections.take()
        try:
            yield DatabaseTransaction(connection)
        finally:
            connections.give(connection)
