"""The way to PostgreSQL is checked where a setting asks for it; tried through a proxy with TLS."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from guiyi.stack.authority import Certificate, certificate
from guiyi.stack.installation import Installation
from guiyi.stack.plan import Plan
from guiyi.stack.told import make_databases
from shared.config import Settings, read
from shared.personal.key_store import KeysUnavailable
from shared.personal.keys import KeyState, open_keys
from shared.record.database import engine
from shared.record.notification import Notifier
from shared.record.postgres import Record
from shared.record.schema import check_schema
from shared.record.store import Unavailable
from shared.relay import operations
from tests.relaying import environ
from tests.shared.recording import append, fact, open_gate, page
from tests.shared.tls_proxy import tls_proxy

MakeDatabase = Callable[..., Settings]


@pytest.fixture
def plain(make_database: MakeDatabase) -> Settings:
    settings = make_database("intake")
    open_gate(settings)
    return settings


@pytest.fixture
def shown(tmp_path: Path) -> Certificate:
    return certificate(tmp_path, tmp_path / "ca.pem", "postgres", "127.0.0.1")


@pytest.fixture
def through(plain: Settings, shown: Certificate) -> Iterator[dict[str, str]]:
    """The environment of a process that comes to its databases through TLS, and checks it."""
    with tls_proxy(plain.runtime_url, shown) as proxied:
        there = make_url(proxied)
        told = {name: _at(url, there.port) for name, url in surroundings(plain).items()}
        yield told | {
            "INTAKE_OWNER_URL": _at(str(plain.owner_url), there.port),
            "DATABASE_SSLMODE": "verify-full",
            "DATABASE_CA_FILE": str(shown.authority),
        }


def surroundings(settings: Settings) -> dict[str, str]:
    """The environment of a process of the room. None here goes to Kafka."""
    return {**environ(settings), "KAFKA_BOOTSTRAP": "127.0.0.1:1"}


def _at(value: str, port: int | None) -> str:
    if not value.startswith("postgresql"):
        return value
    return make_url(value).set(port=port).render_as_string(hide_password=False)


def test_every_login_of_a_room_works_over_a_checked_way(through: dict[str, str]) -> None:
    settings = read("intake", through)
    check_schema(settings.worker_url, "intake", settings.partitions)
    with closing(Record(settings.runtime_url, "intake", settings.partitions)) as record:
        record.append(append(fact("report-1")))
        assert len(page(record, 3)) == 1
    assert operations.status(settings).unpublished == 1
    with closing(Notifier(settings.runtime_url)) as waker:
        waker.wake()
    keys = open_keys(settings.keys_worker_url, settings.master_key_file)
    assert keys.state("customer-1") is KeyState.NEVER_MADE
    with engine(str(settings.owner_url)).connect() as connection:
        said = connection.connection.dbapi_connection.info  # type: ignore[union-attr]
        assert said.ssl_in_use


def test_migrations_come_by_the_same_way(through: dict[str, str], tmp_path: Path) -> None:
    plan = Plan(Installation(tmp_path / "state"), ["intake"], environ=through)
    told = {name: value for name, value in through.items() if name != "KEYS_OWNER_URL"}
    make_databases(plan, {}, told)
    with pytest.raises(Unavailable):
        make_databases(plan, {}, told | {"DATABASE_CA_FILE": "/nobody"})


def refuses(told: Mapping[str, str]) -> None:
    """Nothing is said to a server that does not show whose it is."""
    settings = read("intake", told)
    for url in (settings.runtime_url, settings.relay_url, settings.worker_url):
        with pytest.raises(Unavailable):
            check_schema(url, "intake", settings.partitions)
    keys = open_keys(settings.keys_url, settings.master_key_file)
    with pytest.raises(KeysUnavailable):
        keys.state("customer-1")


def test_a_server_of_another_authority_is_refused(through: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = certificate(tmp_path / "other", tmp_path / "other.pem", "postgres", "127.0.0.1")
    refuses(through | {"DATABASE_CA_FILE": str(other.authority)})


def test_a_server_of_another_name_is_refused(plain: Settings, tmp_path: Path) -> None:
    shown = certificate(tmp_path, tmp_path / "ca.pem", "postgres", "10.1.2.3")
    with tls_proxy(plain.runtime_url, shown) as proxied:
        port = make_url(proxied).port
        told = {name: _at(url, port) for name, url in surroundings(plain).items()}
        told |= {"DATABASE_CA_FILE": str(shown.authority)}
        read_as = {mode: read("intake", told | {"DATABASE_SSLMODE": mode}) for mode in MODES}
        check_schema(read_as["verify-ca"].runtime_url, "intake")
        refuses(told | {"DATABASE_SSLMODE": "verify-full"})


MODES = ("verify-ca", "verify-full")


def test_a_server_without_tls_is_refused(plain: Settings, shown: Certificate) -> None:
    told = surroundings(plain) | {"DATABASE_CA_FILE": str(shown.authority)}
    refuses(told | {"DATABASE_SSLMODE": "verify-full"})


def test_a_url_that_says_its_own_security_keeps_it(plain: Settings) -> None:
    url = f"{plain.runtime_url}?sslmode=disable"
    told = surroundings(plain) | {"INTAKE_RUNTIME_URL": url, "DATABASE_SSLMODE": "verify-full"}
    check_schema(read("intake", told).runtime_url, "intake")


def test_our_own_server_is_come_to_without_tls_whatever_is_asked_of_others(
    tmp_path: Path,
) -> None:
    installation = Installation(tmp_path)
    installation.make(["intake", "dispatch"])
    elsewhere = {f"DISPATCH_{login}_URL": "postgresql://d@db/d" for login in LOGINS}
    asked = {**elsewhere, "DATABASE_SSLMODE": "verify-full", "DATABASE_CA_FILE": "/ca.pem"}
    plan = Plan(installation, ["intake", "dispatch"], environ=asked)
    told = plan.environment(plan.ports())
    relay = plan.program(told, 1, "dispatch-relay", "relay").environ
    assert relay.keys() >= {"DATABASE_SSLMODE", "DATABASE_CA_FILE", "KEYS_RELAY_URL"}
    modes = {role: read(role, told) for role in ("intake", "dispatch")}
    assert "sslmode=disable" in modes["intake"].relay_url
    assert "sslmode=verify-full" in modes["dispatch"].relay_url


LOGINS = ("RUNTIME", "RELAY", "WORKER")
