"""内存记录 (the record in memory): behaves like `shared.record.postgres`, for tests.

Only one transaction writes at a time. Another one waits, at most as long as on PostgreSQL.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from threading import Lock
from typing import TypeAlias
from uuid import UUID

from shared.envelope import ZERO_HASH, Stored, fact_hash
from shared.record.store import (
    Append,
    ClaimedTooLate,
    CommandKnown,
    CommandRow,
    Conflict,
    GateClosed,
    KeyReused,
    NewFact,
    Position,
    Read,
    StreamRead,
    Unavailable,
    check_append,
    in_series,
)

PATIENCE = timedelta(minutes=5)
"""How far `occurred_at` may lie ahead of the record's clock."""
LOCK_TIME_OUT_S = 3.0

FactLine: TypeAlias = tuple[NewFact, Stored]


@dataclass(frozen=True, slots=True)
class _Remembered:
    row: CommandRow
    at: datetime


@dataclass(frozen=True, slots=True)
class MemoryTables:
    """What a record holds. It is never changed: a writer makes new tables."""

    lines: Sequence[FactLine] = ()
    commands: Mapping[UUID, _Remembered] = field(default_factory=dict)
    numbers: Mapping[tuple[str, date], int] = field(default_factory=dict)

    def read(
        self, streams: Sequence[str], command_ids: Sequence[UUID] = (), series: Sequence[str] = ()
    ) -> Read:
        """As Transaction.read."""
        known = {
            each: tuple(stored for _, stored in sorted(written, key=lambda line: line[0].n))
            for each in command_ids
            if (written := [line for line in self.lines if line[0].command_id == each])
        }
        rows = {each: self.commands[each].row for each in command_ids if each in self.commands}
        begun = {new.stream for new, _ in self.lines}
        found = {prefix: in_series(prefix, begun) for prefix in series}
        names = [*streams, *chain.from_iterable(found.values())]
        return Read(known, rows, {name: self._stream(name) for name in names}, found)

    def _stream(self, name: str) -> StreamRead:
        facts = tuple(stored for new, stored in self.lines if new.stream == name)
        return StreamRead(name, len(facts), facts[0].partition if facts else None, facts)


