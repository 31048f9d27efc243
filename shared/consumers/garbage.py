"""杂物 (garbage): records of a topic that no relay of ours wrote; left out, counted and logged."""

from collections import Counter
from dataclasses import dataclass, field

from shared.consumers.consumer_record import ConsumerRecord, Headers, read_record
from shared.log import is_logged, logger

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Garbage:
    """杂物: what one reader of topics has left out."""

    counts: Counter[str] = field(default_factory=Counter)
    """How many records, by topic."""

    def read(
        self, topic: str, partition: int, offset: int, headers: Headers, value: bytes | None
    ) -> ConsumerRecord | None:
        """The record as the relay of a room wrote it; None if it is garbage."""
        try:
            return read_record(topic, partition, offset, headers, value or b"")
        except Exception as error:  # noqa: BLE001 - whatever forged bytes make of a reader
            self.note(topic, partition, offset, str(error)[:200])
            return None

    def note(self, topic: str, partition: int, offset: int, reason: str) -> None:
        """Count a record that cannot be read."""
        self.counts[topic] += 1
        if is_logged(self.counts[topic]):
            log.warning(
                "garbage on a topic",
                topic=topic,
                partition=partition,
                offset=offset,
                reason=reason,
            )
