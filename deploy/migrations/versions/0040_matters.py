"""同一事项 (the same matter): who begins a paper sees what was begun on the same matter just now.

Revision ID: 0040
"""

from pathlib import Path

from alembic import context, op

revision = "0040"
down_revision = "0039"

HERE = Path(__file__).parent
TABLE = (
    """
    CREATE TABLE lookup.matters (
        written_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
        word       bytea            NOT NULL,
        stream     text COLLATE "C" NOT NULL,
        subject    text COLLATE "C" NOT NULL,
        CONSTRAINT matters_once PRIMARY KEY (word, stream)
    )
    """,
    "CREATE INDEX matters_subject ON lookup.matters (subject)",
    "CREATE INDEX matters_written ON lookup.matters (written_at)",
    # As of lookup.entries: what the planner samples may name people who were erased.
    "ALTER TABLE lookup.matters ALTER COLUMN word SET STATISTICS 0",
)


def upgrade() -> None:
    """Make the table, which web processes reach by the function alone; workers erase from it."""
    room: str = context.config.attributes["room"]
    for order in TABLE:
        op.execute(order)
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0040_matters.sql").read_text("utf-8"))
    op.execute("REVOKE ALL ON FUNCTION record.meet FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION record.meet TO "{room}_runtime"')
    op.execute(f'GRANT SELECT (subject), DELETE ON lookup.matters TO "{room}_views"')


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
