"""成批的账簿 (facts of streams that are named alike): read in pages, however many there are.

Revision ID: 0036
"""

from pathlib import Path

from alembic import context, op

revision = "0036"
down_revision = "0035"

HERE = Path(__file__).parent


def upgrade() -> None:
    """Web processes compute a report of all books of a store."""
    room: str = context.config.attributes["room"]
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0036_named_facts.sql").read_text("utf-8"))
    op.execute("REVOKE ALL ON FUNCTION record.facts_named FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION record.facts_named TO "{room}_runtime"')


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
