"""发送 (sending): the idempotent producer, and a pipe that wakes the loop when an answer comes."""

import os
import select
from collections.abc import Sequence
from contextlib import suppress

from kafka import KafkaProducer
from kafka.producer.future import FutureRecordMetadata

from shared.broker.admin import (
    BOOTSTRAP_MS,
    REQUEST_MS,
    translating_kafka_errors,
)
from shared.kafka_access import KafkaAccess
from shared.relay.producer_record import ProducerRecord
from shared.relay.window import Promise

LARGEST_REQUEST = 64 * 1024 * 1024
"""Bytes. Above every topic's limit, so that raising the topic's is enough; below the 100 MiB that a
broker takes at once (`socket.request.max.bytes`)."""
SETTINGS = {
    # All are set here, because kafka-python silently turns idempotence off if it is a default.
    "enable_idempotence": True,
    "acks": "all",
    "max_in_flight_requests_per_connection": 5,
    "compression_type": "lz4",
    "batch_size": 128 * 1024,
    "linger_ms": 0,
    "max_request_size": LARGEST_REQUEST,
    "request_timeout_ms": REQUEST_MS,
    # The producer retries for so long. Then the session ends and another one begins.
    "delivery_timeout_ms": 3 * REQUEST_MS,
    "max_block_ms": BOOTSTRAP_MS,
    "bootstrap_timeout_ms": BOOTSTRAP_MS,
    "reconnect_backoff_max_ms": 1_000,
    "allow_auto_create_topics": False,
    "metrics_enabled": False,
}
_CLOSE_S = 3.0


class SelfPipe:
    """自管道: any thread can wake the thread that waits."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def wake(self, *_: object) -> None:
        """Wake the thread that waits. May be given as a callback."""
        with suppress(OSError):  # full: it is woken already; closed: nobody waits
            os.write(self._writing, b"!")

    def wait(self, others: Sequence[int], seconds: float) -> None:
        """Wait until woken, until another descriptor is readable, or until the time is over."""
        ready, _, _ = select.select([self._reading, *others], [], [], seconds)
        if self._reading in ready:
            os.read(self._reading, 4096)

    def close(self) -> None:
        """Close both ends."""
        os.close(self._reading)
        os.close(self._writing)


class Sender:
    """发送: one producer. After an error it is not used again."""

    def __init__(self, kafka: KafkaAccess, name: str, pipe: SelfPipe) -> None:
        self._pipe = pipe
        with translating_kafka_errors():
            self._producer = KafkaProducer(**kafka.client, client_id=name, **SETTINGS)

    def send(self, topic: str, partition: int, record: ProducerRecord) -> Promise:
        """Give the record to the producer. The promise says when it is acknowledged.

        Raises TopicClosed, BrokerAway.
        """
        with translating_kafka_errors():
            promise: Promise = self._producer.send(
                topic,
                value=record.value,
                key=record.key,
                headers=record.headers,
                partition=partition,
                timestamp_ms=record.timestamp_ms,
            )
        return promise

    def ring_for(self, promise: Promise) -> None:
        """Wake the loop when this record is acknowledged or has failed."""
        assert isinstance(promise, FutureRecordMetadata)
        promise.add_both(self._pipe.wake)

    def drop(self) -> None:
        """Drop what is under way, and close the producer."""
        # close() alone would wait for answers that do not come, and would then not end.
        self._producer._sender.force_close()  # noqa: SLF001
        with suppress(Exception):
            self._producer.close(timeout=_CLOSE_S)
