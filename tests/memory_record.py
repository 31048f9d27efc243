"""内存记录 (the record in memory): behaves like `shared.record.postgres`, for tests.

Only one transaction writes at a time. Another one waits, at most as long as on PostgreSQL.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from uuid import UUID

from shared.envelope import Stored
from shared.events.values import covers
from shared.record.store import (
    LARGEST_FACT,
    Append,
    ClaimedTooLate,
    CommandKnown,
    GateClosed,
    Position,
    Read,
    StreamRead,
    TooLargeToRecord,
    Unavailable,
    check_append,
)
from tests.memory_tables import MemoryTables

PATIENCE = timedelta(minutes=5)
"""How far `occurred_at` may lie ahead of the record's clock."""
LOCK_TIME_OUT_S = 3.0


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

    def lost_ends(self, _streams: Sequence[str]) -> Mapping[str, int]:
        """As Store.lost_ends; in memory nobody takes a fact away."""
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

    def ticket_facts(self, ticket: str, branches: Collection[str] | None) -> Sequence[Stored]:
        """As Store.ticket_facts."""
        named = {new.stream for new, _ in self.tables.lines if new.ticket == ticket}
        own = {stream for stream in named if stream.partition("-")[2] == ticket}
        found = (
            stored
            for new, stored in self.tables.lines
            if (new.ticket == ticket or new.stream in own)
            and (branches is None or covers(branches, new.branch))
        )
        return sorted(found, key=lambda s: (s.recorded_at, s.partition, s.seq))

    def streams_named(self, prefix: str, after: str, limit: int) -> Sequence[str]:
        """As Store.streams_named."""
        names = {new.stream for new, _ in self.tables.lines}
        return sorted(n for n in names if n.startswith(prefix) and n > after)[:limit]

    def facts_named(self, prefix: str, after: tuple[str, int], limit: int) -> Sequence[Stored]:
        """As Store.facts_named."""
        places = {(new.stream, new.version): s for new, s in self.tables.lines}
        named = sorted(each for each in places if each[0].startswith(prefix) and each > after)
        return [places[each] for each in named[:limit]]

    def now(self) -> datetime:
        """As Store.now."""
        return datetime.now(UTC)

    def wait_for_appends(self) -> None:
        """As Store.wait_for_appends."""
        with self.writing:
            pass

    def forget_commands(self, keep: timedelta, limit: int = 10_000) -> int:
        """As Store.forget_commands."""
        before = self.now() - max(keep, timedelta(days=1))
        with self.writing:
            self.tables, count = self.tables.without_commands(before, limit)
        return count


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

    def lost_ends(self, _streams: Sequence[str]) -> Mapping[str, int]:
        """As Transaction.lost_ends."""
        return {}

    def take_number(self, command_id: UUID, branch: str, day: date) -> int:
        """As Transaction.take_number."""
        self._savepoint = self._begun()
        found = self.read((), (command_id,))
        if found.known or found.commands:
            raise CommandKnown(f"command {command_id} is known")
        self._own, number = self._savepoint.with_number(branch, day)
        return number

    def meet(
        self, words: Sequence[bytes], stream: str, subject: str
    ) -> Mapping[bytes, Sequence[str]]:
        """As Transaction.meet; nothing is erased, and nothing is an hour old."""
        del subject
        known = self._begun().matters
        self._own = replace(self._begun(), matters=known | {(word, stream) for word in words})
        found: dict[bytes, list[str]] = {}
        for word, met in sorted(known):
            if word in words and met != stream:
                found.setdefault(word, []).append(met)
        return found

    def return_number(self) -> None:
        """As Transaction.return_number."""
        self._own = self._savepoint

    def append(self, append: Append) -> Sequence[Position]:
        """As Transaction.append."""
        if self._appended:
            raise ValueError("one append per transaction: its counters are locked last")
        self._appended = True
        check_append(append)
        tables, now = self._begun(), self._memory.now()
        if not self._memory.gate_open:
            raise GateClosed("the record has not been compared with Kafka")
        if any(fact.occurred_at > now + PATIENCE for fact in append.facts):
            raise ClaimedTooLate(f"occurred_at lies after {now + PATIENCE}")
        if any(len(fact.body) + len(fact.public or b"") > LARGEST_FACT for fact in append.facts):
            raise TooLargeToRecord(f"a fact has more than {LARGEST_FACT} bytes")
        self._own, positions = tables.appended(append, now, self._memory.partitions)
        return positions

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
