"""界限 (bounds): how large a fact may be, and which partition waits for a record that was refused.

Revision ID: 0007
"""

from alembic import context, op

revision = "0007"
down_revision = "0006"

BEFORE = "    IF p_occurred_at > clock_timestamp() + interval '5 minutes' THEN\n"
"""Both append functions hold this line once. The new check stands before it."""
REFUSE = """
        RAISE EXCEPTION 'a fact with its public document has more than 1048576 bytes'
            USING ERRCODE = 'RC006';
    END IF;
"""
# As shared.record.store.LARGEST_FACT. The limit is in the functions and no CHECK of the table: a
# restore must be able to put back larger facts, which were recorded before there was a limit.
LIMITS = {
    "append_one": """    IF octet_length(p_body) + coalesce(octet_length(p_public), 0)
        > 1048576 THEN""",
    "append_many": """    IF EXISTS (
        SELECT FROM unnest(f_body, f_public) AS u (body, public)
        WHERE octet_length(u.body) + coalesce(octet_length(u.public), 0) > 1048576
    ) THEN""",
}
REFUSED = """
ALTER TABLE record.leases ADD COLUMN refused text;
COMMENT ON COLUMN record.leases.refused IS
    'the record of this partition that the broker refused as too large; the partition waits';

-- Says that the partition waits for this record, or with NULL that it waits no longer. False if it
-- is held no longer.
CREATE FUNCTION record.relay_refused(
    p_holder text, p_partition int4, p_epoch int8, p_record text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT record.relay_holds(p_holder, p_partition, p_epoch) THEN
        RETURN false;
    END IF;
    UPDATE record.leases AS l SET refused = p_record WHERE l.partition = p_partition;
    RETURN true;
END $$;
"""


def upgrade() -> None:
    """Add the limit to the append functions, and the column with the function that sets it."""
    room: str = context.config.attributes["room"]
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        for name, limit in LIMITS.items():
            cursor.execute(f"SELECT pg_get_functiondef('record.{name}'::regproc)")
            ((function,),) = cursor.fetchall()
            if function.count(BEFORE) != 1:
                raise ValueError(f"record.{name} does not hold once: {BEFORE}")
            cursor.execute(function.replace(BEFORE, limit + REFUSE + BEFORE))
        cursor.execute(REFUSED)
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA record FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION record.relay_refused TO "{room}_runtime"')


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
