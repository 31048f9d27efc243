"""Tools for tests of relays: append facts, start relays as processes, read topics."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2
from kafka import KafkaConsumer, TopicPartition

from guiyi.stack import databases
from shared.config import Settings
from shared.record.postgres import Record
from shared.record.store import Append, NewFact
from tests.servers import Servers
from tests.shared.recording import MILESTONE, fact

PROJECT = Path(__file__).parents[1]


def new_fact(
    stream: str, version: int, partition: int, *, public: bool = False, said: str = ""
) -> NewFact:
    """A fact as `handle` would make it. Its content does not matter to a relay."""
    return fact(
        stream,
        version,
        partition=partition,
        ticket=f"BX-HZ01-20261123-{partition + 1:04d}",
        milestone=public,
        said=said or f"第{version}次",
        traceparent=f"00-{version:032x}-00f067aa0ba902b7-01" if version % 2 else None,
    )


@dataclass
class Writer:
    """Appends facts: one stream for each partition. Every third fact is a milestone."""

    settings: Settings
    versions: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.record = Record(
            self.settings.runtime_url, self.settings.room, self.settings.partitions
        )
        self.name = uuid4().hex[:6]

    def write(self, count: int, partitions: Sequence[int] | None = None) -> None:
        """Append `count` facts, one append each, to these partitions in turn."""
        chosen = range(self.settings.partitions) if partitions is None else partitions
        for n in range(count):
            self.write_many(chosen[n % len(chosen)], 1)

    def write_many(self, partition: int, count: int) -> None:
        """Append `count` facts of one partition in one append."""
        stream, version = f"report-{self.name}-{partition}", self.versions.get(partition, 0)
        facts = [
            new_fact(stream, version + n, partition, public=(version + n) % 3 == 0)
            for n in range(1, count + 1)
        ]
        self.record.append(Append(facts, {stream: version}, [fact.command_id for fact in facts]))
        self.versions[partition] = version + count


@dataclass
class Relay:
    """A relay that runs as a process of its own."""

    child: subprocess.Popen[bytes]
    log: Path

    def said(self) -> list[dict[str, Any]]:
        """The lines of its log so far."""
        lines = self.log.read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@contextmanager
def relays(settings: Settings, folder: Path) -> Iterator[Callable[[], Relay]]:
    """A function that starts relays. All of them end with the test."""
    made: list[Relay] = []

    def start() -> Relay:
        log = folder / f"relay-{len(made)}.log"
        with log.open("wb") as out:
            child = subprocess.Popen(
                [sys.executable, "-m", "tests.relay_child"],
                cwd=PROJECT,
                env={**os.environ, **environ(settings)},
                stdout=out,
                stderr=out,
            )
        made.append(Relay(child, log))
        return made[-1]

    try:
        yield start
    finally:
        for relay in made:
            relay.child.kill()
            relay.child.wait(10)


def environ(settings: Settings) -> Mapping[str, str]:
    """The environment variables from which a process reads these settings."""
    prefix = settings.room.upper()
    return {
        "GUIYI_ROOM": settings.room,
        "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "PARTITIONS": str(settings.partitions),
        f"{prefix}_RUNTIME_URL": settings.runtime_url,
        f"{prefix}_WORKER_URL": settings.worker_url,
        "KEYS_URL": settings.keys_url,
        "KEYS_MASTER_FILE": str(settings.master_key_file),
        "TOKEN_PUBLIC_KEY_FILE": str(settings.token_public_key_file),
    }


def ask(
    settings: Settings, statement: str, values: Sequence[Any] = (), *, owner: bool = False
) -> Any:
    """Run a statement in the room's database; its rows, if it has any."""
    url = settings.owner_url if owner else settings.runtime_url
    assert url is not None
    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


