"""快照 (snapshots): states of long streams, which a command need not fold from their first fact.

Revision ID: 0006
"""

from alembic import context, op

revision = "0006"
down_revision = "0005"

# Nothing rests on these rows: whatever does not fit the record or the program is not believed, and
# all of them may be deleted at any time.
TABLE = """
CREATE TABLE worker.snapshots (
    taken_at    timestamptz      NOT NULL DEFAULT clock_timestamp(),
    version     int8             NOT NULL CHECK (version > 0),
    seq         int8             NOT NULL,
    partition   int4             NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    branch      text             NOT NULL,
    hash        bytea            NOT NULL,
    fingerprint bytea            NOT NULL,
    state       bytea            NOT NULL,
    CONSTRAINT snapshots_stream PRIMARY KEY (stream)
)
"""


def upgrade() -> None:
    """Make the table. The worker fills it through the views role; the runtime role reads it."""
    room: str = context.config.attributes["room"]
    op.execute(TABLE)
    op.execute(f'GRANT SELECT ON worker.snapshots TO "{room}_runtime"')
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON worker.snapshots TO "{room}_views"')


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
