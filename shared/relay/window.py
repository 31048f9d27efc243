"""在途窗口 (windows): the records under way on one topic of one partition.

Only bookkeeping. `published` moves only over records that arrived without a gap. `prev` is the
record before on the same topic, whatever was sent or lost in between.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from shared.record.backlog import WaitKind

_TOO_LARGE = (10, 18)
"""Kafka's error codes MESSAGE_TOO_LARGE and RECORD_LIST_TOO_LARGE."""
_REFUSED = (-1, 2, 17, 21, 32, 42, 43, 44, 76, 87)
"""Codes by which the broker refuses a record or a topic. Others say that it is not able to take
anything now, that the producer has lost its place in the order, or that a whole topic is closed
(29): the next session asks which topics are (`closed.py`)."""


class Acknowledgement(Protocol):
    """Where the broker has put a record."""

    offset: int


class Promise(Protocol):
    """What kafka-python returns for a record: done with an acknowledgement, or failed."""

    is_done: bool
    value: Acknowledgement
    exception: BaseException | None


class SendFailed(Exception):
    """A record was not acknowledged. What was sent after it does not count."""


class RecordRefused(SendFailed):
    """The broker, or the producer itself, refuses a record, and would refuse it again."""

    kind = WaitKind.REFUSED


class RecordTooLarge(RecordRefused):
    """It is refused because of its size."""

    kind = WaitKind.TOO_LARGE


class TailLost(Exception):
    """The broker has lost records that it acknowledged. The topic must be compared."""


@dataclass(slots=True)
class InFlightWindow:
    """在途窗口: one topic of one partition, from what is published to what is under way."""

    topic: str
    partition: int
    published: int
    """Every own record up to this seq is on the topic, as the database knows."""
    offset: int | None
    """The offset of the last of them on the topic."""
    previous: int
    """seq of the last own record that was sent. It is the `prev` of the next one."""
    loaded: int = field(init=False)
    """Facts up to this seq were read for this window."""
    acked: int = field(init=False)
    acked_offset: int | None = field(init=False)
    caught_up: bool = False
    """All milestones up to `loaded` are sent. The next ones come with the facts of the journal."""
    flying: deque[tuple[int, int, Promise]] = field(init=False, default_factory=deque)
    weight: int = field(init=False, default=0)
    """Bytes under way."""

    def __post_init__(self) -> None:
        self.loaded = self.acked = self.published
        self.acked_offset = self.offset

    def link(self, seq: int) -> int:
        """The `prev` of this record, which becomes the last one."""
        if seq <= self.previous:
            raise ValueError(f"{self.topic}/{self.partition}: {seq} after {self.previous}")
        previous, self.previous = self.previous, seq
        return previous

    def fly(self, seq: int, size: int, promise: Promise) -> None:
        """Note a record of `size` bytes that was given to the producer."""
        self.flying.append((seq, size, promise))
        self.weight += size

    def settle(self) -> int:
        """Take in acknowledged records, up to the first that is not. Returns how many.

        Raises SendFailed, RecordRefused, or TailLost if an offset is not higher than those
        acknowledged before.
        """
        count = 0
        while self.flying and self.flying[0][2].is_done:
            seq, size, promise = self.flying[0]
            if promise.exception is not None:
                raise _failure(promise.exception)(
                    f"{self.topic}/{self.partition}, seq {seq}, {size} bytes: {promise.exception!r}"
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
        """Whether nothing is under way and the database knows all that arrived."""
        return not self.flying and not self.moved


def _failure(error: BaseException) -> type[SendFailed]:
    """What the error says: of the record, or of everything that its producer sends."""
    code = getattr(error, "errno", None)
    if code in _TOO_LARGE:
        return RecordTooLarge
    return RecordRefused if code in _REFUSED else SendFailed


def fair_share(partitions: int, live: int) -> int:
    """How many partitions each of the live relays may hold at most."""
    return -(-partitions // max(live, 1))


def surplus(held: Iterable[int], partitions: int, live: int) -> tuple[int, ...]:
    """Which of the held partitions to give up, so that the other live relays get theirs."""
    return tuple(sorted(held)[fair_share(partitions, live) :])
