"""位移 (offsets): where a topic ends, and which record stands at an offset.

They are read beside the subscription, by a consumer without a group. Each read has a time limit.
"""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from shared.envelope import moment
from shared.topics import TopicPartition

LIMIT_S = 15.0
_REQUEST_MS = 5_000


class BrokerSilent(Exception):
    """Kafka cannot be reached or did not answer in time."""


@dataclass(frozen=True, slots=True)
class RecordAtOffset:
    """A record as it stands on a topic."""

    offset: int
    sent_at: datetime
    headers: tuple[tuple[str, bytes], ...]
    value: bytes


async def ends(bootstrap: str, spots: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    """Where each partition ends: the offset the next record will have."""
    return (await look(bootstrap, dict.fromkeys(spots, 0), read=False))[0]


async def look(
    bootstrap: str, offsets: Mapping[TopicPartition, int], *, read: bool = True
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, RecordAtOffset]]:
    """Where these partitions end, and the record that stands exactly at each offset, if any."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=_REQUEST_MS,
        max_poll_records=1,
        max_partition_fetch_bytes=4_096,
        fetch_max_bytes=1_048_576,
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            await consumer.start()
            return await _look(consumer, offsets, read=read)
    except (KafkaError, TimeoutError, OSError) as error:
        raise BrokerSilent(f"{type(error).__name__}: {error}") from error
    finally:
        with suppress(KafkaError, TimeoutError, OSError):
            await asyncio.wait_for(consumer.stop(), _REQUEST_MS / 1000)


async def _look(
    consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int], *, read: bool
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, RecordAtOffset]]:
    if not offsets:
        return {}, {}
    spots = [KafkaPartition(*spot) for spot in offsets]
    ended = await consumer.end_offsets(spots)
    wanted = {
        spot: offsets[spot.topic, spot.partition]
        for spot in spots
        if read and 0 <= offsets[spot.topic, spot.partition] < ended[spot]
    }
    found: dict[TopicPartition, RecordAtOffset] = {}
    consumer.assign(list(wanted))
    for spot, offset in wanted.items():
        consumer.seek(spot, offset)
    while wanted:
        for spot, records in (await consumer.getmany(*wanted, timeout_ms=500)).items():
            record = records[0]
            if record.offset == wanted.pop(spot):
                found[spot.topic, spot.partition] = _seen(record)
    return {(spot.topic, spot.partition): end for spot, end in ended.items()}, found


def _seen(record: ConsumerRecord[bytes, bytes]) -> RecordAtOffset:
    return RecordAtOffset(
        record.offset, moment(record.timestamp * 1000), tuple(record.headers), record.value
    )
