"""A clock for stories: it only advances, due times pass with it, and no real room ever gets one."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest

from shared.config import Settings
from shared.record import story_clock
from shared.record.postgres import Record
from shared.record.story_clock import NoStoryClock, StoryClock
from shared.record.transaction import transaction
from shared.worker.timers import Timers
from tests.relaying import ask
from tests.shared import toy
from tests.working import Toy, toy_record

DAY = timedelta(days=1)
RUNG = "SELECT stream, recorded_at FROM record.facts WHERE type = 'JarRungFor'"
ASKING = """
SELECT proname FROM pg_proc WHERE pronamespace = 'record'::regnamespace
AND prosrc ~ 'record.(now|story_clock)' ORDER BY proname
"""


@pytest.fixture
def room(make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        yield made


def begin(room: Toy) -> None:
    assert room.settings.owner_url
    story_clock.begin(room.settings.owner_url)


def advance(room: Toy, to: timedelta) -> timedelta:
    with transaction(room.engine) as db:
        return story_clock.advance(db, to)


def test_a_due_time_passes_after_an_advance(room: Toy) -> None:
    begin(room)
    room.make_tables()
    tomorrow = datetime.now(UTC) + DAY
    room.do("jar-a", toy.OpenJar("明天到期", "王小明", tomorrow))
    room.do("jar-a", toy.DropCoin(1))
    for view in toy.VIEWS:
        room.project(view)
    room.change("INSERT INTO worker.versions (view, version) VALUES ('jars', 1)")
    timers, everywhere = Timers(room.engine, room.desk, [toy.RING]), range(room.settings.partitions)
    assert timers.fire(everywhere) == 0
    assert advance(room, DAY) == DAY
    assert timers.fire(everywhere) == 1
    ((stream, recorded_at),) = room.ask(RUNG)
    assert (stream, recorded_at > tomorrow) == ("jar-a", True)


def test_what_is_recorded_and_decided_is_a_day_later_and_leases_are_not(room: Toy) -> None:
    begin(room)
    advance(room, DAY)
    with closing(StoryClock(room.settings.runtime_url)) as clock:
        assert clock.now() - datetime.now(UTC) > DAY - timedelta(minutes=1)
        assert clock.stamps() == {story_clock.HEADER: "P1D"}
        assert clock.notes() == ["a clock for stories, ahead by P1D; see docs/story-clock.md"]
    with closing(Record(room.settings.runtime_url, toy.ROOM, room.settings.partitions)) as record:
        assert record.now() - datetime.now(UTC) > DAY - timedelta(minutes=1)
    doors = ["advance_clock", "append_many", "append_one", "now", "story_ahead"]
    assert [name for (name,) in room.ask(ASKING)] == doors, "leases and time-outs ask no story"


def test_it_never_goes_back(room: Toy) -> None:
    begin(room)
    begin(room)
    assert advance(room, 2 * DAY) == advance(room, DAY) == 2 * DAY
    for back in ("UPDATE record.story_clock SET ahead = '1 day'", "DELETE FROM record.story_clock"):
        with pytest.raises(psycopg2.Error, match="only advances"):
            ask(room.settings, back, owner=True)
    with pytest.raises(psycopg2.Error, match="only advances"):
        ask(room.settings, "TRUNCATE record.story_clock", owner=True)


def test_a_real_room_has_none_and_never_gets_one(room: Toy) -> None:
    with pytest.raises(NoStoryClock):
        advance(room, DAY)
    room.do("jar-a", toy.OpenJar("罐", "王小明"))
    with pytest.raises(NoStoryClock):
        begin(room)
    with pytest.raises(psycopg2.Error, match="real time"):
        ask(room.settings, "INSERT INTO record.story_clock DEFAULT VALUES", owner=True)
    with closing(StoryClock(room.settings.runtime_url)) as clock:
        assert (clock.ahead(), clock.notes(), clock.stamps()) == (None, [], {})
