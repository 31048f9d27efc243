"""墙: who may do what with a record, tested with each role."""

import time
from datetime import date, timedelta
from uuid import UUID

import pytest
from psycopg2.errors import InsufficientPrivilege

from shared import envelope
from shared.record.database import engine
from shared.record.postgres import Record
from tests.shared.conftest import OnPostgres
from tests.shared.recording import append, as_owner, ask, fact

TABLES = ("facts", "heads", "counters", "commands", "numbers", "gate", "installation")
UNREAD = {
    *(("relay", table) for table in ("commands", "numbers")),
    *(("runtime", table) for table in ("heads", "commands", "numbers")),
}
"""What a process reads by a function, or not at all."""
CHANGES = (
    "UPDATE record.{} SET {column} = {column}",
    "DELETE FROM record.{}",
    "TRUNCATE record.{}",
    "INSERT INTO record.{} SELECT * FROM record.{}",
    "ALTER TABLE record.{} ADD COLUMN more text",
    "DROP TABLE record.{} CASCADE",
    "CREATE TRIGGER bend BEFORE INSERT ON record.{} EXECUTE FUNCTION record.refuse_change()",
)
COLUMN = {"facts": "type", "heads": "version", "counters": "seq", "commands": "body_mac"}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("login", ["runtime", "relay", "worker"])
def test_processes_read_and_change_nothing(on_postgres: OnPostgres, table: str, login: str) -> None:
    on_postgres.record.append(append(fact("report-1")))
    url = getattr(on_postgres.settings, f"{login}_url")
    if (login, table) not in UNREAD:
        ask(url, f"TABLE record.{table}")
    else:
        with pytest.raises(InsufficientPrivilege):
            ask(url, f"TABLE record.{table}")
    column = COLUMN.get(table) or {"numbers": "last", "gate": "table_oid"}.get(table, "room")
    for change in CHANGES:
        with pytest.raises(InsufficientPrivilege):
            ask(url, change.format(table, table, column=column))
    assert len(on_postgres.record.facts(3, 0, 9)) == 1


@pytest.mark.parametrize(
    "order",
    [
        "DROP TRIGGER facts_stay ON record.facts",
        "ALTER TABLE record.facts DISABLE TRIGGER facts_stay",
        "ALTER TABLE record.facts DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP FUNCTION record.refuse_change() CASCADE",
        "CREATE OR REPLACE FUNCTION record.refuse_change() RETURNS trigger LANGUAGE sql AS ''",
        "DROP SCHEMA record CASCADE",
        "CREATE TABLE record.more (n int)",
        "ALTER FUNCTION record.append_one SECURITY INVOKER",
        "SET ROLE intake_owner",
        "SELECT record.restore_numbers()",
    ],
)
@pytest.mark.parametrize("login", ["runtime", "relay", "worker"])
def test_no_process_lifts_the_guard(on_postgres: OnPostgres, order: str, login: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        ask(getattr(on_postgres.settings, f"{login}_url"), order)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE record.facts SET type = type",
        "UPDATE record.facts SET type = type WHERE false",
        "DELETE FROM record.facts",
        "TRUNCATE record.facts",
        "TRUNCATE record.facts CASCADE",
        "SET session_replication_role = DEFAULT; DELETE FROM record.facts",
    ],
)
def test_facts_stay_even_for_their_owner(on_postgres: OnPostgres, change: str) -> None:
    on_postgres.record.append(append(fact("report-1")))
    with pytest.raises(InsufficientPrivilege, match=r"never changed|denied"):
        as_owner(on_postgres.settings, change)
    assert len(on_postgres.record.facts(3, 0, 9)) == 1


def test_the_guard_holds_where_other_triggers_sleep(on_postgres: OnPostgres) -> None:
    ((enabled,),) = as_owner(
        on_postgres.settings, "SELECT tgenabled FROM pg_trigger WHERE tgname = 'facts_stay'"
    )
    assert enabled == "A"  # always: an ordinary trigger does not fire on a replica


