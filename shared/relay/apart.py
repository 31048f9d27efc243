"""单独发送 (sending apart): partitions that wait because a record was refused.

Such a partition is tried again at an interval, one record at a time, with a producer of its own. So
it is known exactly which record is refused, and no other partition's session ends.
"""

import time
from collections.abc import Callable, Container

from shared.relay.sender import Sender

RETRY_S = 15.0


class Apart:
    """单独发送: the producers of the partitions that are sent from with care."""

    def __init__(self, make: Callable[[], Sender]) -> None:
        self._make = make
        self._senders: dict[int, Sender] = {}
        self._due: dict[int, float] = {}
        """When the partition is tried again. Absent: at once."""

    def sender(self, partition: int) -> Sender | None:
        """The partition's own producer; None while it waits. Raises BrokerAway."""
        if partition not in self._senders:
            if time.monotonic() < self._due.get(partition, 0.0):
                return None
            self._senders[partition] = self._make()
        return self._senders[partition]

    def wait(self, partition: int) -> None:
        """The partition was refused again: drop its producer, and try again later."""
        self._due[partition] = time.monotonic() + RETRY_S
        self._drop(partition)

    def keep(self, partitions: Container[int]) -> None:
        """Drop the producers of all other partitions."""
        for number in [each for each in self._senders if each not in partitions]:
            self._drop(number)

    def close(self) -> None:
        """Drop every producer."""
        self.keep(())

    def _drop(self, partition: int) -> None:
        if (sender := self._senders.pop(partition, None)) is not None:
            sender.drop()
