"""墙 (the wall): facts, documents and look-ups are shown by branch, and the rest by name or not.

Revision ID: 0032
"""

from collections.abc import Iterable
from pathlib import Path

from alembic import context, op

revision = "0032"
down_revision = "0031"

HERE = Path(__file__).parent
_NAMED = "(SELECT nullif(current_setting('guiyi.branches', true), '')::text[])::text[]"
"""As in shared/record/branch_wall.py. A sub-select is evaluated once for a statement."""
WALLS = {
    "record.facts": ("record.branch_said(body)", ("views", "relay")),
    "record.files": ("branch", ()),
    "worker.documents": ("record.branch_said(body)", ("views",)),
    "lookup.entries": ("record.branch_of(stream)", ("views",)),
}
"""By table: the branch to which a row belongs, and who beside its owner is past the wall."""
DOORS = (
    *("branch_said", "branch_of", "read_streams", "read_series", "read_after", "known_commands"),
    *("lost_ends", "valid_snapshots", "papers_of", "newest_document", "is_any_parked"),
    *("count_parked", "count_parked_unseen", "streams_named"),
)
HIDDEN = (
    *("heads", "numbers", "commands", "relays", "taken_over", "generations", "opened_in"),
    *("interventions", "void_numbers"),
)
"""Tables of the record that web processes read by a function or not at all; workers read them."""
WORKERS = ("parked", "fired", "reactions", "holes", "begun_generations", "snapshots")
"""The same of the tables that workers keep."""


def upgrade() -> None:
    """Make the functions, then the policies, then take away what web processes need no longer."""
    room: str = context.config.attributes["room"]
    runtime, worker = f'"{room}_runtime"', f'"{room}_worker"'
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0032_rows.sql").read_text("utf-8"))
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA record FROM PUBLIC")
    for door in DOORS:
        op.execute(f"GRANT EXECUTE ON FUNCTION record.{door} TO {runtime}")
    op.execute("DROP POLICY shown ON record.files")
    for table, (branch, past) in WALLS.items():
        _wall(room, table, branch, past)
    for table in HIDDEN:
        op.execute(f"REVOKE ALL ON record.{table} FROM {runtime}")
        op.execute(f"GRANT SELECT ON record.{table} TO {worker}")
    for table in WORKERS:
        op.execute(f"REVOKE ALL ON worker.{table} FROM {runtime}")


def _wall(room: str, table: str, branch: str, past: Iterable[str]) -> None:
    """Web processes see rows by branch; whoever owns, sends or folds them sees all.

    It is forced on the owner too: only a policy that says so lets anybody past it.
    """
    all_rows = "USING (true) WITH CHECK (true)"
    roles = ["CURRENT_USER", *(f'"{room}_{each}"' for each in past)]
    shown = f"'*' = ANY ({_NAMED}) OR {branch} = ANY ({_NAMED})"
    for order in (
        f"CREATE POLICY whole ON {table} TO {', '.join(roles)} {all_rows}",
        f'CREATE POLICY shown ON {table} FOR SELECT TO "{room}_runtime" USING ({shown})',
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    ):
        op.execute(order)


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
