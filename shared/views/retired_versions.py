"""退役 (retired versions): versions of views that a newer one has replaced can be dropped.

Only an operator drops them, and only some time after the swap: until then a worker or a web process
of the old program may still run. A worker that runs even longer stops building that view.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from shared.record import interventions
from shared.record.interventions import Because
from shared.record.transaction import DatabaseTransaction, transaction
from shared.view import View
from shared.views import versions
from shared.views.table import SCHEMA, view_table

GRACE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class RetiredVersion:
    """退役版本: a version that does not answer any more, since when, and how large it is."""

    view: str
    version: int
    since: datetime
    """When the version that answers now took over."""
    size: int
    """Bytes of its tables."""
    parked: int
    due: bool
    """Whether the grace is over."""

    @property
    def consumer(self) -> str:
        """Its consumer's name."""
        return f"view/{self.view}@{self.version}"

    @property
    def table(self) -> str:
        """Its table's name."""
        return f"{self.view}_v{self.version}"


_NAMED = re.compile(r"view/(?P<view>.+)@(?P<version>\d{1,9})")
_TABLE = re.compile(r"(?P<view>.+)_v(?P<version>\d{1,9})")
_KNOWN = """
SELECT tablename, '' FROM pg_tables WHERE schemaname = 'views'
UNION SELECT '', consumer FROM worker.cursors WHERE consumer LIKE 'view/%%'
UNION SELECT '', consumer FROM worker.parked
WHERE consumer LIKE 'view/%%' AND discarded_at IS NULL
"""
_ANSWERING = "SELECT view, version, since, since < clock_timestamp() - %s FROM worker.versions"
_LEFT = """
SELECT (
    SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::int8 FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'views' AND c.relkind = 'r' AND c.relname = %s
), (SELECT count(*) FROM worker.parked WHERE consumer = %s AND discarded_at IS NULL)
"""
_STANDS = "SELECT FROM pg_tables WHERE schemaname = 'views' AND tablename = %s"
_HOLD = "SELECT version FROM worker.versions WHERE view = %s FOR UPDATE"
_STOP = "SELECT FROM worker.cursors WHERE consumer = %s ORDER BY topic, partition, room FOR UPDATE"
_CLEAR = (
    "DELETE FROM worker.cursors WHERE consumer = %s",
    "DELETE FROM worker.holes WHERE consumer = %s",
    "DELETE FROM worker.parked WHERE consumer = %s AND discarded_at IS NULL",
)


def retired(db: DatabaseTransaction, grace: timedelta = GRACE) -> list[RetiredVersion]:
    """Every version older than the one that answers of which something is left."""
    answering = {view: told for view, *told in db.query(_ANSWERING, (grace,))}
    found = set()
    for table, consumer in db.query(_KNOWN):
        named = _NAMED.fullmatch(consumer) if consumer else _TABLE.fullmatch(table)
        if named is not None and named["view"] in answering:
            version = int(named["version"])
            if version < answering[named["view"]][0]:
                found.add((named["view"], version))
    told = []
    for view, version in sorted(found):
        _, since, due = answering[view]
        ((size, parked),) = db.query(_LEFT, (f"{view}_v{version}", f"view/{view}@{version}"))
        told.append(RetiredVersion(view, version, since, int(size), int(parked), due))
    return told


def drop(
    engine: Engine, room: str, grace: timedelta = GRACE, because: Because | None = None
) -> Sequence[RetiredVersion]:
    """Drop what is due, each in a transaction of its own: tables, cursors, gaps, what is parked.

    The ledger has each in the same transaction. What was discarded stays in its list for ever.
    Raises Unavailable where a table is being read for longer than a lock may be waited for; then
    that one stands whole.
    """
    with transaction(engine) as db:
        due = [each for each in retired(db, grace) if each.due]
    for each in due:
        with transaction(engine) as db:
            db.query(_HOLD, (each.view,))
            # Its worker, if one is left, is between two batches now, and finds no table after.
            db.query(_STOP, (each.consumer,))
            if because is not None:
                what = f"dropped {each.view}@{each.version}"
                interventions.note(db, "retired", what, because)
            for statement in _CLEAR:
                db.execute(statement, (each.consumer,))
            db.execute(f'SET LOCAL ROLE "{room}_views"')
            db.execute(f'DROP TABLE IF EXISTS {SCHEMA}."{each.table}"')
    return due


def was_dropped(db: DatabaseTransaction, view: View) -> bool:
    """Whether this version is older than the one that answers, and its table is gone."""
    answers = versions.active(db, view)
    older = answers is not None and answers > view.VERSION
    return older and not db.query(_STANDS, (view_table(view).name,))
