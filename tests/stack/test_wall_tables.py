"""The second wall and all tables: web processes read one by branch, by name, or for a reason."""

from typing import Any

import pytest

from guiyi.rooms import ROOMS, wiring
from shared.record.database import engine
from shared.record.transaction import transaction
from shared.views.table import view_table
from shared.worker.startup import make_tables

OF_NO_BRANCH = {
    "record.alembic_version": "the number of the schema",
    "record.counters": "how far the record is; a partition holds facts of every branch",
    "record.gate": "for which start of the server the record is open",
    "record.installation": "whose database it is",
    "record.leases": "which relay sends which partition",
    "record.published": "how far each topic is sent",
    "worker.cursors": "how far each consumer has come",
    "worker.versions": "which version of a view answers",
}
"""Tables without a wall that web processes read, each with the reason."""
VIEWS_OF_NO_BRANCH = {
    "branches": "the register of branches, which every branch reads",
    "parts": "the catalogue of parts, which is one for all branches",
}
"""The same of views."""
PAST_THE_WALL = {
    "branch_of": "the branch of a stream: of its newest fact",
    "count_parked": "how many of the rows that are shown wait for repair",
    "count_parked_unseen": "the same of a key that is not there, of named branches",
    "facts_named": "whole books of one store, for a report of them",
    "is_any_parked": "whether any row of a view waits for repair",
    "known_commands": "what a command with this id wrote: a repeated one is answered from it",
    "lost_ends": "whether the end of a stream is gone",
    "newest_document": "a foreign card, which a decision knows and nobody is shown",
    "now": "the moment by which trade is counted",
    "papers_of": "the names of a ticket's papers; what stands on them is behind the wall",
    "read_after": "what follows a snapshot on a stream",
    "read_series": "whole streams, for a decision",
    "read_streams": "whole streams, for a decision",
    "story_ahead": "how far the clock for stories is ahead",
    "streams_named": "names of streams of one kind; what an import left of a former one",
    "valid_snapshots": "states of whole streams, for a decision",
    "wait_for_appends": "nothing: it only waits",
    # These write.
    "append_many": "facts",
    "append_one": "a fact",
    "bring_again": "who brought a file that its paper has already",
    "forget_commands": "takes old rows of commands away",
    "meet": "what was begun with the same keyed words just now, for a decision; and notes one more",
    "note_opening": "who opened whose texts",
    "take_number": "the next number of a ticket",
}
"""Functions that web processes run as the owner of the tables, and what each shows or writes."""

_READ = """
SELECT n.nspname || '.' || c.relname, c.relrowsecurity AND c.relforcerowsecurity
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_|^information_schema$'
AND has_any_column_privilege(%s, c.oid, 'SELECT')
"""
_OPEN_POLICIES = """
SELECT n.nspname || '.' || c.relname, p.polname FROM pg_policy AS p
JOIN pg_class AS c ON c.oid = p.polrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE p.polcmd IN ('r', '*') AND pg_get_expr(p.polqual, p.polrelid) !~ 'guiyi.branches'
AND EXISTS (SELECT FROM unnest(p.polroles) AS r (role)
    WHERE r.role = 0 OR pg_has_role(%s, r.role, 'USAGE'))
"""
_DOORS = """
SELECT p.proname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.prosecdef AND n.nspname <> 'pg_catalog' AND has_function_privilege(%s, p.oid, 'EXECUTE')
"""


@pytest.mark.parametrize("room", ROOMS)
def test_every_table_has_a_wall_or_a_reason(make_database: Any, room: str) -> None:
    wired, settings, web = wiring(room), make_database(room), f"{room}_runtime"
    made = engine(settings.worker_url)
    make_tables(made, room, wired.views, wired.timers)
    with transaction(made) as db:
        walled: dict[str, bool] = dict(db.query(_READ, (web,)))
        opened = db.query(_OPEN_POLICIES, (web,))
        doors = {name for (name,) in db.query(_DOORS, (web,))}
    made.dispose()
    views = {view_table(view).full_name.replace('"', ""): view.NAME for view in wired.views}
    assert views.keys() == {table for table in walled if table.startswith("views.")}
    without = {table for table, has in walled.items() if not has}
    assert {views.get(table, table) for table in without} <= {*OF_NO_BRANCH, *VIEWS_OF_NO_BRANCH}
    assert without >= OF_NO_BRANCH.keys()
    assert opened == []
    assert doors == PAST_THE_WALL.keys()
