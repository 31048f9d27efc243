"""记录 (the record) of one room, on PostgreSQL: append and read.

The append is one call of a database function (deploy/migrations/versions/0001_append.sql), which
locks, compares, numbers, hashes and writes; nothing else writes facts. See `shared.record.store`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import psycopg2
from psycopg2.errors import UniqueViolation
from sqlalchemy import ARRAY, Select, Text, any_, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql

from shared.envelope import Stored
from shared.record.database import WATCH, Connections, RawConnection, is_away, told
from shared.record.store import (
    Append,
    ClaimedTooLate,
    CommandKnown,
    CommandRow,
    Conflict,
    GateClosed,
    KeyReused,
    Position,
    Read,
    StoreError,
    StreamRead,
    Unavailable,
    check_append,
)
from shared.record.tables import commands, facts

T = TypeVar("T")
Line: TypeAlias = tuple[Any, ...]

_STORED = (
    facts.c.partition,
    facts.c.seq,
    facts.c.recorded_at,
    facts.c.previous_hash,
    facts.c.hash,
    facts.c.stream,
    facts.c.type,
    facts.c.body,
    facts.c.public,
)


_DIALECT = postgresql.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]


def _compiled(statement: Select[Any]) -> str:
    """The statement as psycopg2 takes it: built once, so that no call pays for building it."""
    return str(statement.compile(dialect=_DIALECT))


_STREAMS = _compiled(
    select(*_STORED)
    .where(facts.c.stream == any_(bindparam("streams")))
    .order_by(facts.c.stream, facts.c.version)
)
_asked = (
    func.unnest(cast(bindparam("ids"), ARRAY(postgresql.UUID))).table_valued("id").render_derived()
)
_KNOWN = _compiled(
    select(cast(_asked.c.id, Text), commands.c.body_mac, *_STORED)
    .select_from(_asked)
    .outerjoin(commands, commands.c.command_id == _asked.c.id)
    .outerjoin(facts, facts.c.command_id == _asked.c.id)
    .order_by(_asked.c.id, facts.c.n)
)
_FACTS = _compiled(
    select(*_STORED)
    .where(facts.c.partition == bindparam("partition"), facts.c.seq > bindparam("after"))
    .order_by(facts.c.seq)
    .limit(bindparam("limit"))
)
_TICKET = _compiled(
    select(*_STORED)
    .where(facts.c.ticket == bindparam("ticket"))
    .order_by(facts.c.recorded_at, facts.c.partition, facts.c.seq)
)
_NOW = _compiled(select(func.clock_timestamp()))
_APPEND_ONE = "SELECT record.append_one(%s, %s, %s, %s::uuid, %s::uuid, %s, %s, %s, %s, %s, %s)"
_APPEND_MANY = (
    "SELECT record.append_many(%s, %s::int8[], %s::int4[], %s::int4[], %s::uuid[], %s::uuid[],"
    " %s::bytea[], %s, %s::int4[], %s::uuid[], %s::uuid[], %s::int4[], %s::text[], %s::text[],"
    " %s::bytea[], %s::bytea[])"
)
_TAKE_NUMBER = "SELECT record.take_number(%s::uuid, %s, %s)"
_FORGET = "SELECT record.forget_commands(%s, %s)"

_SAID: dict[str, type[StoreError]] = {
    "RC001": Conflict,
    "RC002": CommandKnown,
    "RC003": KeyReused,
    "RC004": GateClosed,
    "RC005": ClaimedTooLate,
    "40001": Conflict,
    "40P01": Conflict,
}
_TAKEN: dict[str | None, type[StoreError]] = {
    "heads_name": Conflict,  # somebody else began the stream
    "facts_command": CommandKnown,
    "commands_id": CommandKnown,
}


class Record:
    """记录: the facts of one room, for all threads of a process; see `shared.record.store`."""

    def __init__(self, url: str, room: str, partitions: int, *, pool: int = 5) -> None:
        self.room = room
        self.partitions = partitions
        self._connections = Connections(url, pool)

    def close(self) -> None:
        """Close the connections that are not lent."""
        self._connections.close()

    def read(self, streams: Sequence[str], command_ids: Sequence[UUID] = ()) -> Read:
        """As Store.read."""
        return self._at_once(lambda connection: _read(connection, streams, command_ids))

    def append(self, append: Append) -> Sequence[Position]:
        """As Store.append: one round trip, committed when it returns."""
        check_append(append)
        call = _call(append)
        return _positions(self._at_once(lambda connection: _write(connection, *call)))

    @contextmanager
    def transaction(self) -> Iterator["RecordTransaction"]:
        """As Store.transaction. A COMMIT whose answer is lost ends as Unavailable."""
        connection = self._connections.take()
        begun = _Begun(connection)
        try:
            with told():
                yield begun
                begun.commit()
        except BaseException:
            begun.roll_back()
            raise
        finally:
            self._connections.give(connection)

    def facts(self, partition: int, after: int, limit: int) -> Sequence[Stored]:
        """As Store.facts."""
        values = {"partition": partition, "after": after, "limit": limit}
        return [_stored(row) for row in self._rows(_FACTS, values)]

    def ticket_facts(self, ticket: str) -> Sequence[Stored]:
        """As Store.ticket_facts."""
        return [_stored(row) for row in self._rows(_TICKET, {"ticket": ticket})]

    def now(self) -> datetime:
        """As Store.now."""
        ((now,),) = self._rows(_NOW, {})
        assert isinstance(now, datetime)
        return now

    def forget_commands(self, keep: timedelta, limit: int = 10_000) -> int:
        """As Store.forget_commands."""
        ((gone,),) = self._rows(_FORGET, (keep, limit))
        return int(gone)

    def _rows(self, statement: str, values: Any) -> list[Line]:
        return self._at_once(lambda connection: _ask(connection, statement, values))

    def _at_once(self, ask: Callable[[RawConnection], T]) -> T:
        """Ask in a transaction of its own: the server commits before it answers."""
        connection = self._connections.take()
        try:
            return ask(connection)
        except psycopg2.Error as error:
            if is_away(error):
                raise Unavailable(str(error).strip()) from error
            raise
        finally:
            self._connections.give(connection)


class RecordTransaction:
    """One transaction on a psycopg2 connection; see `shared.record.store.Transaction`.

    Whoever has a transaction of its own (a worker with its rows and cursor) makes one of these
    over its connection, commits by itself, and wraps the whole in `shared.record.database.told`.
    """

    def __init__(self, connection: RawConnection) -> None:
        self.connection = connection
        self._appended = False

    def read(self, streams: Sequence[str], command_ids: Sequence[UUID] = ()) -> Read:
        """As Transaction.read."""
        return _read(self.connection, streams, command_ids)

    def take_number(self, command_id: UUID, branch: str, day: date) -> int:
        """As Transaction.take_number."""
        return int(self._write(_TAKE_NUMBER, (str(command_id), branch, day))[0])

    def append(self, append: Append) -> Sequence[Position]:
        """As Transaction.append."""
        if self._appended:
            raise ValueError("one append per transaction: its counters are locked last")
        self._appended = True
        check_append(append)
        return _positions(self._write(*_call(append)))

    def _write(self, statement: str, values: Any) -> Line:
        return _write(self.connection, statement, values)


class _Begun(RecordTransaction):
    """A transaction that begins with its first write: one round trip less for who reads first.

    At READ COMMITTED a look sees what is committed then, inside a transaction or before it. The
    connection commits each statement at once until BEGIN is said.
    """

    def __init__(self, connection: RawConnection) -> None:
        super().__init__(connection)
        self._has_begun = False

    def _write(self, statement: str, values: Any) -> Line:
        if not self._has_begun:
            self._has_begun = True
            statement = f"BEGIN; {statement}"
        return _write(self.connection, statement, values)

    def commit(self) -> None:
        """Let everybody see what was written, if anything was."""
        if self._has_begun:
            _say(self.connection, "COMMIT")

    def roll_back(self) -> None:
        """Undo what was written; a connection that cannot even do that is closed."""
        if self._has_begun and not self.connection.closed:
            try:
                _say(self.connection, "ROLLBACK")
            except psycopg2.Error:
                self.connection.close()


def _say(connection: RawConnection, word: str) -> None:
    WATCH.begin(connection)
    try:
        cursor = connection.cursor()
        cursor.execute(word)
        cursor.close()
    finally:
        WATCH.end(connection)


def _ask(connection: RawConnection, statement: str, values: Any) -> list[Line]:
    WATCH.begin(connection)
    try:
        cursor = connection.cursor()
        cursor.execute(statement, values)
        rows: list[Line] = cursor.fetchall()
        cursor.close()
        return rows
    finally:
        WATCH.end(connection)


def _write(connection: RawConnection, statement: str, values: Any) -> Line:
    try:
        return _ask(connection, statement, values)[0]
    except psycopg2.Error as error:
        said = _SAID.get(error.pgcode or "")
        if said is None and isinstance(error, UniqueViolation):
            said = _TAKEN.get(error.diag.constraint_name)
        if said is None:
            raise
        raise said(error.diag.message_primary) from error


def _call(append: Append) -> tuple[str, Sequence[object]]:
    return (_APPEND_ONE, _one(append)) if _is_plain(append) else (_APPEND_MANY, _many(append))


def _positions(row: Line) -> Sequence[Position]:
    places = row[0]
    return [Position(*pair) for pair in zip(places[::2], places[1::2], strict=True)]


def _is_plain(append: Append) -> bool:
    return (
        len(append.facts) == len(append.expected) == len(append.command_ids) == 1
        and len(append.commands) <= 1
    )


def _one(append: Append) -> Sequence[object]:
    (fact,) = append.facts
    mac = append.commands[0].body_mac if append.commands else None
    return (
        fact.stream,
        fact.version - 1,
        fact.partition,
        str(fact.fact_id),
        str(fact.command_id),
        fact.type,
        fact.ticket,
        fact.occurred_at,
        fact.body,
        fact.public,
        mac,
    )


def _many(append: Append) -> Sequence[object]:
    facts = append.facts
    place = {name: index for index, name in enumerate(append.expected, start=1)}
    writes = dict.fromkeys(append.expected, 0)
    partitions: dict[str, int] = {}
    for fact in facts:
        writes[fact.stream] += 1
        partitions.setdefault(fact.stream, fact.partition)
    return (
        list(append.expected),
        list(append.expected.values()),
        list(writes.values()),
        [partitions.get(name) for name in append.expected],
        [str(each) for each in append.command_ids],
        [str(row.command_id) for row in append.commands],
        [row.body_mac for row in append.commands],
        max((fact.occurred_at for fact in facts), default=None),
        [place[fact.stream] for fact in facts],
        [str(fact.fact_id) for fact in facts],
        [str(fact.command_id) for fact in facts],
        [fact.n for fact in facts],
        [fact.type for fact in facts],
        [fact.ticket for fact in facts],
        [fact.body for fact in facts],
        [fact.public for fact in facts],
    )


def _read(connection: RawConnection, streams: Sequence[str], command_ids: Sequence[UUID]) -> Read:
    # The streams first: what the same command wrote in between is then known, not decided anew.
    rows = _ask(connection, _STREAMS, {"streams": list(streams)}) if streams else []
    found: dict[str, StreamRead] = {name: StreamRead(name, 0, None, ()) for name in streams}
    for name, group in groupby(map(_stored, rows), key=lambda stored: stored.stream):
        facts = tuple(group)
        found[name] = StreamRead(name, len(facts), facts[0].partition, facts)
    known: dict[UUID, list[Stored]] = {}
    remembered: dict[UUID, CommandRow] = {}
    ids = [str(each) for each in command_ids]
    for said, body_mac, *row in _ask(connection, _KNOWN, {"ids": ids}) if ids else ():
        command_id = UUID(said)
        if body_mac is not None:
            remembered[command_id] = CommandRow(command_id, bytes(body_mac))
        if row[0] is not None:
            known.setdefault(command_id, []).append(_stored(row))
    return Read(known, remembered, found)


def _stored(row: Sequence[Any]) -> Stored:
    partition, seq, recorded_at, previous, own, stream, kind, body, public = row
    return Stored(
        partition,
        seq,
        recorded_at,
        bytes(previous),
        bytes(own),
        stream,
        kind,
        bytes(body),
        None if public is None else bytes(public),
    )
