"""通读 (reading a whole topic): from a room's first record to a cursor, in bulk.

kafka-python is used because it reads several times as fast as Faust.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord as Polled

from shared.broker.batches import UNREADABLE, skip_unreadable
from shared.consumers import cursors
from shared.consumers.consumer_record import ConsumerRecord, TopicRecord
from shared.consumers.cursors import Cursor, Source
from shared.consumers.garbage import Garbage
from shared.kafka_access import KafkaAccess
from shared.log import is_logged, logger

POLL_MS = 500
RETRY_MS = 10
"""How long a poll sleeps while it is not known yet who leads a partition."""
SILENCE_S = 30.0
"""Seconds without a record after which the topic is taken to lack facts."""
CHUNK = 2_000

log = logger(__name__)


class JournalLacks(Exception):
    """The topic does not hold what the view has taken from it; the message says where."""


Compare = Callable[[Sequence[ConsumerRecord]], Collection[ConsumerRecord]]
"""Which of some records of the journal are not what the room's own record holds."""


@dataclass(slots=True)
class LeftOut:
    """What was found on a topic, and is no fact of the room."""

    garbage: Garbage
    differing: dict[str, str] = field(default_factory=dict)
    """Records that are not what the room has recorded: the fact's place, by the record's."""

    def note(self, records: Sequence[ConsumerRecord]) -> None:
        """Remember and tell records that differ."""
        for record in records:
            source = record.source
            at = f"{source.topic}/{source.partition}/{record.offset}"
            self.differing[at] = record.place
            if is_logged(len(self.differing)):
                log.error("not what the room has recorded", record=at, place=record.place)


class JournalReader:
    """通读者: one consumer, which reads one partition after the other.

    It learns who leads the topic's partitions once; a new consumer would wait for that each time.
    """

    def __init__(self, kafka: KafkaAccess, left_out: LeftOut, compare: Compare) -> None:
        self._left_out, self._compare = left_out, compare
        self._spot: TopicPartition | None = None
        self._consumer = KafkaConsumer(
            **kafka.client,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=15_000,
            retry_backoff_ms=RETRY_MS,
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )
        skip_unreadable(self._consumer, self._skipped)

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def read(self, source: Source, until: Cursor) -> Iterator[Sequence[ConsumerRecord]]:
        """A source's records, from the first to the cursor's, in order and once each.

        A missing record is a gap as for the worker: it may come later. What no relay wrote, and
        what the room's own record does not hold, is left out and noted. Raises JournalLacks if a
        missing record does not come, or if the last record is not the cursor's.
        """
        self._spot = spot = TopicPartition(source.topic, source.partition)
        at, heard = Cursor(), time.monotonic()
        self._consumer.assign([spot])
        self._consumer.seek(spot, 0)
        while at.seq < until.seq:
            polled = self._consumer.poll(timeout_ms=POLL_MS, max_records=CHUNK).get(spot, [])
            read = _read(spot, polled, self._left_out.garbage)
            mine = [record for record in read if record.source == source]
            false = self._compare(mine)
            self._left_out.note([record for record in mine if record in false])
            walked = cursors.advance({source: at}, mine, false)
            at = walked.cursors[source]
            if chunk := [record for record in walked.applied if record.seq <= until.seq]:
                heard = time.monotonic()
                _check_last(chunk[-1], until)
                yield chunk
            elif time.monotonic() - heard > SILENCE_S:
                raise JournalLacks(
                    f"{spot.topic}/{spot.partition} does not give what follows {at.seq};"
                    f" the view has come to {until.seq}, and {len(self._left_out.differing)}"
                    " records are not what the room has recorded: see docs/runbooks/lag.md"
                )

    def _skipped(self, offset: int) -> None:
        assert self._spot is not None, "nothing is read before a partition is assigned"
        note = self._left_out.garbage.note
        note(self._spot.topic, self._spot.partition, offset, reason=UNREADABLE)


def _check_last(record: ConsumerRecord, until: Cursor) -> None:
    if record.seq == until.seq and record.hash != until.hash:
        raise JournalLacks(
            f"{record.place} on {record.source.topic} is not the fact the view has taken"
        )


def _read(
    spot: TopicPartition, polled: Sequence[Polled], garbage: Garbage
) -> Iterator[ConsumerRecord]:
    garbage.arrived()
    for each in polled:
        place = (spot.topic, spot.partition, each.offset, each.headers)
        if record := garbage.read(TopicRecord(*place, each.value or b"", each.key or b"")):
            yield record
