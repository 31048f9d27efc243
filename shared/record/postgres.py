"""记录 (the record) of one room, on PostgreSQL.

An append is one call of a database function (deploy/migrations/versions/0001_append.sql). It locks,
compares, numbers, hashes and writes. Nothing else writes facts. See `shared.record.store`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import psycopg2

from shared.envelope import Stored
from shared.record import calls, queries, snapshots
from shared.record.database import Connections, RawConnection, is_away, translating_errors
from shared.record.statements import ResultRow, Values, clock, execute, query
from shared.record.store import (
    Append,
    CommandKnown,
    Position,
    Read,
    StreamRead,
    Unavailable,
    check_append,
)

T = TypeVar("T")


class Record:
    """记录: the facts of one room. Safe for threads. See `shared.record.store.Store`."""

    def __init__(self, url: str, room: str, partitions: int, *, pool: int = 5) -> None:
        self.room = room
        self.partitions = partitions
        self._connections = Connections(url, pool)

    def close(self) -> None:
        """Close the connections that are not lent."""
        self._connections.close()

    def read(
        self, streams: Sequence[str], command_ids: Sequence[UUID] = (), series: Sequence[str] = ()
    ) -> Read:
        """As Store.read."""
        return self._committed(
            lambda connection: queries.read(connection, streams, command_ids, series)
        )

    def resume(self, wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
        """As Store.resume."""
        return self._committed(lambda connection: snapshots.resume(connection, wanted))

    def append(self, append: Append) -> Sequence[Position]:
        """As Store.append. It is committed when this returns."""
        check_append(append)
        call = calls.call(append)
        return calls.positions(self._committed(lambda connection: calls.write(connection, *call)))

    @contextmanager
    def transaction(self) -> Iterator["RecordTransaction"]:
        """As Store.transaction. Unavailable too if the answer to COMMIT is lost."""
        connection = self._connections.take()
        made = _LazyTransaction(connection)
        try:
            with translating_errors():
                yield made
                made.commit()
        except BaseException:
            made.roll_back()
            raise
        finally:
            self._connections.give(connection)

    def facts(self, partition: int, after: int, limit: int) -> Sequence[Stored]:
        """As Store.facts."""
        values = {"partition": partition, "after": after, "limit": limit}
        return [Stored(*row) for row in self._rows(queries.FACTS, values)]

    def ticket_facts(self, ticket: str) -> Sequence[Stored]:
        """As Store.ticket_facts."""
        return [Stored(*row) for row in self._rows(queries.TICKET, {"ticket": ticket})]

    def now(self) -> datetime:
        """As Store.now."""
        return self._committed(clock)

    def forget_commands(self, keep: timedelta, limit: int = 10_000) -> int:
        """As Store.forget_commands."""
        ((deleted,),) = self._rows(calls.FORGET, (keep, limit))
        return int(deleted)

    def _rows(self, statement: str, values: Values) -> list[ResultRow]:
        return self._committed(lambda connection: query(connection, statement, values))

    def _committed(self, ask: Callable[[RawConnection], T]) -> T:
        """Ask in a transaction of its own, which the server commits before it answers."""
        connection = self._connections.take()
        try:
            return ask(connection)
        except psycopg2.Error as error:
            if is_away(error):
                raise Unavailable(str(error).strip()) from error
            raise
        finally:
            self._connections.give(connection)


class RecordTransaction:
    """One transaction on a psycopg2 connection; see `shared.record.store.Transaction`.

    A worker, which writes its rows and cursor in the same transaction, makes one over its own
    connection. It commits by itself and wraps everything in
    `shared.record.database.translating_errors`.
    """

    def __init__(self, connection: RawConnection) -> None:
        self.connection = connection
        self._appended = False

    def read(
        self, streams: Sequence[str], command_ids: Sequence[UUID] = (), series: Sequence[str] = ()
    ) -> Read:
        """As Transaction.read."""
        return queries.read(self.connection, streams, command_ids, series)

    def resume(self, wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
        """As Transaction.resume."""
        return snapshots.resume(self.connection, wanted)

    def take_number(self, command_id: UUID, branch: str, day: date) -> int:
        """As Transaction.take_number."""
        try:
            return int(self._write(calls.TAKE_NUMBER, (str(command_id), branch, day))[0])
        except CommandKnown:
            self.return_number()
            raise

    def return_number(self) -> None:
        """As Transaction.return_number."""
        execute(self.connection, calls.RETURN_NUMBER)

    def append(self, append: Append) -> Sequence[Position]:
        """As Transaction.append."""
        if self._appended:
            raise ValueError("one append per transaction: its counters are locked last")
        self._appended = True
        check_append(append)
        return calls.positions(self._write(*calls.call(append)))

    def _write(self, statement: str, values: Values) -> ResultRow:
        return calls.write(self.connection, statement, values)


class _LazyTransaction(RecordTransaction):
    """A transaction that begins with its first write, which saves one round trip.

    At READ COMMITTED a query sees what is committed when it runs, inside a transaction or before
    it. Until BEGIN is sent the connection commits each statement at once.
    """

    def __init__(self, connection: RawConnection) -> None:
        super().__init__(connection)
        self._has_begun = False

    def _write(self, statement: str, values: Values) -> ResultRow:
        if not self._has_begun:
            self._has_begun = True
            statement = f"BEGIN; {statement}"
        return calls.write(self.connection, statement, values)

    def commit(self) -> None:
        """Let everybody see what was written, if anything was."""
        if self._has_begun:
            execute(self.connection, "COMMIT")

    def roll_back(self) -> None:
        """Undo what was written. A connection on which this fails is closed."""
        if self._has_begun and not self.connection.closed:
            try:
                execute(self.connection, "ROLLBACK")
            except psycopg2.Error:
                self.connection.close()
