"""快照 (snapshots): the state of a long stream at one of its facts, beside the record.

A snapshot is believed only if its fact stands in the record with the same hash and it was made by
the same program (`fingerprint`). Nothing is lost when all of them are deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.envelope import Stored
from shared.record.database import RawConnection
from shared.record.queries import STORED, stored
from shared.record.statements import ResultRow, columns, execute, query
from shared.record.store import Snapshot, StreamRead

_VALID = """
SELECT s.stream, s.version, s.partition, s.seq, s.hash, s.branch, s.fingerprint, s.state
FROM worker.snapshots AS s
JOIN unnest(%s::text[], %s::bytea[]) AS w (stream, fingerprint) USING (stream, fingerprint)
JOIN record.facts AS f ON f.stream = s.stream AND f.version = s.version AND f.hash = s.hash
    AND f.partition = s.partition AND f.seq = s.seq
"""
_AFTER = f"""
SELECT {STORED}, f.public FROM record.facts AS f
WHERE f.stream = %s AND f.version > %s ORDER BY f.version LIMIT %s
"""  # noqa: S608 - the names of our own columns
_KEEP = """
INSERT INTO worker.snapshots AS s (
    stream, version, partition, seq, hash, branch, fingerprint, state
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (stream) DO UPDATE
SET taken_at = excluded.taken_at, version = excluded.version, partition = excluded.partition,
    seq = excluded.seq, hash = excluded.hash, branch = excluded.branch,
    fingerprint = excluded.fingerprint, state = excluded.state
WHERE s.version < excluded.version OR s.fingerprint <> excluded.fingerprint
    OR s.hash <> excluded.hash
"""
_LONG = """
SELECT h.stream FROM record.heads AS h
LEFT JOIN worker.snapshots AS s ON s.stream = h.stream AND s.fingerprint = %s
WHERE h.stream COLLATE "C" >= %s AND h.stream COLLATE "C" < %s
AND h.version - coalesce(s.version, 0) >= %s
ORDER BY h.stream COLLATE "C"
"""


@dataclass(frozen=True, slots=True)
class StreamKind:
    """Streams of one prefix, and the program that folds them."""

    prefix: str
    fingerprint: bytes


def resume(connection: RawConnection, wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
    """Streams from their snapshots on; absent is a stream without one that is believed.

    `wanted`: the fingerprint of the program that asks, by stream.
    """
    found = {}
    for line in query(connection, _VALID, columns(sorted(wanted.items()), 2)):
        snapshot = _snapshot(line)
        facts = facts_after(connection, snapshot.stream, snapshot.version)
        version = snapshot.version + len(facts)
        found[snapshot.stream] = StreamRead(
            snapshot.stream, version, snapshot.partition, facts, snapshot
        )
    return found


def facts_after(
    connection: RawConnection, stream: str, version: int, limit: int | None = None
) -> Sequence[Stored]:
    """The facts of a stream behind a version, in order."""
    return [stored(row) for row in query(connection, _AFTER, (stream, version, limit))]


def keep(connection: RawConnection, snapshot: Snapshot) -> None:
    """Keep a snapshot, unless a later one of the same program is kept."""
    execute(
        connection,
        _KEEP,
        (
            snapshot.stream,
            snapshot.version,
            snapshot.partition,
            snapshot.seq,
            snapshot.hash,
            snapshot.branch,
            snapshot.fingerprint,
            snapshot.state,
        ),
    )


def lacking(connection: RawConnection, kind: StreamKind, length: int) -> Sequence[str]:
    """The streams of a kind that have so many facts behind their snapshot, or have none."""
    bounds = (f"{kind.prefix}-", f"{kind.prefix}.")  # the character behind the hyphen
    rows = query(connection, _LONG, (kind.fingerprint, *bounds, length))
    return [stream for (stream,) in rows]


def drop(connection: RawConnection, stream: str | None = None) -> int:
    """Delete every snapshot, or that of one stream; the worker makes them anew."""
    one = "DELETE FROM worker.snapshots WHERE %(stream)s IS NULL OR stream = %(stream)s"
    return execute(connection, one, {"stream": stream})


def _snapshot(line: ResultRow) -> Snapshot:
    stream, version, partition, seq, hash_, branch, fingerprint, state = line
    return Snapshot(
        stream=stream,
        version=version,
        partition=partition,
        seq=seq,
        hash=bytes(hash_),
        branch=branch,
        fingerprint=bytes(fingerprint),
        state=bytes(state),
    )
