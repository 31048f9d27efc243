"""快照 (snapshots): the state of a long stream right after one of its facts.

A snapshot is valid only if the record has its fact with the same hash, and if the program that
folds the stream is the same (`fingerprint`). All snapshots can be deleted at any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields

from shared.envelope import Stored
from shared.record.queries import STORED
from shared.record.statements import columns
from shared.record.store import Snapshot, StreamRead
from shared.record.transaction import DatabaseTransaction

_COLUMNS = tuple(field.name for field in fields(Snapshot))
_VALID = f"""
SELECT {", ".join(f"s.{name}" for name in _COLUMNS)}
FROM record.valid_snapshots(%s::text[], %s::bytea[]) AS s
"""  # noqa: S608 - the names of our own columns
_AFTER = f"""
SELECT {STORED}, f.public FROM record.read_after(%s, %s, %s) AS f
"""  # noqa: S608 - the names of our own columns
_KEEP = f"""
INSERT INTO worker.snapshots AS s ({", ".join(_COLUMNS)})
VALUES ({", ".join("%s" for _ in _COLUMNS)})
ON CONFLICT (stream) DO UPDATE
SET taken_at = excluded.taken_at, {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])}
WHERE s.version < excluded.version OR s.fingerprint <> excluded.fingerprint
    OR s.hash <> excluded.hash
"""  # noqa: S608 - the names of our own columns
_LONG = """
SELECT h.stream FROM record.heads AS h
LEFT JOIN worker.snapshots AS s ON s.stream = h.stream AND s.fingerprint = %s
WHERE h.stream COLLATE "C" >= %s AND h.stream COLLATE "C" < %s
AND h.version - coalesce(s.version, 0) >= %s
ORDER BY h.stream COLLATE "C"
"""


def resume(db: DatabaseTransaction, wanted: Mapping[str, bytes]) -> Mapping[str, StreamRead]:
    """As StreamAccess.resume."""
    found = {}
    for row in db.query(_VALID, columns(sorted(wanted.items()), 2)):
        snapshot = Snapshot(*row)
        facts = facts_after(db, snapshot.stream, snapshot.version)
        version = snapshot.version + len(facts)
        found[snapshot.stream] = StreamRead(
            snapshot.stream, version, snapshot.partition, facts, snapshot
        )
    return found


def facts_after(
    db: DatabaseTransaction, stream: str, version: int, limit: int | None = None
) -> Sequence[Stored]:
    """The facts of a stream after a version, in order."""
    return [Stored(*row) for row in db.query(_AFTER, (stream, version, limit))]


def keep(db: DatabaseTransaction, snapshot: Snapshot) -> None:
    """Store a snapshot, unless there is a later one of the same program."""
    db.execute(_KEEP, astuple(snapshot))


def lacking(db: DatabaseTransaction, prefix: str, fingerprint: bytes, length: int) -> Sequence[str]:
    """The streams of a prefix with at least `length` facts after their snapshot, if there is one.

    `fingerprint`: of the program that folds them.
    """
    bounds = (f"{prefix}-", f"{prefix}.")  # "." follows "-" in ASCII
    return [stream for (stream,) in db.query(_LONG, (fingerprint, *bounds, length))]


def drop(db: DatabaseTransaction, stream: str | None = None) -> int:
    """Delete every snapshot, or that of one stream. The worker makes new ones."""
    one = "DELETE FROM worker.snapshots WHERE %(stream)s IS NULL OR stream = %(stream)s"
    return db.execute(one, {"stream": stream})
