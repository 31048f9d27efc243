"""干预 (interventions): what people made of a record by hand, and numbers that no fact has.

Revision ID: 0020
"""

from pathlib import Path

from alembic import context, op

revision = "0020"
down_revision = "0014"

HERE = Path(__file__).parent


def upgrade() -> None:
    """Make both tables, and the door to the first."""
    room: str = context.config.attributes["room"]
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0020_interventions.sql").read_text("utf-8"))
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA record FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION record.intervene TO "{room}_runtime"')
    op.execute(f'GRANT SELECT ON record.interventions, record.void_numbers TO "{room}_runtime"')


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
