"""世代 (generations) as consumers see them: what they have taken, and what has left them behind.

Revision ID: 0009
"""

from alembic import context, op

revision = "0009"
down_revision = "0008"

TABLES = (
    # next_generation: begun by the room of the source behind what the cursor has taken. While it is
    # not empty, nothing is taken.
    """
    ALTER TABLE worker.cursors
        ADD COLUMN generation      text COLLATE "C" NOT NULL DEFAULT '',
        ADD COLUMN next_generation text COLLATE "C" NOT NULL DEFAULT '',
        ADD COLUMN next_first_seq  int8             NOT NULL DEFAULT 0
    """,
    """ALTER TABLE worker.documents ADD COLUMN generation text COLLATE "C" NOT NULL DEFAULT ''""",
    # Who let a consumer begin with a generation of another room, and why. Kept for ever.
    """
    CREATE TABLE worker.begun_generations (
        begun_at   timestamptz      NOT NULL DEFAULT clock_timestamp(),
        first_seq  int8             NOT NULL,
        partition  int4             NOT NULL,
        consumer   text COLLATE "C" NOT NULL,
        room       text COLLATE "C" NOT NULL,
        generation text COLLATE "C" NOT NULL,
        actor      text             NOT NULL,
        reason     text             NOT NULL,
        documents  text[]           NOT NULL
    )
    """,
)


def upgrade() -> None:
    """Add the columns, which the first generation leaves empty, and the table."""
    room: str = context.config.attributes["room"]
    for order in TABLES:
        op.execute(order)
    op.execute(f'GRANT SELECT ON worker.begun_generations TO "{room}_runtime"')
    op.execute(f'GRANT SELECT, INSERT ON worker.begun_generations TO "{room}_views"')


def downgrade() -> None:
    """Nothing: see 0003."""
    raise NotImplementedError("what was taken is never forgotten; restore a backup")
