"""读 (queries) of a record.

What is decided reads whole streams, past the wall of rows: by functions of the database, each of
which shows all of what it is asked for. What is shown is read from the table, behind the wall.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import groupby, starmap
from uuid import UUID

from shared.envelope import Stored
from shared.record.statements import ResultRow
from shared.record.store import CommandRow, Read, StreamRead, in_series
from shared.record.transaction import DatabaseTransaction

COLUMNS = tuple(field.name for field in fields(Stored))
"""The columns of `record.facts` from which a query makes a `Stored`: `Stored(*row)`."""
STORED = ", ".join(f"f.{name}" for name in COLUMNS[:-1])
"""The same columns of `facts AS f` for a statement written as text, without `f.public`."""

_STREAMS = f"SELECT {STORED}, f.public FROM record.read_streams(%s) AS f"  # noqa: S608
_SERIES = f"SELECT {STORED}, f.public FROM record.read_series(%s) AS f"  # noqa: S608
_KNOWN = f"""
SELECT f.asked::text, f.body_mac, {STORED}, f.public FROM record.known_commands(%s::uuid[]) AS f
"""  # noqa: S608 - the names of our own columns
WAIT = "SELECT record.wait_for_appends()"
_LOST_ENDS = "SELECT stream, version FROM record.lost_ends(%s)"
_NAMED = "SELECT record.streams_named(%s, %s, %s)"
_FACTS_NAMED = f"""
SELECT {STORED}, f.public FROM record.facts_named(%s, %s, %s, %s) AS f
"""  # noqa: S608 - the names of our own columns
FACTS = f"""
SELECT {STORED}, f.public FROM record.facts AS f
WHERE f.partition = %s AND f.seq > %s ORDER BY f.seq LIMIT %s
"""  # noqa: S608 - the names of our own columns
TICKET = f"""
SELECT {STORED}, f.public FROM record.facts AS f
WHERE f.ticket = %(ticket)s OR f.stream = ANY (ARRAY(SELECT record.papers_of(%(ticket)s)))
ORDER BY f.recorded_at, f.partition, f.seq
"""  # noqa: S608 - the names of our own columns


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
        found |= _streams(db.query(_STREAMS, (list(streams),)))
    if series:
        found |= _streams(db.query(_SERIES, (list(series),)))
    known: dict[UUID, list[Stored]] = {}
    remembered: dict[UUID, CommandRow] = {}
    ids = [str(each) for each in command_ids]
    for id_text, body_mac, *row in db.query(_KNOWN, (ids,)) if ids else ():
        command_id = UUID(id_text)
        if body_mac is not None:
            remembered[command_id] = CommandRow(command_id, body_mac)
        if row[0] is not None:
            known.setdefault(command_id, []).append(Stored(*row))
    begun = [name for name, each in found.items() if each.version]
    return Read(known, remembered, found, {prefix: in_series(prefix, begun) for prefix in series})


def lost_ends(db: DatabaseTransaction, streams: Sequence[str]) -> Mapping[str, int]:
    """As StreamAccess.lost_ends."""
    return dict(db.query(_LOST_ENDS, (list(streams),)))


def streams_named(db: DatabaseTransaction, prefix: str, after: str, limit: int) -> Sequence[str]:
    """As Store.streams_named."""
    values = (prefix, max(after, prefix), limit)
    return [name for (name,) in db.query(_NAMED, values)]


def facts_named(
    db: DatabaseTransaction, prefix: str, after: tuple[str, int], limit: int
) -> Sequence[Stored]:
    """As Store.facts_named."""
    stream, version = max(after, (prefix, 0))
    return [Stored(*row) for row in db.query(_FACTS_NAMED, (prefix, stream, version, limit))]


def _streams(rows: Iterable[ResultRow]) -> Mapping[str, StreamRead]:
    """Streams from the rows of their facts, which are sorted by stream and version."""
    found = {}
    for name, group in groupby(starmap(Stored, rows), key=lambda each: each.stream):
        facts = tuple(group)
        found[name] = StreamRead(name, len(facts), facts[0].partition, facts)
    return found
