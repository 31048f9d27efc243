"""等待 (what waits): why a partition is not sent, leases that outlive everybody, and moved heads.

Revision ID: 0010
"""

from pathlib import Path

from alembic import context, op

revision = "0010"
down_revision = "0009"

HERE = Path(__file__).parent
# The last fact of a stream stands where the stream's head says, or nothing is appended: a fact in
# another partition would break the order of its stream for every reader.
LAST = {
    "append_one": "WHERE f.stream = p_stream AND f.version = p_expected",
    "append_many": "WHERE f.stream = p_streams[s] AND f.version = p_expected[s]",
}
HERE_TOO = " AND f.partition = v_partition"


def upgrade() -> None:
    """Add the columns and the table, and let the functions look at more."""
    room: str = context.config.attributes["room"]
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        cursor.execute((HERE / "0010_waits.sql").read_text("utf-8"))
        for name, last in LAST.items():
            cursor.execute(f"SELECT pg_get_functiondef('record.{name}'::regproc)")
            ((function,),) = cursor.fetchall()
            if function.count(f"{last};") != 1:
                raise ValueError(f"record.{name} does not hold once: {last};")
            cursor.execute(function.replace(f"{last};", f"{last}{HERE_TOO};"))
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA record FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION record.relay_refused TO "{room}_runtime"')
    op.execute(f'GRANT EXECUTE ON FUNCTION record.is_held TO "{room}_runtime"')
    op.execute(f'GRANT SELECT ON record.taken_over TO "{room}_runtime"')


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
