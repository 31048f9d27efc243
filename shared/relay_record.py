"""记录上线 (records on the wire): a fact as key, value, headers and time of a Kafka record.

Every part is a function of the stored fact and its place alone: a copy sent years later has the
same bytes.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from shared import envelope
from shared.envelope import Stored

CONTENT_TYPE = b"application/cloudevents+json; charset=UTF-8"

Headers = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Record:
    """What is given to the producer."""

    key: bytes
    value: bytes
    headers: Headers
    timestamp_ms: int


class _Traced(msgspec.Struct, frozen=True):
    traceparent: str | None = None


_traced = msgspec.json.Decoder(_Traced)


def journal_record(room: str, stored: Stored) -> Record:
    """The fact on its room's journal; before it comes seq - 1."""
    value = envelope.journal_value(room, stored)
    return _record(room, stored, stored.seq - 1, value)


def milestone_record(room: str, stored: Stored, previous: int) -> Record:
    """The fact's public document on the topic of its type; `previous` was before it there."""
    return _record(room, stored, previous, envelope.milestone_value(room, stored))


def source(room: str) -> bytes:
    """The header that tells whose record it is."""
    return f"/guiyi/{room}".encode()


def headers(room: str, stored: Stored, previous: int) -> Headers:
    """The six headers and no more; traceparent only where the fact has one."""
    made = [
        ("content-type", CONTENT_TYPE),
        ("type", stored.type.encode()),
        ("source", source(room)),
        ("seq", b"%d" % stored.seq),
        ("prev", b"%d" % previous),
    ]
    if (traceparent := _traced.decode(stored.body).traceparent) is not None:
        made.append(("traceparent", traceparent.encode()))
    return made


def _record(room: str, stored: Stored, previous: int, value: bytes) -> Record:
    return Record(
        key=stored.stream.encode(),
        value=value,
        headers=headers(room, stored, previous),
        timestamp_ms=_milliseconds(stored.recorded_at),
    )


def _milliseconds(recorded_at: datetime) -> int:
    return envelope.microseconds(recorded_at) // 1000
