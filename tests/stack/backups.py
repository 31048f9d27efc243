"""Copies of a room's database: made, put back, and compared."""

from typing import Any

from guiyi.stack import databases
from shared.config import Settings
from tests.databases import copy_database, drop_database
from tests.relaying import ask
from tests.servers import Servers


def backup(servers: Servers, settings: Settings) -> str:
    """Copy the room's database as it is now, with a closed gate. Connections to it are ended."""
    name = database_name(settings)
    ask(settings, "DELETE FROM record.gate", owner=True)
    with databases.administering(servers.postgres) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            (name,),
        )
    copy_database(servers.postgres, name, f"{name}_backup", settings.room)
    return f"{name}_backup"


def restore(servers: Servers, settings: Settings, copy: str) -> None:
    """Replace the database by the copy, as a restore from an earlier day does."""
    name = database_name(settings)
    drop_database(servers.postgres, name)
    copy_database(servers.postgres, copy, name, settings.room)


def database_name(settings: Settings) -> str:
    return settings.runtime_url.rpartition("/")[2]


def facts_of(settings: Settings) -> Any:
    """All that the record has, to be compared with what it has later."""
    return [
        ask(settings, "SELECT t::text FROM record.facts AS t ORDER BY 1"),
        ask(settings, "SELECT t::text FROM record.heads AS t ORDER BY 1"),
        ask(settings, "SELECT t::text FROM record.counters AS t ORDER BY 1"),
    ]
