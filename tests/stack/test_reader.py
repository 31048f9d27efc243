"""The reader on a real broker: whatever an outsider writes there, it comes to the end."""

import asyncio
from collections.abc import Iterator
from contextlib import closing

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaProducer

from shared.broker.admin import ensure_topics
from shared.broker.reader import FetchedRecord, OffsetRange, Reader
from shared.kafka_access import KafkaAccess
from tests.relaying import wait_until
from tests.servers import PARTITIONS
from tests.topics import Misspelt

pytestmark = pytest.mark.stack

TOPIC = "journal.intake"
PLACE = (TOPIC, 0)


@pytest.fixture
def kafka(clean_kafka: KafkaAccess) -> KafkaAccess:
    ensure_topics(clean_kafka, ["intake"], PARTITIONS)
    return clean_kafka


@pytest.fixture
def skipped() -> list[int]:
    return []


@pytest.fixture
def reader(kafka: KafkaAccess, skipped: list[int]) -> Iterator[Reader]:
    with closing(Reader(kafka, skipped.append)) as made:
        yield made


def send(kafka: KafkaAccess, *values: bytes, header: str = "seq") -> None:
    """Records, each in a batch of its own."""
    with closing(KafkaProducer(**kafka.client)) as producer:
        for value in values:
            producer.send(TOPIC, value, headers=[(header, b"1")], partition=0).get(20)


def send_as(kafka: KafkaAccess, value: bytes, **settings: str) -> None:
    """One record by a producer with settings that ours has not."""

    async def sent() -> None:
        async with AIOKafkaProducer(**kafka.client, **settings) as producer:
            if "transactional_id" in settings:
                async with producer.transaction():
                    await producer.send_and_wait(TOPIC, value, partition=0)
            else:
                await producer.send_and_wait(TOPIC, value, partition=0)

    asyncio.run(sent())


def everything(reader: Reader, begin: int = 0) -> list[FetchedRecord]:
    """What it reads from there to the end."""
    end = reader.bounds([PLACE])[PLACE].end
    spans = {PLACE: OffsetRange(begin, end)}
    return [record for _, found in reader.read(spans, lambda: None) for record in found]


def values(reader: Reader) -> list[bytes]:
    return [record.value for record in everything(reader)]


def test_a_second_reading_gives_the_same_as_the_first(reader: Reader, kafka: KafkaAccess) -> None:
    send(kafka, b"a", b"b", b"c")
    first = everything(reader)
    assert [record.value for record in first] == [b"a", b"b", b"c"]
    assert everything(reader) == first
    assert everything(reader, begin=2) == first[2:]


def test_a_marker_of_a_transaction_at_the_end_is_passed(reader: Reader, kafka: KafkaAccess) -> None:
    send(kafka, b"a")
    send_as(kafka, b"b", transactional_id="outsider")
    wait_until(lambda: reader.ends([PLACE])[PLACE] == 3, what="the marker has an offset")
    assert values(reader) == [b"a", b"b"]
    send(kafka, b"c")
    assert values(reader) == [b"a", b"b", b"c"]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_every_codec_of_a_producer_can_be_read(
    reader: Reader, kafka: KafkaAccess, skipped: list[int], codec: str
) -> None:
    send_as(kafka, b"a" * 100, compression_type=codec)
    assert values(reader) == [b"a" * 100]
    assert skipped == []


def test_a_batch_that_cannot_be_read_is_stepped_over_and_counted(
    reader: Reader, kafka: KafkaAccess, skipped: list[int]
) -> None:
    send(kafka, b"a")
    send(kafka, b"strange", header=Misspelt("x"))
    send(kafka, b"b")
    assert values(reader) == [b"a", b"b"]
    assert skipped == [1]
    send(kafka, b"strange", header=Misspelt("x"))
    assert values(reader) == [b"a", b"b"]
    assert skipped == [1, 1, 3]
