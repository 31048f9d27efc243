"""来件 (consumer records): a record of a topic, checked and read as far as its consumers need it.

A record that no relay of ours wrote is garbage. It has no place in any order and moves no cursor;
no consumer gets it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from shared import envelope, view
from shared.consumers.cursors import Source
from shared.document import Published
from shared.envelope import FIRST, BrokenFact, Generation, PublicHead, Stored
from shared.events import BOOK, reading
from shared.proof.check import Proofs
from shared.proof.mac import HEADER, ProvedRecord
from shared.topics import JOURNAL, journal_topic, source_header
from shared.view import Recorded

LONGEST_NAME = 500
"""Characters of a stream, a ticket or a branch. An index holds at most 2,700 bytes of a value."""
LARGEST = 2**63 - 1
_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(slots=True, eq=False)
class ConsumerRecord:
    """来件: one record. Its fact is read once, for all consumers."""

    source: Source
    offset: int
    prev: int
    stored: Stored
    traceparent: str | None = None
    generation: Generation = FIRST
    _told: Recorded | Exception | None = field(default=None, repr=False)
    _head: PublicHead | None = field(default=None, repr=False)

    @property
    def seq(self) -> int:
        """Its fact's number."""
        return self.stored.seq

    @property
    def hash(self) -> bytes:
        """Its fact's hash."""
        return self.stored.hash

    @property
    def recorded_at(self) -> datetime:
        """When its fact was recorded."""
        return self.stored.recorded_at

    @property
    def place(self) -> str:
        """Its fact's place in all records of all rooms; the id of the CloudEvent."""
        return f"{self.source.room}/{self.stored.partition}/{self.stored.seq}"

    @property
    def head(self) -> PublicHead:
        """The head of a milestone's document. Raises BrokenFact."""
        if self._head is None:
            assert self.stored.public is not None
            self._head = envelope.public_head(self.stored.public)
        return self._head

    def recorded(self) -> Recorded:
        """The fact of a journal record. Raises each time what reading it raised first."""
        if self._told is None:
            try:
                self._told = view.recorded(self.source.room, self.stored)
            except Exception as error:  # noqa: BLE001 - kept for every consumer that asks
                self._told = error
        if isinstance(self._told, Exception):
            raise self._told
        return self._told


class TopicRecord(NamedTuple):
    """A record as it stands on a topic, whoever wrote it."""

    topic: str
    partition: int
    offset: int
    headers: Headers
    value: bytes
    key: bytes = b""


def read_record(raw: TopicRecord, proofs: Proofs | None = None) -> ConsumerRecord:
    """The record as the relay of a room wrote it. Raises BrokenFact for everything else.

    `proofs` checks that it was written by one. None: the caller knows the record by its hash.
    """
    topic, partition, offset, headers, value, key = raw
    said = {name: text for name, text in headers if text is not None}
    on_journal = topic.startswith(JOURNAL)
    arrived = envelope.read_journal(value) if on_journal else envelope.read_milestone(value)
    prev = _number(said, "prev")
    if _number(said, "seq") != arrived.stored.seq or said.get("source") != source_header(
        arrived.room
    ):
        raise BrokenFact("headers: they speak of another fact than the value")
    if partition != arrived.stored.partition or not 0 <= prev < arrived.stored.seq:
        raise BrokenFact(f"place: {arrived.stored.partition}/{arrived.stored.seq} after {prev}")
    if proofs is not None:
        proved = ProvedRecord(topic, partition, key, arrived.stored.seq, prev, value)
        proofs.check(arrived.room, proved, said.get(HEADER))
    trace = said.get("traceparent", b"").decode("ascii", "replace")
    record = ConsumerRecord(
        Source(topic, partition, arrived.room),
        offset,
        prev,
        arrived.stored,
        trace if _TRACE.fullmatch(trace) else None,
        arrived.generation,
    )
    _check_name("stream", record.stored.stream)
    if on_journal:
        _check_journal(record)
    else:
        _check_milestone(record)
    return record


def _check_journal(record: ConsumerRecord) -> None:
    room = record.source.room
    if record.source.topic != journal_topic(room) or record.prev != record.seq - 1:
        raise BrokenFact(f"journal: a fact of {room} after {record.prev} does not belong here")


def _check_milestone(record: ConsumerRecord) -> None:
    room, stored = record.source.room, record.stored
    line = BOOK.get(stored.type)
    if record.source.topic != stored.type or line is None or room not in line.writers:
        raise BrokenFact(f"milestone: {room} does not write {stored.type} here")
    if record.head.stream != stored.stream or record.head.type != stored.type:
        raise BrokenFact(f"document: {record.head.stream} in the envelope of {stored.stream}")
    if record.head.document != line.documents.get(room):
        raise BrokenFact(f"document: {stored.type} of {room} carries no {record.head.document}")
    if not 0 < record.head.version <= LARGEST:
        raise BrokenFact(f"document: it has no version of a stream: {record.head.version}")
    _check_name("branch", record.head.branch)
    _check_name("ticket", record.head.ticket or "")


def _check_name(what: str, name: str) -> None:
    """Raise BrokenFact for what no table can keep, although it is text."""
    if len(name) > LONGEST_NAME or "\0" in name:
        raise BrokenFact(f"{what}: a name of {len(name)} characters, or with a NUL")


def published(
    room: str, recorded_at: datetime, head: PublicHead, generation: str = ""
) -> Published:
    """The public document. Raises what reading its state raises: FutureSchema, BrokenFact."""
    return Published(
        room=room,
        kind=head.document,
        stream=head.stream,
        version=head.version,
        ticket=head.ticket,
        branch=head.branch,
        recorded_at=recorded_at,
        state=reading.load_document(head.document, head.schema, bytes(head.state)),
        generation=generation,
    )


def _number(said: dict[str, bytes], name: str) -> int:
    try:
        return int(said[name])
    except (KeyError, ValueError) as error:
        raise BrokenFact(f"headers: {name} is not a number") from error
