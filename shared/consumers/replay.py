"""重放 (replay): facts of the room's own record, as if they came from its journal."""

from collections.abc import Sequence
from typing import Any

from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Source
from shared.envelope import Stored
from shared.topics import journal_topic

STREAM = """
SELECT partition, seq, recorded_at, previous_hash, hash, stream, type, body, NULL::bytea
FROM record.facts WHERE stream = %s AND seq < %s ORDER BY version
"""
FACTS = """
SELECT partition, seq, recorded_at, previous_hash, hash, stream, type, body, NULL::bytea
FROM record.facts WHERE partition = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s
"""


def from_record(room: str, line: Sequence[Any]) -> ConsumerRecord:
    """A fact as it stands in the record, as if it came from the journal."""
    partition, seq, recorded_at, previous, own, stream, kind, body, public = line
    stored = Stored(
        partition,
        seq,
        recorded_at,
        bytes(previous),
        bytes(own),
        stream,
        kind,
        bytes(body),
        None if public is None else bytes(public),
    )
    return ConsumerRecord(Source(journal_topic(room), partition, room), 0, seq - 1, stored)
