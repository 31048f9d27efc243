"""转发 (relays) while Kafka or PostgreSQL is away or refuses records."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import Any

import psutil
import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from shared.envelope import canonical, sha256
from shared.http.readiness import Readiness
from shared.record.store import LARGEST_FACT, Append, NewFact, Unavailable
from shared.relay import operations
from tests.relay_child import RETRY_S
from tests.relaying import Relay, Writer, ask, new_fact, on_topic, unpublished, wait_until
from tests.servers import Servers
from tests.shared.recording import MILESTONE
from tests.stack.relay_scene import Scene
from tests.stack.relay_scene import scene as scene  # noqa: PLC0414 - a fixture

JOURNAL = "journal.intake"
TOO_OLD_S = 12


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
        wait_until(lambda: 0 in refused(scene), what="the record is named")
        assert unpublished(scene.settings) > 0
    scene.all_sent()
    scene.every_reader_has_everything()
    assert len(on_topic(scene.kafka, JOURNAL)[0]) >= 9
    assert relay.child.poll() is None


@pytest.mark.parametrize("topic", [JOURNAL, MILESTONE])
def test_a_record_that_is_too_large_stops_its_own_partition_alone(scene: Scene, topic: str) -> None:
    """And raising the topic's limit mends it, as docs/runbooks/relay.md says."""
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(30)
    scene.all_sent()
    with largest_record(scene, 4_096, topic), closing(readiness(scene)) as web:
        large = large_fact(f"report-{writer.name}-2", 6, 2)
        writer.record.append(Append([large], {large.stream: 5}, [large.command_id]))
        wait_until(lambda: 2 in refused(scene), what="the record is named")
        assert f"{topic}/2, seq 6, " in refused(scene)[2]
        for _ in range(2):  # before and after it was tried again
            tries = named(relay)
            writer.write(60, [0, 1, 3, 4, 5])
            wait_until(lambda: unpublished(scene.settings) <= 2, what="the others go on")
            wait_until(lambda: named(relay) > tries, what="it is tried again")  # noqa: B023
        assert web.unready() == []
        assert "partition 2 waits" in web.notes()[0]
        events = [line["event"] for line in relay.said()]
        assert events.count("session ended") == 1  # that of the producer which all of them shared
    scene.all_sent()
    wait_until(lambda: not refused(scene), what="it waits no longer")
    writer.versions[2] = 6
    writer.write(60)
    scene.all_sent()
    scene.every_reader_has_everything()


@pytest.mark.parametrize("topic", [JOURNAL, MILESTONE])
def test_what_kafka_refuses_for_another_reason_stops_its_own_partition_alone(
    scene: Scene, topic: str
) -> None:
    """Here a topic that takes no old records, and one that is too old by then."""
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(30)
    scene.all_sent()
    with stopped(relay.child.pid):
        writer.write_many(2, 2)
        time.sleep(TOO_OLD_S + 2)
    with (
        setting(scene, topic, "message.timestamp.before.max.ms", TOO_OLD_S * 1000, 2**63 - 1),
        closing(readiness(scene)) as web,
    ):
        wait_until(lambda: 2 in refused(scene), what="the record is named")
        assert f"{topic}/2, seq 6, " in refused(scene)[2]
        assert "imestamp" in refused(scene)[2]
        writer.write(60, [0, 1, 3, 4, 5])
        wait_until(lambda: unpublished(scene.settings) <= 2, 15, what="the others go on")
        told = operations.status(scene.settings).partitions
        assert {each.refused_kind for each in told} == {None, "refused"}
        assert web.unready() == []
        assert web.notes()[0].startswith("partition 2 waits, Kafka refuses a record: ")
    scene.all_sent()
    wait_until(lambda: not refused(scene), what="it waits no longer")
    scene.every_reader_has_everything()


