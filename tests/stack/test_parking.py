"""Facts that cannot be folded are parked, and only they. A retry later folds them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.config import Settings
from shared.consumers import dead_letters
from shared.consumers.dead_letters import DeadLetter, DeadLetterKind
from shared.events import _book
from shared.record.transaction import transaction
from shared.view import View
from shared.worker.retry import NotAlone, dead_letter_queue
from tests.relaying import ask
from tests.shared import toy
from tests.stack.operators import guiyi
from tests.working import Toy, all_healed, toy_record


@pytest.fixture
def room(make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        made.make_tables()
        yield made


def parked(room: Toy) -> list[DeadLetter]:
    with transaction(room.engine) as db:
        return dead_letters.listed(db)


def of_kind(room: Toy, kind: DeadLetterKind) -> list[str]:
    return sorted(line.key for line in parked(room) if line.kind is kind)


def folds(room: Toy, view: View) -> None:
    """Check that nothing is parked and that the rows equal a fold of the record."""
    assert parked(room) == []
    assert room.rows(view) == room.folded(view)


def without(monkeypatch: pytest.MonkeyPatch, name: str, schema: int) -> None:
    """Make this an older program, which knows the fact up to this schema."""
    monkeypatch.setitem(_book, name, replace(_book[name], schema=schema))


def test_a_row_that_cannot_be_folded_is_parked_alone(
    room: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.do("jar-a", toy.DropCoin(5, "li"))
    room.do("jar-a", toy.DropCoin(13, "li"))
    room.do("jar-a", toy.DropCoin(2, "wu"))
    room.do("jar-a", toy.DropCoin(1, "li"))
    room.project(toy.GIVERS)
    assert of_kind(room, DeadLetterKind.ROW) == ['["li"]']
    shown = {key[0]: row.fen for (_, key), row in room.rows(toy.GIVERS).items()}
    assert shown == {"li": 5, "wu": 2, "everybody": 21}
    with dead_letter_queue(toy.room, room.settings) as healing:
        assert not healing.retry(parked(room)[0].id).healed
        monkeypatch.setattr(toy.GIVERS, "project", forgiving)
        assert healing.retry(parked(room)[0].id).healed
    folds(room, toy.GIVERS)


def forgiving(key: Any, row: Any, told: Any) -> Any:
    """The next version of the program, which takes thirteen like any number."""
    return toy.GiverRow(key[0], told.fact.fen + (row.fen if row else 0), told.stream)


def test_a_discarded_fact_is_left_out_for_ever(room: Toy) -> None:
    for fen in (5, 13, 1):
        room.do("jar-a", toy.DropCoin(fen, "li"))
    room.project(toy.GIVERS)
    with dead_letter_queue(toy.room, room.settings) as healing:
        (line,) = healing.listed()
        assert healing.discard(line.id).discarded_at is not None
        assert healing.listed() == []
        assert [each.id for each in healing.listed(discarded=True)] == [line.id]
        shown = {key[0]: row.fen for (_, key), row in room.rows(toy.GIVERS).items()}
        assert shown == {"li": 6, "everybody": 19}
        room.do("jar-a", toy.DropCoin(13, "li"))
        room.project(toy.GIVERS)
        (line,) = healing.listed()
        healing.discard(line.id)
    shown = {key[0]: row.fen for (_, key), row in room.rows(toy.GIVERS).items()}
    assert shown == {"li": 6, "everybody": 32}


def test_a_long_list_says_that_it_was_cut_and_goes_on_behind(room: Toy) -> None:
    line = (
        "INSERT INTO worker.parked (consumer, kind, key, partition, seq, room, stream, reason,"
        " details) SELECT 'reactions', 'reaction', 'key-' || n, 0, n, 'intake', 'jar', 'no', '{}'"
        " FROM generate_series(1, 1003) AS n; SELECT 1"
    )
    ask(room.settings, line, owner=True)
    first = guiyi(room.settings, "parked", "list", "intake", "--json")
    told = json.loads(first.err)
    assert (first.code, len(first.json), told["code"]) == (0, 1_000, "parked-cut")
    after = str(first.json[-1]["id"])
    assert after in told["en"]
    rest = guiyi(room.settings, "parked", "list", "intake", "--after", after, "--json")
    assert (rest.code, len(rest.json), rest.err) == (0, 3, "")


def test_a_fact_of_a_future_schema_parks_every_row_its_stream_feeds(
    room: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.do("jar-a", toy.DropCoin(5, "li"))
    room.do("jar-b", toy.DropCoin(2, "li"))
    room.project(toy.JARS)
    room.do("jar-a", toy.OpenJar("甲", "王小明"))
    room.do("jar-a", toy.DropCoin(1, "li"))
    room.do("jar-b", toy.DropCoin(2, "li"))
    with monkeypatch.context() as older:
        without(older, "JarOpened", 0)
        room.project(toy.JARS)
        assert of_kind(room, DeadLetterKind.STREAM) == ["jar-a"]
        assert of_kind(room, DeadLetterKind.ROW) == ['["jar-a"]']
        assert {key[0]: row.fen for (_, key), row in room.rows(toy.JARS).items()} == {
            "jar-a": 5,
            "jar-b": 4,
        }
        with dead_letter_queue(toy.room, room.settings) as healing:
            row = next(line for line in healing.listed() if line.kind is DeadLetterKind.ROW)
            assert not healing.retry(row.id).healed
            with pytest.raises(NotAlone, match="discard"):
                healing.discard(row.id)
    room.do("jar-a", toy.DropCoin(1, "li"))
    room.project(toy.JARS)
    assert of_kind(room, DeadLetterKind.ROW) == ['["jar-a"]']
    with dead_letter_queue(toy.room, room.settings) as healing:
        assert all_healed(healing)
    folds(room, toy.JARS)


def test_a_fact_that_names_no_rows_parks_its_stream(room: Toy) -> None:
    room.do("jar-a", toy.DropCoin(5, "li"))
    room.do("jar-a", toy.DropCoin(7, "nobody"))
    room.do("jar-a", toy.DropCoin(1, "wu"))
    room.project(toy.GIVERS)
    assert of_kind(room, DeadLetterKind.STREAM) == ["jar-a"]
    assert of_kind(room, DeadLetterKind.ROW) == ['["everybody"]', '["li"]', '["wu"]']
    with dead_letter_queue(toy.room, room.settings) as healing:
        stream = next(line for line in healing.listed() if line.kind is DeadLetterKind.STREAM)
        healing.discard(stream.id)
        assert healing.listed() == []
    shown = {key[0]: row.fen for (_, key), row in room.rows(toy.GIVERS).items()}
    assert shown == {"li": 5, "wu": 1, "everybody": 6}


def test_a_row_the_database_does_not_take_is_parked_alone(room: Toy) -> None:
    for n in range(20):
        room.do(f"jar-{n % 4}", toy.DropCoin(1, "li"))
    room.do("jar-2", toy.Overflow())
    room.do("jar-3", toy.DropCoin(1, "li"))
    room.project(toy.JARS)
    assert of_kind(room, DeadLetterKind.ROW) == ['["jar-2"]']
    wanted = room.folded(toy.JARS, lambda stored: stored.type == "Overflown")
    assert room.rows(toy.JARS) == wanted


def test_an_unknown_type_is_counted_and_skipped(room: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    room.do("jar-a", toy.OpenJar("甲", "王小明"))
    room.do("jar-a", toy.DropCoin(1, "li"))
    monkeypatch.delitem(_book, "JarOpened")
    taken = room.project(toy.JARS)
    assert (taken.applied, taken.unknown, taken.parked) == (2, 1, 0)
    assert [row.fen for row in room.rows(toy.JARS).values()] == [1]
