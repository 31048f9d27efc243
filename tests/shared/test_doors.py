"""What each login may do at the doors of a record, and what the append does not believe."""

import json
import re
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege

from guiyi.stack import postgres as stack_postgres
from guiyi.stack.databases import Server, administering
from shared.config import Settings
from shared.envelope import canonical, sha256
from shared.record.store import NewFact, SaysOtherwise
from tests.relaying import PROJECT
from tests.servers import Servers
from tests.shared.conftest import OnPostgres
from tests.shared.recording import append, as_owner, ask, fact

OF_A_RELAY = {
    "relay_beat": "'stranger', interval '8 seconds'",
    "relay_take": "'stranger', interval '8 seconds'",
    "relay_release": "'stranger', NULL",
    "relay_rewind": "'journal.intake', 0, 0",
    "next_seqs": "",
}
OF_RELAY_AND_WORKER = {
    "keep_proofs": "'{intake}', '{0}', '{1}', '{1}', '{x}', '{x}'",
    "intervene": "'O-1', 'reread', 'all', 'no reason'",
}
RECORDS = (
    "SELECT record.append_one('report-1', 0, 3, %s, %s, %s, NULL, now(), 'HZ01', %s, NULL, NULL)"
)
MAY = "SELECT has_function_privilege(%s, %s, 'EXECUTE')"
NAMED = r"SELECT p.oid::regprocedure::text FROM pg_proc AS p WHERE p.proname LIKE 'relay\_%'"


def refused(url: str, order: str, *values: object) -> None:
    with pytest.raises(InsufficientPrivilege):
        ask(url, order, *values)


def test_only_the_relays_login_does_what_a_relay_does(on_postgres: OnPostgres) -> None:
    settings = on_postgres.settings
    doors = [name for (name,) in as_owner(settings, NAMED)]
    assert len(doors) >= 8
    for door in doors:
        others = ("intake_runtime", "intake_worker", "intake_views")
        found = {each: ask(settings.runtime_url, MAY, each, door) for each in others}
        assert found == {each: [(False,)] for each in others}, door
    for name, values in OF_A_RELAY.items():
        for url in (settings.runtime_url, settings.worker_url):
            refused(url, f"SELECT record.{name}({values})")
        with suppress(psycopg2.errors.RaiseException):
            ask(settings.relay_url, f"SELECT record.{name}({values})")


def test_a_web_process_keeps_no_proof_key_and_enters_nothing_into_the_ledger(
    on_postgres: OnPostgres,
) -> None:
    settings = on_postgres.settings
    for name, values in OF_RELAY_AND_WORKER.items():
        refused(settings.runtime_url, f"SELECT record.{name}({values})")
        for url in (settings.relay_url, settings.worker_url):
            ask(url, f"SELECT record.{name}({values})")
    refused(settings.runtime_url, "TABLE record.proofs")


def test_a_relay_records_nothing_and_reads_no_view(on_postgres: OnPostgres) -> None:
    url = on_postgres.settings.relay_url
    new = append(fact("report-1")).facts[0]
    said = (str(new.fact_id), str(new.command_id), new.type, new.body)
    refused(url, RECORDS, *said)
    refused(url, "SELECT record.take_number(%s, 'HZ01', current_date)", said[0])
    for order in (
        "SELECT record.forget_commands('0 days', 1)",
        "TABLE record.commands",
        "TABLE record.files",
        "TABLE record.openings",
        "TABLE lookup.entries",
        "TABLE worker.documents",
        "CREATE TABLE views.mine (n int)",
    ):
        refused(url, order)
    assert on_postgres.record.facts(3, 0, 9) == []
    ask(on_postgres.settings.runtime_url, RECORDS, *said)


ERASES = (
    "insert into keys.erasure (customer, erased_at) values ('customer-7', now())",
    "insert into keys.link (subject, customer) values ('report-1', 'customer-7')",
    "update keys.key set state = 'destroyed', wrapped = null, destroyed_at = now()",
    "checkpoint",
)


@pytest.mark.parametrize("order", ERASES)
def test_only_a_worker_erases(on_postgres: OnPostgres, order: str) -> None:
    settings = on_postgres.settings
    for url in (settings.keys_url, settings.keys_relay_url):
        with pytest.raises(InsufficientPrivilege):
            ask(url, order)
    ask(settings.keys_worker_url, order)


