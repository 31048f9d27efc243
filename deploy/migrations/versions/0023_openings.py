"""查看记录 (openings): who had hidden texts shown, whose, when and why.

Revision ID: 0023
"""

from alembic import context, op

revision = "0023"
down_revision = "0022"

TABLE = """
CREATE TABLE record.openings (
    id      int8        GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor   text        NOT NULL,
    request text        NOT NULL,
    reason  text        NOT NULL,
    whom    text[]      NOT NULL
)
"""
# The newest million is kept. Each row that comes takes out at most one that is older, and the few
# that a number without a row left over.
NOTE = """
CREATE FUNCTION record.note_opening(p_actor text, p_request text, p_reason text, p_whom text[])
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM record.openings
        WHERE id <= (SELECT max(id) FROM record.openings) - 999999;
    INSERT INTO record.openings (actor, request, reason, whom)
        VALUES (p_actor, p_request, p_reason, p_whom);
$$
"""


def upgrade() -> None:
    """Make the table. Web processes add to it through the function, and do not read it."""
    room: str = context.config.attributes["room"]
    op.execute(TABLE)
    op.execute(NOTE)
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA record FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION record.note_opening TO "{room}_runtime"')


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
