"""数据库连接 (connections to PostgreSQL): every wait has a limit, every failure an exception.

The server limits the time of statements, locks and idle transactions. A server process that is
suspended cannot do so. For that case a watchdog in this process cuts the connection, and whoever
waits gets Unavailable.
"""

import os
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Semaphore, Thread
from typing import TypeAlias, cast

import psycopg2
from psycopg2 import extensions
from sqlalchemy import Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.record.store import Unavailable

TIME_OUT_S = 3
"""The limit for getting a connection, for a statement, for a lock, and for an idle transaction."""
CUT_AFTER_S = TIME_OUT_S + 2
"""How long to wait for an answer before this side cuts the connection."""

RawConnection: TypeAlias = extensions.connection
"""A connection of psycopg2."""


def _bytes(value: str | bytes | None, _cursor: extensions.cursor) -> bytes | None:
    return None if value is None else bytes.fromhex(str(value)[2:])


# The server sends a bytea as \x and hexadecimal digits. It is read as bytes, because psycopg2 would
# make a memoryview, which has to be copied.
extensions.register_type(extensions.new_type(psycopg2.BINARY.values, "BYTES", _bytes))

_AWAY = ("08", "25P03", "25P04", "25006", "53", "55P03", "57", "58")
"""SQLSTATEs of a database that is away for now. Others that nobody handles are bugs of ours."""


def engine(url: str, *, pool: int = 5, overflow: int = 10) -> Engine:
    """An engine whose connections have limits. A dead connection is found before it is lent."""
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
            f" -c idle_in_transaction_session_timeout={limit}"
            " -c timezone=UTC -c bytea_output=hex",
        },
    )
    event.listen(made, "checkout", _lend)
    return made


def raw(proxy: PoolProxiedConnection) -> RawConnection:
    """The connection of psycopg2 that an engine's pool lends."""
    return cast("RawConnection", proxy.dbapi_connection)


def _lend(connection: RawConnection, _record: object, _proxy: object) -> None:
    if _has_ended(connection):
        raise DisconnectionError("the server has closed this connection")


def _has_ended(connection: RawConnection) -> bool:
    # The server sends nothing on an idle connection, except when it closes it.
    idle = select.poll()
    idle.register(connection.fileno(), select.POLLIN)
    return bool(idle.poll(0))


class Connections:
    """At most `size` connections, which commit each statement at once; safe for threads.

    The engine makes them, but its pool does not keep them: a checkout from it and back costs as
    much as a fifth of a whole append.
    """

    def __init__(self, url: str, size: int) -> None:
        self._engine = engine(url, pool=0, overflow=-1)
        self._free = Semaphore(size)
        """How many connections may be lent: idle ones and those that are not made yet."""
        self._idle: deque[RawConnection] = deque()

    def take(self) -> RawConnection:
        """A live connection, to be given back. Raises Unavailable."""
        if not self._free.acquire(timeout=TIME_OUT_S):
            raise Unavailable("no connection is free")
        try:
            with translating_errors():
                return self._kept() or self._make()
        except BaseException:
            self._free.release()
            raise

    def give(self, connection: RawConnection) -> None:
        """Keep the connection for later, unless it is broken or in a transaction."""
        try:
            if (
                connection.closed
                or connection.get_transaction_status() != extensions.TRANSACTION_STATUS_IDLE
            ):
                connection.close()
            else:
                self._idle.append(connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close the connections that are not lent."""
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()

    def _kept(self) -> RawConnection | None:
        """An idle connection that the server has not closed."""
        try:
            kept = self._idle.pop()
        except IndexError:
            return None
        if _has_ended(kept):
            kept.close()
            return None
        return kept

    def _make(self) -> RawConnection:
        proxy = self._engine.raw_connection()
        connection = raw(proxy)
        proxy.detach()
        connection.autocommit = True
        return connection


@contextmanager
def translating_errors() -> Iterator[None]:
    """Raise Unavailable for a database that is away. A bug of ours is raised as it is."""
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
    """Whether the error means that the database was not reached or did not answer in time."""
    if error.pgcode is not None:
        return error.pgcode.startswith(_AWAY)
    # Without a code the server did not answer: the connection broke or was closed before.
    return isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError) or (
        type(error) is psycopg2.DatabaseError
    )


class Watchdog:
    """看守: cuts a connection whose answer is overdue. Nobody waits for a stopped server."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[float, RawConnection]] = {}
        self._lock = Lock()
        self._busy = Event()
        self._owner = 0

    def begin(self, connection: RawConnection) -> None:
        """The wait for an answer begins. Call `end` when it has come."""
        if self._owner != os.getpid():
            self._start()
        self._waiting[id(connection)] = (time.monotonic() + CUT_AFTER_S, connection)
        if not self._busy.is_set():
            self._busy.set()

    def end(self, connection: RawConnection) -> None:
        """The answer or an error has come."""
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
            # A wait that began before `clear` saw the event still set, so look again.
            if self._waiting:
                self._busy.set()


def _cut(connection: RawConnection) -> None:
    # On a duplicate, because libpq owns the descriptor. The shutdown acts on the connection.
    with suppress(OSError, psycopg2.Error), socket.socket(fileno=os.dup(connection.fileno())) as s:
        s.shutdown(socket.SHUT_RDWR)


WATCHDOG = Watchdog()
