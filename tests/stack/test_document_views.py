"""Views over documents of other rooms: the newest wins, whenever it comes; parked, rebuilt."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared.config import Settings
from shared.consumers import dead_letters
from shared.consumers.consumer_record import Incoming
from shared.consumers.cursors import Source
from shared.consumers.dead_letters import Kind, Parked
from shared.events import Document, _documents
from shared.rebuild.rebuild import rebuild
from shared.record.transaction import transaction
from shared.views.document_projection import Showing
from shared.views.versions import take_over
from shared.worker.retry import NotAlone, healer
from shared.worker.startup import make_tables
from tests.shared import toy
from tests.working import HandRelay, Toy, hand_relay, toy_record, toy_room


@pytest.fixture
def room(make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        made.make_tables()
        yield made


@pytest.fixture
def told(clean_kafka: str, make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    """A room whose facts and milestones lie on real topics."""
    with toy_room(make_database(toy.ROOM), tmp_path) as made:
        made.open_gate()
        made.make_tables()
        yield made


@pytest.fixture
def relay(told: Toy) -> Iterator[HandRelay]:
    with hand_relay(told.settings.kafka_bootstrap) as made:
        yield made


def parked(room: Toy) -> list[Parked]:
    with transaction(room.engine) as rows:
        return dead_letters.listed(rows)


def kinds(room: Toy) -> list[tuple[Kind, str]]:
    return sorted((line.kind, line.stream) for line in parked(room))


def shown(room: Toy) -> dict[str, int]:
    return {row.jar: row.fen for row in room.rows(toy.TOTALS).values() if row.what == "fen"}


def older(monkeypatch: pytest.MonkeyPatch) -> None:
    """This program knows no schema of a jar's document that is written now."""
    known = _documents["jar"]
    monkeypatch.setitem(_documents, "jar", Document(known.name, known.kind, 0))


def by_topics(records: list[Incoming]) -> list[Incoming]:
    """Every record as if it came by a topic of its own: nothing says which is the older one."""
    return [
        replace_source(record, Source(f"Milestone{n}", record.source.partition, toy.ROOM))
        for n, record in enumerate(records)
    ]


def replace_source(record: Incoming, source: Source) -> Incoming:
    return Incoming(source, record.offset, 0, record.stored)


def test_rows_are_what_the_newest_documents_say(room: Toy) -> None:
    room.fill(jars=4, coins=30)
    room.project(toy.TOTALS)
    assert room.rows(toy.TOTALS) == room.folded(toy.TOTALS)
    taken = room.project(toy.TOTALS)
    assert (taken.applied, len(taken.copies)) == (0, 30)
    room.fill(jars=1, coins=9)
    room.project(toy.TOTALS)
    assert room.rows(toy.TOTALS) == room.folded(toy.TOTALS)
    assert parked(room) == []


def test_any_order_of_topics_ends_in_the_same_rows(room: Toy) -> None:
    room.fill(jars=3, coins=24)
    came = by_topics(room.milestones())
    showing = Showing(room.engine, toy.TOTALS)
    for _ in range(4):
        room.change("DELETE FROM worker.cursors")
        room.change("DELETE FROM views.totals_v1")
        room.change("DELETE FROM views.totals_v1_streams")
        room.chance.shuffle(came)
        again = room.chance.choices(came, k=12)
        for batch in (came[:7], again, came[7:], came):
            showing.take(batch)
        assert room.rows(toy.TOTALS) == room.folded(toy.TOTALS)


