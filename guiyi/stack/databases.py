"""Databases and roles of the local stack: one database a room, one for the keys, each with its own.

Per room, and for the keys: `<room>_owner` (migrations only), `<room>_runtime` (what web processes
are), `<room>_relay`, `<room>_worker` and `<room>_sender`. A room also has `<room>_views` (no login;
owns the views), and its worker is a member of runtime and of views. The migrations say what each
may do with which table. Here they get their names, passwords and databases.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import quote

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812  the driver's own spelling

from guiyi.stack.postgres import SUPERUSER

CONNECT_SECONDS = 10
CONNECTIONS = 80
"""How many one login may have: half of what the server takes, so nobody has them all."""
KEYS = "keys"
_OF_ALL = r"""
SELECT string_agg(p.oid::regprocedure::text, ', ') FROM pg_proc AS p
WHERE p.pronamespace = 'pg_catalog'::regnamespace
    AND p.proname ~ '^(lo_.*|loread|lowrite|pg_logical_emit_message)$'
    AND has_function_privilege('public', p.oid, 'EXECUTE')
"""
"""Functions by which everybody may keep things in a database, of any size, in no table of ours:
large objects, and messages in its log of changes."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is, and the password of every login on it."""

    host: str
    port: int
    passwords: Mapping[str, str]
    former: Sequence[str] = ()
    """What the superuser's password was, as long as the server may not have the present one."""

    def url(self, login: str, database: str) -> str:
        """The address of a database as one login."""
        secret = quote(self.passwords[login], safe="")
        return f"postgresql+psycopg2://{login}:{secret}@{self.host}:{self.port}/{database}"

    @property
    def admin_url(self) -> str:
        """The address for the superuser: for the stack and its tests, never for a room."""
        return self.url(SUPERUSER, "postgres")


@dataclass(frozen=True, slots=True)
class Urls:
    """One database, as each of its logins."""

    owner: str
    runtime: str
    relay: str
    worker: str
    sender: str


def logins(room: str) -> tuple[str, ...]:
    """The logins of a room; `keys` counts as one."""
    return tuple(f"{room}_{role}" for role in ("owner", "runtime", "relay", "worker", "sender"))


def make_room(server: Server, room: str, database: str | None = None) -> Urls:
    """Make the database of a room and its roles; what exists already stays."""
    owner, runtime, _, worker, _ = logins(room)
    views = f"{room}_views"
    with administering(server) as connection:
        _make_logins(connection, server, room)
        _make_role(connection, views)
        _execute(connection, "GRANT {} TO {}", views, owner)  # migrations make the views' schema
        _execute(connection, "GRANT {} TO {}", runtime, worker)
        _execute(connection, "GRANT {} TO {}", views, worker)
        return _made(connection, server, room, database or room, (views,))


def make_keys(server: Server, database: str = KEYS) -> Urls:
    """The database of the keys and its roles; what exists already stays."""
    _, runtime, _, worker, _ = logins(KEYS)
    with administering(server) as connection:
        _make_logins(connection, server, KEYS)
        # After an erasure the log in which the key was written is let go. Only workers erase.
        _execute(connection, "GRANT pg_checkpoint TO {}", worker)
        _execute(connection, "REVOKE pg_checkpoint FROM {}", runtime)
        return _made(connection, server, KEYS, database)


@contextmanager
def administering(server: Server, database: str = "postgres") -> Iterator[Connection]:
    """A connection as the superuser; each statement is a transaction of its own."""
    connection = psycopg2.connect(
        host=server.host,
        port=server.port,
        user=SUPERUSER,
        password=server.passwords[SUPERUSER],
        dbname=database,
        connect_timeout=CONNECT_SECONDS,
    )
    try:
        connection.autocommit = True
        yield connection
    finally:
        connection.close()


def renew_superuser(server: Server) -> None:
    """Give the superuser the password that is to hold, by whichever the server has now."""
    now = server.passwords[SUPERUSER]
    for n, password in enumerate((now, *reversed(server.former)), start=1):
        known = replace(server, passwords={**server.passwords, SUPERUSER: password})
        try:
            with administering(known) as connection, connection.cursor() as cursor:
                if password != now:
                    order = sql.SQL("ALTER ROLE {} PASSWORD {}")
                    cursor.execute(order.format(sql.Identifier(SUPERUSER), sql.Literal(now)))
        except psycopg2.OperationalError:
            if n > len(server.former):
                raise
        else:
            return


def _make_logins(connection: Connection, server: Server, room: str) -> None:
    for login in logins(room):
        _make_role(connection, login)
        with connection.cursor() as cursor:
            order = sql.SQL("ALTER ROLE {} LOGIN CONNECTION LIMIT {} PASSWORD {}")
            limit, secret = sql.Literal(CONNECTIONS), sql.Literal(server.passwords[login])
            cursor.execute(order.format(sql.Identifier(login), limit, secret))


def _make_role(connection: Connection, role: str) -> None:
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
        _execute(connection, "CREATE ROLE {}", role)


def _made(
    connection: Connection, server: Server, room: str, database: str, others: Sequence[str] = ()
) -> Urls:
    """Make the database, and let nobody in but its own."""
    owner, *logged_in = logins(room)
    if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", database):
        _execute(connection, "CREATE DATABASE {} OWNER {}", database, owner)
    close_doors(connection, database, (*logged_in, *others))
    close_functions(server, database, owner)
    return Urls(*(server.url(login, database) for login in logins(room)))


def close_for_all(server: Server) -> None:
    """Nobody but the superuser enters the databases that are no room's."""
    with administering(server) as connection:
        for database in ("postgres", "template1"):
            _execute(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database)


def close_doors(connection: Connection, database: str, others: Iterable[str]) -> None:
    """Only the roles of a room may enter its database: rooms meet in facts, not in tables."""
    _execute(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
    for role in others:
        _execute(connection, "GRANT CONNECT ON DATABASE {} TO {}", database, role)


def close_functions(server: Server, database: str, owner: str) -> None:
    """Only the owner keeps anything in the database outside its tables.

    The owner may, because a dump names these rights, and who restores it needs a right of their own
    to be told only that nothing could be revoked, instead of being refused.
    """
    with administering(server, database) as connection, connection.cursor() as cursor:
        cursor.execute(_OF_ALL)
        ((functions,),) = cursor.fetchall()
        if functions:
            named = sql.SQL(functions)
            revoked = sql.SQL("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC")
            granted = sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}")
            cursor.execute(granted.format(named, sql.Identifier(owner)))
            cursor.execute(revoked.format(named))


def _exists(connection: Connection, query: str, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query, (name,))
        return cursor.fetchone() is not None


def _execute(connection: Connection, order: str, *names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(order).format(*map(sql.Identifier, names)))
