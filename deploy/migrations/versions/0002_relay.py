"""转发 (the relays): leases, how far each topic is sent, the gate's opening, and restoring.

Revision ID: 0002
"""

from pathlib import Path

from alembic import context, op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"

HERE = Path(__file__).parent
DOORS = ("beat", "take", "checked", "halt", "publish", "release", "rewind")


def upgrade() -> None:
    """Make what the relays of one room agree by."""
    room: str = context.config.attributes["room"]
    partitions: int = context.config.attributes["partitions"]
    connection = op.get_bind()
    with connection.connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0002_relay.sql").read_text("utf-8"))
    connection.execute(
        text("INSERT INTO record.leases (partition) SELECT generate_series(0, :last)"),
        {"last": partitions - 1},
    )
    runtime = f'"{room}_runtime"'
    op.execute(f"GRANT SELECT ON record.relays, record.leases, record.published TO {runtime}")
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA record FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION record.is_checked TO {runtime}")
    for door in DOORS:
        op.execute(f"GRANT EXECUTE ON FUNCTION record.relay_{door} TO {runtime}")


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
