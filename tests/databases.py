"""Databases for tests: copied from one that is migrated already, and dropped afterwards."""

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812  the driver's own spelling

from guiyi.stack.databases import KEYS, Server, administering, close_doors, logins


def copy_database(server: Server, template: str, database: str, room: str) -> None:
    """A copy of `template`, to which nobody may be connected. This is faster than a migration."""
    owner, *others = (*logins(room), *([] if room == KEYS else [f"{room}_views"]))
    with administering(server) as connection:
        order = "CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY"
        _execute(connection, order, database, template, owner)
        close_doors(connection, database, others)


def drop_database(server: Server, database: str) -> None:
    """Drop it, and end every connection to it."""
    with administering(server) as connection:
        _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", database)


def _execute(connection: Connection, order: str, *names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(order).format(*map(sql.Identifier, names)))
