"""The second wall: PostgreSQL shows a room's rows by branch, whatever condition is forgotten."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from psycopg2.errors import FeatureNotSupported

from shared.decider import Asked
from shared.handle import CommandEnvelope, handle
from shared.http.query import Wanted
from shared.http.views import TableViews
from shared.personal.digest import Digester
from shared.record.database import engine
from shared.record.transaction import DatabaseTransaction, transaction
from shared.view import Recorded, View
from shared.views.versions import take_over
from shared.worker.startup import make_tables
from tests.shared import toy
from tests.working import Toy, toy_record

HERE, THERE = "HZ01", "SH02"
ALL, EVERY = "SELECT count(*) FROM views.places_v1", "SELECT branch FROM views.places_v1"


@dataclass(frozen=True, slots=True)
class Row:
    jar: str
    branch: str


def keys(told: Recorded) -> list[tuple[str]]:
    return [(told.stream,)]


def project(_key: Any, _row: Any, told: Recorded) -> Row:
    return Row(told.stream, told.branch)


PLACES: View = SimpleNamespace(
    NAME="places", VERSION=1, KEY=("jar",), Row=Row, keys=keys, project=project
)


@pytest.fixture
def here_and_there(make_database: Any, tmp_path: Path) -> Iterator[Toy]:
    """Two jars of one branch and one of another, in a view that says so."""
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        for branch in (HERE, HERE, THERE):
            asked = Asked(f"jar-{uuid4()}", "wang", frozenset({"clerk"}), datetime.now(UTC), branch)
            handle(made.desk, CommandEnvelope(uuid4(), toy.OpenJar("罐", "王小明"), asked))
        make_tables(made.engine, toy.ROOM, [PLACES], [])
        with transaction(made.engine) as db:
            take_over(db, [PLACES])
        made.project(PLACES)
        yield made


def test_a_query_that_forgot_its_condition_shows_nothing(here_and_there: Toy) -> None:
    assert as_runtime(here_and_there, ALL) == [(0,)]


def test_a_statement_sees_the_branches_that_were_named_for_it(here_and_there: Toy) -> None:
    def branches_seen(*named: str) -> list[str]:
        with shelf(here_and_there) as views, views._database(named) as db:
            return [branch for (branch,) in db.query(f"{EVERY} ORDER BY 1")]

    assert branches_seen(HERE) == [HERE, HERE]
    assert branches_seen(THERE, "XX99") == [THERE]
    assert branches_seen("*") == [HERE, HERE, THERE]
    assert branches_seen() == []


def test_a_name_holds_for_one_statement_alone(here_and_there: Toy) -> None:
    with shelf(here_and_there) as views, views._database(None) as db:
        assert db.query(ALL) == [(3,)]
        assert DatabaseTransaction(db.connection).query(ALL) == [(0,)]


def test_lists_and_single_rows_are_asked_for_by_branch(here_and_there: Toy) -> None:
    with shelf(here_and_there) as views:
        everything = Wanted({}, None, 10, None, newest_first=False)
        ours = replace(everything, branches=frozenset({HERE}))
        assert [row.branch for row in views.page(PLACES, ours).rows] == [HERE, HERE]
        (foreign,) = [row for row in views.page(PLACES, everything).rows if row.branch == THERE]
        assert views.one(PLACES, (foreign.jar,)).rows == [foreign]
        assert views.one(PLACES, (foreign.jar,), frozenset({HERE})).rows == []


def test_whoever_folds_the_view_sees_and_writes_every_row(here_and_there: Toy) -> None:
    assert len(here_and_there.rows(PLACES)) == 3
    here_and_there.ask("UPDATE views.places_v1 SET branch = 'SH03' RETURNING 1")
    assert {row.branch for row in here_and_there.rows(PLACES).values()} == {"SH03"}


def test_the_wall_is_forced_on_the_owner_of_the_table_too(here_and_there: Toy) -> None:
    with pytest.raises(FeatureNotSupported):
        as_views(here_and_there, "COPY views.places_v1 FROM STDIN")


def test_a_table_from_before_gets_its_wall_at_the_next_start(here_and_there: Toy) -> None:
    for order in ("DROP POLICY shown", "DROP POLICY folded"):
        as_views(here_and_there, f"{order} ON views.places_v1")
    as_views(here_and_there, "ALTER TABLE views.places_v1 DISABLE ROW LEVEL SECURITY")
    as_views(here_and_there, "ALTER TABLE views.places_v1 NO FORCE ROW LEVEL SECURITY")
    assert as_runtime(here_and_there, ALL) == [(3,)]
    make_tables(here_and_there.engine, toy.ROOM, [PLACES], [])
    assert as_runtime(here_and_there, ALL) == [(0,)]


def shelf(made: Toy) -> Any:
    digester = Digester(made.desk.keys.master)
    return closing(TableViews(made.settings.runtime_url, toy.ROOM, digester, connections=1))


def as_runtime(made: Toy, question: str) -> list[Any]:
    asking = engine(made.settings.runtime_url)
    with transaction(asking) as db:
        found = db.query(question)
    asking.dispose()
    return found


def as_views(made: Toy, order: str) -> None:
    with transaction(made.engine) as db:
        db.execute(f'SET LOCAL ROLE "{toy.ROOM}_views"')
        db.execute(order)
