"""故事时钟 (the clock for stories): an installation for stories records by a clock that is ahead.

Revision ID: 0030
"""

from pathlib import Path

from alembic import context, op

revision = "0030"
down_revision = "0024"

HERE = Path(__file__).parent
REAL = "clock_timestamp()"
# Not the function: an append asks twice, and a plan that is kept costs it next to nothing.
OWN = REAL.join(("(", " + coalesce((SELECT s.ahead FROM record.story_clock AS s), '0'))"))
APPENDS = ("append_one", "append_many")


def upgrade() -> None:
    """Make the table and its functions, and let the append ask them."""
    room: str = context.config.attributes["room"]
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0030_story_clock.sql").read_text("utf-8"))
        for name in APPENDS:
            cursor.execute(f"SELECT pg_get_functiondef('record.{name}'::regproc)")
            ((function,),) = cursor.fetchall()
            cursor.execute(function.replace(REAL, OWN))
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA record FROM PUBLIC")
    for login in ("runtime", "relay", "worker"):
        for function in ("now", "story_ahead"):
            op.execute(f'GRANT EXECUTE ON FUNCTION record.{function}() TO "{room}_{login}"')
    op.execute(f'GRANT EXECUTE ON FUNCTION record.advance_clock TO "{room}_worker"')
    op.execute("ALTER TABLE worker.reactions ALTER COLUMN started_at SET DEFAULT record.now()")


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
