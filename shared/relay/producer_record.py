"""生产记录 (producer records): a fact as key, value, headers and time of a Kafka record.

Every part depends only on the stored fact, its place, and the generation and the proof key of that
place. So a copy has the same bytes, even if it is sent years later.
"""

from functools import cache
from typing import NamedTuple

import msgspec

from shared import envelope
from shared.envelope import FIRST, Generation, Stored
from shared.proof.mac import HEADER, ProofKey, prove
from shared.topics import journal_topic, source_header

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
    """A fact of the record, the generation to which its place belongs, and what proves it."""

    stored: Stored
    generation: Generation = FIRST
    proof: ProofKey | None = None
    """None: it was recorded before the room's first key."""
    void: int = 0
    """How many numbers before it are void."""

    @property
    def previous(self) -> int:
        """The seq of the fact before it in its partition; 0 if there is none."""
        return self.stored.seq - 1 - self.void


def journal_record(
    room: str,
    stored: Stored,
    generation: Generation = FIRST,
    proof: ProofKey | None = None,
    void: int = 0,
) -> ProducerRecord:
    """The record of the fact on its room's journal. Its `prev` is the fact before it."""
    value = envelope.journal_value(room, stored, generation)
    previous = stored.seq - 1 - void
    return _record(room, journal_topic(room), stored, previous, value, proof)


def milestone_record(
    room: str,
    stored: Stored,
    previous: int,
    generation: Generation = FIRST,
    proof: ProofKey | None = None,
) -> ProducerRecord:
    """The record of the public document on the topic of its type. Its `prev` is `previous`."""
    value = envelope.milestone_value(room, stored, generation)
    return _record(room, stored.type, stored, previous, value, proof)


@cache
def _constant(room: str, type_: str) -> Headers:
    """The headers that depend only on the type. The cache has one entry per type."""
    return [
        ("content-type", CONTENT_TYPE),
        ("type", type_.encode()),
        ("source", source_header(room)),
    ]


def _record(
    room: str, topic: str, stored: Stored, previous: int, value: bytes, proof: ProofKey | None
) -> ProducerRecord:
    headers = [
        *_constant(room, stored.type),
        ("seq", b"%d" % stored.seq),
        ("prev", b"%d" % previous),
    ]
    if (traceparent := _traced.decode(stored.body).traceparent) is not None:
        headers.append(("traceparent", traceparent.encode()))
    key = stored.stream.encode()
    if proof is not None:
        made = prove(proof, topic, stored.partition, key, stored.seq, previous, value)
        headers.append((HEADER, made))
    timestamp_ms = envelope.microseconds(stored.recorded_at) // 1_000
    return ProducerRecord(key, value, headers, timestamp_ms)
