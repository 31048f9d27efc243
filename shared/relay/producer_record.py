"""生产记录 (producer records): a fact as key, value, headers and time of a Kafka record.

Every part depends only on the stored fact, its place, and the generation of that place. So a copy
has the same bytes, even if it is sent years later.
"""

from functools import cache
from typing import NamedTuple

import msgspec

from shared import envelope
from shared.envelope import FIRST, Generation, Stored
from shared.topics import source_header

CONTENT_TYPE = b"application/cloudevents+json; charset=UTF-8"

Headers = list[tuple[str, bytes]]


class ProducerRecord(NamedTuple):
    """What is given to the producer. A tuple, because it is the fastest to make."""

    key: bytes
    value: bytes
    headers: Headers
    timestamp_ms: int


class _Traced(msgspec.Struct, frozen=True):
    traceparent: str | None = None


_traced = msgspec.json.Decoder(_Traced)


class FactToSend(NamedTuple):
    """A fact of the record, and the generation to which its place belongs."""

    stored: Stored
    generation: Generation = FIRST


def journal_record(room: str, stored: Stored, generation: Generation = FIRST) -> ProducerRecord:
    """The record of the fact on its room's journal. Its `prev` is seq - 1."""
    value = envelope.journal_value(room, stored, generation)
    return _record(room, stored, stored.seq - 1, value)


def milestone_record(
    room: str, stored: Stored, previous: int, generation: Generation = FIRST
) -> ProducerRecord:
    """The record of the public document on the topic of its type. Its `prev` is `previous`."""
    return _record(room, stored, previous, envelope.milestone_value(room, stored, generation))


@cache
def _constant(room: str, type_: str) -> Headers:
    """The headers that depend only on the type. The cache has one entry per type."""
    return [
        ("content-type", CONTENT_TYPE),
        ("type", type_.encode()),
        ("source", source_header(room)),
    ]


def _record(room: str, stored: Stored, previous: int, value: bytes) -> ProducerRecord:
    headers = [
        *_constant(room, stored.type),
        ("seq", b"%d" % stored.seq),
        ("prev", b"%d" % previous),
    ]
    if (traceparent := _traced.decode(stored.body).traceparent) is not None:
        headers.append(("traceparent", traceparent.encode()))
    timestamp_ms = envelope.microseconds(stored.recorded_at) // 1_000
    return ProducerRecord(stored.stream.encode(), value, headers, timestamp_ms)
