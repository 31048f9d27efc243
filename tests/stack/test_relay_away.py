"""转发 (relays) while Kafka or PostgreSQL is away or refuses records."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psutil
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from shared.record.store import Append
from tests.relaying import Writer, new_fact, on_topic, unpublished, wait_until
from tests.servers import Servers
from tests.stack.relay_scene import Scene
from tests.stack.relay_scene import scene as scene  # noqa: PLC0414 - a fixture

JOURNAL = "journal.intake"


def test_a_broker_that_is_killed_and_comes_back_has_everything(
    scene: Scene, servers: Servers
) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    for partition in range(6):
        writer.write_many(partition, 1_000)
    child = servers.child("kafka")
    child.kill()
    child.wait(10)
    writer.write(60)  # facts are taken while Kafka is away
    servers.restart("kafka")
    scene.all_sent()
    scene.every_reader_has_everything()
    assert relay.child.poll() is None


def test_a_broker_that_stops_answering_is_waited_for(scene: Scene, servers: Servers) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(30)
    with stopped(servers.child("kafka").pid):
        writer.write(60)
        ended = "session ended"
        wait_until(lambda: any(line["event"] == ended for line in relay.said()), what=ended)
        assert unpublished(scene.settings) > 0
    scene.all_sent()
    scene.every_reader_has_everything()
    assert relay.child.poll() is None


def test_a_database_that_stops_answering_is_waited_for(scene: Scene, servers: Servers) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    for partition in range(6):
        writer.write_many(partition, 500)
    with stopped(*family(servers.child("postgres").pid)):
        ended = "session ended"
        wait_until(lambda: any(line["event"] == ended for line in relay.said()), what=ended)
    scene.all_sent()
    scene.every_reader_has_everything()
    assert relay.child.poll() is None


def test_what_follows_a_refused_record_is_sent_again_behind_it(scene: Scene) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(30)
    scene.all_sent()
    with largest_record(scene, 4_096):
        # Written in one append, so that all of them are on their way when one is refused.
        stream = f"report-{writer.name}-0"
        said = ["短", "长" * 5_000 + os.urandom(9_000).hex(), "短", "短"]
        facts = [new_fact(stream, 6 + n, 0, said=each) for n, each in enumerate(said)]
        append = Append(facts, {stream: 5}, [fact.command_id for fact in facts])
        writer.record.append(append)
        ended = "session ended"
        wait_until(lambda: [line["event"] for line in relay.said()].count(ended) > 1, what=ended)
        assert unpublished(scene.settings) > 0
    scene.all_sent()
    scene.every_reader_has_everything()
    assert len(on_topic(scene.bootstrap, JOURNAL)[0]) >= 9


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Stop a process and its children (SIGSTOP) for the time of the block."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def largest_record(scene: Scene, size: int) -> Iterator[None]:
    """Let the journal take no record above this size."""
    with closing(KafkaAdminClient(bootstrap_servers=scene.bootstrap)) as admin:
        set_largest(admin, size)
        try:
            yield
        finally:
            set_largest(admin, 8 * 1024 * 1024)


def set_largest(admin: Any, size: int) -> None:
    wanted = {"max.message.bytes": str(size)}
    told = admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, JOURNAL, wanted)])
    assert told["topic"][JOURNAL] == "OK"


def family(pid: int) -> list[int]:
    """The process and its children, children first."""
    first = psutil.Process(pid)
    return [*(child.pid for child in first.children(recursive=True)), pid]