def test_a_record_above_the_producers_old_limit_is_sent_when_the_topic_takes_it(
    scene: Scene,
) -> None:
    """A fact from before there was a limit: the topic's limit is the only one."""
    scene.begun()
    writer = Writer(scene.settings)
    writer.write(6)
    ((before,),) = ask(scene.settings, "SELECT octet_length(body) FROM record.facts LIMIT 1")
    assert before < LARGEST_FACT
    new = large_fact(f"report-{writer.name}-2", 2, 2, size=9 * 1024 * 1024)
    lift_limit(scene)
    with suppress(Unavailable):  # a busy server takes so much, and its answer comes too late
        writer.record.append(Append([new], {new.stream: 1}, [new.command_id]))
    wait_until(lambda: 2 in refused(scene), what="the record is named")
    with largest_record(scene, 20 * 1024 * 1024), largest_record(scene, 20 << 20, MILESTONE):
        scene.all_sent()
    scene.every_reader_has_everything()


def test_a_fact_that_is_gone_before_it_was_sent_stops_its_own_partition_alone(
    scene: Scene,
) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    gone = "DELETE FROM record.facts WHERE partition = 2 AND seq = 3 RETURNING fact_id"
    guard = "ALTER TABLE record.facts {} TRIGGER facts_stay".format
    with stopped(relay.child.pid):
        writer.write(30)
        ask(scene.settings, f"{guard('DISABLE')}; {gone}", owner=True)
        ask(scene.settings, f"{guard('ENABLE ALWAYS')}; SELECT 1", owner=True)
    wait_until(lambda: 2 in refused(scene), what="the partition is named")
    assert refused(scene)[2] == "the record lacks fact 3, which was not sent yet"
    wait_until(lambda: unpublished(scene.settings) <= 5, what="the others go on")
    with closing(readiness(scene)) as web:
        assert web.unready() == []
        assert "the record lacks fact 3" in web.notes()[0]
    time.sleep(RETRY_S + 1)  # it is tried again
    assert refused(scene)[2] == "the record lacks fact 3, which was not sent yet"
    assert relay.child.poll() is None
    assert "session ended" not in [line["event"] for line in relay.said()]


def lift_limit(scene: Scene) -> None:
    """Let the append take facts of any size, as it did before it knew a limit."""
    order = (
        "DO $do$ BEGIN EXECUTE replace("
        "pg_get_functiondef('record.append_one'::regproc), '1048576', '1073741824'); END $do$"
    )
    ask(scene.settings, order, owner=True)


def readiness(scene: Scene) -> Readiness:
    """What the web role says at /readyz."""
    return Readiness(scene.settings.runtime_url, scene.settings.room)


def refused(scene: Scene) -> dict[int, str]:
    """By partition, what `guiyi relay status` says of its record that cannot be sent."""
    told = operations.status(scene.settings).partitions
    return {each.partition: each.refused for each in told if each.refused is not None}


def named(relay: Relay) -> int:
    """How often the relay's log says that a record is refused."""
    return sum("is refused" in line["event"] for line in relay.said())


def large_fact(stream: str, version: int, partition: int, size: int = 20_000) -> NewFact:
    """A milestone whose fact and public document cannot be compressed below this size."""
    new = new_fact(stream, version, partition, public=True)
    assert new.public is not None
    public = canonical({**json.loads(new.public), "state": os.urandom(size // 2).hex()})
    told = json.loads(new.body)
    told |= {"public": sha256(public).hex(), "data": {"said": os.urandom(size // 2).hex()}}
    return replace(new, body=canonical(told), public=public)


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
def largest_record(scene: Scene, size: int, topic: str = JOURNAL) -> Iterator[None]:
    """Let the topic take no record above this size."""
    with setting(scene, topic, "max.message.bytes", size, 8 * 1024 * 1024):
        yield


@contextmanager
def setting(scene: Scene, topic: str, name: str, value: int, after: int) -> Iterator[None]:
    """Set the topic so for the time of the block."""
    with closing(KafkaAdminClient(**scene.kafka.client)) as admin:
        set_so(admin, topic, {name: str(value)})
        try:
            yield
        finally:
            set_so(admin, topic, {name: str(after)})


def set_so(admin: Any, topic: str, wanted: dict[str, str]) -> None:
    told = admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, wanted)])
    assert told["topic"][topic] == "OK"


def family(pid: int) -> list[int]:
    """The process and its children, children first."""
    first = psutil.Process(pid)
    return [*(child.pid for child in first.children(recursive=True)), pid]
