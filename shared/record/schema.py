"""数据库结构 (the schema): refuse to start on a database that does not fit this code.

Every process asks this at its start. So nothing here loads what only a migration needs.
"""

from pathlib import Path

from sqlalchemy import Connection, text

from shared.record.database import engine, translating_errors

MIGRATIONS = Path(__file__).parents[2] / "deploy" / "migrations"
_VERSION = text("SELECT version_num FROM record.alembic_version")


class SchemaDiffers(Exception):
    """The database does not fit this code. The message says what to do."""


def check_schema(url: str, room: str | None = None, partitions: int | None = None) -> None:
    """Raise SchemaDiffers unless the database has this code's schema, room and partitions."""
    asked = engine(url, pool=1)
    try:
        with translating_errors(), asked.connect() as connection:
            if (found := version_of(connection)) != known_versions()[-1]:
                raise differs(found)
            check_installation(connection, room, partitions)
    finally:
        asked.dispose()


def check_installation(connection: Connection, room: str | None, partitions: int | None) -> None:
    """Raise SchemaDiffers if the database was made for another room or with other partitions."""
    made = connection.execute(text("SELECT room, partitions FROM record.installation")).one()
    if room is not None and made.room != room:
        raise SchemaDiffers(f"this is the database of {made.room}, not of {room}: check the URLs")
    if partitions is not None and made.partitions != partitions:
        raise SchemaDiffers(
            f"{made.room} was installed with {made.partitions} partitions, which never change:"
            f" set PARTITIONS={made.partitions} (it is {partitions})"
        )


def differs(found: str | None) -> SchemaDiffers:
    """What to say of a database at this version; None: it has no schema."""
    if found is None or found in known_versions():
        return SchemaDiffers(
            f"the database has schema {found or 'none'}, this program needs {known_versions()[-1]}:"
            " migrate it first (`guiyi up` does so for a local stack)"
        )
    return SchemaDiffers(
        f"the database has schema {found}, newer than the {known_versions()[-1]} of this program:"
        " run the newer program"
    )


def version_of(connection: Connection) -> str | None:
    """The version of the database's schema. None: it was never migrated."""
    made = connection.execute(text("SELECT to_regclass('record.alembic_version')")).scalar()
    return None if made is None else connection.execute(_VERSION).scalar()


def known_versions() -> list[str]:
    """The versions that this code can migrate to, the newest last: the numbers of its files."""
    return sorted(file.name[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
