"""等单据的文件 (waiting files): what is brought before its paper has a number, dropped in time.

Revision ID: 0031
"""

from alembic import context, op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Let web processes drop what waits, and nothing else; find quickly what waits."""
    room: str = context.config.attributes["room"]
    op.execute(
        "CREATE INDEX files_waiting ON record.files (stream, stored_at) "
        "WHERE starts_with(stream, 'waiting-')"
    )
    op.execute(
        "CREATE POLICY dropped ON record.files FOR DELETE USING (starts_with(stream, 'waiting-'))"
    )
    op.execute(f'GRANT DELETE ON record.files TO "{room}_runtime"')


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