def test_the_doors_run_as_the_owner_and_nobody_bends_their_path(on_postgres: OnPostgres) -> None:
    doors = as_owner(
        on_postgres.settings,
        "SELECT proname, pg_get_userbyid(proowner), proconfig::text, proacl::text FROM pg_proc"
        " WHERE pronamespace = 'record'::regnamespace AND prosecdef",
    )
    names = {name for name, *_ in doors}
    assert {"append_one", "append_many", "take_number", "forget_commands"} <= names
    for _, owner, config, granted in doors:
        assert owner == "intake_owner"
        assert "search_path=pg_catalog, pg_temp" in config
        assert "{=" not in granted, "not for everybody"
        assert ",=" not in granted


def test_what_a_session_shadows_does_not_reach_the_doors(on_postgres: OnPostgres) -> None:
    new = append(fact("report-1"))
    shadow = (
        "SET ROLE intake_views;"
        "CREATE FUNCTION views.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$;"
        "RESET ROLE; SET search_path = views, pg_catalog;"
        "SELECT record.append_one(%s, 0, 3, %s, %s, %s, NULL, now(), 'HZ01', %s, NULL, NULL)"
    )
    one = new.facts[0]
    values = (str(one.fact_id), str(one.command_id), one.type, one.body)
    worker = on_postgres.settings.worker_url
    assert ask(worker, shadow, "report-1", *values) == [([3, 1],)]
    envelope.verify(on_postgres.record.facts(3, 0, 1)[0])
    ask(worker, "SET ROLE intake_views; DROP FUNCTION views.sha256(bytea)")


def test_the_views_role_owns_its_schema_and_runtime_reads_there(on_postgres: OnPostgres) -> None:
    settings = on_postgres.settings
    order = "SET ROLE intake_views; CREATE TABLE views.t (n int); INSERT INTO views.t VALUES (1)"
    ask(settings.worker_url, order)
    assert ask(settings.runtime_url, "SELECT n FROM views.t") == [(1,)]
    with pytest.raises(InsufficientPrivilege):
        ask(settings.runtime_url, "DELETE FROM views.t")
    ask(settings.worker_url, "DROP TABLE views.t")


def test_every_connection_has_limits(on_postgres: OnPostgres) -> None:
    made = engine(on_postgres.settings.runtime_url)
    with made.connect() as connection:
        for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            assert connection.exec_driver_sql(f"SHOW {limit}").scalar() == "3s"
        assert connection.exec_driver_sql("SHOW timezone").scalar() == "UTC"
    made.dispose()


def test_no_append_reads_the_whole_record(on_postgres: OnPostgres) -> None:
    settings = on_postgres.settings
    record = Record(settings.runtime_url, settings.room, settings.partitions, pool=1)
    counted = (
        "SELECT pg_stat_force_next_flush(), sum(n_tup_ins), sum(seq_scan) FROM pg_stat_user_tables"
        " WHERE schemaname = 'record' AND relname IN ('facts', 'heads', 'commands')"
    )
    as_owner(settings, "ANALYZE record.facts, record.heads, record.commands")
    _, written, scans = as_owner(settings, counted)[0]
    for n in range(1, 12):
        record.append(append(fact("report-1", n), mac=b"m"))
        record.append(append(fact("report-2", n), reads={"report-1": n}, mac=b"m"))
    record.close()  # after this the server counts, some time later, what the connection did
    due = time.monotonic() + 30
    while (now := as_owner(settings, counted)[0])[1] < written + 44:
        assert time.monotonic() < due
        time.sleep(0.02)
    assert now[2] == scans


