"""进度 (progress): how far a worker has come on its partitions of Kafka, by offset.

The cursors say which facts were taken. Here is what they cannot say: that behind the last fact of
a partition there is nothing but what is nobody's.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from shared.topics import TopicPartition


class Stand(NamedTuple):
    """Where a worker stands on the partitions it has now."""

    spots: frozenset[TopicPartition]
    ends: Mapping[TopicPartition, int]
    """Where they end, as far as it is known from reading them."""
    passed: Mapping[TopicPartition, int]
    """The offset before which everything was taken or is nobody's."""


class Progress:
    """进度: the offset up to which each partition was passed."""

    def __init__(self) -> None:
        self.passed: dict[TopicPartition, int] = {}
        self._at_rest: dict[TopicPartition, int] = {}
        """Where the client stood when it was last asked, with nothing under way."""

    def begin(self, positions: Mapping[TopicPartition, int]) -> None:
        """The partitions are read from here."""
        self.passed, self._at_rest = dict(positions), {}

    def unread(self, ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """The partitions that end behind what was passed of them, with what was passed."""
        passed = self.passed
        return {spot: at for spot, end in ends.items() if end > (at := passed.get(spot, 0))}

    def step_over(
        self,
        ends: Mapping[TopicPartition, int],
        position: Callable[[TopicPartition], int],
        *,
        is_idle: bool,
    ) -> None:
        """Pass what stands on a partition and never comes; to be called now and then.

        Markers of transactions, and batches that a client skips, have offsets but are no records.
        Where the client has come further than what was passed, twice in a row and with nothing
        under way (`is_idle`), there is nothing else in between.
        """
        rest = {}
        if is_idle:
            for spot, at in self.unread(ends).items():
                if (now := position(spot)) > at:
                    rest[spot] = now
        for spot in rest.keys() & self._at_rest.keys():
            if rest[spot] == self._at_rest[spot]:
                self.passed[spot] = rest[spot]
        self._at_rest = rest
