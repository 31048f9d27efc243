"""门 (doors): a relay has a login of its own, and the bytes of a fact are held to what is said.

Until now web processes and relays shared one login: whoever had a web process could send again, or
stop the room; whoever had a relay could record.

Revision ID: 0024
"""

from alembic import context, op
from sqlalchemy import text

revision = "0024"
down_revision = "0023"

# Both append functions are told the branch, before the bytes that are to say the same.
TOLD = {
    "append_one": ("p_body bytea,", "p_branch text, p_body bytea,"),
    "append_many": ("f_body bytea[],", "f_branch text[], f_body bytea[],"),
}
BEFORE = "    IF p_occurred_at > clock_timestamp() + interval '5 minutes' THEN\n"
"""Both hold this line once. The new check stands before it."""
# The bytes of a fact, and those of its public document, say what the arguments of its append say:
# else readers would find another fact, or none, where the record has one, and could never go past
# it. It stands in the functions themselves, in one expression, because each append pays for it.
OTHERWISE = """NOT {said} @> jsonb_build_object(
            'id', {fact}, 'type', {type}, 'stream', {stream}, 'version', {version},
            'branch', {branch}, 'command', {command}, 'n', {n}, 'ticket', {ticket},
            'public', encode(sha256({public}), 'hex'))
        OR NOT {said} ?& ARRAY['causation', 'policy', 'traceparent']
        OR coalesce(({said} ->> 'occurred_at')::timestamptz > p_occurred_at
            OR jsonb_typeof({said} -> 'schema') <> 'number'
            OR jsonb_typeof({said} -> 'actor') <> 'string'
            OR jsonb_typeof({said} -> 'correlation') <> 'string'
            OR jsonb_typeof({said} -> 'data') <> 'object', true)
        OR {public} IS NOT NULL AND NOT convert_from({public}, 'UTF8')::jsonb
            @> jsonb_build_object('type', {type}, 'stream', {stream}, 'version', {version},
                'branch', {branch}, 'ticket', {ticket})"""
REFUSE = """
        RAISE EXCEPTION 'the bytes of a fact say otherwise' USING ERRCODE = 'RC007';
    END IF;
"""
ONE = {name: f"p_{name}" for name in ("fact", "type", "stream", "branch", "command", "ticket")}
MANY = {name: f"u.{name}" for name in (*ONE, "n", "public", "version", "said")}
CHECKS = {
    "append_one": """    v_said := convert_from(p_body, 'UTF8')::jsonb;
    IF (otherwise) THEN""".replace(
        "(otherwise)",
        OTHERWISE.format(**ONE, n="0", public="p_public", version="p_expected + 1", said="v_said"),
    ),
    "append_many": """    IF EXISTS (
        SELECT FROM (
            SELECT convert_from(f.body, 'UTF8')::jsonb AS said, f.*, p_streams[f.s] AS stream,
                p_expected[f.s] + row_number() OVER (PARTITION BY f.s ORDER BY f.o) AS version
            FROM unnest(f_body, f_public, f_fact, f_type, f_stream, f_branch, f_command, f_n,
                f_ticket) WITH ORDINALITY
                AS f (body, public, fact, type, s, branch, command, n, ticket, o)
        ) AS u
        WHERE (otherwise)
    ) THEN""".replace("(otherwise)", OTHERWISE.format(**MANY)),
}
DECLARED = {"append_one": ("DECLARE\n", "DECLARE\n    v_said      jsonb;\n")}


def upgrade() -> None:
    """Give the relays' functions to their own login, and let the append look at the bytes."""
    room: str = context.config.attributes["room"]
    with op.get_bind().connection.cursor() as cursor:  # the driver's own: % means nothing to it
        for name in TOLD:
            cursor.execute(f"SELECT pg_get_functiondef('record.{name}'::regproc)")
            ((function,),) = cursor.fetchall()
            cursor.execute(f"DROP FUNCTION record.{name}")
            cursor.execute(_checking(name, function))
    _grant(room)


def _checking(name: str, function: str) -> str:
    changes = [TOLD[name], (BEFORE, CHECKS[name] + REFUSE + BEFORE)]
    if name in DECLARED:
        changes.append(DECLARED[name])
    for old, new in changes:
        if function.count(old) != 1:
            raise ValueError(f"record.{name} does not hold once: {old}")
        function = function.replace(old, new)
    return function


def _grant(room: str) -> None:
    """Only a relay may do what a relay does; it reads what it sends, and cannot record."""
    runtime, relay, worker = (f'"{room}_{login}"' for login in ("runtime", "relay", "worker"))
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA record FROM PUBLIC")
    op.execute(f"GRANT USAGE ON SCHEMA record TO {relay}")
    for table in READ:
        op.execute(f"GRANT SELECT ON record.{table} TO {relay}")
    op.execute(f"REVOKE ALL ON record.proofs FROM {runtime}")
    op.execute(f"GRANT SELECT ON record.proofs TO {worker}")
    for door in ("append_one", "append_many"):
        op.execute(f"GRANT EXECUTE ON FUNCTION record.{door} TO {runtime}")
    for door in ("is_checked", "is_open", "is_held", "this_database"):
        op.execute(f"GRANT EXECUTE ON FUNCTION record.{door} TO {relay}")
    doors = [door for (door,) in op.get_bind().execute(text(RELAYS))]
    for door in ("record.next_seqs", "record.keep_proofs", "record.intervene", *doors):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {door} FROM {runtime}")
        op.execute(f"GRANT EXECUTE ON FUNCTION {door} TO {relay}")
    for door in ("record.keep_proofs", "record.intervene"):
        op.execute(f"GRANT EXECUTE ON FUNCTION {door} TO {worker}")


READ = (
    *("alembic_version", "installation", "facts", "heads", "counters", "gate", "opened_in"),
    *("relays", "leases", "published", "taken_over", "generations", "void_numbers"),
    *("proofs", "interventions"),
)
"""What a relay reads: nothing that people have typed in but facts."""
RELAYS = r"""
SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = 'record' AND p.proname LIKE 'relay\_%' AND p.prosecdef
"""


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
