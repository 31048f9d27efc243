"""位移 (offsets): where a topic ends, and which record stands at an offset.

They are read beside the subscription, by a consumer without a group. Each read has a time limit.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from shared.envelope import moment
from shared.kafka_access import KafkaAccess
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
    key: bytes = b""


Wanted: TypeAlias = Callable[[TopicPartition, RecordAtOffset], bool]


async def ends(kafka: KafkaAccess, spots: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    """Where each partition ends: the offset the next record will have."""
    if not spots:
        return {}
    async with _opened(kafka) as consumer:
        ended = await _ends(consumer, spots)
        return {_spot(place): end for place, end in ended.items()}


async def look(
    kafka: KafkaAccess, offsets: Mapping[TopicPartition, int]
) -> dict[TopicPartition, RecordAtOffset]:
    """The record that stands exactly at each offset, if any."""
    spans = {spot: (offset, offset + 1) for spot, offset in offsets.items() if offset >= 0}
    return await look_for(kafka, spans, lambda _spot, _record: True)


async def look_for(
    kafka: KafkaAccess, spans: Mapping[TopicPartition, tuple[int, int]], wanted: Wanted
) -> dict[TopicPartition, RecordAtOffset]:
    """The first wanted record of each span of offsets, if any; its end is not included."""
    if not spans:
        return {}
    async with _opened(kafka) as consumer:
        return await _look_for(consumer, spans, wanted)


@asynccontextmanager
async def _opened(kafka: KafkaAccess) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **kafka.client,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=_REQUEST_MS,
        max_partition_fetch_bytes=4_096,
        fetch_max_bytes=1_048_576,
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            await consumer.start()
            yield consumer
    except (KafkaError, TimeoutError, OSError) as error:
        raise BrokerSilent(f"{type(error).__name__}: {error}") from error
    finally:
        with suppress(KafkaError, TimeoutError, OSError):
            await asyncio.wait_for(consumer.stop(), _REQUEST_MS / 1000)


async def _look_for(
    consumer: AIOKafkaConsumer, spans: Mapping[TopicPartition, tuple[int, int]], wanted: Wanted
) -> dict[TopicPartition, RecordAtOffset]:
    found: dict[TopicPartition, RecordAtOffset] = {}
    ended = await consumer.end_offsets([KafkaPartition(*spot) for spot in spans])
    left = {place: min(end, spans[_spot(place)][1]) for place, end in ended.items()}
    consumer.assign(list(left))
    for place in left:
        consumer.seek(place, spans[_spot(place)][0])
    while left := await _not_passed(consumer, left, found):
        for place, records in (await consumer.getmany(*left, timeout_ms=500)).items():
            spot, end = _spot(place), left[place]
            seen = (_seen(record) for record in records if record.offset < end)
            if (first := next((one for one in seen if wanted(spot, one)), None)) is not None:
                found[spot] = first
    return found


async def _ends(
    consumer: AIOKafkaConsumer, spots: Collection[TopicPartition]
) -> Mapping[KafkaPartition, int]:
    """Where each ends. Its partitions stay assigned, and paused.

    Assigned first, because the client then asks about all topics at once. Else it comes to know one
    topic with each attempt, and waits a tenth of a second between them.
    """
    places = [KafkaPartition(*spot) for spot in spots]
    consumer.assign(places)
    consumer.pause(*places)
    ended: Mapping[KafkaPartition, int] = await consumer.end_offsets(places)
    return ended


async def _not_passed(
    consumer: AIOKafkaConsumer,
    left: Mapping[KafkaPartition, int],
    found: Collection[TopicPartition],
) -> dict[KafkaPartition, int]:
    """The partitions in which nothing is found, and whose end the client has not reached.

    It is asked, because markers of transactions have offsets, but no record comes for them.
    """
    return {
        place: end
        for place, end in left.items()
        if _spot(place) not in found and await consumer.position(place) < end
    }


def _spot(place: KafkaPartition) -> TopicPartition:
    return place.topic, place.partition


def _seen(record: ConsumerRecord[bytes, bytes]) -> RecordAtOffset:
    try:
        at = moment(record.timestamp * 1000)
    except OverflowError:  # the broker keeps whatever time a stranger gives
        at = moment(0)
    headers = tuple(record.headers)
    return RecordAtOffset(record.offset, at, headers, record.value, record.key or b"")
