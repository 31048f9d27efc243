"""Append against a bare INSERT + COMMIT of the same columns, and against `eventsourcing`.

Writers are processes that live through all rounds; rounds of ours and of the baseline alternate,
so that whatever else the machine does meets both. fsync is on.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from statistics import median
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

import psycopg2
from uuid_utils.compat import uuid7

from shared.config import Settings
from shared.handle import partition_of
from shared.migrate import migrate
from shared.record import Record
from shared.store import Append, NewFact
from tests.bench.row import Row
from tests.servers import throw_away

BOUNDS = {1: 0.65, 8: 0.60, 16: 0.55}
RIVAL_BOUND = 1.7
STREAMS = 50
BODY = b'{"data":"' + b"x" * 719 + b'"}'
"""730 bytes, the size of an ordinary fact."""
TYPE, TICKET = "RemoteGuidanceGiven", "BX-HZ01-20261123-0001"
RIVAL = {
    "PERSISTENCE_MODULE": "eventsourcing.postgres",
    "POSTGRES_ENABLE_DB_FUNCTIONS": "yes",
    "POSTGRES_PRE_PING": "no",
    "POSTGRES_POOL_SIZE": "1",
    "POSTGRES_MAX_OVERFLOW": "0",
}
"""Its fastest documented settings; without database functions it makes three round trips."""

_BARE_TABLE = """
CREATE TABLE bare (LIKE record.facts);
ALTER TABLE bare ADD PRIMARY KEY (partition, seq), ADD UNIQUE (stream, version),
    ADD UNIQUE (fact_id), ADD UNIQUE (command_id, n);
GRANT INSERT ON bare TO {runtime};
INSERT INTO record.gate (started_at, table_oid)
    VALUES (pg_postmaster_start_time(), 'record.gate'::regclass)"""
_BARE = (
    "INSERT INTO bare (partition, seq, recorded_at, stream, version, fact_id, command_id, n, type,"
    " ticket, previous_hash, hash, body, public)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


class Kind(Protocol):
    """One way to write facts."""

    def write(self) -> None:
        """One fact, durable when it returns."""


class Streams:
    """The streams of one writer in turn, each with its partition and next version."""

    def __init__(self, partitions: int) -> None:
        names = [f"report-{uuid4()}" for _ in range(STREAMS)]
        self._all = [[name, partition_of(name, None, partitions), 0] for name in names]
        self._next = 0

    def next(self) -> tuple[str, int, int]:
        """Stream, partition, version of the next fact."""
        self._next = (self._next + 1) % STREAMS
        stream = self._all[self._next]
        stream[2] += 1  # type: ignore[operator]
        return tuple(stream)  # type: ignore[return-value]


class Ours:
    """The record's append, as `handle` calls it."""

    def __init__(self, settings: Settings) -> None:
        self._record = Record(settings.runtime_url, settings.room, settings.partitions, pool=1)
        self._streams = Streams(settings.partitions)

    def write(self) -> None:
        """As Kind.write."""
        stream, partition, version = self._streams.next()
        command, now = uuid4(), datetime.now(UTC)
        fact = NewFact(
            stream, version, partition, uuid7(), command, 0, TYPE, TICKET, now, BODY, None
        )
        self._record.append(Append([fact], {stream: version - 1}, [command]))


class Bare:
    """INSERT + COMMIT, of the same columns under the same unique indexes."""

    def __init__(self, settings: Settings, *, at_once: bool = False) -> None:
        self._connection = psycopg2.connect(_libpq(settings.runtime_url))
        self._connection.autocommit = at_once
        self._cursor = self._connection.cursor()
        self._streams = Streams(settings.partitions)
        self._seq = int.from_bytes(os.urandom(4), "big") << 24
        self._hash = os.urandom(32)

    def write(self) -> None:
        """As Kind.write."""
        stream, partition, version = self._streams.next()
        self._seq += 1
        self._cursor.execute(
            _BARE,
            (
                *(partition, self._seq, datetime.now(UTC), stream, version),
                *(str(uuid7()), str(uuid4()), 0, TYPE, TICKET),
                *(self._hash, self._hash, BODY, None),
            ),
        )
        if not self._connection.autocommit:
            self._connection.commit()


class Rival:
    """`eventsourcing`: the same bytes as one stored event, past its aggregates and mappers."""

    def __init__(self, settings: Settings) -> None:
        from eventsourcing.persistence import StoredEvent
        from eventsourcing.postgres import PostgresFactory
        from eventsourcing.utils import Environment

        url = urlsplit(settings.owner_url or "")
        reached = {
            "POSTGRES_DBNAME": url.path[1:],
            "POSTGRES_HOST": url.hostname or "",
            "POSTGRES_PORT": str(url.port),
            "POSTGRES_USER": url.username or "",
            "POSTGRES_PASSWORD": unquote(url.password or ""),
        }
        factory = PostgresFactory(Environment("rival", {**RIVAL, **reached}))
        self._recorder = factory.application_recorder()
        self._event: Callable[..., Any] = StoredEvent
        self._versions = dict.fromkeys((uuid4() for _ in range(STREAMS)), 0)
        self._names: Sequence[UUID] = list(self._versions)
        self._next = 0

    def write(self) -> None:
        """As Kind.write."""
        self._next = (self._next + 1) % STREAMS
        stream = self._names[self._next]
        self._versions[stream] += 1
        event = self._event(stream, self._versions[stream], TYPE, BODY)
        self._recorder.insert_events([event])


