"""单据号 (numbers of a store's papers): a paper that stands in the record has taken its number.

Revision ID: 0035
"""

from pathlib import Path

from alembic import op

revision = "0035"
down_revision = "0032"

HERE = Path(__file__).parent


def upgrade() -> None:
    """However a paper came into the record, also by a restoration: its number is given once."""
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0035_series.sql").read_text("utf-8"))
    op.execute("REVOKE ALL ON FUNCTION record.number_begun() FROM PUBLIC")


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
