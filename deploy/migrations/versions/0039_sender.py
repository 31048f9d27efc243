"""发件 (the sender): a login that notes what became of notices, and records nothing else.

It reads whole streams by their names, as whoever decides does, and the outbox, which the worker
lets it read when it makes the table.

Revision ID: 0039
"""

from alembic import context, op

revision = "0039"
down_revision = "0038"

DOORS = (
    *("append_one", "append_many", "read_streams", "read_series", "known_commands", "lost_ends"),
    *("is_open()", "this_database()", "now()", "story_ahead()"),
)
NOTES = ("NoticeSent", "NoticeFailed")
"""The facts that it records, on streams of notices alone."""


def upgrade() -> None:
    """Give the login its doors, and hold what it appends to what it is for."""
    room: str = context.config.attributes["room"]
    sender = f'"{room}_sender"'
    notes = ", ".join(f"'{each}'" for each in NOTES)
    refuse = """
    CREATE FUNCTION record.refuse_sender() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        RAISE EXCEPTION 'a sender notes what became of notices, and nothing else'
            USING ERRCODE = 'insufficient_privilege';
    END $$"""
    # The condition stands with the trigger: nobody else's append calls a function for it.
    hold = f"""
    CREATE TRIGGER facts_of_sender BEFORE INSERT ON record.facts FOR EACH ROW
    WHEN (session_user = '{room}_sender'
        AND NOT (starts_with(NEW.stream, 'notice-') AND NEW.type IN ({notes})))
    EXECUTE FUNCTION record.refuse_sender()"""
    for order in (
        refuse,
        hold,
        "REVOKE ALL ON FUNCTION record.refuse_sender() FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA record, views, worker TO {sender}",
        f"GRANT SELECT ON record.alembic_version, record.installation, record.gate TO {sender}",
        f"GRANT SELECT ON worker.versions TO {sender}",
        *(f"GRANT EXECUTE ON FUNCTION record.{door} TO {sender}" for door in DOORS),
    ):
        op.execute(order)


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
