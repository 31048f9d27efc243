"""删除 (erasures): the server collects no copies of what may have to be erased.

Revision ID: 0021
"""

from alembic import op

revision = "0021"
down_revision = "0020"

CLEARS = 180_000
"""The first version of the server that can clear statistics; see the key store's tables."""
ORDERS = (
    "ALTER TABLE lookup.entries ALTER COLUMN digest SET STATISTICS 0",
    f"""
    DO $$ BEGIN
        IF current_setting('server_version_num')::int4 >= {CLEARS} THEN
            PERFORM pg_clear_attribute_stats('lookup', 'entries', 'digest', false);
        END IF;
    END $$
    """,
)


def upgrade() -> None:
    """Of digests: a planner that knows the most common ones names people who were erased."""
    for order in ORDERS:
        op.execute(order)


def downgrade() -> None:
    """Nothing: what was erased stays erased."""
    raise NotImplementedError("what was erased stays erased")
