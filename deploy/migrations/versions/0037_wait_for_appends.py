"""等待写完 (waiting for appends): whoever asks what was recorded before a moment misses nothing.

Revision ID: 0037
"""

from alembic import context, op

revision = "0037"
down_revision = "0036"

# An append takes its moment once it holds the counters of its partitions, and keeps them until it
# is committed. Whoever has held each of them since then sees all that has an earlier moment. All
# appends take them in the same order, so nobody waits in a circle.
WAIT = """
CREATE FUNCTION record.wait_for_appends() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM record.counters AS c ORDER BY c.partition FOR SHARE;
END $$
"""


def upgrade() -> None:
    """Make the function; web processes use it."""
    room: str = context.config.attributes["room"]
    op.execute(WAIT)
    op.execute("REVOKE ALL ON FUNCTION record.wait_for_appends() FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION record.wait_for_appends() TO "{room}_runtime"')


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
