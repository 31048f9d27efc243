"""The lag on real servers: what stands at the end of a topic and is nobody's is not waited for."""

import asyncio
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from guiyi.stack.installation import free_port
from shared.config import Settings
from shared.kafka_access import KafkaAccess
from shared.worker.lag import lags
from shared.worker.reactions import CONSUMER
from tests.hand_relay import HandRelay, hand_relay
from tests.shared import toy
from tests.topics import Misspelt
from tests.working import MILESTONE, Toy, toy_room


@pytest.fixture
def room(
    clean_kafka: KafkaAccess, make_database: Callable[..., Settings], tmp_path: Path
) -> Iterator[Toy]:
    with toy_room(make_database(toy.ROOM), tmp_path) as made:
        made.open_gate()
        yield made


@pytest.fixture
def relay(room: Toy) -> Iterator[HandRelay]:
    with hand_relay(room.settings.kafka_admin) as made:
        yield made


def told(room: Toy) -> int:
    """As `guiyi lag` says it."""
    settings = room.settings
    found = lags(room.engine, toy.room, settings.kafka, settings.partitions)
    return next(lag.facts for lag in found if lag.consumer == CONSUMER)


def measured(port: int) -> float:
    """As the worker's metric says it; -1 if it says nothing yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
            text = answer.read().decode()
    except OSError:
        return -1
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "guiyi_worker_lag_facts" and sample.labels["consumer"] == CONSUMER:
                return float(sample.value)
    return -1


def send_transaction(room: Toy, partition: int, *values: bytes) -> None:
    """A transaction of an outsider: its marker takes an offset and is no record."""

    async def sent() -> None:
        settings = {"transactional_id": "outsider"}
        async with (
            AIOKafkaProducer(**room.settings.kafka_admin.client, **settings) as producer,
            producer.transaction(),
        ):
            for value in values:
                await producer.send_and_wait(MILESTONE, value, partition=partition)

    asyncio.run(sent())


@pytest.mark.parametrize("outsider", ["garbage", "unreadable", "marker"])
def test_what_is_nobodys_at_the_end_does_not_count(
    room: Toy, relay: HandRelay, outsider: str
) -> None:
    room.do("jar-a", toy.DropCoin(1))
    coin = next(stored for stored in room.facts() if stored.public is not None)
    relay.all(room.facts())
    relay.milestones(room.facts())
    empty = (coin.partition + 1) % room.settings.partitions
    for partition in (coin.partition, empty):
        if outsider == "garbage":
            relay.milestone(coin, 0, value=b"\x00 not ours", partition=partition)
        elif outsider == "unreadable":
            relay.milestone(coin, 0, headers=[(Misspelt("seq"), b"1")], partition=partition)
        else:
            send_transaction(room, partition, b"\x00 not ours")
    assert told(room) >= 1, "the coin is not taken yet"
    port = free_port()
    room.start("worker", PORT=str(port))
    room.until(lambda: measured(port) == 0, "the metric comes to 0", 30)
    assert told(room) == 0
    room.do("jar-a", toy.DropCoin(1))
    relay.milestone([stored for stored in room.facts() if stored.public is not None][-1], coin.seq)
    noted = "SELECT count(*) FROM record.facts WHERE type = 'TotalNoted'"
    room.until(lambda: room.ask(noted) == [(2,)], "what comes behind it is taken")
    room.until(lambda: measured(port) == told(room) == 0, "and nothing is left", 30)


def test_records_that_wait_behind_garbage_count(room: Toy, relay: HandRelay) -> None:
    room.do("jar-a", toy.DropCoin(1))
    coin = next(stored for stored in room.facts() if stored.public is not None)
    relay.milestone(coin, 0, value=b"\x00 not ours")
    relay.milestone(coin, 0)
    assert told(room) == 1
