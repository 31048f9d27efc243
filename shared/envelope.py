"""信封 (the envelope): the bytes of a fact, their hash, and how they travel on Kafka.

A fact is encoded once, as canonical JSON (RFC 8785). The same bytes are stored, hashed and sent. On
Kafka they stand unchanged inside a CloudEvents 1.0 value in structured mode.
"""

import hashlib
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import msgspec
import rfc8785

ZERO_HASH = bytes(32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLACE = struct.Struct(">iqq")
_SAFE = 2**53 - 1
_BMP = "\uffff"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""An escaped NUL. After an escaped backslash the same characters are ordinary text."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The decoded bytes of a fact; its data is still raw."""

    id: UUID
    type: str
    schema: int
    stream: str
    version: int
    ticket: str | None
    branch: str
    actor: str
    acting_for: str | None = None
    """代: in whose place the actor acted; the bytes have it only if somebody did."""
    command: UUID
    n: int
    """The fact's index among the facts of its command, from 0."""
    correlation: str
    causation: str | None
    occurred_at: datetime
    policy: str | None
    traceparent: str | None
    public: str | None
    """SHA-256 (hex) of the public document's bytes, for a milestone."""
    data: msgspec.Raw


class PublicHead(msgspec.Struct, frozen=True, kw_only=True):
    """The decoded bytes of a public document; its state and `this` are still raw."""

    document: str
    schema: int
    type: str
    """The milestone that carries the document."""
    stream: str
    version: int
    ticket: str | None
    branch: str
    state: msgspec.Raw
    this: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Stored:
    """A fact as the record stores it: position, hash, bytes, and public document."""

    partition: int
    seq: int
    recorded_at: datetime
    previous_hash: bytes
    hash: bytes
    stream: str
    type: str
    body: bytes
    public: bytes | None


class Generation(NamedTuple):
    """世代: a part of a room's record that nobody has set back. The first one has no name."""

    id: str = ""
    """Random, but a later generation has a greater one."""
    first_seq: int = 0
    """The seq of its first fact in the partition."""


FIRST = Generation()


class BrokenFact(Exception):
    """A record that is not what it says it is: bytes, hash or form do not hold."""


def canonical(value: object) -> bytes:
    """Canonical JSON (RFC 8785). Refuses floats, NUL and integers beyond 2**53 - 1."""
    plain = msgspec.to_builtins(value, order="sorted")  # sets as well, which have no order
    # msgspec sorts keys by code point, RFC 8785 by UTF-16 unit. The order differs only for keys
    # beyond the Basic Multilingual Plane. For all others both make the same bytes, and msgspec
    # takes a fraction of the time.
    odd = _has_odd_keys(plain)
    made = rfc8785.dumps(plain) if odd else msgspec.json.encode(plain)
    if b"u0000" in made and _NUL.search(made):
        raise ValueError("a fact holds no NUL characters")
    return made


def sha256(body: bytes) -> bytes:
    """The SHA-256 of bytes."""
    return hashlib.sha256(body).digest()


def fact_hash(
    previous: bytes, partition: int, seq: int, recorded_at: datetime, body: bytes
) -> bytes:
    """SHA-256 over the stream's previous hash, partition int4, seq int8, µs int8, and bytes."""
    place = _PLACE.pack(partition, seq, microseconds(recorded_at))
    return hashlib.sha256(previous + place + body).digest()


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC, exact."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """The moment so many microseconds after 1970-01-01 UTC, exact."""
    return _EPOCH + timedelta(microseconds=micros)


def verify(stored: Stored) -> None:
    """Raise BrokenFact unless hash, name, stream and public document are those of the bytes."""
    made = fact_hash(
        stored.previous_hash, stored.partition, stored.seq, stored.recorded_at, stored.body
    )
    if made != stored.hash:
        raise BrokenFact(f"hash: partition {stored.partition}, seq {stored.seq} was changed")
    said = head(stored.body)
    if (said.stream, said.type) != (stored.stream, stored.type):
        raise BrokenFact(
            f"name: {stored.type} of {stored.stream} says {said.type} of {said.stream}"
        )
    found = sha256(stored.public).hex() if stored.public is not None else None
    if said.public != found:
        raise BrokenFact(f"public: the document at {stored.partition}/{stored.seq} was changed")


_Int4 = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
_Int8 = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Hash = Annotated[str, msgspec.Meta(min_length=64, max_length=64)]
_Generation = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for garbage; the last one for brackets that are nested too deeply."""

_head = msgspec.json.Decoder(Head)
_public_head = msgspec.json.Decoder(PublicHead)


def head(body: bytes) -> Head:
    """The head of a fact's bytes. Raises BrokenFact."""
    try:
        return _head.decode(body)
    except _UNREADABLE as error:
        raise BrokenFact(f"fact: {error}") from error


def public_head(body: bytes) -> PublicHead:
    """The head of a public document's bytes. Raises BrokenFact."""
    try:
        return _public_head.decode(body)
    except _UNREADABLE as error:
        raise BrokenFact(f"document: {error}") from error


class _Journal(msgspec.Struct, frozen=True):
    fact: msgspec.Raw
    public: msgspec.Raw


class _Event(msgspec.Struct, frozen=True):
    id: str
    type: str
    source: str
    subject: str
    room: str
    partition: _Int4
    seq: _Int8
    recorded: int
    previoushash: _Hash
    hash: _Hash
    data: msgspec.Raw
    generation: _Generation | None = None
    firstseq: _Int8 = 1


_event = msgspec.json.Decoder(_Event)
_journal = msgspec.json.Decoder(_Journal)


def event_prefix(room: str, stored: Stored, generation: Generation = FIRST) -> bytes:
    """The CloudEvents attributes up to `"data":`; the same on a journal and a milestone topic."""
    attributes: dict[str, object] = {
        "specversion": "1.0",
        "id": f"{room}/{stored.partition}/{stored.seq}",
        "type": stored.type,
        "source": f"/guiyi/{room}",
        "subject": stored.stream,
        "time": stored.recorded_at,
        "datacontenttype": "application/json",
        "room": room,
        "partition": stored.partition,
        "seq": stored.seq,
        "recorded": microseconds(stored.recorded_at),
        "previoushash": stored.previous_hash.hex(),
        "hash": stored.hash.hex(),
    }
    if generation.id:
        attributes |= {"generation": generation.id, "firstseq": generation.first_seq}
    return msgspec.json.encode(attributes)[:-1] + b',"data":'


def journal_value(room: str, stored: Stored, generation: Generation = FIRST) -> bytes:
    """The value of a journal record: attributes, the fact's bytes and the document's bytes."""
    return b"".join(
        (
            event_prefix(room, stored, generation),
            b'{"fact":',
            stored.body,
            b',"public":',
            stored.public if stored.public is not None else b"null",
            b"}}",
        )
    )


def milestone_value(room: str, stored: Stored, generation: Generation = FIRST) -> bytes:
    """The value of a milestone record: attributes and the public document, nothing private."""
    if stored.public is None:
        raise BrokenFact(f"{stored.type} at {stored.partition}/{stored.seq} is no milestone")
    return b"".join((event_prefix(room, stored, generation), stored.public, b"}"))


@dataclass(frozen=True, slots=True)
class ReceivedRecord:
    """A record as it came from a topic: which room's fact, and what the topic carries of it."""

    room: str
    stored: Stored
    """On a milestone topic `body` is empty, because the fact itself is on the journal only."""
    generation: Generation = FIRST


def read_journal(value: bytes) -> ReceivedRecord:
    """A journal record's fact, verified. Raises BrokenFact."""
    try:
        event = _event.decode(value)
        parts = _journal.decode(event.data)
    except _UNREADABLE as error:
        raise BrokenFact(f"journal: {error}") from error
    public = bytes(parts.public)
    stored = _stored(event, bytes(parts.fact), None if public == b"null" else public)
    verify(stored)
    return ReceivedRecord(event.room, stored, _of_generation(event))


def read_milestone(value: bytes) -> ReceivedRecord:
    """A milestone record's document. Raises BrokenFact."""
    try:
        event = _event.decode(value)
    except _UNREADABLE as error:
        raise BrokenFact(f"milestone: {error}") from error
    return ReceivedRecord(event.room, _stored(event, b"", bytes(event.data)), _of_generation(event))


def _of_generation(event: _Event) -> Generation:
    if event.generation is None:
        return FIRST
    if event.firstseq > event.seq:
        raise BrokenFact(f"generation: it begins with {event.firstseq}, behind {event.seq}")
    return Generation(event.generation, event.firstseq)


def _stored(event: _Event, body: bytes, public: bytes | None) -> Stored:
    try:
        previous, own = bytes.fromhex(event.previoushash), bytes.fromhex(event.hash)
        recorded_at = moment(event.recorded)
    except (ValueError, OverflowError) as error:
        raise BrokenFact(f"attributes: {error}") from error
    return Stored(
        event.partition,
        event.seq,
        recorded_at,
        previous,
        own,
        event.subject,
        event.type,
        body,
        public,
    )


def _has_odd_keys(plain: object) -> bool:
    """Whether a key has characters beyond the BMP. Raises ValueError if no fact may hold this."""
    odd = False
    ahead: list[Any] = [plain]  # Any: what msgspec makes, told apart by its type below
    while ahead:
        each = ahead.pop()
        kind = type(each)
        if kind is dict:
            odd = _are_odd(each) or odd
            # Most values are texts, and of a text there is nothing to look at.
            ahead += [part for part in each.values() if type(part) is not str]
        elif kind is list or kind is tuple:
            ahead += [part for part in each if type(part) is not str]
        elif kind is int:
            if not -_SAFE <= each <= _SAFE:
                raise ValueError(f"a fact holds no integer beyond 2**53 - 1: {each}")
        elif kind is not str and kind is not bool and each is not None:
            raise ValueError(f"a fact holds no {kind.__name__}: {each!r}; use integers and text")
    return odd


def _are_odd(keys: Iterable[str]) -> bool:
    try:
        joined = "".join(keys)
    except TypeError:
        raise ValueError(f"a fact's keys are text, not {list(keys)}") from None
    return not joined.isascii() and max(joined) > _BMP
