"""The servers of the local stack: their users, who may connect, and what a crash costs."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg2
import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from shared.config import Settings
from shared.kafka_access import KafkaAccess
from tests.servers import PARTITIONS, Servers, throw_away
from tests.stack.conftest import until


def connected(url: str) -> "psycopg2.extensions.connection":
    return psycopg2.connect(url.replace("+psycopg2", ""), connect_timeout=10)


def asked(url: str, query: str) -> list[tuple[object, ...]]:
    connection = connected(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
    finally:
        connection.close()


def test_root_gives_its_rights_away_before_a_server_starts(servers: Servers) -> None:
    assert servers.kafka.bootstrap
    assert servers.postgres_admin_url
    for name in ("kafka", "postgres"):
        uids = psutil.Process(servers.child(name).pid).uids()
        assert uids.effective == uids.real == uids.saved != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs its servers as somebody else")
@pytest.mark.stack
def test_a_folder_closed_to_others_stays_closed_and_its_servers_run(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with throw_away(closed) as servers:
        assert asked(servers.postgres_admin_url, "SELECT 1") == [(1,)]
        assert servers.kafka.bootstrap
        assert psutil.Process(servers.child("postgres").pid).uids().real != 0
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_wrong_password_opens_nothing(make_database: Callable[..., Settings]) -> None:
    settings = make_database("intake", migrated=False)
    for url in (settings.runtime_url, settings.worker_url, settings.owner_url, settings.keys_url):
        assert url is not None
        assert asked(url, "SELECT 1") == [(1,)]
        login, _, rest = url.removeprefix("postgresql+psycopg2://").partition(":")
        wrong = f"postgresql://{login}:guessed@{rest.partition('@')[2]}"
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            connected(wrong)
        with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
            connected(f"postgresql://{login}@{rest.partition('@')[2]}")


def test_no_room_enters_the_database_of_another(make_database: Callable[..., Settings]) -> None:
    intake, dispatch = make_database("intake"), make_database("dispatch")
    mine, theirs = (s.runtime_url.rpartition("/") for s in (intake, dispatch))
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        connected(f"{mine[0]}/{theirs[2]}")


def test_the_worker_is_all_that_runtime_and_views_are(
    make_database: Callable[..., Settings],
) -> None:
    settings = make_database("intake")
    member = "SELECT pg_has_role('intake_runtime', 'USAGE'), pg_has_role('intake_views', 'SET')"
    assert asked(settings.worker_url, member) == [(True, True)]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        asked(settings.runtime_url, "CREATE TABLE views.mine (n int)")


def test_no_topic_appears_by_a_typing_error_and_none_expires(clean_kafka: KafkaAccess) -> None:
    admin = KafkaAdminClient(**clean_kafka.client)
    try:
        assert [t for t in admin.list_topics() if not t.startswith("__")] == []
        admin.create_topics([NewTopic("journal.intake", PARTITIONS, 1)])

        def described() -> int:
            return len(admin.describe_topics(["journal.intake"])[0]["partitions"])

        until(lambda: described() == PARTITIONS, "the topic is as it was asked for")
    finally:
        admin.close()


def test_a_killed_database_comes_back_with_what_it_answered(
    servers: Servers, make_database: Callable[..., Settings]
) -> None:
    owner = make_database("intake", migrated=False).owner_url
    assert owner is not None
    connection = connected(owner)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    connection.close()
    os.kill(servers.child("postgres").pid, signal.SIGKILL)
    servers.restart("postgres")
    assert asked(owner, "SELECT n FROM kept") == [(7,)]
