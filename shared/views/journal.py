"""通读 (reading the whole): a room's journal from its first fact to a cursor, in bulk.

kafka-python reads several times as fast as Faust; here nothing but reading is asked for.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from shared.envelope import Broken
from shared.worker import cursor as cursors
from shared.worker.cursor import Cursor, Source
from shared.worker.incoming import Incoming, incoming, journal

POLL_MS = 500
SILENCE_S = 30.0
"""How long the journal may give nothing before it is said to lack facts."""
CHUNK = 2_000


class JournalLacks(Exception):
    """The journal does not hold what the view has taken from it; the message says where."""


def read_journal(
    bootstrap: str, room: str, partition: int, until: Cursor
) -> Iterator[Sequence[Incoming]]:
    """A room's facts on one partition, from the first to the cursor's, in order and once each.

    What lacks is a hole as for the worker: it may come again behind. Raises JournalLacks if it
    does not come, or if the last fact is not the cursor's.
    """
    spot = TopicPartition(journal(room), partition)
    source = Source(spot.topic, partition, room)
    at, heard = Cursor(), time.monotonic()
    with closing(_consumer(bootstrap)) as consumer:
        consumer.assign([spot])
        consumer.seek(spot, 0)
        while at.seq < until.seq:
            polled = consumer.poll(timeout_ms=POLL_MS, max_records=CHUNK).get(spot, [])
            walked = cursors.walk({source: at}, _read(spot, polled))
            at = walked.cursors[source]
            if chunk := [record for record in walked.applied if record.seq <= until.seq]:
                heard = time.monotonic()
                _check_last(chunk[-1], until)
                yield chunk
            elif time.monotonic() - heard > SILENCE_S:
                raise JournalLacks(
                    f"{spot.topic}/{partition} does not give what follows {at.seq}; the view has"
                    f" come to {until.seq}: see docs/runbooks/lag.md"
                )


def _check_last(record: Incoming, until: Cursor) -> None:
    if record.seq == until.seq and record.hash != until.hash:
        raise JournalLacks(
            f"{record.place} on {record.source.topic} is not the fact the view has taken"
        )


def _read(spot: Any, polled: Sequence[Any]) -> Iterator[Incoming]:
    for each in polled:
        with suppress(Broken):
            yield incoming(spot.topic, spot.partition, each.offset, each.headers, each.value or b"")


def _consumer(bootstrap: str) -> Any:
    return KafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=15_000,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
