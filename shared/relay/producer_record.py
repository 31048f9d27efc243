"""记录上线 (records on the wire): a fact as key, value, headers and time of a Kafka record.

Every part is a function of the stored fact and its place alone: a copy sent years later has the
same bytes.
"""

from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

import msgspec

from shared import envelope
from shared.envelope import Stored
from shared.topics import source_header

CONTENT_TYPE = b"application/cloudevents+json; charset=UTF-8"

Headers = list[tuple[str, bytes]]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ProducerRecord(NamedTuple):
    """What is given to the producer. (A tuple: there are many, and each is made in a hurry.)"""

    key: bytes
    value: bytes
    headers: Headers
    timestamp_ms: int


class _Traced(msgspec.Struct, frozen=True):
    traceparent: str | None = None


_traced = msgspec.json.Decoder(_Traced)


def journal_record(room: str, stored: Stored) -> ProducerRecord:
    """The fact on its room's journal; before it comes seq - 1."""
    value = envelope.journal_value(room, stored)
    return _record(room, stored, stored.seq - 1, value)


def milestone_record(room: str, stored: Stored, previous: int) -> ProducerRecord:
    """The fact's public document on the topic of its type; `previous` was before it there."""
    return _record(room, stored, previous, envelope.milestone_value(room, stored))


def headers(room: str, stored: Stored, previous: int) -> Headers:
    """The six headers and no more; traceparent only where the fact has one."""
    made = [
        *_constant(room, stored.type),
        ("seq", b"%d" % stored.seq),
        ("prev", b"%d" % previous),
    ]
    if (traceparent := _traced.decode(stored.body).traceparent) is not None:
        made.append(("traceparent", traceparent.encode()))
    return made


@cache
def _constant(room: str, type_: str) -> Headers:
    """As many of them as there are types in the book."""
    return [
        ("content-type", CONTENT_TYPE),
        ("type", type_.encode()),
        ("source", source_header(room)),
    ]


def _record(room: str, stored: Stored, previous: int, value: bytes) -> ProducerRecord:
    made = headers(room, stored, previous)
    return ProducerRecord(stored.stream.encode(), value, made, _milliseconds(stored.recorded_at))


def _milliseconds(recorded_at: datetime) -> int:
    since = recorded_at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000
