"""记录的约定 (what a record promises), in PostgreSQL (`postgres.py`) and in memory (`memory.py`).

A store belongs to one room. Facts are numbered (partition, seq): dense, from 1, in the order of
commit. Nothing that was appended changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

from shared.envelope import Stored


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact about to be appended; the store gives it seq, recorded_at and hash."""

    stream: str
    version: int
    """Its version on the stream, from 1."""
    partition: int
    """Where the stream goes if this is its first fact; an existing stream keeps its own."""
    fact_id: UUID
    command_id: UUID
    n: int
    type: str
    ticket: str | None
    occurred_at: datetime
    body: bytes
    public: bytes | None


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command over HTTP, remembered for 30 days even if it made no fact true."""

    command_id: UUID
    body_mac: bytes
    """HMAC-SHA-256 of the request's body."""


@dataclass(frozen=True, slots=True)
class Append:
    """What one append writes, and what must still be so for it to be written."""

    facts: Sequence[NewFact]
    expected: Mapping[str, int]
    """Every stream that was read, written to or not, with the version that was seen (0: none)."""
    command_ids: Sequence[UUID]
    commands: Sequence[CommandRow] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a room's record: after this fact, reading one's own write is possible."""

    partition: int
    seq: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """快照: the state of a stream right after one of its facts."""

    stream: str
    version: int
    """The fact's, and where it stands, and its hash."""
    partition: int
    seq: int
    hash: bytes
    branch: str
    """Of the stream's first fact."""
    fingerprint: bytes
    """Of the program that folded; see `shared.snapshot`."""
    state: bytes


@dataclass(frozen=True, slots=True)
class StreamRead:
    """A stream as read: its version and its facts in order, or those behind its snapshot."""

    name: str
    version: int
    partition: int | None
    """None for a stream without facts."""
    facts: Sequence[Stored]
    snapshot: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What `handle` learns in one look: the facts a command made true before, and the streams."""

    known: Mapping[UUID, Sequence[Stored]] = field(default_factory=lambda: MappingProxyType({}))
    """Facts that carry one of the command ids asked for, in order of n; absent: it made none."""
    commands: Mapping[UUID, CommandRow] = field(default_factory=lambda: MappingProxyType({}))
    """The remembered rows of the commands asked for."""
    streams: Mapping[str, StreamRead] = field(default_factory=lambda: MappingProxyType({}))
    """Every stream asked for, and those of every series; one without facts has version 0."""
    series: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    """The streams of each series asked for, by prefix, in the order of their numbers."""


class StoreError(Exception):
    """The record did not take the append; nothing was written."""


class Conflict(StoreError):
    """A stream has moved on since it was read; read again and decide again."""


class CommandKnown(StoreError):
    """One of the command ids is in the record already; answer from its facts."""


class KeyReused(StoreError):
    """The same Idempotency-Key came before with another body."""


class GateClosed(StoreError):
    """The room takes no facts yet: the relays have not compared this record with Kafka."""


class Unavailable(StoreError):
    """The database cannot be reached or did not answer in time; nothing is half-written."""


class ClaimedTooLate(StoreError):
    """occurred_at lies more than five minutes after the record's own clock."""


def in_series(prefix: str, streams: Iterable[str]) -> Sequence[str]:
    """Those of the streams that belong to a series, in the order of their numbers."""
    numbers = {name: name.removeprefix(prefix) for name in streams if name.startswith(prefix)}
    mine = [name for name, number in numbers.items() if number.isdecimal()]
    return sorted(mine, key=lambda name: int(numbers[name]))


def check_append(append: Append) -> None:
    """Raise ValueError if the append contradicts itself: a fault of whoever made it."""
    versions = dict(append.expected)
    numbered: dict[UUID, int] = {}
    for fact in append.facts:
        if fact.version != versions.get(fact.stream, fact.version) + 1:
            raise ValueError(f"{fact.type}: {fact.stream} was not seen at {fact.version - 1}")
        if fact.n != numbered.get(fact.command_id, 0):
            raise ValueError(f"{fact.type}: n of command {fact.command_id} is not {fact.n}")
        versions[fact.stream] = fact.version
        numbered[fact.command_id] = fact.n + 1
    remembered = {row.command_id for row in append.commands}
    if strange := (numbered.keys() | remembered) - set(append.command_ids):
        raise ValueError(f"these commands are not among the append's: {sorted(strange)}")


class Transaction(Protocol):
    """One transaction: at most one append, with the numbers it takes."""

    def read(
        self,
        streams: Sequence[str],
        command_ids: Sequence[UUID] = (),
        series: Sequence[str] = (),
    ) -> Read:
        """The streams and series as committed, and what is known of the commands.

        A series is all streams whose names are its prefix and a number.
        """

    def resume(self, wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
        """Streams from snapshots that such programs made; absent: read it from its first fact.

        `wanted`: the program's fingerprint, by stream.
        """

    def take_number(self, command_id: UUID, branch: str, day: date) -> int:
        """The next ticket number of the branch's day; it returns if the transaction rolls back.

        Raises CommandKnown; then none was taken and the transaction goes on.
        """

    def return_number(self) -> None:
        """Undo the taking of the last number, before anything else was written."""

    def append(self, append: Append) -> Sequence[Position]:
        """Write the facts; one position per touched partition. Raises a StoreError."""


class Store(Protocol):
    """The record of one room."""

    room: str
    partitions: int

    def read(
        self,
        streams: Sequence[str],
        command_ids: Sequence[UUID] = (),
        series: Sequence[str] = (),
    ) -> Read:
        """As Transaction.read, in a transaction of its own."""

    def resume(self, wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
        """As Transaction.resume, in a transaction of its own."""

    def append(self, append: Append) -> Sequence[Position]:
        """As Transaction.append, in a transaction of its own: one round trip to the database."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin; commit at the end of the block, roll back on any exception."""

    def facts(self, partition: int, after: int, limit: int) -> Sequence[Stored]:
        """Facts of a partition with seq > after, in order, at most `limit`."""

    def ticket_facts(self, ticket: str) -> Sequence[Stored]:
        """Every fact that names the ticket, ordered by (recorded_at, partition, seq)."""

    def now(self) -> datetime:
        """The record's own clock, UTC."""

    def forget_commands(self, keep: timedelta, limit: int = 10_000) -> int:
        """Let go of at most `limit` rows of commands older than `keep` (a day at least)."""
