"""记录的约定 (the interface of a record): for PostgreSQL (`postgres.py`), and in memory for tests.

A store belongs to one room. Facts are numbered (partition, seq) from 1 without gaps, in the order
of commit. A fact that was appended never changes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from shared.envelope import Stored

LARGEST_FACT = 1024 * 1024
"""Bytes of a fact with its public document. The append functions of the database know the same
limit. Topics and relays take far larger records, so what can be recorded can be sent."""


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact to append. The store adds seq, recorded_at and hash."""

    stream: str
    version: int
    """Its version on the stream, from 1."""
    partition: int
    """The partition of a new stream. A stream that exists stays in its own."""
    fact_id: UUID
    command_id: UUID
    n: int
    type: str
    ticket: str | None
    branch: str
    occurred_at: datetime
    body: bytes
    """Its bytes. They say all of the above but the partition, or nothing is appended."""
    public: bytes | None


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command that came over HTTP. It is remembered for 30 days, even if it made no fact."""

    command_id: UUID
    body_mac: bytes
    """HMAC-SHA-256 of the request's body."""


@dataclass(frozen=True, slots=True)
class Append:
    """What one append writes, and the versions that the streams must still have."""

    facts: Sequence[NewFact]
    expected: Mapping[str, int]
    """The version of every stream that was read; 0 for a stream without facts."""
    command_ids: Sequence[UUID]
    commands: Sequence[CommandRow] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """The place of a fact in a room's record. A reader who has it has read what was written."""

    partition: int
    seq: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """快照: the state of a stream right after one of its facts."""

    stream: str
    version: int
    """The version, place and hash of that fact."""
    partition: int
    seq: int
    hash: bytes
    branch: str
    """The branch of the stream's first fact."""
    fingerprint: bytes
    """The fingerprint of the program that folded the facts; see `shared.snapshot`."""
    state: bytes


@dataclass(frozen=True, slots=True)
class StreamRead:
    """A stream as read: its facts in order, or its snapshot and the facts after it."""

    name: str
    version: int
    partition: int | None
    """None for a stream without facts."""
    facts: Sequence[Stored]
    snapshot: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What one read returns: the streams, and what is known of the commands."""

    known: Mapping[UUID, Sequence[Stored]]
    """The facts of each command asked for, in order of n. A command without facts is absent."""
    commands: Mapping[UUID, CommandRow]
    """The remembered rows of the commands asked for."""
    streams: Mapping[str, StreamRead]
    """Every stream asked for and those of every series. One without facts has version 0."""
    series: Mapping[str, Sequence[str]]
    """The streams of each series asked for, by prefix, in the order of their numbers."""


class StoreError(Exception):
    """The append was rejected. Nothing was written."""


class Conflict(StoreError):
    """A stream was appended to after it was read. Read again and decide again."""


class CommandKnown(StoreError):
    """One of the command ids is in the record already. Answer from its facts."""


class KeyReused(StoreError):
    """The same Idempotency-Key was sent before with another body."""


class GateClosed(StoreError):
    """No fact can be appended yet: the relays have not compared this record with Kafka."""


class Unavailable(StoreError):
    """The database cannot be reached or did not answer in time. Nothing is partly written."""


class ClaimedTooLate(StoreError):
    """occurred_at lies more than five minutes after the record's own clock."""


class SaysOtherwise(StoreError):
    """The bytes of a fact are not what the append says of them: a fault of whoever made them."""


class TooLargeToRecord(StoreError):
    """A fact with its public document has more than LARGEST_FACT bytes."""


def in_series(prefix: str, streams: Iterable[str]) -> Sequence[str]:
    """The streams that belong to a series, in the order of their numbers."""
    numbers = {name: name.removeprefix(prefix) for name in streams if name.startswith(prefix)}
    mine = [name for name, number in numbers.items() if number.isdecimal()]
    return sorted(mine, key=lambda name: int(numbers[name]))


def check_append(append: Append) -> None:
    """Raise ValueError if the append contradicts itself, which is a bug of the caller."""
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
    if unknown := (numbered.keys() | remembered) - set(append.command_ids):
        raise ValueError(f"these commands are not among the append's: {sorted(unknown)}")


class StreamAccess(Protocol):
    """What a store and a transaction offer alike: to read streams and to append to them."""

    def read(
        self, streams: Sequence[str], command_ids: Sequence[UUID] = (), series: Sequence[str] = ()
    ) -> Read:
        """The committed streams and series, and what is known of the commands.

        A series is all streams whose names are its prefix and a number.
        """

    def resume(self, wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
        """Streams from their snapshots on. A stream without a valid snapshot is absent.

        `wanted`: by stream, the fingerprint of the program that folds it.
        """

    def lost_ends(self, streams: Sequence[str]) -> Mapping[str, int]:
        """The streams whose last fact is not where the record last wrote on them.

        By stream, the version that was written last; 0 if the record knows nothing of it.
        """

    def append(self, append: Append) -> Sequence[Position]:
        """Write the facts. Returns one position for each partition. Raises a StoreError."""


class Transaction(StreamAccess, Protocol):
    """One transaction: at most one append, and the ticket numbers that it uses."""

    def take_number(self, command_id: UUID, branch: str, day: date) -> int:
        """The next number of a branch's tickets on that day, or of a series of its store in a year.

        `branch` and `day` as in `NumberedCommand`. A rollback gives the number back.

        Raises CommandKnown. Then no number was taken and the transaction can go on.
        """

    def meet(
        self, words: Sequence[bytes], stream: str, subject: str
    ) -> Mapping[bytes, Sequence[str]]:
        """The streams that were noted with the same words within an hour, by word.

        Nobody else meets by these words until the transaction ends; then the stream is noted too.
        The erasure of `subject` takes it out. Call it after `take_number`. Raises Unavailable.
        """

    def return_number(self) -> None:
        """Give the last number back, before anything else is written."""


class Store(StreamAccess, Protocol):
    """The record of one room. Each call is a transaction of its own and one round trip."""

    room: str
    partitions: int

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin; commit at the end of the block, roll back on any exception."""

    def facts(self, partition: int, after: int, limit: int) -> Sequence[Stored]:
        """Facts of a partition with seq > after, in order, at most `limit`."""

    def ticket_facts(self, ticket: str, branches: Collection[str] | None) -> Sequence[Stored]:
        """What names the ticket, and all that stands on its own papers, as it was recorded.

        Where one ticket goes on as another, the fact names that one and stands on this one's
        paper. Facts of these branches alone; None: of all.
        """

    def streams_named(self, prefix: str, after: str, limit: int) -> Sequence[str]:
        """The next streams behind `after` whose names begin so, in the order of their names."""

    def facts_named(self, prefix: str, after: tuple[str, int], limit: int) -> Sequence[Stored]:
        """The next facts of streams whose names begin so, by stream and version, at most `limit`.

        `after`: the stream and the version of the last one that was read; `("", 0)` at first.
        """

    def now(self) -> datetime:
        """The record's own clock, UTC."""

    def wait_for_appends(self) -> None:
        """Return once every append has ended that had its moment before this was asked.

        What is recorded from then on is recorded later than whatever could be read before.
        """

    def forget_commands(self, keep: timedelta, limit: int = 10_000) -> int:
        """Delete at most `limit` rows of commands older than `keep` (at least a day).

        Returns how many were deleted.
        """