def wait_until(holds: Callable[[], bool], seconds: float = 60, what: str = "") -> float:
    """Wait until the condition holds; the seconds that took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() < begun + seconds, f"not after {seconds} s: {what or holds}"
        time.sleep(0.05)
    return time.monotonic() - begun


def gate_is_open(settings: Settings) -> bool:
    return bool(
        ask(
            settings,
            "SELECT 1 FROM record.gate WHERE started_at = pg_postmaster_start_time()"
            " AND table_oid = tableoid",
        )
    )


def unpublished(settings: Settings) -> int:
    """How many facts are not on the journal, or as milestones not on their topic yet."""
    statement = """
        SELECT count(*) FROM record.facts AS f
        LEFT JOIN record.published AS j
            ON j.partition = f.partition AND j.topic = %s
        LEFT JOIN record.published AS m
            ON m.partition = f.partition AND m.topic = f.type
        WHERE f.seq > coalesce(j.seq, 0) OR (f.public IS NOT NULL AND f.seq > coalesce(m.seq, 0))
    """
    ((count,),) = ask(settings, statement, (f"journal.{settings.room}",))
    return int(count)


def on_topic(bootstrap: str, topic: str) -> dict[int, list[Any]]:
    """Every record of a topic by partition, in its order."""
    found: dict[int, list[Any]] = {}
    with closing(
        KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
    ) as consumer:
        places = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        if not places:
            return {}
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        while any(consumer.position(place) < ends[place] for place in places):
            for place, records in consumer.poll(timeout_ms=200).items():
                found.setdefault(place.partition, []).extend(records)
    return found


def header(record: Any, name: str) -> str:
    (value,) = [value for key, value in record.headers if key == name]
    return bytes(value).decode()


@dataclass
class Scene:
    """A room's database, a broker without topics, and a function that starts relays."""

    settings: Settings
    start: Callable[[], Relay]

    @property
    def bootstrap(self) -> str:
        return self.settings.kafka_bootstrap

    def begun(self) -> Relay:
        """Start a relay and wait until it has opened the gate."""
        relay = self.start()
        wait_until(lambda: gate_is_open(self.settings), what="the gate opens")
        return relay

    def all_sent(self, seconds: float = 60) -> float:
        """Wait until every fact is published; the seconds that took."""
        return wait_until(lambda: unpublished(self.settings) == 0, seconds, "everything is sent")

    def holders(self) -> list[str]:
        """The holder of each partition now."""
        statement = (
            "SELECT holder FROM record.leases WHERE until > clock_timestamp() ORDER BY partition"
        )
        return [row[0] for row in ask(self.settings, statement)]

    def every_reader_has_everything(self) -> None:
        """Check that each topic has all of its facts in order, and that copies are equal."""
        statement = (
            "SELECT partition, seq, type, public IS NOT NULL FROM record.facts"
            " ORDER BY partition, seq"
        )
        facts = ask(self.settings, statement)
        journal = f"journal.{self.settings.room}"
        for topic in (journal, MILESTONE):
            read = on_topic(self.bootstrap, topic)
            for number in range(self.settings.partitions):
                own = [
                    seq
                    for partition, seq, type_, shown in facts
                    if partition == number and (topic == journal or (shown and type_ == topic))
                ]
                _complete(topic, own, read.get(number, []))


def _complete(topic: str, own: list[int], records: Sequence[Any]) -> None:
    before = dict(zip(own, [0, *own], strict=False))
    cursor, first = 0, dict[int, Any]()
    for record in records:
        seq, prev = int(header(record, "seq")), int(header(record, "prev"))
        assert prev == before[seq], (topic, seq, prev)
        copy = (record.key, record.value, record.headers, record.timestamp)
        assert first.setdefault(seq, copy) == copy, (topic, seq)
        if prev == cursor:
            cursor = seq
    assert cursor == max(own, default=0), topic
    assert sorted(first) == own, topic


def backup(servers: Servers, settings: Settings) -> str:
    """Copy the room's database as it is now, with a closed gate. Connections to it are ended."""
    name = database_name(settings)
    ask(settings, "DELETE FROM record.gate", owner=True)
    with databases.administering(servers.postgres) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            (name,),
        )
    databases.copy_database(servers.postgres, name, f"{name}_backup", settings.room)
    return f"{name}_backup"


def restore(servers: Servers, settings: Settings, copy: str) -> None:
    """Replace the database by the copy, as a restore from an earlier day does."""
    name = database_name(settings)
    databases.drop_database(servers.postgres, name)
    databases.copy_database(servers.postgres, copy, name, settings.room)


def database_name(settings: Settings) -> str:
    return settings.runtime_url.rpartition("/")[2]


def facts_of(settings: Settings) -> Any:
    """All that the record has, to be compared with what it has later."""
    return [
        ask(settings, "SELECT t::text FROM record.facts AS t ORDER BY 1"),
        ask(settings, "SELECT t::text FROM record.heads AS t ORDER BY 1"),
        ask(settings, "SELECT t::text FROM record.counters AS t ORDER BY 1"),
    ]
