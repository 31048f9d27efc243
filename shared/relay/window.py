"""航道 (windows): what is on its way on one topic of one partition, and how far it has arrived.

Pure bookkeeping. `published` may move only over records that arrived without a gap from where it
stood; `prev` is the record before on the same topic, whatever was sent or lost in between.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol


class Promise(Protocol):
    """What a producer gives for a record: done with a value that has an offset, or failed."""

    is_done: bool
    value: Any
    exception: BaseException | None


class SendFailed(Exception):
    """A record was not acknowledged; what was sent behind it is of no use."""


class TailLost(Exception):
    """The broker no longer holds what it acknowledged; the topic has to be compared."""


@dataclass(slots=True)
class InFlightWindow:
    """航道: one topic of one partition, from what is published to what flies."""

    topic: str
    partition: int
    published: int
    """The database's: every own record up to this seq is on the topic."""
    offset: int | None
    """Where a reader of the topic has read them all."""
    previous: int
    """seq of the last own record that was handed out; the next one's `prev`."""
    loaded: int = field(init=False)
    """Facts up to this seq were looked at for this window."""
    acked: int = field(init=False)
    acked_offset: int | None = field(init=False)
    caught_up: bool = False
    """Nothing behind `loaded` is left in the database alone; what comes next comes by hand."""
    flying: deque[tuple[int, int, Promise]] = field(init=False, default_factory=deque)
    weight: int = field(init=False, default=0)
    """Bytes of what flies."""

    def __post_init__(self) -> None:
        self.loaded = self.acked = self.published
        self.acked_offset = self.offset

    def link(self, seq: int) -> int:
        """The record's `prev`; the record is the last one from now on."""
        if seq <= self.previous:
            raise ValueError(f"{self.topic}/{self.partition}: {seq} after {self.previous}")
        previous, self.previous = self.previous, seq
        return previous

    def fly(self, seq: int, size: int, promise: Promise) -> None:
        """The record, of so many bytes, was given to the producer."""
        self.flying.append((seq, size, promise))
        self.weight += size

    def settle(self) -> int:
        """Take in what arrived, up to the first that has not; how many records that are.

        Raises SendFailed, or TailLost if the broker counts from below what it acknowledged before.
        """
        count = 0
        while self.flying and self.flying[0][2].is_done:
            seq, size, promise = self.flying[0]
            if promise.exception is not None:
                raise SendFailed(
                    f"{self.topic}/{self.partition}, seq {seq}: {promise.exception!r}"
                ) from promise.exception
            offset = promise.value.offset
            if self.acked_offset is not None and offset <= self.acked_offset:
                raise TailLost(
                    f"{self.topic}/{self.partition}, seq {seq}: acknowledged at offset {offset},"
                    f" not behind {self.acked_offset}"
                )
            self.flying.popleft()
            self.weight -= size
            self.acked, self.acked_offset = seq, offset
            count += 1
        return count

    @property
    def moved(self) -> bool:
        """Whether more has arrived than the database knows."""
        return self.acked > self.published

    @property
    def still(self) -> bool:
        """Whether nothing flies and the database knows all that arrived."""
        return not self.flying and not self.moved


def fair_share(partitions: int, live: int) -> int:
    """How many partitions one of so many live relays may hold at most."""
    return -(-partitions // max(live, 1))


def surplus(held: Iterable[int], partitions: int, live: int) -> tuple[int, ...]:
    """Which of the held partitions to give up, so that the other live relays get theirs."""
    return tuple(sorted(held)[fair_share(partitions, live) :])