KINDS: dict[str, Callable[[Settings], Kind]] = {
    "ours": Ours,
    "bare": Bare,
    "bare, at once": lambda settings: Bare(settings, at_once=True),
    "rival": Rival,
}


def writer(settings: Settings, asked: Connection) -> None:
    """A process that writes whenever it is asked: (kind, from when, how long) -> facts a second."""
    kinds: dict[str, Kind] = {}
    while (order := asked.recv()) is not None:
        name, seconds = order
        if name not in kinds:
            kinds[name] = KINDS[name](settings)
            kinds[name].write()
        asked.send("ready")
        asked.recv()
        begin = time.monotonic()
        written = 0
        while time.monotonic() < begin + seconds:
            kinds[name].write()
            written += 1
        asked.send(written / (time.monotonic() - begin))


@dataclass(frozen=True, slots=True)
class Writers:
    """The processes that write."""

    lines: Sequence[Connection]

    def rate(self, kind: str, count: int, seconds: float) -> float:
        """Facts a second of so many writers together."""
        lines = self.lines[:count]
        for line in lines:
            line.send((kind, seconds))
        for line in lines:
            line.recv()
        for line in lines:
            line.send("go")
        return sum(float(line.recv()) for line in lines)


@contextmanager
def writers(settings: Settings, count: int) -> Iterator[Writers]:
    """So many writing processes; they end with the block."""
    spawned = multiprocessing.get_context("spawn")
    pipes = [spawned.Pipe() for _ in range(count)]
    children = [
        spawned.Process(target=writer, args=(settings, theirs), daemon=True) for _, theirs in pipes
    ]
    for child in children:
        child.start()
    try:
        yield Writers([mine for mine, _ in pipes])
    finally:
        for mine, _ in pipes:
            mine.send(None)
        for child in children:
            child.join(10)
            child.kill()


def compare(crowd: Writers, base: str, count: int, *, quick: bool) -> tuple[float, float, float]:
    """Medians of ours, of the baseline, and of their ratio round by round."""
    rounds, seconds = (3, 1.0) if quick else (5, 3.0)
    for kind in ("ours", base):
        crowd.rate(kind, count, 0.5)
    pairs = [
        (crowd.rate("ours", count, seconds), crowd.rate(base, count, seconds))
        for _ in range(rounds)
    ]
    return (
        median(ours for ours, _ in pairs),
        median(theirs for _, theirs in pairs),
        median(ours / theirs for ours, theirs in pairs),
    )


def run(quick: bool) -> list[Row]:
    """The rows of append: 1, 8 and 16 writers, and `eventsourcing` at one."""
    with throw_away() as servers:
        settings = replace(servers.make_database("intake", migrated=False), partitions=24)
        assert settings.owner_url is not None
        migrate(settings.owner_url, settings.room, settings.partitions)
        with closing(psycopg2.connect(_libpq(settings.owner_url))) as owner, owner.cursor() as c:
            c.execute(_BARE_TABLE.format(runtime=f"{settings.room}_runtime"))
            c.execute("CREATE SCHEMA IF NOT EXISTS public; GRANT ALL ON SCHEMA public TO PUBLIC")
            owner.commit()
        with writers(settings, max(BOUNDS)) as crowd:
            return list(_rows(crowd, quick=quick))


def _rows(crowd: Writers, *, quick: bool) -> Iterator[Row]:
    unit = "facts/s"
    for count, bound in BOUNDS.items():
        ours, theirs, ratio = compare(crowd, "bare", count, quick=quick)
        name = f"append / INSERT + COMMIT, writers: {count}"
        yield Row(name, ours, theirs, unit, ratio, f">= {bound:.2f}", ratio >= bound)
    for count in BOUNDS:
        ours, theirs, ratio = compare(crowd, "bare, at once", count, quick=quick)
        name = f"append / INSERT in one round trip, writers: {count}"
        yield Row(name, ours, theirs, unit, ratio, "", holds=True, note="for information")
    ours, theirs, ratio = compare(crowd, "rival", 1, quick=quick)
    said = ", ".join(f"{key}={value}" for key, value in RIVAL.items())
    name = "append / eventsourcing, writers: 1"
    yield Row(name, ours, theirs, unit, ratio, f">= {RIVAL_BOUND}", ratio >= RIVAL_BOUND, said)


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg2://", "postgresql://")
