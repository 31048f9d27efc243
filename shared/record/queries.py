"""读 (queries) of a record: built once with SQLAlchemy Core and run on psycopg2."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import groupby, starmap
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
    table,
)
from sqlalchemy.dialects import postgresql

from shared.envelope import Stored
from shared.record.statements import ResultRow
from shared.record.store import CommandRow, Read, StreamRead, in_series
from shared.record.transaction import DatabaseTransaction

COLUMNS = tuple(field.name for field in fields(Stored))
"""The columns of `record.facts` from which a query makes a `Stored`: `Stored(*row)`."""
STORED = ", ".join(f"f.{name}" for name in COLUMNS[:-1])
"""The same columns of `facts AS f` for a statement written as text, without `f.public`."""

_FURTHER = ("version", "n", "command_id", "ticket")
_facts = table("facts", *map(column, (*COLUMNS, *_FURTHER)), schema="record")
_commands = table("commands", column("command_id"), column("body_mac"), schema="record")
_STORED = [_facts.c[name] for name in COLUMNS]
_DIALECT = postgresql.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]


def _compiled(statement: Select[Any]) -> str:  # whatever columns it has
    """The statement as text for psycopg2. Made once, because making it takes time."""
    return str(statement.compile(dialect=_DIALECT))


_STREAMS = _compiled(
    select(*_STORED)
    .where(_facts.c.stream == any_(bindparam("streams")))
    .order_by(_facts.c.stream, _facts.c.version)
)
_prefixes = (
    func.unnest(cast(bindparam("prefixes"), ARRAY(Text)))
    .table_valued(column("prefix", Text))
    .render_derived()
)
# ":" follows the digits in ASCII. So this finds by the index all names that go on with a digit.
_SERIES = _compiled(
    select(*_STORED)
    .join(
        _prefixes,
        _facts.c.stream.between(
            _prefixes.c.prefix, _prefixes.c.prefix.concat(literal_column("':'"))
        ),
    )
    .order_by(_facts.c.stream, _facts.c.version)
)
_asked = (
    func.unnest(cast(bindparam("ids"), ARRAY(postgresql.UUID))).table_valued("id").render_derived()
)
_KNOWN = _compiled(
    select(cast(_asked.c.id, Text), _commands.c.body_mac, *_STORED)
    .select_from(_asked)
    .outerjoin(_commands, _commands.c.command_id == _asked.c.id)
    .outerjoin(_facts, _facts.c.command_id == _asked.c.id)
    .order_by(_asked.c.id, _facts.c.n)
)
FACTS = _compiled(
    select(*_STORED)
    .where(_facts.c.partition == bindparam("partition"), _facts.c.seq > bindparam("after"))
    .order_by(_facts.c.seq)
    .limit(bindparam("limit"))
)
TICKET = _compiled(
    select(*_STORED)
    .where(_facts.c.ticket == bindparam("ticket"))
    .order_by(_facts.c.recorded_at, _facts.c.partition, _facts.c.seq)
)

# One statement, so that what others append meanwhile is in both or in neither.
_LOST_ENDS = """
SELECT s.stream, coalesce(h.version, 0)
FROM unnest(%(streams)s::text[]) AS s (stream)
LEFT JOIN record.heads AS h ON h.stream = s.stream
LEFT JOIN LATERAL (
    SELECT l.version, l.partition FROM record.facts AS l WHERE l.stream = s.stream
    ORDER BY l.version DESC LIMIT 1
) AS f ON true
WHERE (h.version, h.partition) IS DISTINCT FROM (f.version, f.partition)
"""
# Read by the index of the heads alone: no fact of any other stream is looked at.
_NAMED = """
SELECT h.stream FROM record.heads AS h
WHERE h.stream > %(after)s AND starts_with(h.stream, %(prefix)s)
    AND h.stream < %(prefix)s || U&'\\+10FFFF'
ORDER BY h.stream LIMIT %(limit)s
"""


def read(
    db: DatabaseTransaction,
    streams: Sequence[str],
    command_ids: Sequence[UUID],
    series: Sequence[str] = (),
) -> Read:
    """As StreamAccess.read."""
    # The streams come first. So facts that the same command writes meanwhile are found as known.
    found: dict[str, StreamRead] = {name: StreamRead(name, 0, None, ()) for name in streams}
    if streams:
        found |= _streams(db.query(_STREAMS, {"streams": list(streams)}))
    if series:
        found |= _streams(db.query(_SERIES, {"prefixes": list(series)}))
    known: dict[UUID, list[Stored]] = {}
    remembered: dict[UUID, CommandRow] = {}
    ids = [str(each) for each in command_ids]
    for id_text, body_mac, *row in db.query(_KNOWN, {"ids": ids}) if ids else ():
        command_id = UUID(id_text)
        if body_mac is not None:
            remembered[command_id] = CommandRow(command_id, body_mac)
        if row[0] is not None:
            known.setdefault(command_id, []).append(Stored(*row))
    begun = [name for name, each in found.items() if each.version]
    return Read(known, remembered, found, {prefix: in_series(prefix, begun) for prefix in series})


def lost_ends(db: DatabaseTransaction, streams: Sequence[str]) -> Mapping[str, int]:
    """As StreamAccess.lost_ends."""
    return dict(db.query(_LOST_ENDS, {"streams": list(streams)}))


def streams_named(db: DatabaseTransaction, prefix: str, after: str, limit: int) -> Sequence[str]:
    """As Store.streams_named."""
    values = {"prefix": prefix, "after": max(after, prefix), "limit": limit}
    return [name for (name,) in db.query(_NAMED, values)]


def _streams(rows: Iterable[ResultRow]) -> Mapping[str, StreamRead]:
    """Streams from the rows of their facts, which are sorted by stream and version."""
    found = {}
    for name, group in groupby(starmap(Stored, rows), key=lambda each: each.stream):
        facts = tuple(group)
        found[name] = StreamRead(name, len(facts), facts[0].partition, facts)
    return found
