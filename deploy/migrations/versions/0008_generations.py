"""世代 (generations): what tells the facts of a record that was set back from those before.

Revision ID: 0008
"""

from pathlib import Path

from alembic import context, op

revision = "0008"
down_revision = "0007"

HERE = Path(__file__).parent


def upgrade() -> None:
    """Make the table, what extends it, and the gate that begins a generation in another place."""
    room: str = context.config.attributes["room"]
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0008_generations.sql").read_text("utf-8"))
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA record FROM PUBLIC")
    op.execute(f'GRANT SELECT ON record.generations, record.opened_in TO "{room}_runtime"')


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