def test_a_relay_reads_no_key_of_a_subject_and_a_web_process_no_proof_key(
    on_postgres: OnPostgres,
) -> None:
    settings = on_postgres.settings
    for table in ("key", "master", "link", "erasure"):
        refused(settings.keys_relay_url, f"TABLE keys.{table}")
    made = "insert into keys.key (subject, wrapped) values ('report-9', 'x')"
    refused(settings.keys_relay_url, made)
    ask(settings.keys_url, made)
    refused(settings.keys_url, "TABLE keys.proof")
    for url in (settings.keys_relay_url, settings.keys_worker_url):
        ask(url, "TABLE keys.proof")
        refused(url, "DELETE FROM keys.proof")


OWN = ("runtime_url", "relay_url", "worker_url", "keys_url", "keys_relay_url", "keys_worker_url")


@pytest.mark.parametrize("login", OWN)
def test_no_login_leaves_its_own_database(on_postgres: OnPostgres, login: str) -> None:
    own = getattr(on_postgres.settings, login)
    for database in ("postgres", "template1"):
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            ask(f"{own.rpartition('/')[0]}/{database}", "SELECT 1")


KEEPS = (
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_open(1, 131072)",
    "SELECT lo_put(1, 0, 'x')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_logical_emit_message(false, 'x', 'x')",
    "CREATE TEMPORARY TABLE mine (n int)",
    "CREATE TABLE public.mine (n int)",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION hstore",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY (SELECT 1) TO '/tmp/mine'",
    "SET temp_file_limit = -1",
    "SET log_min_messages = debug5",
)


@pytest.mark.parametrize("login", OWN)
def test_no_login_keeps_anything_outside_the_tables(on_postgres: OnPostgres, login: str) -> None:
    url = getattr(on_postgres.settings, login)
    for order in KEEPS:
        refused(url, order)
    ((is_bounded,),) = ask(url, "SELECT current_setting('temp_file_limit') <> '-1'")
    assert is_bounded


LEFT = r"""
SELECT p.oid::regprocedure::text FROM pg_proc AS p
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.provolatile = 'v'
    AND has_function_privilege('public', p.oid, 'EXECUTE')
    AND p.proname ~ '^(lo_|lo[a-z]*(read|write)$|pg_(logical|replication|create|switch|read|ls)_)'
    AND p.proname !~ 'slot|replication'
"""
"""Those of slots and replication ask by themselves for a right that no login of ours has."""


@pytest.mark.parametrize("login", OWN)
def test_everybody_may_call_nothing_that_keeps_or_reads_files(
    on_postgres: OnPostgres, login: str
) -> None:
    assert ask(getattr(on_postgres.settings, login), LEFT) == []


OPENED = r"""
SELECT format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', p.oid::regprocedure) FROM pg_proc AS p
WHERE p.pronamespace = 'pg_catalog'::regnamespace
    AND p.proname ~ '^(lo_.*|loread|lowrite|pg_logical_emit_message)$'
"""


def test_the_statements_for_a_server_of_your_own_close_what_any_server_leaves_open(
    servers: Servers, make_database: Callable[..., Settings]
) -> None:
    settings = make_database("intake")
    name = settings.runtime_url.rpartition("/")[2]
    with administering(servers.postgres, name) as connection, connection.cursor() as cursor:
        cursor.execute(OPENED)
        for (order,) in cursor.fetchall():
            cursor.execute(order)
    assert ask(settings.runtime_url, LEFT) != []
    psql(servers.postgres, name, written_in_the_page("intake_owner"))
    assert ask(settings.runtime_url, LEFT) == []


def written_in_the_page(word: str) -> str:
    """The statements of `docs/operations.md` that have the word in them."""
    page = (PROJECT / "docs/operations.md").read_text("utf-8")
    (found,) = [each for each in re.findall(r"```sql\n(.*?)```", page, re.DOTALL) if word in each]
    return str(found)


