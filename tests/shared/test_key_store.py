"""密钥库 on PostgreSQL: processes, roles, a schema that is made twice, a server that is away."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg2
import pytest

from shared.config import Settings
from shared.personal.key_database import (
    create_keys_schema,
    keys_transaction,
    postgres_key_store,
)
from shared.personal.key_store import KeysUnavailable
from shared.personal.keys import Keys, KeyState, open_keys
from shared.personal.master import MasterKey
from shared.sender.budget import NoticeTry, StoredLedger, stored_ledger

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
MASTER = MasterKey(bytes(range(32)))


def look(url: str) -> Keys:
    """The keys as another process has them."""
    return Keys(postgres_key_store(url), MASTER)


def _make(url: str, master: bytes, subjects: list[str]) -> dict[str, bytes | None]:
    shelf = postgres_key_store(url)
    try:
        found = Keys(shelf, MasterKey(master)).keys_for(subjects)
        return {subject: key.material for subject, key in found.items()}
    finally:
        shelf.engine.dispose()


def test_processes_that_make_the_same_keys_get_the_same_keys(
    make_database: Callable[[str], Settings],
) -> None:
    url = make_database("intake").keys_worker_url
    subjects = [f"customer-{n}" for n in range(500)]
    orders = [subjects, subjects[::-1], subjects[250:] + subjects[:250]]
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
        made = list(pool.map(partial(_make, url, MASTER.secret), orders))
    assert made[0] == made[1] == made[2]
    assert made[0] == _make(url, MASTER.secret, subjects)


def test_the_runtime_role_cannot_undo_a_destruction(
    make_database: Callable[[str], Settings],
) -> None:
    url = make_database("intake").keys_worker_url
    keys = look(url)
    keys.keys_for(["customer-1", "customer-2"])
    keys.destroy("customer-1")
    refused = [
        "update keys.key set state = 'live', wrapped = 'x', destroyed_at = null",
        "update keys.key set wrapped = 'x' where subject = 'customer-2'",
        "update keys.key set subject = 'customer-3' where subject = 'customer-1'",
        "delete from keys.key",
        "truncate keys.key",
        "delete from keys.erasure",
        "delete from keys.link",
        "update keys.master set value = 'x'",
        "alter table keys.key disable trigger keep",
        "drop table keys.key",
    ]
    for statement in refused:
        with pytest.raises((psycopg2.errors.RestrictViolation, psycopg2.errors.lookup("42501"))):
            _execute(url, statement)
    assert keys.state("customer-1") is KeyState.DESTROYED
    assert keys.state("customer-2") is KeyState.LIVE


def test_even_the_owner_deletes_no_key_in_passing(
    make_database: Callable[[str], Settings], servers: Any
) -> None:
    url = make_database("intake").keys_worker_url
    look(url).key_for("customer-1")
    owner = servers.postgres.url("keys_owner", url.rpartition("/")[2])
    for statement in ("delete from keys.key", "truncate keys.key"):
        with pytest.raises(psycopg2.errors.RestrictViolation):
            _execute(owner, statement)


def test_the_schema_is_made_as_often_as_one_likes(
    make_database: Callable[[str], Settings], servers: Any
) -> None:
    url = make_database("intake").keys_worker_url
    keys = look(url)
    made = keys.key_for("customer-1")
    owner = servers.postgres.url("keys_owner", url.rpartition("/")[2])
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: create_keys_schema(owner), range(3)))
    assert look(url).key_for("customer-1") == made


def test_a_store_of_before_is_taken_over_and_its_one_login_keeps_what_web_needs(
    make_database: Callable[[str], Settings], servers: Any
) -> None:
    settings = make_database("intake")
    url = settings.keys_url
    owner = servers.postgres.url("keys_owner", url.rpartition("/")[2])
    _execute(owner, "grant select, insert, update on all tables in schema keys to keys_runtime")
    look(url).key_for("customer-1")
    create_keys_schema(owner)
    assert look(url).state("customer-1") is KeyState.LIVE
    for statement in ("table keys.proof", "table keys.erasure", "update keys.key set wrapped = ''"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            _execute(url, statement)
    assert look(settings.keys_worker_url).destroy("customer-1") == ["customer-1"]


def test_no_copy_of_a_destroyed_key_is_left_in_the_table_its_statistics_or_the_log(
    make_database: Callable[[str], Settings], servers: Any
) -> None:
    url = make_database("intake").keys_worker_url
    database = url.rpartition("/")[2]
    owner = servers.postgres.url("keys_owner", database)
    admin = servers.postgres.url("postgres", database)
    keys = look(url)
    # As an older program left it: with statistics of the keys.
    _execute(owner, "alter table keys.key alter column wrapped set statistics 100")
    keys.keys_for([f"customer-{n}" for n in range(60)])
    _execute(owner, "analyze keys.key")
    assert _execute(url, STATISTICS)
    create_keys_schema(owner)
    _execute(owner, "analyze keys.key")
    assert _execute(url, STATISTICS) == []
    wrapped = [bytes(each) for (each,) in _execute(url, "select wrapped from keys.key")]
    ((file,),) = _execute(admin, "select pg_relation_filepath('keys.key')")
    gone = [bytes(each) for (each,) in _execute(url, f"{WRAPPED} in ('customer-7', 'report-7')")]
    keys.link([("report-7", "customer-7")])
    keys.destroy("customer-7")
    _execute(admin, "checkpoint")
    ((now,),) = _execute(admin, "select pg_relation_filepath('keys.key')")
    assert now != file
    ((heap,),) = _execute(admin, f"select pg_read_binary_file('{now}')")
    left = [each for each in wrapped if each in bytes(heap)]
    assert len(left) == len(wrapped) - 1
    assert not set(left) & set(gone)
    for _ in range(2):  # the log is let go piece by piece, of 16 MiB each
        _execute(admin, "select pg_switch_wal()")
        _execute(admin, "checkpoint")
    ((log,),) = _execute(admin, LOG)
    assert not [each for each in gone if each in bytes(log or b"")]


STATISTICS = """
select 1 from pg_stats where schemaname = 'keys' and tablename = 'key' and attname = 'wrapped'
"""
WRAPPED = "select wrapped from keys.key where subject"
LOG = "select string_agg(pg_read_binary_file('pg_wal/' || name), '') from pg_ls_waldir()"


def test_a_link_and_an_erasure_at_the_same_time_miss_nothing(
    make_database: Callable[[str], Settings],
) -> None:
    url = make_database("intake").keys_worker_url
    keys = look(url)
    for n in range(10):
        subject, customer = f"report-{n}", f"customer-{n}"
        keys.key_for(subject)
        with ThreadPoolExecutor(2) as pool:
            linking = pool.submit(keys.link, [(subject, customer)])
            pool.submit(keys.destroy, customer).result()
            linking.result()
        assert keys.state(subject) is KeyState.DESTROYED


def test_a_key_store_that_is_away_is_said_to_be_away() -> None:
    keys = Keys(postgres_key_store("postgresql+psycopg2://nobody@127.0.0.1:1/keys"), MASTER)
    with pytest.raises(KeysUnavailable, match="key store"):
        keys.key_for("customer-1")


def test_a_key_store_without_tables_says_what_is_missing(
    make_database: Callable[..., Settings],
) -> None:
    url = make_database("intake").runtime_url  # a database that is no key store
    with pytest.raises(KeysUnavailable, match="create_keys_schema"):
        look(url).key_for("customer-1")


def test_keys_open_with_what_the_settings_name(make_database: Callable[[str], Settings]) -> None:
    settings = make_database("intake")
    keys = open_keys(settings.keys_worker_url, settings.master_key_file)
    assert keys.key_for("customer-1") == keys.key_for("customer-1")


def _execute(url: str, statement: str) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(url.replace("+psycopg2", ""), connect_timeout=10)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_the_budget_of_an_address_is_one_for_all_who_send(
    make_database: Callable[[str], Settings],
) -> None:
    url = make_database("intake").keys_sender_url
    ledger, other = stored_ledger(url), stored_ledger(url)
    began, zhang, li = AT - timedelta(hours=10), b"zhang", b"li"

    def take(made: StoredLedger, number: str, whom: bytes = zhang, at: datetime = AT) -> bool:
        return made.take(whom, NoticeTry(number, 1), at, since=began, most=2)

    assert (take(ledger, "N1"), take(other, "N2"), take(ledger, "N3")) == (True, True, False)
    assert take(other, "N1"), "it has its place already"
    assert take(ledger, "N3", li), "whoever else is told"
    other.give_back(NoticeTry("N2", 1))
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda n: take((ledger, other)[n % 2], f"N{n}"), range(10, 14)))
    assert sum(told) == 1, "two who ask at once do not both have the last one"
    tomorrow = AT + timedelta(hours=27)
    assert ledger.take(zhang, NoticeTry("N20", 1), tomorrow, since=tomorrow, most=1)
    with keys_transaction(ledger.engine) as db:
        assert db.query("select number from keys.told") == [("N20",)], "the day before is forgotten"
    for made in (ledger, other):
        made.engine.dispose()
