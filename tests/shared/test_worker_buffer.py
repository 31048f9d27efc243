"""The buffer of a worker is bounded by records and by bytes, and counts what is in it."""

import asyncio
from dataclasses import dataclass

from shared.worker.buffer import (
    BATCH,
    BATCH_BYTES,
    BYTES,
    PREFETCH,
    RECORDS,
    Buffer,
    fetch_size,
)

LARGE = 1024 * 1024


@dataclass
class Record:
    value: bytes | None


@dataclass
class Event:
    message: Record


def deliver(buffer: Buffer[Event], value: bytes | None) -> None:
    assert buffer.queue is not None
    buffer.note(value)
    buffer.queue.put_nowait(Event(Record(value)))


def filled(value: bytes | None) -> Buffer[Event]:
    buffer = Buffer[Event]()
    buffer.queue = asyncio.Queue()
    while not buffer.is_full():
        deliver(buffer, value)
    return buffer


def gather(buffer: Buffer[Event]) -> None:
    """Gather until the batch is whole, or nothing waits."""
    assert buffer.queue is not None
    while not buffer.queue.empty():
        if buffer.gather(buffer.queue.get_nowait()):
            return


def queued(buffer: Buffer[Event]) -> int:
    assert buffer.queue is not None
    return buffer.queue.qsize()


def test_large_records_fill_it_by_their_bytes() -> None:
    assert queued(filled(bytes(LARGE))) == BYTES // LARGE <= 64


def test_small_records_and_empty_ones_fill_it_by_their_number() -> None:
    assert queued(filled(b"x")) == queued(filled(None)) == RECORDS


def test_a_batch_is_bounded_by_bytes_and_by_number() -> None:
    large, small = filled(bytes(LARGE)), filled(b"x")
    for buffer in (large, small):
        gather(buffer)
    assert (len(large.gathered), len(small.gathered)) == (BATCH_BYTES // LARGE, BATCH)


def test_it_is_full_until_batches_are_in_the_database() -> None:
    buffer = filled(bytes(LARGE))
    for _ in range(BYTES // BATCH_BYTES // 2):
        gather(buffer)
        buffer.next_batch()
        assert not buffer.has_room_again(), "a batch in hand takes memory too"
        buffer.done()
    deliver(buffer, b"")
    gather(buffer)
    buffer.next_batch()
    buffer.done()
    assert buffer.has_room_again()
    assert not buffer.is_full()


def test_what_was_thrown_away_counts_no_longer() -> None:
    buffer = filled(bytes(LARGE))
    gather(buffer)
    buffer.forget_gathered()
    buffer.queue = asyncio.Queue()  # Faust clears it
    assert buffer.is_empty
    assert not buffer.is_full()


def test_what_is_fetched_ahead_is_bounded_however_many_partitions_there_are() -> None:
    assert all(n * fetch_size(n) <= PREFETCH for n in range(1, 4_097))
    assert BYTES + BATCH_BYTES + PREFETCH <= 64 * 1024 * 1024
