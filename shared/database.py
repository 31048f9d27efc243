"""数据库连接 (connections to PostgreSQL): none waits for ever, and every failure has a name.

The server limits statements, locks and idle transactions by itself. A server that is stopped, not
gone, cannot: a watch in this process cuts such a connection, and the wait ends as Unavailable.
"""

import os
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import Any, TypeAlias

import psycopg2
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.store import Unavailable

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
    limits = f"{TIME_OUT_S * 1000}ms"
    made = create_engine(
        url,
        pool_size=pool,
        max_overflow=overflow,
        pool_timeout=TIME_OUT_S,
        connect_args={
            "connect_timeout": TIME_OUT_S,
            "tcp_user_timeout": CUT_AFTER_S * 1000,
            "application_name": "guiyi",
            "options": f"-c statement_timeout={limits} -c lock_timeout={limits}"
            f" -c idle_in_transaction_session_timeout={limits} -c timezone=UTC",
        },
    )
    event.listen(made, "checkout", _lend)
    return made


def _lend(connection: RawConnection, _record: object, _proxy: object) -> None:
    # An idle connection has nothing to say; what can be read from it is the server's farewell.
    idle = select.poll()
    idle.register(connection.fileno(), select.POLLIN)
    if idle.poll(0):
        raise DisconnectionError("the server has closed this connection")


@contextmanager
def told() -> Iterator[None]:
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


class Watch:
    """看守: cuts a connection whose answer is overdue, so that a stopped server holds nobody."""

    def __init__(self, limit: float = CUT_AFTER_S) -> None:
        self._limit = limit
        self._waiting: dict[int, tuple[float, RawConnection]] = {}
        self._lock = Lock()
        self._busy = Event()
        self._owner = 0

    @contextmanager
    def over(self, connection: RawConnection) -> Iterator[None]:
        """Watch what is asked of the connection inside the block."""
        if self._owner != os.getpid():
            self._begin()
        key = id(connection)
        self._waiting[key] = (time.monotonic() + self._limit, connection)
        self._busy.set()
        try:
            yield
        finally:
            self._waiting.pop(key, None)

    def _begin(self) -> None:
        with self._lock:
            if self._owner == os.getpid():
                return
            self._waiting, self._busy = {}, Event()
            self._owner = os.getpid()
            Thread(target=self._run, name="database-watch", daemon=True).start()

    def _run(self) -> None:
        while True:
            if not self._waiting:
                self._busy.clear()
                # Asked again after the clearing: what began in between has set it before.
                if not self._waiting:
                    self._busy.wait()
            time.sleep(0.25)
            now = time.monotonic()
            for due, connection in list(self._waiting.values()):
                if now > due:
                    _cut(connection)


def _cut(connection: RawConnection) -> None:
    # A duplicate, so that the descriptor stays libpq's own; shutting down reaches the connection.
    with suppress(OSError, psycopg2.Error), socket.socket(fileno=os.dup(connection.fileno())) as s:
        s.shutdown(socket.SHUT_RDWR)


WATCH = Watch()
