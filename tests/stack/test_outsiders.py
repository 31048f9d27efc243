"""外人: somebody joins the group of a room's workers, adds partitions, or closes a topic."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ACLOperation

from guiyi.stack.installation import free_port
from shared.config import Settings
from shared.kafka_access import KafkaAccess
from shared.topics import journal_topic
from shared.worker.entrypoint import FAILED
from tests.relaying import PROJECT
from tests.shared import toy
from tests.topics import forbidden
from tests.working import Child, Toy, toy_room

STRANGER = """
import asyncio, os, sys
from shared.kafka_access import read_access
from shared.worker.subscription import Subscription

async def run(topic):
    read = Subscription(read_access(os.environ, "KAFKA"), "guiyi-intake-worker", [topic], 1)
    read._app.conf.broker_client_id = "a-stranger"
    async def take(messages): pass
    async def positions(spots): return {}
    await read.begin(take, positions, asyncio.get_running_loop().create_future())
    await asyncio.sleep(600)

asyncio.run(run(*sys.argv[1:]))
"""


@pytest.fixture
def room(
    clean_kafka: KafkaAccess, make_database: Callable[..., Settings], tmp_path: Path
) -> Iterator[Toy]:
    with toy_room(make_database(toy.ROOM), tmp_path) as made:
        yield made


def readyz(port: int) -> list[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        found: list[str] = answer.read().decode().splitlines()
        return found


def test_a_stranger_in_the_group_and_partitions_nobody_asked_for_are_named(room: Toy) -> None:
    room.start("relay")
    port, topic = free_port(), journal_topic(toy.ROOM)
    worker = room.start("worker", PORT=str(port))
    room.until(lambda: bool(worker.said("reading")), "the worker reads")
    room.fill(6, 12)
    kafka = room.settings.kafka_admin
    stranger = subprocess.Popen(
        [sys.executable, "-c", STRANGER, topic],
        cwd=PROJECT,
        env={**os.environ, **kafka.environment()},
    )
    try:
        room.until(lambda: "a stranger is in the group" in str(readyz(port)), "it is named", 90)
        (said,) = [line for line in readyz(port) if "stranger" in line]
        assert said.startswith("a stranger is in the group guiyi-intake-worker: a-stranger at")
        assert f"{topic}/" in said
        assert worker.process.poll() is None
    finally:
        stranger.kill()
        stranger.wait(10)
    room.fill(6, 12)
    room.until(lambda: "stranger" not in str(readyz(port)), "it is gone", 90)
    with closing(KafkaAdminClient(**kafka.client)) as admin:
        admin.create_partitions({topic: 8})
    more = f"{topic} has 8 partitions, this installation 6"
    room.until(lambda: more in str(readyz(port)), "the partitions are named", 90)
    assert readyz(port)[0] == "ok"
    assert worker.process.poll() is None


HEARD = "CoinDropped"


def test_a_topic_that_is_closed_to_a_worker_waits_alone(room: Toy) -> None:
    """Its own views go on; when the topic opens the worker ends, and the next one hears it."""
    login, port = str(room.settings.kafka.username), free_port()
    room.start("relay")
    first = room.start("worker")
    room.until(lambda: bool(first.said("reading")), "the worker reads")
    room.fill(6, 12)
    room.until(room.is_level, "all is taken")
    with forbidden(room.settings.kafka_admin, login, HEARD, [ACLOperation.READ]):
        room.fill(6, 12)
        assert ended(first) == FAILED
        second = room.start("worker", PORT=str(port))
        room.until(lambda: bool(second.said("reading")), "the worker reads")
        assert f"{HEARD} is not heard" in str(readyz(port))
        assert readyz(port)[0] == "ok"
        room.until(room.is_level, "its own views go on")
        seen = room.taken("reactions")
    assert ended(second) == FAILED
    room.start("worker")
    room.until(lambda: room.taken("reactions") > seen, "the next one hears it")


def ended(worker: Child) -> int:
    """How a worker ended by itself."""
    worker.ended = True
    return worker.process.wait(120)
