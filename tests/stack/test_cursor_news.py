"""News of cursors: the web hears how far a view is, and asks by itself where it heard nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.config import Settings
from shared.consumers.cursor_news import CHANNEL, CursorNews, telling
from shared.consumers.cursors import Cursor, Source
from shared.record.store import Position
from shared.topics import journal_topic
from shared.views.projection import Projection, consumer_name
from tests.relaying import wait_until
from tests.shared import toy
from tests.working import Toy, toy_record

NAME = consumer_name(toy.JARS)
HERE = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%%'"


@pytest.fixture
def room(make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        made.make_tables()
        yield made


@pytest.fixture
def news(room: Toy) -> Iterator[CursorNews]:
    made = CursorNews(room.settings.worker_url)
    wait_until(lambda: listeners(room) == 1)
    yield made
    made.close()


def listeners(room: Toy) -> int:
    ((count,),) = room.ask(f"SELECT count(*) {HERE}")
    return int(count)


def drop_a_coin(room: Toy) -> list[Position]:
    positions = list(room.do("jar-1", toy.DropCoin(1)).positions)
    Projection(room.engine, toy.ROOM, toy.VIEWS).take(room.journal())
    return positions


def test_what_a_worker_commits_is_heard(room: Toy, news: CursorNews) -> None:
    first = drop_a_coin(room)
    assert news.wait(NAME, first, 10)
    assert news.wait(consumer_name(toy.GIVERS), first, 0)
    later = [Position(each.partition, each.seq + 1) for each in first]
    assert news.is_following(NAME, later)
    assert not news.wait(NAME, later, 0.05)
    assert news.wait(NAME, drop_a_coin(room), 10)


def test_what_was_never_heard_is_no_news(news: CursorNews) -> None:
    assert not news.is_following(NAME, [Position(0, 1)])
    assert not news.wait(NAME, [Position(0, 1)], 0.05)


def test_a_connection_that_is_lost_takes_with_it_what_was_heard(
    room: Toy, news: CursorNews
) -> None:
    first = drop_a_coin(room)
    assert news.wait(NAME, first, 10)
    assert room.ask(f"SELECT pg_terminate_backend(pid) {HERE}") == [(True,)]
    wait_until(lambda: not news.is_following(NAME, first))
    wait_until(lambda: listeners(room) == 1)
    assert news.wait(NAME, drop_a_coin(room), 10)


def test_consumers_that_are_equally_far_are_told_together() -> None:
    source = Source(journal_topic(toy.ROOM), 3, toy.ROOM)
    far, near = {source: Cursor(seq=9)}, {source: Cursor(seq=2)}
    assert [values for _, values in telling({"a": far, "b": near, "c": far})] == [
        (CHANNEL, '{"names": ["a", "c"], "at": {"3": 9}}'),
        (CHANNEL, '{"names": ["b"], "at": {"3": 2}}'),
    ]


def test_news_that_do_not_fit_are_not_told() -> None:
    many = {Source("journal.toy", n, "toy"): Cursor(seq=10**9) for n in range(1_000)}
    assert not list(telling({"a": many}))
