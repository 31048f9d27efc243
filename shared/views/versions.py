"""视图的版本 (versions of views): which one answers, and when a newer one takes over.

A view has a version and no migrations: a new one is built beside the old from offset 0 and takes
over once it has come at least as far everywhere.
"""

from collections.abc import Sequence

from shared.record.transaction import DatabaseTransaction
from shared.view import View
from shared.views.projection import consumer_name

_ACTIVE = "SELECT version FROM worker.versions WHERE view = %s"
_ANSWERING = "SELECT view, version FROM worker.versions"
_FIRST = "INSERT INTO worker.versions (view, version) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_SWAP = """
UPDATE worker.versions AS v SET version = %(version)s, since = clock_timestamp()
WHERE v.view = %(view)s AND v.version < %(version)s AND NOT EXISTS (
    SELECT FROM worker.cursors AS old
    LEFT JOIN worker.cursors AS new ON new.consumer = %(new)s AND new.topic = old.topic
        AND new.partition = old.partition AND new.room = old.room
    WHERE old.consumer = 'view/' || v.view || '@' || v.version
    AND coalesce(new.seq, 0) < old.seq
)
"""


def active(db: DatabaseTransaction, view: View) -> int | None:
    """The version of the view that answers; None before its first start."""
    for (version,) in db.query(_ACTIVE, (view.NAME,)):
        return int(version)
    return None


def is_active(db: DatabaseTransaction, view: View) -> bool:
    """Whether this version is the one that answers."""
    return active(db, view) == view.VERSION


def take_over(db: DatabaseTransaction, views: Sequence[View]) -> list[str]:
    """Let every version answer that has caught up; the names of the views that changed."""
    changed: list[str] = []
    answering: dict[str, int] = dict(db.query(_ANSWERING))
    for view in views:
        if (found := answering.get(view.NAME)) is None:
            db.execute(_FIRST, (view.NAME, view.VERSION))
        elif found < view.VERSION:
            asked = {"view": view.NAME, "version": view.VERSION, "new": consumer_name(view)}
            if db.execute(_SWAP, asked):
                changed.append(view.NAME)
    return changed
