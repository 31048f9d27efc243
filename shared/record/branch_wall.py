"""行墙 (the wall of rows): for which branches a statement asks, as PostgreSQL is told.

Row-level security stands on every table whose rows belong to a branch. A web process sees the rows
of the branches that it names for a statement, and none where it names none.
"""

from collections.abc import Collection

from shared.events.values import ALL_BRANCHES
from shared.record.database import RawConnection
from shared.record.transaction import DatabaseTransaction, WithPrelude

_SETTING = "guiyi.branches"
_NAME = f"SELECT set_config('{_SETTING}', %s::text[]::text, true)"
# A sub-select is evaluated once for a statement, not once for a row.
NAMED = f"(SELECT nullif(current_setting('{_SETTING}', true), '')::text[])::text[]"
"""The named branches, as SQL. The migrations say it in the same words."""


def shown(connection: RawConnection, branches: Collection[str] | None) -> DatabaseTransaction:
    """Statements that see rows of these branches alone; None: of all.

    For a connection that commits each statement at once: the branches are named for one statement.
    """
    return WithPrelude(connection, (_NAME, (named(branches),)))


def named(branches: Collection[str] | None) -> list[str]:
    """The branches as they are named; None: all."""
    return [ALL_BRANCHES] if branches is None else sorted(branches)
