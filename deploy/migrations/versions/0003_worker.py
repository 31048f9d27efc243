"""工作者 (the worker): cursors, holes, documents, parked work, timers that fired, view versions.

Revision ID: 0003
"""

from pathlib import Path

from alembic import context, op

revision = "0003"
down_revision = "0002"

HERE = Path(__file__).parent


def upgrade() -> None:
    """Make what the worker keeps beside the record. Its login is a member of the views role."""
    room: str = context.config.attributes["room"]
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0003_worker.sql").read_text("utf-8"))
    runtime, views = f'"{room}_runtime"', f'"{room}_views"'
    for order in (
        "REVOKE ALL ON SCHEMA worker FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA worker TO {runtime}, {views}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA worker TO {runtime}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA worker TO {views}",
    ):
        op.execute(order)


def downgrade() -> None:
    """Nothing: what was parked or fired is never forgotten."""
    raise NotImplementedError("what was parked or fired is never forgotten; restore a backup")
