"""记录 (the record) of one room, on PostgreSQL.

An append is one call of a database function (deploy/migrations/versions/0001_append.sql). It locks,
compares, numbers, hashes and writes. Nothing else writes facts. See `shared.record.store`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import psycopg2

from shared.envelope import Stored
from shared.record import branch_wall, calls, queries, snapshots
from shared.record.database import Connections, RawConnection, is_away, translating_errors
from shared.record.statements import ResultRow, Values
from shared.record.store import (
    Append,
    CommandKnown,
    Position,
    Read,
    StreamRead,
    Unavailable,
    check_append,
)
from shared.record.transaction import DatabaseTransaction, LazyTransaction

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
        return self._committed(lambda db: queries.read(db, streams, command_ids, series))

    def resume(self, wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
        """As Store.resume."""
        return self._committed(lambda db: snapshots.resume(db, wanted))

    def append(self, append: Append) -> Sequence[Position]:
        """As Store.append. It is committed when this returns."""
        check_append(append)
        call = calls.call(append)
        return calls.positions(self._committed(lambda db: calls.write(db, *call)))

    @contextmanager
    def transaction(self) -> Iterator["RecordTransaction"]:
        """As Store.transaction. Unavailable too if the answer to COMMIT is lost."""
        connection = self._connections.take()
        writing = LazyTransaction(connection)
        try:
            with translating_errors():
                yield RecordTransaction(connection, writing)
                writing.commit()
        except BaseException:
            writing.roll_back()
            raise
        finally:
            self._connections.give(connection)

    def lost_ends(self, streams: Sequence[str]) -> Mapping[str, int]:
        """As Store.lost_ends."""
        return self._committed(lambda db: queries.lost_ends(db, streams))

    def facts(self, partition: int, after: int, limit: int) -> Sequence[Stored]:
        """As Store.facts."""
        rows = self._rows(queries.FACTS, (partition, after, limit), of=None)
        return [Stored(*row) for row in rows]

    def ticket_facts(self, ticket: str, branches: Collection[str] | None) -> Sequence[Stored]:
        """As Store.ticket_facts."""
        rows = self._rows(queries.TICKET, {"ticket": ticket}, of=branches)
        return [Stored(*row) for row in rows]

    def streams_named(self, prefix: str, after: str, limit: int) -> Sequence[str]:
        """As Store.streams_named."""
        return self._committed(lambda db: queries.streams_named(db, prefix, after, limit))

    def facts_named(self, prefix: str, after: tuple[str, int], limit: int) -> Sequence[Stored]:
        """As Store.facts_named."""
        return self._committed(lambda db: queries.facts_named(db, prefix, after, limit))

    def now(self) -> datetime:
        """As Store.now."""
        return self._committed(DatabaseTransaction.now)

    def wait_for_appends(self) -> None:
        """As Store.wait_for_appends."""
        self._committed(lambda db: db.query(queries.WAIT, ()))

    def forget_commands(self, keep: timedelta, limit: int = 10_000) -> int:
        """As Store.forget_commands."""
        ((deleted,),) = self._committed(lambda db: db.query(calls.FORGET, (keep, limit)))
        return int(deleted)

    def _rows(self, statement: str, values: Values, of: Collection[str] | None) -> list[ResultRow]:
        """Rows of these branches; None: of all."""
        return self._committed(
            lambda db: branch_wall.shown(db.connection, of).query(statement, values)
        )

    def _committed(self, ask: Callable[[DatabaseTransaction], T]) -> T:
        """Ask in a transaction of its own, which the server commits before it answers."""
        connection = self._connections.take()
        try:
            return ask(DatabaseTransaction(connection))
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

    `writing` may begin the transaction with the first write. At READ COMMITTED a query before it
    sees the same as inside the transaction.
    """

    def __init__(
        self, connection: RawConnection, writing: DatabaseTransaction | None = None
    ) -> None:
        self.db = DatabaseTransaction(connection)
        self._writing = writing or self.db
        self._appended = False

    def read(
        self, streams: Sequence[str], command_ids: Sequence[UUID] = (), series: Sequence[str] = ()
    ) -> Read:
        """As Transaction.read."""
        return queries.read(self.db, streams, command_ids, series)

    def resume(self, wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
        """As Transaction.resume."""
        return snapshots.resume(self.db, wanted)

    def lost_ends(self, streams: Sequence[str]) -> Mapping[str, int]:
        """As Transaction.lost_ends."""
        return queries.lost_ends(self.db, streams)

    def take_number(self, command_id: UUID, branch: str, day: date) -> int:
        """As Transaction.take_number."""
        try:
            return int(self._write(calls.TAKE_NUMBER, (str(command_id), branch, day))[0])
        except CommandKnown:
            self.return_number()
            raise

    def meet(
        self, words: Sequence[bytes], stream: str, subject: str
    ) -> Mapping[bytes, Sequence[str]]:
        """As Transaction.meet."""
        found: dict[bytes, list[str]] = {}
        for nth, met in zip(*self._write(calls.MEET, (list(words), stream, subject)), strict=True):
            found.setdefault(words[nth - 1], []).append(met)
        return found

    def return_number(self) -> None:
        """As Transaction.return_number."""
        self.db.execute(calls.RETURN_NUMBER)

    def append(self, append: Append) -> Sequence[Position]:
        """As Transaction.append."""
        if self._appended:
            raise ValueError("one append per transaction: its counters are locked last")
        self._appended = True
        check_append(append)
        return calls.positions(self._write(*calls.call(append)))

    def _write(self, statement: str, values: Values) -> ResultRow:
        return calls.write(self._writing, statement, values)
