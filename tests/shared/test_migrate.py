"""迁移: a database is made once, and a process starts only on the one it is made for."""

import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from psycopg2.errors import InsufficientPrivilege
from sqlalchemy import text

from guiyi.stack import databases
from guiyi.stack import postgres as stack_postgres
from shared.config import Settings
from shared.record.database import engine
from shared.record.migrations import _config, migrate
from shared.record.postgres import Record
from shared.record.schema import MIGRATIONS, SchemaDiffers, check_schema, known_versions
from shared.record.store import GateClosed, SaysOtherwise
from tests.databases import copy_database, drop_database
from tests.servers import Servers
from tests.shared.recording import OPEN_GATE, append, as_owner, ask, fact, open_gate, page

MakeDatabase = Callable[..., Settings]


@pytest.fixture
def settings(make_database: MakeDatabase) -> Settings:
    return make_database("intake")


def test_migrating_again_changes_nothing(settings: Settings) -> None:
    assert settings.owner_url is not None
    open_gate(settings)
    record = Record(settings.runtime_url, "intake", 6)
    record.append(append(fact("report-1")))
    migrate(settings.owner_url, "intake", 6)
    check_schema(settings.runtime_url, "intake", 6)
    check_schema(settings.worker_url)
    assert len(page(record, 3)) == 1
    record.close()


def test_two_who_migrate_at_once_make_one_record(make_database: MakeDatabase) -> None:
    bare = make_database("dispatch", migrated=False)
    assert bare.owner_url is not None
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(migrate, bare.owner_url, "dispatch", 6) for _ in range(2)]:
            done.result(60)
    check_schema(bare.runtime_url, "dispatch", 6)
    assert ask(bare.runtime_url, "SELECT count(*) FROM record.counters") == [(6,)]


def test_the_number_of_partitions_never_changes(settings: Settings) -> None:
    assert settings.owner_url is not None
    with pytest.raises(SchemaDiffers, match="PARTITIONS=6"):
        migrate(settings.owner_url, "intake", 24)
    with pytest.raises(SchemaDiffers, match="PARTITIONS=6"):
        check_schema(settings.runtime_url, "intake", 24)


def test_a_room_does_not_start_on_the_database_of_another(settings: Settings) -> None:
    assert settings.owner_url is not None
    with pytest.raises(SchemaDiffers, match="database of intake"):
        migrate(settings.owner_url, "dispatch", 6)
    with pytest.raises(SchemaDiffers, match="database of intake"):
        check_schema(settings.runtime_url, "dispatch", 6)


def test_an_older_schema_is_refused_and_says_how_to_mend_it(settings: Settings) -> None:
    as_owner(settings, "UPDATE record.alembic_version SET version_num = '0001'")
    with pytest.raises(SchemaDiffers, match=r"0001.*migrate it"):
        check_schema(settings.runtime_url)


