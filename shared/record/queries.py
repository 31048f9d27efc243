"""读 (reading) from a record's tables: built once with SQLAlchemy Core, asked on psycopg2."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql

from shared.envelope import Stored
from shared.record.database import RawConnection
from shared.record.statements import ResultRow, query
from shared.record.store import CommandRow, Read, StreamRead, in_series
from shared.record.tables import commands, facts

STORED = "f.partition, f.seq, f.recorded_at, f.previous_hash, f.hash, f.stream, f.type, f.body"
"""The columns that `stored` reads of facts AS f, but for the last one, `f.public`."""

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
_prefixes = (
    func.unnest(cast(bindparam("prefixes"), ARRAY(Text)))
    .table_valued(column("prefix", Text))
    .render_derived()
)
# A colon is what comes behind the digits: all names that go on with a number, by the index.
_SERIES = _compiled(
    select(*_STORED)
    .join(
        _prefixes,
        facts.c.stream.between(
            _prefixes.c.prefix, _prefixes.c.prefix.concat(literal_column("':'"))
        ),
    )
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
FACTS = _compiled(
    select(*_STORED)
    .where(facts.c.partition == bindparam("partition"), facts.c.seq > bindparam("after"))
    .order_by(facts.c.seq)
    .limit(bindparam("limit"))
)
TICKET = _compiled(
    select(*_STORED)
    .where(facts.c.ticket == bindparam("ticket"))
    .order_by(facts.c.recorded_at, facts.c.partition, facts.c.seq)
)


def read(
    connection: RawConnection,
    streams: Sequence[str],
    command_ids: Sequence[UUID],
    series: Sequence[str] = (),
) -> Read:
    """The streams and series as committed, and what is known of the commands."""
    # The streams first: what the same command wrote in between is then known, not decided anew.
    found: dict[str, StreamRead] = {name: StreamRead(name, 0, None, ()) for name in streams}
    if streams:
        found |= _streams(query(connection, _STREAMS, {"streams": list(streams)}))
    if series:
        found |= _streams(query(connection, _SERIES, {"prefixes": list(series)}))
    known: dict[UUID, list[Stored]] = {}
    remembered: dict[UUID, CommandRow] = {}
    ids = [str(each) for each in command_ids]
    for said, body_mac, *row in query(connection, _KNOWN, {"ids": ids}) if ids else ():
        command_id = UUID(said)
        if body_mac is not None:
            remembered[command_id] = CommandRow(command_id, bytes(body_mac))
        if row[0] is not None:
            known.setdefault(command_id, []).append(stored(row))
    begun = [name for name, each in found.items() if each.version]
    return Read(known, remembered, found, {prefix: in_series(prefix, begun) for prefix in series})


def _streams(rows: Iterable[ResultRow]) -> Mapping[str, StreamRead]:
    """Streams from their facts, which come stream by stream and in order."""
    found = {}
    for name, group in groupby(map(stored, rows), key=lambda each: each.stream):
        facts = tuple(group)
        found[name] = StreamRead(name, len(facts), facts[0].partition, facts)
    return found


def stored(row: Sequence[Any]) -> Stored:
    """A fact from the columns in which every query here returns it."""
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
