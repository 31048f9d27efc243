"""记录 (the record): facts, heads, counters, commands, numbers, the gate, and who may what.

Revision ID: 0001
"""

from pathlib import Path

from alembic import context, op
from sqlalchemy import text

revision = "0001"
down_revision = None

HERE = Path(__file__).parent


def upgrade() -> None:
    """Make the record of one room. The roles stand already; see docs/adr on who may what."""
    room: str = context.config.attributes["room"]
    partitions: int = context.config.attributes["partitions"]
    connection = op.get_bind()
    with connection.connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0001_record.sql").read_text("utf-8"))
        cursor.execute((HERE / "0001_append.sql").read_text("utf-8"))
    connection.execute(
        text("INSERT INTO record.installation (room, partitions) VALUES (:room, :partitions)"),
        {"room": room, "partitions": partitions},
    )
    connection.execute(
        text("INSERT INTO record.counters (partition) SELECT generate_series(0, :last)"),
        {"last": partitions - 1},
    )
    grant(room)


def grant(room: str) -> None:
    """Runtime reads everything and writes through the doors; views owns a schema of its own."""
    runtime, views = f'"{room}_runtime"', f'"{room}_views"'
    shown = f"ALTER DEFAULT PRIVILEGES FOR ROLE {views} IN SCHEMA views GRANT SELECT ON TABLES"
    doors = ("append_one", "append_many", "take_number", "forget_commands")
    for order in (
        "REVOKE ALL ON SCHEMA record FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA record TO {runtime}, {views}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA record TO {runtime}",
        "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA record FROM PUBLIC",
        *(f"GRANT EXECUTE ON FUNCTION record.{door} TO {runtime}" for door in doors),
        f"CREATE SCHEMA views AUTHORIZATION {views}",
        f"GRANT USAGE ON SCHEMA views TO {runtime}",
        f"{shown} TO {runtime}",
    ):
        op.execute(order)


def downgrade() -> None:
    """Nothing: a record is never unmade."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
