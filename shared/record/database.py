"""数据库连接 (connections to PostgreSQL): none waits for ever, and every failure has a name.

The server limits statements, locks and idle transactions by itself. A server that is stopped, not
gone, cannot: a watch in this process cuts such a connection, and the wait ends as Unavailable.
"""

import os
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Condition, Event, Lock, Thread
from typing import Any, TypeAlias

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.record.store import Unavailable

TIME_OUT_S = 3
"""How long a connection is waited for, a statement may run, a lock may take, a transaction idle."""
CUT_AFTER_S = TIME_OUT_S + 2
"""How long an answer may be late before the connection is cut from this side."""

RawConnection: TypeAlias = Any
"""A psycopg2 connection, or the pool's proxy of one."""

_AWAY = ("08", "25P03", "25P04", "25006", "53", "55P03", "57", "58")
"""SQLSTATEs that say: not now. Everything else that is not foreseen is a fault of ours."""


def engine(url: str, *, pool: int = 5, overflow: int = 10) -> Engine:
    """An engine whose connections have limits; a dead one is noticed before it is lent."""
    limit = f"{TIME_OUT_S * 1000}ms"
    made = create_engine(
        url,
        pool_size=pool,
        max_overflow=overflow,
        pool_timeout=TIME_OUT_S,
        connect_args={
            "connect_timeout": TIME_OUT_S,
            "tcp_user_timeout": CUT_AFTER_S * 1000,
            "application_name": "guiyi",
            "options": f"-c statement_timeout={limit} -c lock_timeout={limit}"
            f" -c idle_in_transaction_session_timeout={limit} -c timezone=UTC",
        },
    )
    event.listen(made, "checkout", _lend)
    return made


def _lend(connection: RawConnection, _record: object, _proxy: object) -> None:
    if _has_ended(connection):
        raise DisconnectionError("the server has closed this connection")


def _has_ended(connection: RawConnection) -> bool:
    # An idle connection has nothing to say; what can be read from it is the server's farewell.
    idle = select.poll()
    idle.register(connection.fileno(), select.POLLIN)
    return bool(idle.poll(0))


class Connections:
    """A few connections that commit each statement at once, lent with as little ado as can be.

    The engine makes them. They are kept here because a checkout there and back costs as much as a
    fifth of a whole append.
    """

    def __init__(self, url: str, size: int) -> None:
        self._engine = engine(url, pool=0, overflow=-1)
        self._idle: deque[RawConnection] = deque()
        self._size = size
        self._made = 0
        self._waiting = 0
        self._given = Condition()

    def take(self) -> RawConnection:
        """A live connection; give it back. Raises Unavailable."""
        try:
            kept = self._idle.pop()
        except IndexError:
            kept = self._wait()
        if kept is not None:
            if not _has_ended(kept):
                return kept
            kept.close()
        try:
            with translating_errors():
                return self._make()
        except BaseException:
            self._forget()
            raise

    def give(self, connection: RawConnection) -> None:
        """Keep the connection for the next one, unless it is broken or in a transaction."""
        if connection.closed or connection.get_transaction_status() != TRANSACTION_STATUS_IDLE:
            connection.close()
            self._forget()
        else:
            self._idle.append(connection)
            if self._waiting:
                self._wake()

    def close(self) -> None:
        """Close those that are not lent."""
        while self._idle:
            self._idle.pop().close()
            self._forget()
        self._engine.dispose()

    def _make(self) -> RawConnection:
        proxy = self._engine.raw_connection()
        connection: RawConnection = proxy.dbapi_connection
        proxy.detach()
        connection.autocommit = True
        return connection

    def _wait(self) -> RawConnection | None:
        """A connection that was given back, or None if one more may be made."""
        due = time.monotonic() + TIME_OUT_S
        with self._given:
            # Counted before looking: whoever gives one back from now on wakes this one.
            self._waiting += 1
            try:
                while True:
                    with suppress(IndexError):
                        return self._idle.pop()
                    if self._made < self._size:
                        self._made += 1
                        return None
                    if not self._given.wait(due - time.monotonic()):
                        raise Unavailable("no connection is free")
            finally:
                self._waiting -= 1

    def _forget(self) -> None:
        with self._given:
            self._made -= 1
            self._given.notify()

    def _wake(self) -> None:
        with self._given:
            self._given.notify()


@contextmanager
def translating_errors() -> Iterator[None]:
    """Tell a database that is away (Unavailable) from a fault of ours (raised as it is)."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable(f"no connection is free: {error}") from error
    except DBAPIError as error:
        if isinstance(error.orig, psycopg2.Error) and is_away(error.orig):
            raise Unavailable(str(error.orig).strip()) from error
        raise
    except psycopg2.Error as error:
        if is_away(error):
            raise Unavailable(str(error).strip()) from error
        raise


def is_away(error: psycopg2.Error) -> bool:
    """Whether the error says that the database could not be reached or did not answer in time."""
    if error.pgcode is not None:
        return error.pgcode.startswith(_AWAY)
    # Without a code the server said nothing: the connection broke, or was closed before.
    return isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError) or (
        type(error) is psycopg2.DatabaseError
    )


class Watchdog:
    """看守: cuts a connection whose answer is overdue, so that a stopped server holds nobody."""

    def __init__(self, limit: float = CUT_AFTER_S) -> None:
        self._limit = limit
        self._waiting: dict[int, tuple[float, RawConnection]] = {}
        self._lock = Lock()
        self._busy = Event()
        self._owner = 0

    def begin(self, connection: RawConnection) -> None:
        """An answer is being waited for from now on; say `end` when it is there."""
        if self._owner != os.getpid():
            self._start()
        self._waiting[id(connection)] = (time.monotonic() + self._limit, connection)
        if not self._busy.is_set():
            self._busy.set()

    def end(self, connection: RawConnection) -> None:
        """The answer, or an error, is there."""
        self._waiting.pop(id(connection), None)

    def _start(self) -> None:
        with self._lock:
            if self._owner == os.getpid():
                return
            self._waiting, self._busy = {}, Event()
            self._owner = os.getpid()
            Thread(target=self._run, name="database-watch", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._busy.wait()
            time.sleep(0.5)
            now = time.monotonic()
            for due, connection in list(self._waiting.values()):
                if now > due:
                    _cut(connection)
            self._rest()

    def _rest(self) -> None:
        if not self._waiting:
            self._busy.clear()
            # Looked at again: what began before the clearing found the event still set.
            if self._waiting:
                self._busy.set()


def _cut(connection: RawConnection) -> None:
    # A duplicate, so that the descriptor stays libpq's own; shutting down reaches the connection.
    with suppress(OSError, psycopg2.Error), socket.socket(fileno=os.dup(connection.fileno())) as s:
        s.shutdown(socket.SHUT_RDWR)


WATCHDOG = Watchdog()
