"""All views of a room share the transaction of a batch. One that fails does not stop the others."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.config import Settings
from shared.consumers import cursors, dead_letters
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.dead_letters import DeadLetterKind
from shared.envelope import fact_hash
from shared.record.store import Unavailable
from shared.record.transaction import DatabaseTransaction, transaction
from shared.views.projection import Projection, consumer_name
from tests.shared import toy
from tests.working import Toy, toy_record

ONCE = ("FOR NO KEY UPDATE", "string_agg(f.hash", "FROM worker.parked", "json_build_array")


@pytest.fixture
def room(make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        made.make_tables()
        yield made


@pytest.fixture
def views(room: Toy) -> Projection:
    return Projection(room.engine, toy.ROOM, toy.VIEWS)


def parked(room: Toy) -> list[tuple[str, str, str]]:
    with transaction(room.engine) as db:
        return [(each.consumer, each.kind.value, each.key) for each in dead_letters.listed(db)]


def at(room: Toy) -> set[int]:
    """The number of facts that each view has taken."""
    with transaction(room.engine) as db:
        read = [cursors.read(db, consumer_name(view)) for view in toy.VIEWS]
    return {sum(cursor.seq for cursor in each.values()) for each in read}


def test_a_batch_asks_once_for_all_views(
    room: Toy, views: Projection, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.fill(jars=5, coins=20)
    views.take(room.journal())
    jars = sorted({stored.stream for stored in room.facts() if stored.stream.startswith("jar-")})
    for n in range(22):  # partitions that have a cursor already: making one is asked apart
        room.do(jars[n % len(jars)], toy.DropCoin(1))
    journal = room.journal()  # read before the spies, which would count its queries
    asked: list[str] = []
    for name in ("query", "execute", "execute_all"):
        real: Any = getattr(DatabaseTransaction, name)

        def spy(db: Any, statement: Any, *values: Any, real: Any = real) -> Any:
            asked.append(str(statement))
            return real(db, statement, *values)

        monkeypatch.setattr(DatabaseTransaction, name, spy)
    taken = views.take(journal)
    assert {outcome.applied for outcome in taken.values()} == {22}
    counts = Counter(part for part in ONCE for statement in asked if part in statement)
    assert counts == Counter(ONCE)
    assert len(asked) == len(ONCE) + 1, "and all that is written goes together"
    monkeypatch.undo()
    for view in toy.VIEWS:
        assert room.rows(view) == room.folded(view)


def test_a_text_with_percent_signs_and_semicolons_is_written_as_it_is(
    room: Toy, views: Projection
) -> None:
    room.do("jar-odd", toy.OpenJar("100 %s; DROP TABLE x; -- %(y)s '", "王小明"))
    views.take(room.journal())
    for view in toy.VIEWS:
        assert room.rows(view) == room.folded(view)


def test_a_view_whose_rows_are_not_taken_holds_back_no_other(room: Toy, views: Projection) -> None:
    room.do("jar-1", toy.DropCoin(1, "li"))
    room.do("jar-2", toy.Overflow())
    room.do("jar-3", toy.DropCoin(2, "wu"))
    views.take(room.journal())
    name = consumer_name(toy.JARS)
    assert parked(room) == [(name, DeadLetterKind.ROW.value, '["jar-2"]')]
    assert room.rows(toy.GIVERS) == room.folded(toy.GIVERS)
    wanted = room.folded(toy.JARS, lambda stored: stored.type == "Overflown")
    assert room.rows(toy.JARS) == wanted
    assert at(room) == {3}


def test_a_view_that_cannot_fold_parks_a_row_of_its_own_alone(room: Toy, views: Projection) -> None:
    room.do("jar-1", toy.DropCoin(13, "li"))
    room.do("jar-1", toy.DropCoin(2, "wu"))
    taken = views.take(room.journal())
    assert {name: outcome.parked for name, outcome in taken.items()} == {
        consumer_name(toy.JARS): 0,
        consumer_name(toy.GIVERS): 1,
    }
    assert room.rows(toy.JARS) == room.folded(toy.JARS)
    assert at(room) == {2}


def test_a_new_view_takes_what_it_lacks_from_the_same_batch(room: Toy, views: Projection) -> None:
    room.fill(jars=3, coins=9)
    Projection(room.engine, toy.ROOM, [toy.JARS]).take(room.journal())
    taken = views.take(room.journal())
    assert taken[consumer_name(toy.JARS)].applied == 0
    assert taken[consumer_name(toy.GIVERS)].applied == 12
    assert at(room) == {12}


def false(like: ConsumerRecord, seq: int, fen: int) -> ConsumerRecord:
    """A record that nobody recorded. Its hash is right."""
    was = like.stored
    body = was.body.replace(b'"fen":1,', b'"fen":%d,' % fen)
    made = fact_hash(was.previous_hash, was.partition, seq, was.recorded_at, body)
    return replace(
        like, prev=seq - 1, stored=replace(was, seq=seq, body=body, hash=made), _told=None
    )


def test_what_the_record_does_not_hold_is_not_taken_and_the_true_fact_is(
    room: Toy, views: Projection
) -> None:
    for giver in ("li", "wu"):
        room.do("jar-1", toy.DropCoin(1, giver))
    first, second = room.journal()
    taken = views.take([first, false(second, 2, 500)])
    assert {(each.applied, len(each.refused)) for each in taken.values()} == {(1, 1)}
    assert at(room) == {1}
    views.take([second, false(second, 3, 500)])
    assert at(room) == {2}
    for view in toy.VIEWS:
        assert room.rows(view) == room.folded(view)


def test_the_false_and_the_true_one_may_come_in_one_batch(room: Toy, views: Projection) -> None:
    room.do("jar-1", toy.DropCoin(1, "li"))
    (true,) = room.journal()
    views.take([false(true, 1, 500), true, false(true, 2, 500)])
    assert at(room) == {1}
    assert room.rows(toy.GIVERS) == room.folded(toy.GIVERS)


def test_a_fact_that_comes_into_the_record_later_is_taken_from_there(
    room: Toy, views: Projection
) -> None:
    """A room's database was restored: its journal is ahead until the facts are put back."""
    room.do("jar-1", toy.DropCoin(1, "li"))
    (true,) = room.journal()
    ahead = [false(true, seq, 2) for seq in (2, 3)]
    views.take([true, *ahead])
    assert at(room) == {1}
    room.do("jar-1", toy.DropCoin(1, "wu"))
    room.do("jar-1", toy.DropCoin(1, "wu"))
    views.catch_up()
    assert at(room) == {3}
    for view in toy.VIEWS:
        assert room.rows(view) == room.folded(view)


def test_a_database_that_is_away_parks_nothing(
    room: Toy, views: Projection, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.fill(jars=3, coins=9)

    def away(*_: Any) -> Any:
        raise Unavailable("away")

    with monkeypatch.context() as gone:
        gone.setattr(cursors, "saving", away)
        with pytest.raises(Unavailable):
            views.take(room.journal())
    assert (parked(room), at(room)) == ([], {0})
