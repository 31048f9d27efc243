"""闸门 (the gate): it also says for which database it was opened, so that no copy inherits it.

A copy within a running server (CREATE DATABASE … TEMPLATE) has the same tables by the same oids and
the same start of the server; only the database's own oid is another.

Revision ID: 0005
"""

from pathlib import Path

from alembic import context, op

revision = "0005"
down_revision = "0004"

HERE = Path(__file__).parent
GATE = "g.table_oid = g.tableoid"
OF_THIS_DATABASE = """g.table_oid = g.tableoid AND g.database_oid = (
            SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())"""
CHECKED = "checked_oid = 'record.gate'::regclass::oid"
IN_THIS_DATABASE = f"{CHECKED}, checked_database = record.this_database()"
CHANGED = (
    ("0001_append.sql", "append_one", GATE, OF_THIS_DATABASE),
    ("0001_append.sql", "append_many", GATE, OF_THIS_DATABASE),
    ("0002_relay.sql", "relay_checked", CHECKED, IN_THIS_DATABASE),
)
"""Functions that stay as they were made, but for one condition: file, name, old and new text."""


def upgrade() -> None:
    """Add the database to what the gate and the leases hold, and ask for it everywhere."""
    room: str = context.config.attributes["room"]
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0005_gate.sql").read_text("utf-8"))
        for file, name, old, new in CHANGED:
            cursor.execute(changed((HERE / file).read_text("utf-8"), name, old, new))
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA record FROM PUBLIC")
    for door in ("this_database", "is_open"):
        op.execute(f'GRANT EXECUTE ON FUNCTION record.{door} TO "{room}_runtime"')


def changed(source: str, name: str, old: str, new: str) -> str:
    """The order that replaces a function by itself with one text exchanged."""
    begin = source.index(f"CREATE FUNCTION record.{name}(")
    function = source[begin : source.index("END $$;", begin)] + "END $$;"
    if function.count(old) != 1:
        raise ValueError(f"record.{name} does not hold once: {old}")
    return function.replace("CREATE", "CREATE OR REPLACE", 1).replace(old, new)


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