def test_a_newer_schema_is_refused(settings: Settings) -> None:
    assert settings.owner_url is not None
    as_owner(settings, "UPDATE record.alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaDiffers, match="newer"):
        check_schema(settings.runtime_url)
    with pytest.raises(SchemaDiffers, match="newer"):
        migrate(settings.owner_url, "intake", 6)


def test_a_database_without_a_schema_is_refused(make_database: MakeDatabase) -> None:
    bare = make_database("intake", migrated=False)
    with pytest.raises(SchemaDiffers, match="none"):
        check_schema(bare.runtime_url, "intake", 6)


def test_the_versions_are_the_numbers_of_the_files() -> None:
    steps = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    assert [step.revision for step in steps][::-1] == known_versions()


@contextmanager
def restored(servers: Servers, settings: Settings, folder: Path) -> Iterator[Settings]:
    """A copy of the database, restored from a dump of this moment."""
    number = settings.runtime_url.rpartition("_")[2]
    copy = servers.settings("intake", f"intake_restored_{number}", "none")
    databases.make_room(servers.postgres, "intake", f"intake_restored_{number}")
    dump = folder / "dump"
    for url, words in (
        # The owner sees every row behind the wall of rows, which is forced on them all the same.
        (settings.owner_url, ["pg_dump", "--enable-row-security", "-Fc", f"--file={dump}"]),
        (copy.owner_url, ["pg_restore", "--exit-on-error", "--no-owner", str(dump)]),
    ):
        there = urlsplit(str(url))
        subprocess.run(
            [str(stack_postgres._programs() / words[0]), *words[1:], f"--dbname={there.path[1:]}"],
            env={
                **os.environ,
                "PGHOST": str(there.hostname),
                "PGPORT": str(there.port),
                "PGUSER": str(there.username),
                "PGPASSWORD": unquote(str(there.password)),
            },
            check=True,
            timeout=60,
        )
    yield copy
    servers.drop(copy)


def test_a_copy_within_a_running_server_takes_no_fact_either(
    servers: Servers, settings: Settings
) -> None:
    open_gate(settings)
    as_owner(
        settings,
        "UPDATE record.leases SET checked_start = pg_postmaster_start_time(),"
        " checked_oid = 'record.gate'::regclass, checked_database = record.this_database()",
    )
    name = settings.runtime_url.rpartition("/")[2]
    copy_database(servers.postgres, name, f"{name}_copy", "intake")
    copy = servers.settings("intake", f"{name}_copy", "none")
    try:
        for each, is_open in ((settings, True), (copy, False)):
            check_schema(each.runtime_url, "intake", 6)
            assert ask(each.runtime_url, "SELECT record.is_open()") == [(is_open,)]
            assert as_owner(each, "SELECT record.try_gate()") == [(is_open,)]
        record = Record(copy.runtime_url, "intake", 6)
        for facts in ([fact("report-1")], [fact("report-2"), fact("report-2", 2)]):
            with pytest.raises(GateClosed):
                record.append(append(*facts))
        record.close()
    finally:
        drop_database(servers.postgres, f"{name}_copy")


def test_a_gate_that_was_open_stays_open_when_its_database_is_migrated(
    make_database: MakeDatabase,
) -> None:
    bare = make_database("intake", migrated=False)
    assert bare.owner_url is not None
    owner = engine(bare.owner_url, pool=1)
    with owner.begin() as connection:
        connection.execute(text("CREATE SCHEMA record"))
        command.upgrade(_config(connection, "intake", 6), "0004")
    owner.dispose()
    open_gate(bare)
    migrate(bare.owner_url, "intake", 6)
    assert ask(bare.runtime_url, "SELECT record.is_open()") == [(True,)]


def test_a_room_of_before_gets_a_login_for_its_relays(servers: Servers) -> None:
    """Its web processes could rewind a relay, and its append took any bytes."""
    passwords = dict.fromkeys(databases.logins("attic"), "s")
    server = replace(servers.postgres, passwords={**servers.postgres.passwords, **passwords})
    urls = databases.make_room(server, "attic")
    owner = engine(urls.owner, pool=1)
    with owner.begin() as connection:
        connection.execute(text("CREATE SCHEMA record"))
        command.upgrade(_config(connection, "attic", 6), "0021")
    owner.dispose()
    ask(server.admin_url, 'REVOKE ALL ON DATABASE attic FROM attic_relay; DROP ROLE "attic_relay"')
    rewinds = "SELECT record.relay_rewind('journal.attic', 0, 0)"
    try:
        ask(urls.runtime, rewinds)
        assert databases.make_room(server, "attic") == urls
        migrate(urls.owner, "attic", 6)
        check_schema(urls.relay, "attic", 6)
        ask(urls.relay, rewinds)
        for url in (urls.runtime, urls.worker):
            with pytest.raises(InsufficientPrivilege):
                ask(url, rewinds)
        ask(urls.owner, OPEN_GATE)
        with closing(Record(urls.runtime, "attic", 6)) as record:
            record.append(append(fact("report-1")))
            with pytest.raises(SaysOtherwise):
                record.append(append(replace(fact("report-2"), body=b"{}")))
    finally:
        drop_database(servers.postgres, "attic")


def test_a_restored_database_takes_no_fact_before_it_is_compared(
    servers: Servers, settings: Settings, tmp_path: Path
) -> None:
    open_gate(settings)
    record = Record(settings.runtime_url, "intake", 6)
    record.append(append(fact("report-1")))
    record.close()
    with restored(servers, settings, tmp_path) as copy:
        check_schema(copy.runtime_url, "intake", 6)
        record = Record(copy.runtime_url, "intake", 6)
        assert len(page(record, 3)) == 1
        with pytest.raises(GateClosed):
            record.append(append(fact("report-1", 2)))
        record.close()
