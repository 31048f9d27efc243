"""Whatever order and repetition documents come in, a view over them ends in the same rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.document import Published
from shared.envelope import canonical
from shared.room import Room
from shared.view import is_of_documents, is_of_journal
from shared.views.document_projection import Document, Reading, newest, read
from tests.shared import toy

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
VIEW: Any = toy.TOTALS


@pytest.fixture(autouse=True)
def book() -> Iterator[None]:
    with toy.in_the_book():
        yield


def document(version: int, fen: int, coins: int, schema: int = 1) -> Document:
    body = canonical(
        {
            "branch": "HZ01",
            "document": "jar",
            "schema": schema,
            "state": {"fen": fen, "coins": coins},
            "stream": "jar-a",
            "this": {"fen": 1},
            "ticket": None,
            "type": "CoinDropped",
            "version": version,
        }
    )
    return Document("intake", "jar-a", version, 3, version * 2, AT, body)


@dataclass
class Shown:
    """What a stream of a view comes to, document by document: the rows, and what is parked."""

    version: int = 0
    rows: Mapping[Any, Any] | None = None
    parked: int = 0

    def take(self, documents: Sequence[Document]) -> None:
        good, bad = newest(VIEW, documents, self.version)
        if good is not None:
            self.version, self.rows = good.document.version, good.rows
        if bad is not None:
            self.parked = max(self.parked, bad.document.version)
        if self.parked <= self.version:
            self.parked = 0


COINS = st.lists(
    st.tuples(st.sampled_from([1, 5, 4_013]), st.integers(1, 9), st.sampled_from([1, 1, 2])),
    min_size=1,
    max_size=8,
)


@given(COINS, st.data())
def test_any_order_delay_and_repetition_ends_in_the_same_rows(
    coins: list[tuple[int, int, int]], drawn: st.DataObject
) -> None:
    documents = [document(n, *coin) for n, coin in enumerate(coins, start=1)]
    straight = Shown()
    for each in documents:
        straight.take([each])
    order = drawn.draw(st.permutations([*documents, *documents]))
    cuts = sorted(drawn.draw(st.lists(st.integers(0, len(order)), max_size=5)))
    shuffled = Shown()
    for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True):
        shuffled.take(order[start:end])
    assert shuffled == straight


def test_a_stream_says_several_rows_or_none() -> None:
    both, none = read(VIEW, document(1, 5, 1)), read(VIEW, document(2, 9, 7))
    assert sorted(key for _, key in both.rows or {}) == [
        ("jar-a", "fen", "intake/jar-a"),
        ("jar-a", "new", "intake/jar-a"),
    ]
    assert none.rows == {}


def test_what_cannot_be_read_says_why() -> None:
    future, broken = read(VIEW, document(1, 5, 1, schema=2)), read(VIEW, document(2, 4_013, 1))
    assert (future.rows, future.reason.partition(":")[0]) == (None, "FutureSchema")
    assert (broken.rows, broken.reason.partition(":")[0]) == (None, "ArithmeticError")


def test_two_rows_of_one_key_are_a_fault_of_the_view() -> None:
    def twice(jar: Published) -> list[toy.TotalRow]:
        return [toy.TotalRow(jar.stream, "fen", 1), toy.TotalRow(jar.stream, "fen", 2)]

    view: Any = SimpleNamespace(**{**vars(VIEW), "rows_of": twice})
    found: Reading = read(view, document(1, 5, 1))
    assert (found.rows, found.reason) == (None, 'ValueError: two rows of the key ["jar-a","fen"]')


def test_a_room_listens_to_what_its_views_look_at() -> None:
    silent: Room = toy.room
    assert silent.listens == ("CoinDropped",)
    views: Any = [SimpleNamespace(**{**vars(VIEW), "LISTENS": ("RepairClosed", "CoinDropped")})]
    bare = Room("x", "", {}, views, (), (), toy.no_front, silent.texts)
    assert bare.listens == ("CoinDropped", "RepairClosed")
    assert [is_of_documents(view) for view in silent.views] == [False, False, True]
    assert [is_of_journal(view) for view in silent.views] == [True, True, False]
