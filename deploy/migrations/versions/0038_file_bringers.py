"""同一文件的送件人 (who brings the same file): kept per person, and its content once.

Revision ID: 0038
"""

from pathlib import Path

from alembic import context, op

revision = "0038"
down_revision = "0037"

HERE = Path(__file__).parent
_NAMED = "(SELECT nullif(current_setting('guiyi.branches', true), '')::text[])::text[]"
"""As in shared/record/branch_wall.py."""


def upgrade() -> None:
    """Make the table and the function by which web processes write it; its rows have the wall."""
    room: str = context.config.attributes["room"]
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0038_file_bringers.sql").read_text("utf-8"))
    table, runtime = "record.file_bringers", f'"{room}_runtime"'
    shown = f"'*' = ANY ({_NAMED}) OR branch = ANY ({_NAMED})"
    for order in (
        f"CREATE POLICY whole ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)",
        f"CREATE POLICY shown ON {table} FOR SELECT TO {runtime} USING ({shown})",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"GRANT SELECT ON {table} TO {runtime}",
        "REVOKE ALL ON FUNCTION record.bring_again FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION record.bring_again TO {runtime}",
    ):
        op.execute(order)


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
