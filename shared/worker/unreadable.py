"""Batches that the worker's client cannot read: stepped over, counted, told."""

from collections.abc import Callable
from typing import Any

from aiokafka.consumer import fetcher

from shared.broker.batches import Batches, ReadableBatches

_Records: Any = fetcher.PartitionRecords


def skip_unreadable(skipped: Callable[[str, int, int], None]) -> None:
    """Let every consumer of aiokafka in this process step over batches that it cannot read.

    `skipped` is called with topic, partition and offset, from a thread of the consumer's.
    """

    def records(place: Any, batches: Batches, *settings: Any) -> Any:
        def tell(offset: int) -> None:
            skipped(place.topic, place.partition, offset)

        return _Records(place, ReadableBatches(batches, tell), *settings)

    fetcher.PartitionRecords = records
