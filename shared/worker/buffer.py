"""缓冲 (the buffer): records that Kafka has delivered and no batch has taken yet.

Bounded by their number and by their bytes: a worker that reads a long topic from its beginning
takes as much memory as one that is level.
"""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Generic, Protocol, TypeVar

RECORDS = 2_048
BYTES = 32 * 1024 * 1024
"""Of all that is delivered and not in the database. One record more may stand in it."""
PREFETCH = 16 * 1024 * 1024
"""Of what the client of Kafka has fetched and not delivered yet, of all partitions together."""
FETCH, LEAST_FETCH = 256 * 1024, 4 * 1024
"""Of one partition at most, and at least, however many there are. One record comes in any case."""
BATCH = 1_000
MANY = 50
"""So many at once are no desk's: a log is imported, or a topic read from its beginning."""
BATCH_BYTES = 8 * 1024 * 1024
"""Of one batch: its records take several times as much while they become rows."""


def fetch_size(partitions: int) -> int:
    """Bytes of one partition that the client may hold ahead if it reads so many of them.

    Every one of them may be behind at once.
    """
    return max(LEAST_FETCH, min(FETCH, PREFETCH // max(1, partitions)))


class _Message(Protocol):
    value: bytes | None


class Delivered(Protocol):
    """A record with what acknowledges it."""

    @property
    def message(self) -> _Message:
        """The record itself."""


E = TypeVar("E", bound=Delivered)


class Buffer(Generic[E]):
    """缓冲: the stream's queue, what is gathered from it, and the batch in hand."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[E] | None = None
        """The stream's own, once it is read."""
        self.gathered: list[E] = []
        self.in_hand: Sequence[E] = ()
        self._at_most = 0
        """Bytes; it grows with each delivery until they are counted again."""
        self._gathered_bytes = 0

    @property
    def is_empty(self) -> bool:
        """Whether everything that was delivered is taken."""
        waiting = self.queue is not None and not self.queue.empty()
        return not (waiting or self.gathered or self.in_hand)

    def note(self, value: bytes | None) -> None:
        """A record is being delivered."""
        self._at_most += len(value or b"")

    def gather(self, event: E) -> bool:
        """Add it to what the next batch takes; whether that is as much as a batch may be."""
        self.gathered.append(event)
        self._gathered_bytes += len(event.message.value or b"")
        return self.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether what is gathered is as much as a batch may be."""
        return len(self.gathered) >= BATCH or self._gathered_bytes >= BATCH_BYTES

    @property
    def flows(self) -> bool:
        """Whether so much is gathered that more of the same is on its way."""
        return len(self.gathered) >= MANY and not self.is_whole

    def next_batch(self) -> Sequence[E]:
        """Take in hand what is gathered."""
        self.in_hand, self.gathered, self._gathered_bytes = self.gathered, [], 0
        return self.in_hand

    def done(self) -> None:
        """The batch in hand is in the database."""
        self.in_hand = ()

    def forget_gathered(self) -> None:
        """Forget what no batch has taken; it is read again."""
        self.gathered, self._gathered_bytes = [], 0

    def is_full(self) -> bool:
        """Whether nothing more may be delivered for now."""
        return self._fills(RECORDS, BYTES)

    def has_room_again(self) -> bool:
        """Whether enough of a full buffer was taken to fill it again."""
        return not self._fills(RECORDS // 2 + 1, BYTES // 2)

    def _fills(self, records: int, bytes_: int) -> bool:
        queue = self.queue
        if queue is not None and queue.qsize() >= records:
            return True
        if self._at_most >= bytes_:
            self._at_most = self._count()
        return self._at_most >= bytes_

    def _count(self) -> int:
        # asyncio has no other way to look at what waits in a queue.
        waiting: Iterable[E] = self.queue._queue if self.queue is not None else ()  # type: ignore[attr-defined]  # noqa: SLF001
        held = chain(waiting, self.gathered, self.in_hand)
        return sum(len(event.message.value or b"") for event in held)
