"""Fixtures for the stories of the kernel.

`kept`         a room's record, kept in memory and on PostgreSQL: every promise is tried on both
`on_postgres`  the latter alone, with its settings; empty, its gate open
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from shared.config import Settings
from shared.record.postgres import Record
from shared.record.store import Store
from tests.memory_record import Memory
from tests.servers import Servers
from tests.shared.recording import as_owner, close_gate, open_gate

PARTITIONS = 6


@dataclass(frozen=True, slots=True)
class Kept:
    """A record, and a function that closes its gate."""

    store: Store
    close_gate: Callable[[], None]


@dataclass(frozen=True, slots=True)
class OnPostgres:
    """A record on PostgreSQL, and the settings to look into its database."""

    record: Record
    settings: Settings


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.stack)])
def kept(request: pytest.FixtureRequest) -> Kept:
    if request.param == "postgres":
        real: OnPostgres = request.getfixturevalue("on_postgres")
        return Kept(real.record, lambda: close_gate(real.settings))
    memory = Memory("intake", PARTITIONS)
    return Kept(memory, lambda: setattr(memory, "gate_open", False))


@pytest.fixture
def on_postgres(one_database: Settings) -> Iterator[OnPostgres]:
    empty(one_database)
    open_gate(one_database)
    record = Record(one_database.runtime_url, one_database.room, one_database.partitions)
    yield OnPostgres(record, one_database)
    record.close()


@pytest.fixture(scope="module")
def one_database(servers: Servers) -> Iterator[Settings]:
    """One database for all stories of a module, because making one takes longer than a story."""
    settings = servers.make_database("intake")
    yield settings
    servers.drop(settings)


def empty(settings: Settings) -> None:
    """Empty the tables. Only a superuser, or the owner who disables the trigger, can do this."""
    as_owner(
        settings,
        "ALTER TABLE record.facts DISABLE TRIGGER facts_stay;"
        "TRUNCATE record.facts, record.heads, record.commands, record.numbers, record.gate,"
        "  lookup.matters;"
        "UPDATE record.counters SET seq = 0, recorded_at = '-infinity';"
        "ALTER TABLE record.facts ENABLE ALWAYS TRIGGER facts_stay",
    )
