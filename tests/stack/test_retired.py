"""Versions of views that a newer one has replaced: kept for a while, then dropped by a command."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared.config import Settings
from shared.consumers.consumer import BatchOutcome
from shared.record.transaction import transaction
from shared.view import View
from shared.views import retired_versions
from shared.views.projection import Projection
from shared.views.versions import take_over
from shared.worker.retry import VersionRetired, dead_letter_queue
from shared.worker.startup import make_tables
from tests.shared import toy
from tests.working import Toy, toy_record

NOW, DAY = timedelta(0), timedelta(days=1)
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'views' ORDER BY 1"
CURSORS = "SELECT DISTINCT consumer FROM worker.cursors ORDER BY 1"


@pytest.fixture
def room(make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        made.make_tables()
        made.fill(jars=3, coins=20)
        made.do("jar-a", toy.DropCoin(13, "li"))
        for view in toy.room.views:
            made.project(view)
        yield made


def next_of(view: Any) -> Any:
    return SimpleNamespace(**{**vars(view), "VERSION": 2})


def upgrade(room: Toy, *views: View) -> None:
    """Build the next version of these views, which then answers."""
    with transaction(room.engine) as db:
        take_over(db, toy.room.views)
    make_tables(room.engine, toy.ROOM, views, [])
    for view in views:
        room.project(view)
    with transaction(room.engine) as db:
        assert take_over(db, views) == [view.NAME for view in views]


def left(room: Toy, grace: timedelta) -> list[tuple[str, int, int, bool]]:
    with transaction(room.engine) as db:
        found = retired_versions.retired(db, grace)
    return [(each.view, each.version, each.parked, each.due) for each in found]


def test_what_is_retired_is_kept_for_a_while_and_then_dropped(room: Toy) -> None:
    assert left(room, NOW) == []
    upgrade(room, next_of(toy.GIVERS))
    assert left(room, DAY) == [("givers", 1, 1, False)]
    assert retired_versions.drop(room.engine, toy.ROOM, DAY) == []
    dropped = retired_versions.drop(room.engine, toy.ROOM, NOW)
    assert [(each.view, each.version) for each in dropped] == [("givers", 1)]
    assert all(each.size > 0 for each in dropped)
    assert left(room, NOW) == []
    names = ["givers_v2", "jars_v1"]
    assert [name for (name,) in room.ask(TABLES)] == names
    assert [name for (name,) in room.ask(CURSORS)] == [
        "view/givers@2",
        "view/jars@1",
    ]
    assert room.rows(next_of(toy.GIVERS)) != {}


def test_a_worker_of_the_old_version_goes_on_without_that_view(room: Toy) -> None:
    upgrade(room, next_of(toy.JARS))
    old = Projection(room.engine, toy.ROOM, [toy.JARS])
    retired_versions.drop(room.engine, toy.ROOM, NOW)
    room.do("jar-a", toy.DropCoin(1))
    assert list(old.take(room.journal()).values()) == [BatchOutcome()]
    assert list(old.topics) == []
    room.make_tables()  # it starts again, and makes nothing of what was dropped
    assert "jars_v1" not in [name for (name,) in room.ask(TABLES)]
    assert left(room, NOW) == []
    assert room.project(toy.GIVERS).applied == 1, "its other views go on"


def test_what_is_parked_of_a_retired_view_is_not_retried(room: Toy) -> None:
    upgrade(room, next_of(toy.GIVERS))
    with dead_letter_queue(toy.room, room.settings) as healing:
        ours = {line.consumer: line.id for line in healing.listed()}
        assert ours.keys() == {"view/givers@1", "view/givers@2"}
        with pytest.raises(VersionRetired, match="givers@2"):
            healing.retry(ours["view/givers@2"])
        assert healing.retry(ours["view/givers@1"]).parked.consumer == "view/givers@1"
