"""Parts of stories about the record: facts as `handle` makes them, and an open gate."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg2
from uuid_utils.compat import uuid7

from shared import envelope
from shared.config import Settings
from shared.record.store import Append, CommandRow, NewFact, Store

OPEN_GATE = (
    "INSERT INTO record.gate (started_at, table_oid)"
    " VALUES (pg_postmaster_start_time(), 'record.gate'::regclass)"
)
TYPE, MILESTONE = "RemoteGuidanceGiven", "RepairReported"


def fact(
    stream: str,
    version: int = 1,
    *,
    partition: int = 3,
    command: UUID | None = None,
    n: int = 0,
    ticket: str | None = None,
    at: datetime | None = None,
    milestone: bool = False,
    said: str = "听到异响",
    traceparent: str | None = None,
) -> NewFact:
    """A fact of the stream. Its bytes say its place in the stream."""
    new = NewFact(
        stream=stream,
        version=version,
        partition=partition,
        fact_id=uuid7(),
        command_id=command or uuid4(),
        n=n,
        type=MILESTONE if milestone else TYPE,
        ticket=ticket,
        branch="HZ01",
        occurred_at=at or datetime.now(UTC),
        body=b"",
        public=None,
    )
    if milestone:
        named = ("type", "stream", "version", "ticket", "branch")
        new = replace(new, public=envelope.canonical({each: getattr(new, each) for each in named}))
    return replace(new, body=envelope.canonical(_told(new, said, traceparent)))


def _told(new: NewFact, said: str, traceparent: str | None) -> Mapping[str, Any]:
    """What the bytes of the fact say."""
    return {
        "id": new.fact_id,
        "type": new.type,
        "schema": 1,
        "stream": new.stream,
        "version": new.version,
        "ticket": new.ticket,
        "branch": "HZ01",
        "actor": "wang",
        "command": new.command_id,
        "n": new.n,
        "correlation": new.stream,
        "causation": None,
        "occurred_at": new.occurred_at,
        "policy": None,
        "traceparent": traceparent,
        "public": envelope.sha256(new.public).hex() if new.public is not None else None,
        "data": {"said": said},
    }


def append(*facts: NewFact, reads: Mapping[str, int] | None = None, mac: bytes = b"") -> Append:
    """The append of these facts. It expects each stream as it was before the first of them."""
    expected = dict(reads or {})
    for new in facts:
        expected.setdefault(new.stream, new.version - 1)
    commands = list(dict.fromkeys(new.command_id for new in facts))
    rows = [CommandRow(command, mac) for command in commands] if mac else []
    return Append(facts, expected, commands, rows)


def together(*places: tuple[str, int, int], **more: Any) -> Append:
    """The append of one command, with a fact for each (stream, version, partition)."""
    command = uuid4()
    return append(
        *(
            fact(stream, version, partition=partition, command=command, n=n, **more)
            for n, (stream, version, partition) in enumerate(places)
        )
    )


def open_gate(settings: Settings) -> None:
    """Open the gate, as relays do after they have compared every partition with Kafka."""
    as_owner(settings, OPEN_GATE)


def close_gate(settings: Settings) -> None:
    """Close the gate, as a restart of the server does: the row is from another start."""
    as_owner(settings, "UPDATE record.gate SET started_at = started_at - interval '1 second'")


def as_owner(settings: Settings, order: str, *values: object) -> list[tuple[Any, ...]]:
    """Run a statement as the owner of the tables. Returns its rows, if any."""
    assert settings.owner_url is not None
    return ask(settings.owner_url, order, *values)


def ask(url: str, order: str, *values: object) -> list[tuple[Any, ...]]:
    """Run a statement on a connection of its own, committed at once."""
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(order, values or None)
        return list(cursor.fetchall()) if cursor.description else []


def connect(url: str) -> Any:
    """A plain connection, without our time limits."""
    return psycopg2.connect(url.replace("postgresql+psycopg2://", "postgresql://"))


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact as a reader sees it who reads page by page."""

    seq: int
    stream: str
    version: int


def page(store: Store, partition: int, after: int = 0, size: int = 3) -> list[Seen]:
    """Every fact of a partition after `after`, read page by page and verified."""
    found: list[Seen] = []
    while batch := store.facts(partition, found[-1].seq if found else after, size):
        for stored in batch:
            envelope.verify(stored)
            version = envelope.head(stored.body).version
            found.append(Seen(stored.seq, stored.stream, version))
    return found


def assert_whole(store: Store) -> int:
    """Assert that no partition has a gap and no stream is broken. Returns the number of facts."""
    last: dict[str, tuple[int, bytes]] = {}
    for partition in range(store.partitions):
        for expected, stored in enumerate(store.facts(partition, 0, 1_000_000), start=1):
            assert stored.seq == expected
            version, own = last.get(stored.stream, (0, envelope.ZERO_HASH))
            assert envelope.head(stored.body).version == version + 1
            assert stored.previous_hash == own
            envelope.verify(stored)
            last[stored.stream] = (version + 1, stored.hash)
    return sum(version for version, _ in last.values())
