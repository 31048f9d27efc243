"""迁移 (migrations): bring a room's database to the schema of this code."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from shared.record.database import engine, translating_errors
from shared.record.schema import (
    MIGRATIONS,
    check_installation,
    differs,
    known_versions,
    version_of,
)

_LOCK = 4_160_271_859_201
"""The key of an advisory lock. Only one process migrates at a time."""


def migrate(owner_url: str, room: str, partitions: int) -> None:
    """Bring a room's database to the newest schema, as its owner. A second call changes nothing.

    Raises SchemaDiffers if the database is newer than this code, belongs to another room or was
    made with another number of partitions.
    """
    owner = engine(owner_url, pool=1)
    try:
        with translating_errors(), owner.begin() as connection:
            # Building an index may take longer than any command is allowed to.
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            connection.execute(text("CREATE SCHEMA IF NOT EXISTS record"))
            if (found := version_of(connection)) is not None and found not in known_versions():
                raise differs(found)
            command.upgrade(_config(connection, room, partitions), "head")
            check_installation(connection, room, partitions)
    finally:
        owner.dispose()


def _config(connection: Connection, room: str, partitions: int) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, room=room, partitions=partitions)
    return config
