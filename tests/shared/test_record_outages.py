"""断线: which error a caller gets when the database is away, slow, restarted, stopped or full."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2
import pytest

from shared.record.database import (
    CUT_AFTER_S,
    TIME_OUT_S,
    WATCHDOG,
    Connections,
    engine,
    translating_errors,
)
from shared.record.postgres import Record
from shared.record.schema import check_schema
from shared.record.store import Unavailable
from shared.record.transaction import transaction
from tests.shared.conftest import OnPostgres
from tests.shared.recording import append, ask, connect, fact, page
from tests.shared.wire import Wire, wire


@pytest.fixture
def bad_wire(on_postgres: OnPostgres) -> Iterator[Wire]:
    with wire(on_postgres.settings.runtime_url) as made:
        yield made


@pytest.fixture
def far(bad_wire: Wire, on_postgres: OnPostgres) -> Iterator[Record]:
    """The record, reached through the wire."""
    record = Record(bad_wire.url, on_postgres.settings.room, on_postgres.settings.partitions)
    yield record
    record.close()


def test_a_lost_answer_to_commit_is_found_by_the_command(
    on_postgres: OnPostgres, bad_wire: Wire, far: Record
) -> None:
    new = fact("report-1")
    bad_wire.cut_after = b"COMMIT"
    with pytest.raises(Unavailable), far.transaction() as transaction:
        transaction.append(append(new))
    assert [stored.body for stored in far.read((), [new.command_id]).known[new.command_id]] == [
        new.body
    ]
    assert len(page(on_postgres.record, 3)) == 1


def test_a_lost_answer_to_an_append_is_found_by_the_command(bad_wire: Wire, far: Record) -> None:
    new = fact("report-1")
    far.now()
    bad_wire.cut_after = b"append_one"
    with pytest.raises(Unavailable):
        far.append(append(new))
    assert new.command_id in far.read((), [new.command_id]).known


def test_a_client_that_vanishes_before_commit_leaves_nothing(
    on_postgres: OnPostgres, bad_wire: Wire, far: Record
) -> None:
    def vanish() -> None:
        with far.transaction() as transaction:
            transaction.append(append(fact("report-1")))
            bad_wire.cut()

    with pytest.raises(Unavailable):
        vanish()
    assert on_postgres.record.append(append(fact("report-2")))[0].seq == 1


def test_a_stopped_server_holds_nobody(bad_wire: Wire, far: Record) -> None:
    far.now()
    bad_wire.muted = True
    began = time.monotonic()
    with pytest.raises(Unavailable):
        far.append(append(fact("report-1")))
    assert time.monotonic() - began < CUT_AFTER_S + 10
    with pytest.raises(Unavailable):
        far.read(["report-1"])
    bad_wire.muted = False
    assert len(far.facts(3, 0, 9)) == 1, "it had arrived; only its answer had not"


def test_connections_that_the_server_closed_are_not_lent(bad_wire: Wire, far: Record) -> None:
    far.now()
    bad_wire.cut()
    assert far.append(append(fact("report-1")))[0].seq == 1


def test_nobody_at_the_address_is_away() -> None:
    record = Record("postgresql+psycopg2://nobody:x@127.0.0.1:9/none", "intake", 6)
    for ask_it in (record.now, lambda: record.append(append(fact("report-1")))):
        with pytest.raises(Unavailable):
            ask_it()
    with pytest.raises(Unavailable), record.transaction():
        pass
    with pytest.raises(Unavailable):
        check_schema("postgresql+psycopg2://nobody:x@127.0.0.1:9/none")


def test_a_lock_that_is_not_given_up_is_away(on_postgres: OnPostgres) -> None:
    record, settings = on_postgres.record, on_postgres.settings
    assert settings.owner_url is not None
    with closing(connect(settings.owner_url)) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE record.facts IN ACCESS EXCLUSIVE MODE")
        for ask_it in (
            lambda: record.append(append(fact("report-1"))),
            lambda: record.read(["report-1"]),
        ):
            began = time.monotonic()
            with pytest.raises(Unavailable):
                ask_it()
            assert time.monotonic() - began < TIME_OUT_S + 10
        other.rollback()
    assert record.append(append(fact("report-1")))[0].seq == 1


def test_a_statement_that_takes_too_long_is_away(on_postgres: OnPostgres) -> None:
    made = engine(on_postgres.settings.runtime_url)
    with pytest.raises(Unavailable), translating_errors(), made.connect() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(60)")
    made.dispose()


def test_a_fault_of_ours_is_not_called_away(on_postgres: OnPostgres) -> None:
    made = engine(on_postgres.settings.runtime_url)
    with (
        pytest.raises(Exception, match="does not exist"),
        translating_errors(),
        made.connect() as connection,
    ):
        connection.exec_driver_sql("SELECT nothing FROM nowhere")
    made.dispose()
    beyond = fact("report-1", partition=6)
    with pytest.raises(psycopg2.Error, match="no rows"):
        on_postgres.record.append(append(beyond))
    assert on_postgres.record.append(append(fact("report-1")))[0].seq == 1


def test_who_finds_no_free_connection_is_told(on_postgres: OnPostgres) -> None:
    settings = on_postgres.settings
    record = Record(settings.runtime_url, settings.room, settings.partitions, pool=1)
    with record.transaction() as transaction:
        transaction.read(["report-1"])
        with ThreadPoolExecutor() as pool, pytest.raises(Unavailable, match="no connection"):
            pool.submit(record.now).result(30)
    assert list(record.facts(3, 0, 1)) == []
    record.close()


def test_a_rollback_that_is_interrupted_leaves_no_transaction_behind(
    on_postgres: OnPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = engine(on_postgres.settings.runtime_url, pool=1, overflow=0)

    def interrupted(_connection: object) -> None:
        raise KeyboardInterrupt

    def fail() -> None:
        with transaction(made) as db:
            db.execute("SELECT pg_advisory_xact_lock(1)")
            monkeypatch.setattr(WATCHDOG, "begin", interrupted)
            raise ValueError

    with pytest.raises(KeyboardInterrupt):
        fail()
    monkeypatch.undo()
    with transaction(made) as db:
        assert db.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted") == []
    made.dispose()


def test_a_connection_that_fails_when_it_is_lent_costs_no_place(on_postgres: OnPostgres) -> None:
    connections = Connections(on_postgres.settings.runtime_url, 1)
    connection = connections.take()
    connections.give(connection)
    connection.close()  # by whoever held on to it: it cannot even be asked whether it lives
    with pytest.raises(Unavailable, match="closed"):
        connections.take()
    connections.give(connections.take())
    connections.close()


def test_a_few_connections_serve_many_threads(on_postgres: OnPostgres) -> None:
    settings = on_postgres.settings
    record = Record(settings.runtime_url, settings.room, settings.partitions, pool=2)
    with ThreadPoolExecutor(12) as pool:
        done = [
            pool.submit(record.append, append(fact(f"report-{n}", partition=n % 6)))
            for n in range(120)
        ]
        for each in done:
            each.result(30)
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'guiyi'"
    mine = f"{count} AND usename = '{settings.room}_runtime' AND datname = current_database()"
    assert ask(settings.runtime_url, mine)[0][0] <= 2 + 5
    assert sum(len(page(record, partition)) for partition in range(6)) == 120
    record.close()
