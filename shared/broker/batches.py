"""Batches as they come from the broker, of which one that cannot be read is stepped over.

Whoever reaches the broker's port can write a batch that a client cannot read: a codec that is not
installed, a broken checksum, a header that is no UTF-8. The clients raise an error for it, at each
attempt and at the same offset, so that the partition would stand still. Here such a batch looks
like a control batch, which has a place in the order but no records.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Protocol

UNREADABLE = "no client of ours can read it"
Skipped = Callable[[int], None]
"""Called with the offset of a batch that cannot be read."""


class Batches(Protocol):
    """The batches of one fetch, as kafka-python and aiokafka have them."""

    def has_next(self) -> bool:
        """Whether there is another whole batch."""

    def next_batch(self) -> Any:
        """The next batch; None, or an error, where there is none."""


class ReadBatch:
    """A batch whose records have all been read."""

    def __init__(self, batch: Any, records: list[Any]) -> None:
        self._batch, self._records = batch, records

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def validate_crc(self) -> bool:
        """Looked at before its records were read; the clients refuse to do it later."""
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter(self._records)


class UnreadableBatch:
    """A batch in the form of a control batch: the clients go on behind it."""

    magic = 2
    leader_epoch = -1
    producer_id = None
    is_control_batch = True

    def __init__(self, base_offset: int, next_offset: int) -> None:
        self.base_offset, self.next_offset = base_offset, next_offset
        self.last_offset = next_offset - 1

    def validate_crc(self) -> bool:
        """It is known that it cannot be read."""
        return True

    def has_producer_id(self) -> bool:
        """Nobody may learn from it that a transaction was given up."""
        return False


class ReadableBatches:
    """The batches of one fetch, each read whole before the client sees it."""

    def __init__(self, batches: Batches, skipped: Skipped) -> None:
        self._batches, self._skipped = batches, skipped

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batches, name)

    def next_batch(self) -> Any:
        """The next batch, or what stands in its place; None where there is none."""
        if not self._batches.has_next():
            return None
        batch = self._batches.next_batch()
        if batch.is_control_batch:
            return batch
        with suppress(Exception):  # whatever foreign bytes make of a decoder
            if batch.validate_crc():
                return ReadBatch(batch, list(batch))
        self._skipped(batch.base_offset)
        return UnreadableBatch(batch.base_offset, max(batch.next_offset, batch.base_offset + 1))


def skip_unreadable(consumer: Any, skipped: Skipped) -> None:
    """Let a consumer of kafka-python step over batches that it cannot read."""
    fetcher = consumer._fetcher  # noqa: SLF001 - the one place where a batch is seen before its records
    made = fetcher.PartitionRecords

    def records(offset: int, place: Any, batches: Batches, **settings: Any) -> Any:
        return made(offset, place, ReadableBatches(batches, skipped), **settings)

    fetcher.PartitionRecords = records
