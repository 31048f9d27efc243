"""A relay that a test works by hand: it sends what the test asks for, as a relay would write it."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaProducer

from shared.envelope import Stored
from shared.kafka_access import KafkaAccess
from shared.relay import producer_record as relay_record
from shared.topics import journal_topic
from tests.shared import toy


@dataclass
class HandRelay:
    """Sends what a test asks for in that order, in the form that a relay writes."""

    producer: Any

    def journal(self, stored: Stored, **changed: Any) -> None:
        """Send the fact to the journal."""
        made = relay_record.journal_record(toy.ROOM, stored)
        self._send(journal_topic(toy.ROOM), stored.partition, made, changed)

    def milestone(self, stored: Stored, previous: int, **changed: Any) -> None:
        """Send its public document to the topic of its type."""
        made = relay_record.milestone_record(toy.ROOM, stored, previous)
        self._send(stored.type, stored.partition, made, changed)

    def all(self, facts: Sequence[Stored]) -> None:
        """Send these facts to the journal, but no milestone, so that no reaction adds a fact."""
        for stored in facts:
            self.journal(stored)

    def milestones(self, facts: Sequence[Stored]) -> None:
        """Send the public documents of these facts of one room, from the first one on."""
        last: dict[int, int] = {}
        for stored in facts:
            if stored.public is not None:
                self.milestone(stored, last.get(stored.partition, 0))
                last[stored.partition] = stored.seq

    def _send(self, topic: str, partition: int, made: Any, changed: dict[str, Any]) -> None:
        self.producer.send(
            topic,
            key=made.key,
            value=changed.get("value", made.value),
            headers=changed.get("headers", made.headers),
            partition=changed.get("partition", partition),
            timestamp_ms=made.timestamp_ms,
        ).get(10)


@contextmanager
def hand_relay(kafka: KafkaAccess) -> Iterator[HandRelay]:
    with closing(KafkaProducer(**kafka.client, acks="all", linger_ms=0)) as producer:
        yield HandRelay(producer)
