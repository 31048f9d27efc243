"""Views in PostgreSQL and in memory give the same answers."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter

from guiyi.rooms import FIRST_OPERATOR
from shared.consumers.replay import from_record
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.problem import Problem
from shared.http.query import Before, Found, NotABookmark, Single, Views, Wanted, bookmark, token_of
from shared.http.views import PATIENCE_S, WAITING, TableViews
from shared.personal.digest import Digester
from shared.record.store import Position
from shared.record.transaction import transaction
from shared.room import Front
from shared.view import View
from shared.views.projection import Projection, consumer_name
from shared.views.versions import take_over
from shared.worker.startup import make_tables
from tests.memory_views import MemoryViews
from tests.shared import toy
from tests.shared.http_desk import codes, web_desk
from tests.shared.http_toy import READERS
from tests.working import Toy, toy_record

JARS: View = toy.JARS
"""Keyed by the stream; `fen` and `label` to filter by."""


@dataclass
class Shelf:
    """The toy room with one view, which a test builds as a worker would."""

    toy: Toy
    tables: TableViews
    memory: MemoryViews

    def build(self) -> None:
        """Fold every fact that the record has now."""
        projection = Projection(self.toy.engine, toy.ROOM, [JARS])
        records = [
            from_record(
                toy.ROOM,
                (
                    stored.partition,
                    stored.seq,
                    stored.recorded_at,
                    stored.previous_hash,
                    stored.hash,
                    stored.stream,
                    stored.type,
                    stored.body,
                    stored.public,
                ),
            )
            for stored in self.toy.facts()
        ]
        projection.take(records)

    def here(self) -> list[Position]:
        """The position of the record now."""
        last: dict[int, int] = {}
        for stored in self.toy.facts():
            last[stored.partition] = max(stored.seq, last.get(stored.partition, 0))
        return [Position(*each) for each in sorted(last.items())]


@pytest.fixture
def shelf(make_database: Any, tmp_path: Path) -> Iterator[Shelf]:
    settings = make_database(toy.ROOM)
    with toy_record(settings, tmp_path) as made:
        keys = made.desk.keys
        tables = TableViews(settings.runtime_url, toy.ROOM, Digester(keys.master), connections=3)
        made.fill(jars=12, coins=60)
        try:
            yield Shelf(made, tables, MemoryViews(made.record, keys))
        finally:
            tables.close()


def ready(shelf: Shelf) -> Shelf:
    make_tables(shelf.toy.engine, toy.ROOM, [JARS], [])
    with transaction(shelf.toy.engine) as db:
        take_over(db, [JARS])
    shelf.build()
    return shelf


def wanted(
    limit: int = 5, after: str | None = None, *, newest_first: bool = False, **where: Any
) -> Wanted:
    return Wanted(where, None, limit, after, newest_first)


def pages(views: Views, *, newest_first: bool, view: View = JARS) -> list[Found]:
    found, after = list[Found](), None
    while not found or after is not None:
        found.append(views.page(view, wanted(5, after, newest_first=newest_first)))
        after = found[-1].next
    return found


def test_pages_are_those_of_the_twin(shelf: Shelf) -> None:
    ready(shelf)
    for newest_first in (False, True):
        ours = pages(shelf.tables, newest_first=newest_first)
        assert ours == pages(shelf.memory, newest_first=newest_first)
        streams = [row.stream for found in ours for row in found.rows]
        assert streams == sorted(streams, reverse=newest_first)
        assert [len(found.rows) for found in ours] == [5, 5, 2]


def test_filters_are_those_of_the_twin(shelf: Shelf) -> None:
    ready(shelf)
    some = shelf.memory.page(JARS, wanted(200)).rows
    for where in (
        {"fen": some[0].fen},
        {"label": some[1].label},
        {"stream": (some[0].stream, some[3].stream)},
        {"fen": some[0].fen, "stream": some[0].stream},
        {"fen": -1},
        {"fen": Before(some[0].fen)},
        {"due": Before(datetime(2030, 1, 1, tzinfo=UTC))},
        {"coins": some[0].coins[0]},
        {"coins": (some[0].coins[0], some[1].coins[-1])},
        {"coins": ()},
    ):
        assert shelf.tables.page(JARS, wanted(200, **where)) == shelf.memory.page(
            JARS, wanted(200, **where)
        )


def test_one_row_by_its_key(shelf: Shelf) -> None:
    ready(shelf)
    stream = shelf.toy.facts()[0].stream
    found = shelf.tables.one(JARS, (stream,))
    assert found == shelf.memory.one(JARS, (stream,))
    assert [row.stream for row in found.rows] == [stream]
    assert shelf.tables.one(JARS, ("jar-nowhere",)) == Found([])


def test_a_bookmark_of_another_form_is_refused(shelf: Shelf) -> None:
    ready(shelf)
    forms: Sequence[Any] = (["a"], [1, 1], ["a", "b"], ["a", True], ["a", 1, 1], "no", ["a", 1.5])
    values: Sequence[Any] = (["a", 10**12], ["a", 10**30], ["a", -1], ["a\0", 1])
    for place in (*forms, *values):
        with pytest.raises(NotABookmark):
            shelf.tables.page(JARS, wanted(5, bookmark(place)))


def test_ones_own_write_is_waited_for(shelf: Shelf) -> None:
    ready(shelf)
    written = token_of(toy.ROOM, shelf.here())
    assert shelf.tables.reached(JARS, written) is True
    shelf.toy.fill(jars=1, coins=1)
    later = token_of(toy.ROOM, shelf.here())
    assert shelf.tables.reached(JARS, later) is False
    shelf.build()
    assert shelf.tables.reached(JARS, later) is True
    assert shelf.tables.reached(JARS, "dispatch:0=1") is None


def test_nobody_waits_for_what_was_never_written(shelf: Shelf) -> None:
    ready(shelf)
    began = time.monotonic()
    for forged in ("0=999999999999999999", "999999999=1", "0=1,1=999999999"):
        assert shelf.tables.reached(JARS, f"{toy.ROOM}:{forged}") is False
    assert time.monotonic() - began < PATIENCE_S


def test_only_so_many_wait_at_once(shelf: Shelf) -> None:
    ready(shelf)
    shelf.toy.fill(jars=1, coins=1)
    later = token_of(toy.ROOM, shelf.here())
    with ThreadPoolExecutor(WAITING) as pool:
        waiting = [pool.submit(shelf.tables.reached, JARS, later) for _ in range(WAITING)]
        time.sleep(PATIENCE_S / 4)
        began = time.monotonic()
        assert shelf.tables.reached(JARS, later) is False
        assert time.monotonic() - began < PATIENCE_S / 4
        assert [each.result() for each in waiting] == [False] * WAITING


def test_a_view_that_is_not_built_says_so(shelf: Shelf) -> None:
    asks: Sequence[Callable[[], Found]] = (
        lambda: shelf.tables.page(JARS, wanted()),
        lambda: shelf.tables.one(JARS, ("jar-1",)),
    )
    for ask in asks:
        with pytest.raises(Problem) as no:
            ask()
        assert (no.value.status, no.value.result) == (503, "view-not-built")


def test_another_version_does_not_answer_until_it_is_in_force(shelf: Shelf) -> None:
    ready(shelf)
    shelf.toy.change("UPDATE worker.versions SET version = 0 WHERE view = %s", (JARS.NAME,))
    with pytest.raises(Problem) as no:
        shelf.tables.page(JARS, wanted())
    assert no.value.result == "view-not-built"


def park(shelf: Shelf, stream: str) -> None:
    partition = next((f.partition for f in shelf.toy.facts() if f.stream == stream), 0)
    shelf.toy.change(
        "INSERT INTO worker.parked (consumer, kind, key, partition, seq, room, stream, reason,"
        " details) VALUES (%s, 'row', %s, %s, 1, %s, %s, 'why', '{}')",
        (consumer_name(JARS), f'["{stream}"]', partition, toy.ROOM, stream),
    )


def test_parked_rows_are_counted_with_the_page(shelf: Shelf) -> None:
    ready(shelf)
    row = shelf.tables.page(JARS, wanted(1)).rows[0]
    park(shelf, row.stream)
    assert shelf.tables.page(JARS, wanted(1)).parked == 1
    assert shelf.tables.page(JARS, wanted(200)).parked == 1
    assert shelf.tables.page(JARS, wanted(200, stream="jar-nowhere")).parked == 0


def jar_routes(api: RoomApi) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["罐 jars"])

    @api.query(router, "/jars/{jar}", reads=READERS, shows=toy.JarRow)
    def jar(context: RequestContext, jar: str) -> Single:
        """一罐: one jar."""
        return Single(JARS, (jar,))

    return router


def test_a_single_row_that_is_parked_says_so(shelf: Shelf, tmp_path: Path) -> None:
    ready(shelf)
    sound, old = (row.stream for row in shelf.tables.page(JARS, wanted(2)).rows)
    park(shelf, old)
    park(shelf, "jar-never-shown")
    folder = tmp_path / "desk"
    folder.mkdir()
    texts = folder / "texts.toml"
    texts.touch()
    room = replace(toy.room, papers={}, front=lambda: Front(jar_routes, {}), texts=texts)
    with web_desk(room, folder, shelf.toy.record, views=shelf.tables) as desk:
        first = desk.token(FIRST_OPERATOR, ["operator"], ["*"])
        shown = desk.get(f"/v1/jars/{sound}", first)
        assert (shown.status_code, shown.headers.get("x-parked")) == (200, None)
        shown = desk.get(f"/v1/jars/{old}", first)
        assert (shown.status_code, shown.headers["x-parked"]) == (200, "true")
        waits = desk.get("/v1/jars/jar-never-shown", first)
        assert (waits.status_code, codes(waits)) == (503, ["parked"])
        assert codes(desk.get("/v1/jars/jar-nowhere", first)) == ["unknown"]
