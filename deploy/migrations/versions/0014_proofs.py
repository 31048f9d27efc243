"""证明 (proofs): which key proves which record.

Revision ID: 0014
"""

from pathlib import Path

from alembic import context, op

revision = "0014"
down_revision = "0010"

HERE = Path(__file__).parent
DOORS = ("next_seqs", "keep_proofs")


def upgrade() -> None:
    """Make the copy of the key store's table, and the functions that add to it."""
    room: str = context.config.attributes["room"]
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0014_proofs.sql").read_text("utf-8"))
    op.execute(f'GRANT UPDATE (written_at) ON lookup.entries TO "{room}_views"')
    op.execute(f'GRANT SELECT ON record.proofs TO "{room}_runtime"')
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA record FROM PUBLIC")
    for door in DOORS:
        op.execute(f'GRANT EXECUTE ON FUNCTION record.{door} TO "{room}_runtime"')


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
