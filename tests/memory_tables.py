"""内存表 (tables in memory): what a record in memory holds, and how an append changes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain
from typing import TypeAlias
from uuid import UUID

from shared.envelope import ZERO_HASH, Stored, fact_hash
from shared.record.calls import is_plain
from shared.record.store import (
    Append,
    CommandKnown,
    CommandRow,
    Conflict,
    KeyReused,
    NewFact,
    Position,
    Read,
    StreamRead,
    in_series,
)

FactLine: TypeAlias = tuple[NewFact, Stored]


@dataclass(frozen=True, slots=True)
class _Remembered:
    row: CommandRow
    at: datetime


@dataclass(frozen=True, slots=True)
class MemoryTables:
    """The tables of a record. They are never changed: a writer makes new ones."""

    lines: Sequence[FactLine] = ()
    streams: Mapping[str, tuple[Stored, ...]] = field(default_factory=dict)
    """The facts of each stream."""
    written: Mapping[UUID, tuple[FactLine, ...]] = field(default_factory=dict)
    """What each command has written."""
    last: Mapping[int, Stored] = field(default_factory=dict)
    """The last fact of each partition."""
    commands: Mapping[UUID, _Remembered] = field(default_factory=dict)
    numbers: Mapping[tuple[str, date], int] = field(default_factory=dict)
    matters: frozenset[tuple[bytes, str]] = frozenset()
    """Words, each with a stream that was noted with it."""

    def read(
        self, streams: Sequence[str], command_ids: Sequence[UUID] = (), series: Sequence[str] = ()
    ) -> Read:
        """As Transaction.read."""
        known = {
            each: tuple(stored for _, stored in sorted(written, key=lambda line: line[0].n))
            for each in command_ids
            if (written := self.written.get(each))
        }
        rows = {each: self.commands[each].row for each in command_ids if each in self.commands}
        found = {prefix: in_series(prefix, self.streams) for prefix in series}
        names = [*streams, *chain.from_iterable(found.values())]
        return Read(known, rows, {name: self._stream(name) for name in names}, found)

    def with_number(self, branch: str, day: date) -> tuple["MemoryTables", int]:
        """The tables with one more ticket number, and this number."""
        number = self.numbers.get((branch, day), 0) + 1
        return replace(self, numbers={**self.numbers, (branch, day): number}), number

    def without_commands(self, before: datetime, limit: int) -> tuple["MemoryTables", int]:
        """The tables without some commands that are older, and how many these are."""
        old = [key for key, each in self.commands.items() if each.at < before][:limit]
        kept = {key: each for key, each in self.commands.items() if key not in set(old)}
        return replace(self, commands=kept), len(old)

    def appended(
        self, append: Append, now: datetime, partitions: int
    ) -> tuple["MemoryTables", Sequence[Position]]:
        """The tables after the append, and what it returns. Raises a StoreError."""
        seen = self.read(list(append.expected)).streams
        self._check_rows(append)
        # As on PostgreSQL: whoever appends one fact hears of its stream before its command.
        if is_plain(append):
            _check_versions(append, seen)
            self._check_facts(append)
        else:
            self._check_facts(append)
            _check_versions(append, seen)
        place = _places(append, seen, partitions)
        last, streams, written = dict(self.last), dict(self.streams), dict(self.written)
        touched = sorted(set(place.values()))
        at = max([now, *(last[p].recorded_at for p in touched if p in last)])
        seqs = {partition: last[partition].seq if partition in last else 0 for partition in touched}
        hashes = {name: read.facts[-1].hash for name, read in seen.items() if read.facts}
        lines = list(self.lines)
        for fact in append.facts:
            partition = place[fact.stream]
            seq = seqs[partition] = seqs[partition] + 1
            stored = _stored(fact, partition, seq, at, hashes.get(fact.stream, ZERO_HASH))
            hashes[fact.stream] = stored.hash
            line = replace(fact, partition=partition), stored
            lines.append(line)
            last[partition] = stored
            streams[fact.stream] = (*streams.get(fact.stream, ()), stored)
            written[fact.command_id] = (*written.get(fact.command_id, ()), line)
        commands = {row.command_id: _Remembered(row, at) for row in append.commands}
        made = MemoryTables(
            lines=lines,
            streams=streams,
            written=written,
            last=last,
            commands={**self.commands, **commands},
            numbers=self.numbers,
            matters=self.matters,
        )
        return made, [Position(partition, seq) for partition, seq in seqs.items()]

    def forged(self, forge: Callable[[Stored], Stored]) -> "MemoryTables":
        """The tables after somebody has changed facts behind the back of the record."""
        written = {
            each: tuple((new, forge(stored)) for new, stored in lines)
            for each, lines in self.written.items()
        }
        return replace(
            self,
            lines=[(new, forge(stored)) for new, stored in self.lines],
            streams={name: tuple(map(forge, facts)) for name, facts in self.streams.items()},
            written=written,
            last={partition: forge(stored) for partition, stored in self.last.items()},
        )

    def _stream(self, name: str) -> StreamRead:
        facts = self.streams.get(name, ())
        return StreamRead(name, len(facts), facts[0].partition if facts else None, facts)

    def _check_rows(self, append: Append) -> None:
        known = [row for row in append.commands if row.command_id in self.commands]
        for row in known:
            if self.commands[row.command_id].row != row:
                raise KeyReused(f"command {row.command_id} came with another body")
        for row in known:
            raise CommandKnown(f"command {row.command_id} is known")

    def _check_facts(self, append: Append) -> None:
        for command_id in append.command_ids:
            if command_id in self.written:
                raise CommandKnown(f"command {command_id} is known")


def _check_versions(append: Append, seen: Mapping[str, StreamRead]) -> None:
    for name, version in append.expected.items():
        if seen[name].version != version:
            raise Conflict(f"stream {name} is not at {version}")


def _stored(fact: NewFact, partition: int, seq: int, at: datetime, previous: bytes) -> Stored:
    own = fact_hash(previous, partition, seq, at, fact.body)
    return Stored(partition, seq, at, previous, own, fact.stream, fact.type, fact.body, fact.public)


def _places(append: Append, seen: Mapping[str, StreamRead], partitions: int) -> Mapping[str, int]:
    """The partition of each stream that is written: its own or, for a new one, its fact's."""
    place: dict[str, int] = {}
    for fact in append.facts:
        own = seen[fact.stream].partition
        place.setdefault(fact.stream, fact.partition if own is None else own)
    if outside := [partition for partition in place.values() if not 0 <= partition < partitions]:
        raise ValueError(f"there are {partitions} partitions, not {sorted(outside)}")
    return place