def test_a_document_of_a_future_schema_parks_exactly_its_rows(
    room: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.do("jar-a", toy.DropCoin(5))
    room.do("jar-b", toy.DropCoin(2))
    room.project(toy.TOTALS)
    room.do("jar-a", toy.DropCoin(5))
    with monkeypatch.context() as patched:
        older(patched)
        taken = room.project(toy.TOTALS)
        assert taken.parked == 3
    assert kinds(room) == [(Kind.ROW, "jar-a")] * 2 + [(Kind.STREAM, "jar-a")]
    room.do("jar-b", toy.DropCoin(2))
    room.project(toy.TOTALS)
    assert shown(room) == {"jar-a": 5, "jar-b": 4}
    with healer(toy.room, room.settings) as healing:
        row = next(line for line in healing.listed() if line.kind is Kind.ROW)
        with pytest.raises(NotAlone, match="discard"):
            healing.discard(row.id)
        assert healing.retry(row.id).healed
    assert parked(room) == []
    assert room.rows(toy.TOTALS) == room.folded(toy.TOTALS)


def test_a_newer_document_unparks_by_itself(room: Toy) -> None:
    room.do("jar-a", toy.DropCoin(4_000))
    room.do("jar-a", toy.DropCoin(13))
    room.project(toy.TOTALS)
    assert kinds(room) == [(Kind.ROW, "jar-a")] * 2 + [(Kind.STREAM, "jar-a")]
    with healer(toy.room, room.settings) as healing:
        assert not healing.retry(parked(room)[0].id).healed
    assert shown(room) == {"jar-a": 4_000}
    room.do("jar-a", toy.DropCoin(1))
    room.project(toy.TOTALS)
    assert parked(room) == []
    assert shown(room) == {"jar-a": 4_014}


def test_an_older_document_behind_a_parked_one_is_shown_meanwhile(room: Toy) -> None:
    room.do("jar-a", toy.DropCoin(4_000))
    room.do("jar-a", toy.DropCoin(13))
    first, bad = by_topics(room.milestones())
    showing = Showing(room.engine, toy.TOTALS)
    showing.take([bad])
    assert (kinds(room), shown(room)) == ([(Kind.STREAM, "jar-a")], {})
    showing.take([first])
    assert kinds(room) == [(Kind.ROW, "jar-a")] * 2 + [(Kind.STREAM, "jar-a")]
    assert shown(room) == {"jar-a": 4_000}


def test_what_the_database_does_not_take_is_parked_alone(
    room: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(9):
        room.do(f"jar-{n % 3}", toy.DropCoin(2))
    with monkeypatch.context() as patched:
        patched.setattr(toy.TOTALS, "rows_of", too_much)
        room.project(toy.TOTALS)
        assert kinds(room) == [(Kind.STREAM, "jar-1")]
        assert shown(room) == {"jar-0": 6, "jar-2": 6}
        with healer(toy.room, room.settings) as healing:
            assert not healing.retry(parked(room)[0].id).healed
    with healer(toy.room, room.settings) as healing:
        assert healing.retry(parked(room)[0].id).healed
    assert room.rows(toy.TOTALS) == room.folded(toy.TOTALS)


def too_much(document: Any) -> list[toy.TotalRow]:
    """More than a column holds, of one jar."""
    fen = 2**70 if document.stream == "jar-1" else document.state.fen
    return [toy.TotalRow(document.stream, "fen", fen)]


def test_a_new_version_takes_over_once_it_has_caught_up(room: Toy) -> None:
    room.fill(jars=3, coins=20)
    room.project(toy.TOTALS)
    second: Any = SimpleNamespace(**{**vars(toy.TOTALS), "VERSION": 2})
    with transaction(room.engine) as rows:
        take_over(rows, [toy.TOTALS])
    make_tables(room.engine, toy.ROOM, [second], [])
    came = room.milestones()
    for part, changed in ((came[:9], []), (came[9:], ["totals"])):
        Showing(room.engine, second).take(part)
        with transaction(room.engine) as rows:
            assert take_over(rows, [second]) == changed
    assert room.rows(second) == room.rows(toy.TOTALS) == room.folded(toy.TOTALS)


def everything(told: Toy, relay: HandRelay) -> None:
    relay.milestones(told.facts())
    told.project(toy.TOTALS)


def test_a_rebuild_reads_the_topics_and_is_equal(told: Toy, relay: HandRelay) -> None:
    told.fill(jars=5, coins=60)
    everything(told, relay)
    said: list[tuple[int, int]] = []
    rebuilt = rebuild(toy.room, told.settings, "totals", say=lambda *each: said.append(each))
    assert (rebuilt.equal, rebuilt.facts, rebuilt.garbage) == (True, 60, 0)
    assert rebuilt.rows == len(told.rows(toy.TOTALS))
    assert said[-1][0] == said[-1][1]
    left = told.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'views'")
    assert left == [(len(toy.room.views) + 1,)], "nothing is left beside the views"


def test_a_row_that_was_tampered_with_shows_and_a_swap_mends_it(
    told: Toy, relay: HandRelay
) -> None:
    told.fill(jars=5, coins=60)
    everything(told, relay)
    told.change("UPDATE views.totals_v1 SET fen = fen + 1 WHERE what = 'fen'")
    assert not rebuild(toy.room, told.settings, "totals").equal
    told.do("jar-later", toy.DropCoin(3))

    def meanwhile(done: int, of: int) -> None:
        if done == of:
            told.project(toy.TOTALS)

    rebuilt = rebuild(toy.room, told.settings, "totals", swap=True, say=meanwhile)
    assert rebuilt.swapped
    assert told.rows(toy.TOTALS) == told.folded(toy.TOTALS)


def test_what_is_parked_is_not_compared_and_what_was_discarded_is_left_out(
    told: Toy, relay: HandRelay
) -> None:
    told.do("jar-a", toy.DropCoin(4_000))
    told.do("jar-a", toy.DropCoin(13))
    told.do("jar-b", toy.DropCoin(1))
    everything(told, relay)
    rebuilt = rebuild(toy.room, told.settings, "totals")
    assert (rebuilt.equal, rebuilt.not_compared) == (True, 2)
    with healer(toy.room, told.settings) as healing:
        line = next(each for each in healing.listed() if each.kind is Kind.STREAM)
        healing.discard(line.id)
        assert healing.listed() == []
    told.project(toy.TOTALS)
    rebuilt = rebuild(toy.room, told.settings, "totals", swap=True)
    assert (rebuilt.equal, rebuilt.not_compared) == (True, 0)
    assert shown(told) == {"jar-a": 4_000, "jar-b": 1}
