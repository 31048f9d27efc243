"""视图的墙 (the wall of views): PostgreSQL itself shows rows of the caller's branches alone.

Row-level security stands on every view table whose rows say to which branch they belong. Whoever
folds the views sees all rows. Everybody else sees those of the branches that were named for the
statement, and none where nobody named any. It guards against a condition that was forgotten in a
query, not against a login that was stolen: whoever has the login can name any branch.
"""

from collections.abc import Iterator

from shared.events.values import ALL_BRANCHES
from shared.record.branch_wall import NAMED
from shared.record.transaction import DatabaseTransaction
from shared.views.table import ViewTable

_OF = {
    ("branch", "text"): "branch = ANY ({named})",
    ("branches", "jsonb"): f"(branches ? '{ALL_BRANCHES}' OR branches ?| {{named}})",
}
"""By name and kind of the column that says it: that a row belongs to one of the named branches."""
_STANDS = "SELECT relforcerowsecurity FROM pg_class WHERE oid = %s::regclass"


def build(db: DatabaseTransaction, table: ViewTable, room: str) -> None:
    """Put the wall on a table where it does not stand yet, as the role that owns the table.

    Rows cannot be copied in (COPY) behind it.
    """
    condition = condition_of(table)
    if condition is None or db.query(_STANDS, (table.full_name,)) == [(True,)]:
        return
    for order in _orders(table, room, condition):
        db.execute(order)


def condition_of(table: ViewTable) -> str | None:
    """Which rows are shown, as SQL. None: no row of the table says to which branch it belongs."""
    of = belongs(table, NAMED)
    return None if of is None else f"'{ALL_BRANCHES}' = ANY ({NAMED}) OR {of}"


def belongs(table: ViewTable, named: str) -> str | None:
    """That a row belongs to one of the named branches (text[]), as SQL. None: as above."""
    for part in table.parts:
        if (of := _OF.get((part.name, part.stored))) is not None:
            return of.format(named=named)
    return None


def _orders(table: ViewTable, room: str, condition: str) -> Iterator[str]:
    name = table.full_name
    yield f'CREATE POLICY folded ON {name} TO "{room}_views" USING (true) WITH CHECK (true)'
    yield f"CREATE POLICY shown ON {name} FOR SELECT USING ({condition})"
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
