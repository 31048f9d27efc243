"""读者 (the reader): topics read from one offset to another, in no group, committing nothing.

Used to compare the topics with the record, and to put facts back from the journal.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kafka import KafkaConsumer
from kafka import TopicPartition as KafkaPartition
from kafka.consumer.fetcher import ConsumerRecord as PolledRecord

from shared.broker.admin import (
    BOOTSTRAP_MS,
    REQUEST_MS,
    BrokerAway,
    TopicClosed,
    translating_kafka_errors,
)
from shared.broker.batches import Skipped, skip_unreadable
from shared.kafka_access import KafkaAccess
from shared.topics import TopicPartition

BATCH = 2_000
_SLICE_MS = 200
_PATIENCE_S = 15.0
"""How long a broker may give nothing of what it said it has."""


@dataclass(frozen=True, slots=True)
class OffsetRange:
    """Where a topic's partition begins, and where its next record will stand."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class FetchedRecord:
    """A record as it was read."""

    offset: int
    headers: Mapping[str, bytes]
    value: bytes
    key: bytes = b""


class Reader:
    """读者: one consumer for as long as the broker answers.

    `skipped` is called for each batch that no client of ours can read; what it holds is nobody's.
    """

    def __init__(self, kafka: KafkaAccess, skipped: Skipped = lambda _offset: None) -> None:
        with translating_kafka_errors():
            self._consumer = KafkaConsumer(
                **kafka.client,
                client_id="guiyi-relay-reader",
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",
                allow_auto_create_topics=False,
                isolation_level="read_uncommitted",
                max_poll_records=BATCH,
                fetch_max_wait_ms=100,
                fetch_max_bytes=8 * 1024 * 1024,
                request_timeout_ms=REQUEST_MS,
                bootstrap_timeout_ms=BOOTSTRAP_MS,
                reconnect_backoff_max_ms=1_000,
                metrics_enabled=False,
            )
            skip_unreadable(self._consumer, skipped)

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close(autocommit=False, timeout_ms=1_000)

    def bounds(self, places: Sequence[TopicPartition]) -> Mapping[TopicPartition, OffsetRange]:
        """Where each of these begins and ends. Raises TopicClosed, BrokerAway."""
        asked = [KafkaPartition(*place) for place in places]
        with translating_kafka_errors():
            begins = self._consumer.beginning_offsets(asked, timeout_ms=REQUEST_MS)
        ends = self.ends(places)
        _all_told(asked, begins)
        return {tuple(tp): OffsetRange(begins[tp], ends[tuple(tp)]) for tp in asked}

    def ends(self, places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where the next record of each of these will stand. Raises TopicClosed, BrokerAway."""
        asked = [KafkaPartition(*place) for place in places]
        with translating_kafka_errors():
            found = self._consumer.end_offsets(asked, timeout_ms=REQUEST_MS)
        _all_told(asked, found)
        return {tuple(tp): end for tp, end in found.items()}

    def read(
        self, spans: Mapping[TopicPartition, OffsetRange], tick: Callable[[], None]
    ) -> Iterator[tuple[TopicPartition, Sequence[FetchedRecord]]]:
        """Every record in these spans, in batches, each place in order. `tick` is called between.

        Raises BrokerAway if what was said to be there does not come.
        """
        open_ = {KafkaPartition(*p): span.end for p, span in spans.items() if span.begin < span.end}
        at = {place: spans[tuple(place)].begin for place in open_}
        with translating_kafka_errors():
            self._consumer.assign(list(open_))
            self._consumer.resume(*open_)  # a place keeps its pause from an earlier reading
            for place, begin in at.items():
                self._consumer.seek(place, begin)
        moved = time.monotonic()
        while open_:
            tick()
            with translating_kafka_errors():
                polled = self._consumer.poll(timeout_ms=_SLICE_MS)
                # Not the last record's offset: markers of transactions and records that are no
                # longer there take a place in the order, too.
                now = {place: self._consumer.position(place) for place in open_}
            for place, records in polled.items():
                yield tuple(place), [_read(one) for one in records if one.offset < open_[place]]
            if now != at:
                moved, at = time.monotonic(), now
            for place in [place for place, end in open_.items() if now[place] >= end]:
                del open_[place], at[place]
                self._consumer.pause(place)
            if time.monotonic() - moved > _PATIENCE_S:
                raise BrokerAway(f"nothing comes of {sorted(map(tuple, open_))[:3]}")


def _all_told(asked: Sequence[KafkaPartition], found: Mapping[KafkaPartition, int]) -> None:
    """The client leaves out what it may not see, and says nothing."""
    if hidden := {place.topic for place in asked if place not in found}:
        raise TopicClosed(hidden, "cannot be described")


def _read(record: PolledRecord) -> FetchedRecord:
    said = {name: text for name, text in record.headers if text is not None}
    return FetchedRecord(record.offset, said, record.value or b"", record.key or b"")