def psql(server: Server, database: str, statements: str) -> None:
    """As the superuser; the first error ends it."""
    programs: Any = stack_postgres._programs()
    url = server.url(stack_postgres.SUPERUSER, database).replace("+psycopg2", "")
    line = [str(programs / "psql"), "--no-psqlrc", "--set=ON_ERROR_STOP=1", url]
    done = subprocess.run(line, input=statements, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("login", OWN)
def test_no_login_sees_what_others_ask_or_takes_all_connections(
    on_postgres: OnPostgres, login: str
) -> None:
    url = getattr(on_postgres.settings, login)
    owner = str(on_postgres.settings.owner_url).replace("+psycopg2", "")
    with closing(psycopg2.connect(owner)) as other, other.cursor() as cursor:
        cursor.execute("SELECT 'nobody else reads this', pg_backend_pid()")
        ((_, pid),) = cursor.fetchall()
        seen = ask(url, "SELECT query FROM pg_stat_activity WHERE pid = %s", pid)
    assert seen == [("<insufficient privilege>",)]
    ((limit,),) = ask(url, "SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user")
    assert 0 < limit <= 80


def said(new: NewFact, **changed: object) -> NewFact:
    """The fact, whose bytes say something else."""
    told: dict[str, object] = json.loads(new.body)
    left = {name: value for name, value in (told | changed).items() if value is not ...}
    return replace(new, body=canonical(left))


OTHERWISE: dict[str, object] = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "type": "RepairReported",
    "stream": "report-2",
    "version": 7,
    "branch": "SH02",
    "command": "01890a5d-ac96-774b-bcce-b302099a8057",
    "n": 1,
    "ticket": "BX-SH02-20261123-0001",
    "public": "00" * 32,
    "schema": "1",
    "actor": None,
    "correlation": 3,
    "occurred_at": "2999-01-01T00:00:00Z",
    "data": "text",
}


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("name", OTHERWISE)
def test_bytes_that_say_otherwise_are_not_recorded(
    on_postgres: OnPostgres, name: str, many: bool
) -> None:
    true = fact("report-1", 1)
    others = [fact("report-3", 1)] * many
    for false in (said(true, **{name: OTHERWISE[name]}), said(true, **{name: ...})):
        with pytest.raises(SaysOtherwise):
            on_postgres.record.append(append(*others, false))
    assert on_postgres.record.facts(3, 0, 9) == []
    on_postgres.record.append(append(*others, true))


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("body", [b"journal garbage", b"{}", b"[]", b"1", b'{"id":"\xff"}', b""])
def test_garbage_is_not_recorded(on_postgres: OnPostgres, body: bytes, many: bool) -> None:
    false = replace(fact("report-1"), body=body)
    others = [fact("report-3", 1)] * many
    with pytest.raises(SaysOtherwise):
        on_postgres.record.append(append(*others, false))
    assert on_postgres.record.facts(3, 0, 9) == []


def shows(new: NewFact, **changed: object) -> NewFact:
    """The milestone, whose document shows something else. The fact names that document."""
    assert new.public is not None
    public = canonical(json.loads(new.public) | changed)
    return said(replace(new, public=public), public=sha256(public).hex())


CHANGES: dict[str, Callable[[NewFact], NewFact]] = {
    "a document of another branch": lambda new: shows(new, branch="SH02"),
    "a document of another stream": lambda new: shows(new, stream="report-2"),
    "a document of another version": lambda new: shows(new, version=2),
    "a document of another type": lambda new: shows(new, type="RepairClosed"),
    "a document of another ticket": lambda new: shows(new, ticket="BX-1"),
    "another branch": lambda new: replace(new, branch="SH02"),
    "another document": lambda new: replace(new, public=b"{}"),
    "no document": lambda new: replace(new, public=None),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_milestone_is_held_to_its_document(on_postgres: OnPostgres, change: str) -> None:
    true = fact("report-1", milestone=True)
    with pytest.raises(SaysOtherwise):
        on_postgres.record.append(append(CHANGES[change](true)))
    on_postgres.record.append(append(true))


def test_several_facts_of_one_stream_are_held_to_their_versions(on_postgres: OnPostgres) -> None:
    on_postgres.record.append(append(fact("report-1", 1), fact("report-2", 1)))
    first, second = fact("report-1", 2), fact("report-1", 3)
    swapped = (replace(first, body=second.body), replace(second, body=first.body))
    with pytest.raises(SaysOtherwise):
        on_postgres.record.append(append(*swapped))
    on_postgres.record.append(append(first, fact("report-2", 2), second))
