"""迁移 (migrations): bring a room's database to the schema of this code, or refuse to start."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from shared.record.database import engine, translating_errors

MIGRATIONS = Path(__file__).parents[2] / "deploy" / "migrations"
_LOCK = 4_160_271_859_201
"""The key of an advisory lock. Only one process migrates at a time."""


class SchemaDiffers(Exception):
    """The database does not fit this code. The message says what to do."""


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
            if (found := _version(connection)) is not None and found not in _known_versions():
                raise _differs(found)
            command.upgrade(_config(connection, room, partitions), "head")
            _check_installation(connection, room, partitions)
    finally:
        owner.dispose()


def check_schema(url: str, room: str | None = None, partitions: int | None = None) -> None:
    """Raise SchemaDiffers unless the database has this code's schema, room and partitions."""
    asked = engine(url, pool=1)
    try:
        with translating_errors(), asked.connect() as connection:
            if (found := _version(connection)) != _newest():
                raise _differs(found)
            _check_installation(connection, room, partitions)
    finally:
        asked.dispose()


def _check_installation(connection: Connection, room: str | None, partitions: int | None) -> None:
    made = connection.execute(text("SELECT room, partitions FROM record.installation")).one()
    if room is not None and made.room != room:
        raise SchemaDiffers(f"this is the database of {made.room}, not of {room}: check the URLs")
    if partitions is not None and made.partitions != partitions:
        raise SchemaDiffers(
            f"{made.room} was installed with {made.partitions} partitions, which never change:"
            f" set PARTITIONS={made.partitions} (it is {partitions})"
        )


def _differs(found: str | None) -> SchemaDiffers:
    if found is None or found in _known_versions():
        return SchemaDiffers(
            f"the database has schema {found or 'none'}, this program needs {_newest()}:"
            " migrate it first (`guiyi up` does so for a local stack)"
        )
    return SchemaDiffers(
        f"the database has schema {found}, newer than the {_newest()} of this program:"
        " run the newer program"
    )


def _version(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": "record"})
    return context.get_current_revision()


def _config(connection: Connection | None = None, room: str = "", partitions: int = 0) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, room=room, partitions=partitions)
    return config


def _newest() -> str:
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None
    return newest


def _known_versions() -> set[str]:
    return {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}
