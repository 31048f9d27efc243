"""Tools for tests of relays: append facts, start relays as processes, read topics."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2
from kafka import KafkaConsumer, TopicPartition

from guiyi.stack.installation import free_port
from shared.config import Settings
from shared.kafka_access import KafkaAccess
from shared.record.postgres import Record
from shared.record.store import Append, NewFact
from tests.forked import Forked, forked
from tests.relay_child import relay
from tests.shared.recording import fact

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

    child: Forked
    log: Path
    port: int

    def said(self) -> list[dict[str, Any]]:
        """The lines of its log so far."""
        lines = self.log.read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def notes(self) -> list[str]:
        """What its /readyz says, except the first line of a relay that is ready."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as told:
                return str(told.read(), "utf-8").splitlines()[1:]
        except urllib.error.HTTPError as error:
            with error:
                return str(error.read(), "utf-8").splitlines()
        except OSError:
            return ["nobody answers"]


@contextmanager
def relays(settings: Settings, folder: Path) -> Iterator[Callable[[], Relay]]:
    """A function that starts relays. All of them end with the test."""
    made: list[Relay] = []

    def start() -> Relay:
        log, port = folder / f"relay-{len(made)}.log", free_port()
        child = forked(relay, environ={**environ(settings), "PORT": str(port)}, out=log)
        made.append(Relay(child, log, port))
        return made[-1]

    try:
        yield start
    finally:
        for each in made:
            each.child.kill()
            each.child.wait(10)


def environ(settings: Settings) -> Mapping[str, str]:
    """The environment variables from which a process reads these settings."""
    prefix = settings.room.upper()
    return {
        "GUIYI_ROOM": settings.room,
        **settings.kafka.environment(),
        "PARTITIONS": str(settings.partitions),
        f"{prefix}_RUNTIME_URL": settings.runtime_url,
        f"{prefix}_RELAY_URL": settings.relay_url,
        f"{prefix}_WORKER_URL": settings.worker_url,
        "KEYS_URL": settings.keys_url,
        "KEYS_RELAY_URL": settings.keys_relay_url,
        "KEYS_WORKER_URL": settings.keys_worker_url,
        "KEYS_MASTER_FILE": str(settings.master_key_file),
        "TOKEN_PUBLIC_KEY_FILE": str(settings.token_public_key_file),
        "FIRST_OPERATORS": ",".join(settings.first_operators),
    }


def ask(
    settings: Settings, statement: str, values: Sequence[Any] = (), *, owner: bool = False
) -> Any:
    """Run a statement in the room's database, as a worker if not as the owner: both see all rows.

    Its rows, if it has any.
    """
    url = settings.owner_url if owner else settings.worker_url
    assert url is not None
    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


def wait_until(holds: Callable[[], bool], seconds: float = 60, what: str = "") -> float:
    """Wait until the condition holds; the seconds that took.

    Who waits long looks less often: looking takes the time of those who are waited for.
    """
    begun = time.monotonic()
    while not holds():
        waited = time.monotonic() - begun
        assert waited < seconds, f"not after {seconds} s: {what or holds}"
        time.sleep(min(0.05 + waited / 20, 0.5))
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


def on_topic(kafka: KafkaAccess, topic: str) -> dict[int, list[Any]]:
    """Every record of a topic by partition, in its order."""
    found: dict[int, list[Any]] = {}
    with closing(
        KafkaConsumer(**kafka.client, group_id=None, enable_auto_commit=False)
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
