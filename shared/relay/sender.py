"""发送 (sending): the idempotent producer, and the bell that tells the loop of its answers."""

import os
import select
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from shared.broker.admin import (
    BOOTSTRAP_MS,
    LARGEST_RECORD,
    REQUEST_MS,
    BrokerAway,
    translating_kafka_errors,
)
from shared.relay.producer_record import ProducerRecord
from shared.relay.window import Promise

SETTINGS: dict[str, Any] = {
    # Set by hand each: kafka-python turns idempotence off in silence where it was only a default.
    "enable_idempotence": True,
    "acks": "all",
    "max_in_flight_requests_per_connection": 5,
    "compression_type": "lz4",
    "batch_size": 128 * 1024,
    "linger_ms": 0,
    "max_request_size": LARGEST_RECORD,
    "request_timeout_ms": REQUEST_MS,
    # Repeated by the producer for as long; then it is dropped and the database asked again.
    "delivery_timeout_ms": 3 * REQUEST_MS,
    "max_block_ms": BOOTSTRAP_MS,
    "bootstrap_timeout_ms": BOOTSTRAP_MS,
    "reconnect_backoff_max_ms": 1_000,
    "allow_auto_create_topics": False,
    "metrics_enabled": False,
}
_CLOSE_S = 3.0


class SelfPipe:
    """铃: rung by any thread, heard by the one that waits."""

    def __init__(self) -> None:
        self._hear, self._ring = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def ring(self, *_: object) -> None:
        """Wake whoever waits; may be given as a callback."""
        with suppress(BlockingIOError, OSError):  # full: it rings already; closed: nobody waits
            os.write(self._ring, b"!")

    def wait(self, others: Sequence[Any], seconds: float) -> None:
        """Until it rings, one of the others is readable, or the time is over."""
        ready, _, _ = select.select([self._hear, *others], [], [], seconds)
        if self._hear in ready:
            with suppress(BlockingIOError):
                os.read(self._hear, 4096)

    def close(self) -> None:
        """Both ends."""
        os.close(self._hear)
        os.close(self._ring)


class Sender:
    """发送: one producer for as long as nothing fails. It is never used again after an error."""

    def __init__(self, bootstrap: str, name: str, bell: SelfPipe) -> None:
        self._bell = bell
        with translating_kafka_errors():
            self._producer: Any = KafkaProducer(
                bootstrap_servers=bootstrap.split(","), client_id=name, **SETTINGS
            )

    def send(self, topic: str, partition: int, record: ProducerRecord) -> Promise:
        """Give the record to the producer; what becomes of it, the promise tells."""
        try:
            promise: Promise = self._producer.send(
                topic,
                value=record.value,
                key=record.key,
                headers=record.headers,
                partition=partition,
                timestamp_ms=record.timestamp_ms,
            )
        except KafkaError as error:
            raise BrokerAway(f"{type(error).__name__}: {error}") from error
        return promise

    def ring_for(self, promise: Promise) -> None:
        """Ring when this one is answered, whatever the answer."""
        known: Any = promise
        known.add_both(self._bell.ring)

    def drop(self) -> None:
        """Forget what is under way and end."""
        # close() alone would first wait for answers that do not come, and then not end at all.
        self._producer._sender.force_close()  # noqa: SLF001
        with suppress(Exception):
            self._producer.close(timeout=_CLOSE_S)