class Memory:
    """内存记录: a room's record without a database. Safe for threads."""

    def __init__(self, room: str = "intake", partitions: int = 24) -> None:
        self.room = room
        self.partitions = partitions
        self.gate_open = True
        self.tables = MemoryTables()
        self.writing = Lock()

    def read(
        self, streams: Sequence[str], command_ids: Sequence[UUID] = (), series: Sequence[str] = ()
    ) -> Read:
        """As Store.read."""
        return self.tables.read(streams, command_ids, series)

    def resume(self, _wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
        """As Store.resume; a record in memory keeps no snapshots."""
        return {}

    def append(self, append: Append) -> Sequence[Position]:
        """As Store.append."""
        with self.transaction() as transaction:
            return transaction.append(append)

    @contextmanager
    def transaction(self) -> Iterator["MemoryTransaction"]:
        """As Store.transaction."""
        transaction = MemoryTransaction(self)
        try:
            yield transaction
            transaction.commit()
        finally:
            transaction.release()

    def facts(self, partition: int, after: int, limit: int) -> Sequence[Stored]:
        """As Store.facts."""
        mine = (s for _, s in self.tables.lines if s.partition == partition and s.seq > after)
        return sorted(mine, key=lambda stored: stored.seq)[:limit]

    def ticket_facts(self, ticket: str) -> Sequence[Stored]:
        """As Store.ticket_facts."""
        found = (stored for new, stored in self.tables.lines if new.ticket == ticket)
        return sorted(found, key=lambda s: (s.recorded_at, s.partition, s.seq))

    def now(self) -> datetime:
        """As Store.now."""
        return datetime.now(UTC)

    def forget_commands(self, keep: timedelta, limit: int = 10_000) -> int:
        """As Store.forget_commands."""
        before = self.now() - max(keep, timedelta(days=1))
        with self.writing:
            commands = self.tables.commands
            old = [key for key, each in commands.items() if each.at < before][:limit]
            kept = {key: each for key, each in commands.items() if key not in set(old)}
            self.tables = replace(self.tables, commands=kept)
        return len(old)


class MemoryTransaction:
    """One transaction on a record in memory; see `shared.record.store.Transaction`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._own: MemoryTables | None = None
        """The tables with the writes of this transaction. None until it begins to write."""
        self._savepoint = MemoryTables()
        self._appended = False

    @property
    def tables(self) -> MemoryTables:
        """What this transaction sees: all that is committed, and its own writes."""
        return self._own or self._memory.tables

    def read(
        self, streams: Sequence[str], command_ids: Sequence[UUID] = (), series: Sequence[str] = ()
    ) -> Read:
        """As Transaction.read."""
        return self.tables.read(streams, command_ids, series)

    def resume(self, _wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
        """As Transaction.resume; a record in memory keeps no snapshots."""
        return {}

    def take_number(self, command_id: UUID, branch: str, day: date) -> int:
        """As Transaction.take_number."""
        self._savepoint = self._begun()
        found = self.read((), (command_id,))
        if found.known or found.commands:
            raise CommandKnown(f"command {command_id} is known")
        numbers = self._savepoint.numbers
        number = numbers.get((branch, day), 0) + 1
        self._own = replace(self._savepoint, numbers={**numbers, (branch, day): number})
        return number

    def return_number(self) -> None:
        """As Transaction.return_number."""
        self._own = self._savepoint

    def append(self, append: Append) -> Sequence[Position]:
        """As Transaction.append."""
        if self._appended:
            raise ValueError("one append per transaction: its counters are locked last")
        self._appended = True
        check_append(append)
        tables = self._begun()
        self._check_claims(append)
        self._check_commands(append, tables)
        seen = tables.read(list(append.expected)).streams
        for name, version in append.expected.items():
            if seen[name].version != version:
                raise Conflict(f"stream {name} is not at {version}")
        return self._write(append, tables, seen)

    def commit(self) -> None:
        """Make the writes visible to others, if there are any."""
        if self._own is not None:
            self._memory.tables = self._own

    def release(self) -> None:
        """Let another transaction write. What was not committed is lost."""
        if self._own is not None:
            self._own = None
            self._memory.writing.release()

    def _begun(self) -> MemoryTables:
        """The tables. From now until `release` no other transaction can change them."""
        if self._own is None:
            if not self._memory.writing.acquire(timeout=LOCK_TIME_OUT_S):
                raise Unavailable("another transaction holds the record")
            self._own = self._memory.tables
        return self._own

    def _check_claims(self, append: Append) -> None:
        if not self._memory.gate_open:
            raise GateClosed("the record has not been compared with Kafka")
        limit = self._memory.now() + PATIENCE
        if any(fact.occurred_at > limit for fact in append.facts):
            raise ClaimedTooLate(f"occurred_at lies after {limit}")

    def _check_commands(self, append: Append, tables: MemoryTables) -> None:
        for row in append.commands:
            before = tables.commands.get(row.command_id)
            if before is not None and before.row != row:
                raise KeyReused(f"command {row.command_id} came with another body")
        # As on PostgreSQL: the row of a command counts only if the append writes one itself.
        known = {new.command_id for new, _ in tables.lines}
        known |= {row.command_id for row in append.commands if row.command_id in tables.commands}
        for command_id in append.command_ids:
            if command_id in known:
                raise CommandKnown(f"command {command_id} is known")

    def _write(
        self, append: Append, tables: MemoryTables, seen: Mapping[str, StreamRead]
    ) -> Sequence[Position]:
        place = self._places(append, seen)
        last = {stored.partition: stored for _, stored in tables.lines}
        touched = sorted(set(place.values()))
        at = max([self._memory.now(), *(last[p].recorded_at for p in touched if p in last)])
        seqs = {partition: last[partition].seq if partition in last else 0 for partition in touched}
        hashes = {name: read.facts[-1].hash for name, read in seen.items() if read.facts}
        lines = list(tables.lines)
        for fact in append.facts:
            partition = place[fact.stream]
            seq = seqs[partition] = seqs[partition] + 1
            previous = hashes.get(fact.stream, ZERO_HASH)
            own = hashes[fact.stream] = fact_hash(previous, partition, seq, at, fact.body)
            stored = Stored(
                partition, seq, at, previous, own, fact.stream, fact.type, fact.body, fact.public
            )
            lines.append((replace(fact, partition=partition), stored))
        commands = {row.command_id: _Remembered(row, at) for row in append.commands}
        self._own = replace(tables, lines=lines, commands={**tables.commands, **commands})
        return [Position(partition, seq) for partition, seq in seqs.items()]

    def _places(self, append: Append, seen: Mapping[str, StreamRead]) -> Mapping[str, int]:
        """The partition of each stream that is written: its own or, for a new one, its fact's."""
        place: dict[str, int] = {}
        for fact in append.facts:
            own = seen[fact.stream].partition
            place.setdefault(fact.stream, fact.partition if own is None else own)
        partitions = range(self._memory.partitions)
        if outside := [partition for partition in place.values() if partition not in partitions]:
            raise ValueError(f"there are {len(partitions)} partitions, not {sorted(outside)}")
        return place
