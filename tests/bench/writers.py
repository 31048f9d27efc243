"""Processes that write facts as fast as they can, each in one of several ways."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Protocol
from uuid import UUID, uuid4

import psycopg2
from uuid_utils.compat import uuid7

from shared.config import Settings
from shared.envelope import canonical
from shared.handle import partition_of
from shared.record.postgres import Record
from shared.record.store import Append, NewFact

STREAMS = 50
BODY = b'{"data":"' + b"x" * 719 + b'"}'
TYPE, TICKET = "RemoteGuidanceGiven", "BX-HZ01-20261123-0001"
SAID = (
    b'{"actor":"wang","branch":"HZ01","causation":null,"command":"%b","correlation":"a call",'
    b'"data":{"said":"' + b"x" * 250 + b'"},"id":"%b","n":0,"occurred_at":"%b","policy":null,'
    b'"public":null,"schema":1,"stream":"%b","ticket":"BX-HZ01-20261123-0001","traceparent":null,'
    b'"type":"RemoteGuidanceGiven","version":%d}'
)
TEXT = "x" * 250
"""About 730 bytes, the size of an ordinary fact."""
RIVAL = {
    "PERSISTENCE_MODULE": "eventsourcing.postgres",
    "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
    "POSTGRES_POOL_SIZE": "1",
    "POSTGRES_MAX_OVERFLOW": "0",
    "POSTGRES_MAX_WAITING": "0",
}
"""Its fastest documented settings, those of its own speed run. With database functions it no longer
locks its table, so a reader of its log can miss an event that commits late; without, it cannot."""
IN_ORDER = {**RIVAL, "POSTGRES_ENABLE_DB_FUNCTIONS": "n"}
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
    """The streams of one writer, used in turn, each with its partition and its version."""

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
        made, command, now = uuid7(), uuid4(), datetime.now(UTC)
        body = self.body(made, command, now, stream, version)
        fact = NewFact(
            *(stream, version, partition, made, command, 0, TYPE, TICKET, "HZ01", now, body, None)
        )
        self._record.append(Append([fact], {stream: version - 1}, [command]))

    def body(self, made: UUID, command: UUID, now: datetime, stream: str, version: int) -> bytes:
        """The bytes of the fact: ready, as those of the baseline, but for what names it."""
        return SAID % (
            *(str(command).encode(), str(made).encode(), now.isoformat().encode()),
            *(stream.encode(), version),
        )


class Bare:
    """INSERT + COMMIT, of the same columns under the same unique indexes."""

    def __init__(self, settings: Settings, *, at_once: bool = False) -> None:
        self._connection = psycopg2.connect(libpq(settings.runtime_url))
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


class Made(Ours):
    """As Ours, but it makes the bytes of each fact, because the rival makes its own as well."""

    def body(self, made: UUID, command: UUID, now: datetime, stream: str, version: int) -> bytes:
        """The bytes that `handle` would make of the fact."""
        return canonical(
            {
                "id": made,
                "type": TYPE,
                "schema": 1,
                "stream": stream,
                "version": version,
                "ticket": TICKET,
                "branch": "HZ01",
                "actor": "wang",
                "command": command,
                "n": 0,
                "correlation": stream,
                "causation": None,
                "occurred_at": now,
                "policy": None,
                "traceparent": None,
                "public": None,
                "data": {"said": TEXT},
            }
        )


class Rival:
    """`eventsourcing` as its users call it: an aggregate triggers an event and is saved."""

    def __init__(self, settings: Settings, chosen: Mapping[str, str]) -> None:
        from tests.bench.rival import application

        self._application = application(settings, chosen)
        self._all = [self._application.open() for _ in range(STREAMS)]
        self._next = 0

    def write(self) -> None:
        """As Kind.write."""
        self._next = (self._next + 1) % STREAMS
        self._application.note(self._all[self._next], TEXT)


class Recorder:
    """`eventsourcing` without aggregates and mappers: its recorder gets bytes that are ready."""

    def __init__(self, settings: Settings) -> None:
        from tests.bench.rival import application

        self._application = application(settings, RIVAL)
        self._versions = dict.fromkeys((uuid4() for _ in range(STREAMS)), 0)
        self._names = list(self._versions)
        self._next = 0

    def write(self) -> None:
        """As Kind.write."""
        self._next = (self._next + 1) % STREAMS
        stream = self._names[self._next]
        self._versions[stream] += 1
        self._application.insert(stream, self._versions[stream], TYPE, BODY)


KINDS: dict[str, Callable[[Settings], Kind]] = {
    "ours": Ours,
    "bare": Bare,
    "bare, at once": lambda settings: Bare(settings, at_once=True),
    "ours, made": Made,
    "rival": lambda settings: Rival(settings, RIVAL),
    "rival, in order": lambda settings: Rival(settings, IN_ORDER),
    "rival's recorder": Recorder,
}


def writer(settings: Settings, asked: Connection) -> None:
    """A process that writes when it is asked. It gets (kind, seconds) and sends facts a second."""
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
        """Facts a second of `count` writers together."""
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
    """Start `count` writing processes. They end with the block."""
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


def libpq(url: str) -> str:
    return url.replace("postgresql+psycopg2://", "postgresql://")
