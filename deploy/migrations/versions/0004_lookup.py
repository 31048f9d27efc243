"""查找 (the look-up): keyed digests of phone numbers and names, and what was erased from them.

Revision ID: 0004
"""

from alembic import context, op

revision = "0004"
down_revision = "0003"

# One statement an entry, as the driver of any URL takes them. Text is compared by bytes ("C").
TABLES = (
    "CREATE SCHEMA lookup",
    """
    CREATE TABLE lookup.entries (
        kind    text COLLATE "C" NOT NULL,
        digest  bytea            NOT NULL,
        stream  text COLLATE "C" NOT NULL,
        subject text COLLATE "C" NOT NULL,
        CONSTRAINT entries_once PRIMARY KEY (kind, digest, stream, subject)
    )
    """,
    "CREATE INDEX entries_subject ON lookup.entries (subject)",
    # Kept for ever: a consumer that opened a text just before its erasure must not write it after.
    """
    CREATE TABLE lookup.forgotten (
        forgotten_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
        subject      text COLLATE "C" NOT NULL,
        CONSTRAINT forgotten_once PRIMARY KEY (subject)
    )
    """,
    "REVOKE ALL ON SCHEMA lookup FROM PUBLIC",
)


def upgrade() -> None:
    """Make the table. The worker fills it through the views role; the runtime role reads it."""
    room: str = context.config.attributes["room"]
    runtime, views = f'"{room}_runtime"', f'"{room}_views"'
    for order in (
        *TABLES,
        f"GRANT USAGE ON SCHEMA lookup TO {runtime}, {views}",
        f"GRANT SELECT ON lookup.entries TO {runtime}",
        f"GRANT SELECT, INSERT, DELETE ON lookup.entries TO {views}",
        f"GRANT SELECT, INSERT ON lookup.forgotten TO {views}",
    ):
        op.execute(order)


def downgrade() -> None:
    """Nothing: what was forgotten stays forgotten."""
    raise NotImplementedError("what was forgotten stays forgotten; empty the table instead")