def test_no_decision_reads_the_whole_record(on_postgres: OnPostgres) -> None:
    """Not even by a plan that was made when the tables were empty, and that a session keeps."""
    settings, store = on_postgres.settings, on_postgres.record
    record = Record(settings.runtime_url, settings.room, settings.partitions, pool=1)
    counted = """
        SELECT pg_stat_force_next_flush(),
            (SELECT sum(n_tup_ins) FROM pg_stat_user_tables WHERE schemaname = 'record'),
            sum(seq_tup_read)::int8 + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes
                WHERE schemaname = 'record' AND relname IN ('facts', 'heads', 'commands'))::int8
        FROM pg_stat_user_tables
        WHERE schemaname = 'record' AND relname IN ('facts', 'heads', 'commands')
    """

    def look(stream: str, command: UUID) -> None:
        record.read([stream], [command], ["report-1-"])
        record.lost_ends([stream])
        record.resume({stream: b"program"})
        record.ticket_facts("BX-HZ01-20261123-0001", ["HZ01"])

    look("report-0", fact("report-0").command_id)
    many = [fact(f"report-{n}") for n in range(1000)]
    _, written, _ = as_owner(settings, counted)[0]
    store.append(append(*many))
    store.close()
    due = time.monotonic() + 30
    while (before := as_owner(settings, counted)[0])[1] < written + 2000:
        assert time.monotonic() < due
        time.sleep(0.02)
    look("report-7", many[7].command_id)
    record.close()
    time.sleep(1)
    assert as_owner(settings, counted)[0][2] - before[2] < 50


def test_numbers_come_back_from_the_facts(on_postgres: OnPostgres) -> None:
    record, settings = on_postgres.record, on_postgres.settings
    tickets = ["BX-HZ01-20261123-0007", "BX-HZ01-20261123-0012", "BX-A-1-20261124-10000", "old/77"]
    for n, ticket in enumerate(tickets):
        record.append(append(fact(f"report-{n}", ticket=ticket)))
    with record.transaction() as transaction:
        transaction.take_number(fact("report-9").command_id, "HZ01", date(2026, 11, 23))
    assert as_owner(settings, "SELECT record.restore_numbers()") == [(2,)]
    kept = as_owner(settings, "SELECT branch, day, last FROM record.numbers ORDER BY 1")
    assert kept == [("A-1", date(2026, 11, 24), 10000), ("HZ01", date(2026, 11, 23), 12)]


def test_a_paper_of_the_store_has_taken_its_number_however_it_came(
    on_postgres: OnPostgres,
) -> None:
    record, settings = on_postgres.record, on_postgres.settings
    for stream in (
        *("purchase-CG-HZ01-2026-0007", "purchase-CG-HZ01-2026-0003", "purchase-CG-SH01-2026-0001"),
        *("report-BX-HZ01-20261123-0009", "legacy-desk:CG-HZ01-2026-0099", "purchase-cg-HZ01-1"),
    ):
        record.append(append(fact(stream)))
    kept = as_owner(settings, "SELECT branch, day, last FROM record.numbers ORDER BY 1")
    assert kept == [("CG:HZ01", date(2026, 1, 1), 7), ("CG:SH01", date(2026, 1, 1), 1)]
    with record.transaction() as transaction:
        assert transaction.take_number(fact("x-1").command_id, "CG:HZ01", date(2026, 1, 1)) == 8


def test_old_commands_are_forgotten_and_their_facts_stay(on_postgres: OnPostgres) -> None:
    record, settings = on_postgres.record, on_postgres.settings
    old = [append(fact(f"report-{n}"), mac=b"m") for n in range(3)]
    for each in old:
        record.append(each)
    as_owner(settings, "UPDATE record.commands SET created_at = created_at - interval '31 days'")
    record.append(append(fact("report-9"), mac=b"m"))
    assert record.forget_commands(timedelta(days=30), limit=2) == 2
    assert record.forget_commands(timedelta(days=30)) == 1
    assert record.forget_commands(timedelta(days=30)) == 0
    known = record.read((), [each.command_ids[0] for each in old])
    assert len(known.known) == 3
    assert known.commands == {}
