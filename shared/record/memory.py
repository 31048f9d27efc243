"""内存记录 (the record in memory): keeps every promise of `shared.record.store`, for tests.

One writing transaction at a time: the second one waits, at most as long as PostgreSQL would.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
"""How far ahead of the record's clock a fact may claim to have happened."""
LOCK_TIME_OUT_S = 3.0

_Line: TypeAlias = tuple[NewFact, Stored]


@dataclass(frozen=True, slots=True)
class _Remembered:
    row: CommandRow
    at: datetime


@dataclass(slots=True)
class _Written:
    """What one transaction has written and not yet committed."""

    lines: list[_Line] = field(default_factory=list)
    commands: dict[UUID, _Remembered] = field(default_factory=dict)
    numbers: dict[tuple[str, date], int] = field(default_factory=dict)


class Memory:
    """内存记录: a room's record without a database. Safe for threads."""

    def __init__(self, room: str = "intake", partitions: int = 24) -> None:
        self.room = room
        self.partitions = partitions
        self.gate_open = True
        self._lines: list[_Line] = []
        self._commands: dict[UUID, _Remembered] = {}
        self._numbers: dict[tuple[str, date], int] = {}
        self._writing = Lock()

    def read(
        self,
        streams: Sequence[str],
        command_ids: Sequence[UUID] = (),
        series: Sequence[str] = (),
    ) -> Read:
        """As Store.read."""
        return MemoryTransaction(self).read(streams, command_ids, series)

    def resume(self, _wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
        """As Store.resume; it keeps no snapshots."""
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
        mine = (s for _, s in self._lines if s.partition == partition and s.seq > after)
        return sorted(mine, key=lambda stored: stored.seq)[:limit]

    def ticket_facts(self, ticket: str) -> Sequence[Stored]:
        """As Store.ticket_facts."""
        found = (stored for new, stored in self._lines if new.ticket == ticket)
        return sorted(found, key=lambda s: (s.recorded_at, s.partition, s.seq))

    def now(self) -> datetime:
        """As Store.now."""
        return datetime.now(UTC)

    def forget_commands(self, keep: timedelta, limit: int = 10_000) -> int:
        """As Store.forget_commands."""
        before = self.now() - max(keep, timedelta(days=1))
        with self._writing:
            old = [key for key, each in self._commands.items() if each.at < before][:limit]
            for key in old:
                del self._commands[key]
        return len(old)


class MemoryTransaction:
    """One transaction on a record in memory; see `shared.record.store.Transaction`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._written = _Written()
        self._taken: tuple[str, date, int] | None = None
        self._holds = False
        self._appended = False

    def read(
        self,
        streams: Sequence[str],
        command_ids: Sequence[UUID] = (),
        series: Sequence[str] = (),
    ) -> Read:
        """As Transaction.read: what is committed, and what this transaction wrote itself."""
        lines = [*self._memory._lines, *self._written.lines]  # noqa: SLF001
        remembered = {**self._memory._commands, **self._written.commands}  # noqa: SLF001
        known = {
            each: tuple(stored for _, stored in sorted(said, key=lambda line: line[0].n))
            for each in command_ids
            if (said := [line for line in lines if line[0].command_id == each])
        }
        rows = {each: remembered[each].row for each in command_ids if each in remembered}
        written = {new.stream for new, _ in lines}
        found = {prefix: in_series(prefix, written) for prefix in series}
        names = [*streams, *chain.from_iterable(found.values())]
        return Read(known, rows, {name: _stream(name, lines) for name in names}, found)

    def resume(self, _wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
        """As Transaction.resume; it keeps no snapshots."""
        return {}

    def take_number(self, command_id: UUID, branch: str, day: date) -> int:
        """As Transaction.take_number."""
        self._hold()
        if self._is_known(command_id):
            raise CommandKnown(f"command {command_id} is known")
        key = (branch, day)
        last = self._written.numbers.get(key, self._memory._numbers.get(key, 0))  # noqa: SLF001
        self._written.numbers[key] = last + 1
        self._taken = (*key, last)
        return last + 1

    def return_number(self) -> None:
        """As Transaction.return_number."""
        assert self._taken is not None
        branch, day, last = self._taken
        self._written.numbers[branch, day] = last

    def append(self, append: Append) -> Sequence[Position]:
        """As Transaction.append."""
        if self._appended:
            raise ValueError("one append per transaction: its counters are locked last")
        self._appended = True
        check_append(append)
        self._hold()
        self._check_claims(append)
        self._check_commands(append)
        seen = self.read(list(append.expected)).streams
        for name, version in append.expected.items():
            if seen[name].version != version:
                raise Conflict(f"stream {name} is not at {version}")
        return self._write(append, seen)

    def commit(self) -> None:
        """Let everybody see what was written."""
        self._memory._lines.extend(self._written.lines)  # noqa: SLF001
        self._memory._commands.update(self._written.commands)  # noqa: SLF001
        self._memory._numbers.update(self._written.numbers)  # noqa: SLF001

    def release(self) -> None:
        """Let the next one write."""
        self._written = _Written()
        if self._holds:
            self._holds = False
            self._memory._writing.release()  # noqa: SLF001

    def _hold(self) -> None:
        if not self._holds:
            if not self._memory._writing.acquire(timeout=LOCK_TIME_OUT_S):  # noqa: SLF001
                raise Unavailable("another transaction holds the record")
            self._holds = True

    def _is_known(self, command_id: UUID) -> bool:
        found = self.read((), (command_id,))
        return bool(found.known or found.commands)

    def _check_claims(self, append: Append) -> None:
        if not self._memory.gate_open:
            raise GateClosed("the record has not been compared with Kafka")
        limit = self._memory.now() + PATIENCE
        if any(fact.occurred_at > limit for fact in append.facts):
            raise ClaimedTooLate(f"occurred_at lies after {limit}")

    def _check_commands(self, append: Append) -> None:
        for row in append.commands:
            found = self._memory._commands.get(row.command_id)  # noqa: SLF001
            if found is not None and found.row != row:
                raise KeyReused(f"command {row.command_id} came with another body")
        # As on PostgreSQL: a row is looked for where one is to be written, facts always.
        remembered = {row.command_id for row in append.commands}
        for command_id in append.command_ids:
            found_too = self.read((), (command_id,))
            if found_too.known or (command_id in remembered and found_too.commands):
                raise CommandKnown(f"command {command_id} is known")

    def _write(self, append: Append, seen: Mapping[str, StreamRead]) -> Sequence[Position]:
        last = _last(self._memory._lines)  # noqa: SLF001
        place = {fact.stream: fact.partition for fact in reversed(append.facts)}
        place |= {name: s.partition for name, s in seen.items() if s.partition is not None}
        touched = sorted({place[fact.stream] for fact in append.facts})
        if touched and not 0 <= touched[0] <= touched[-1] < self._memory.partitions:
            raise ValueError(f"there are {self._memory.partitions} partitions, not {touched}")
        at = max([self._memory.now(), *(last[p].recorded_at for p in touched if p in last)])
        seqs = {partition: last[partition].seq if partition in last else 0 for partition in touched}
        previous = {name: s.facts[-1].hash for name, s in seen.items() if s.facts}
        for fact in append.facts:
            partition = place[fact.stream]
            seqs[partition] += 1
            before = previous.get(fact.stream, ZERO_HASH)
            own = fact_hash(before, partition, seqs[partition], at, fact.body)
            previous[fact.stream] = own
            stored = Stored(
                partition,
                seqs[partition],
                at,
                before,
                own,
                fact.stream,
                fact.type,
                fact.body,
                fact.public,
            )
            self._written.lines.append((replace(fact, partition=partition), stored))
        for row in append.commands:
            self._written.commands[row.command_id] = _Remembered(row, at)
        return [Position(partition, seq) for partition, seq in sorted(seqs.items())]


def _stream(name: str, lines: Iterable[_Line]) -> StreamRead:
    facts = tuple(stored for new, stored in lines if new.stream == name)
    return StreamRead(name, len(facts), facts[0].partition if facts else None, facts)


def _last(lines: Iterable[_Line]) -> dict[int, Stored]:
    return {stored.partition: stored for _, stored in lines}
