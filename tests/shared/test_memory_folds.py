"""内存折叠: however a record in memory came to say what it says, its views are a fold of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.decider import Asked
from shared.handle import CommandEnvelope, Handler, handle
from shared.view import recorded
from tests.memory_folds import Fold
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared import toy

JARS = ("jar-a", "jar-b", "jar-c")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(JARS), st.integers(1, 3)),
        st.tuples(st.just("set back"), st.integers(0, 9)),
        st.just(("looked at", 0)),
    ),
    max_size=25,
)


@pytest.fixture(scope="module", autouse=True)
def in_the_book() -> Iterator[None]:
    with toy.in_the_book():
        yield


def write(desk: Handler, jar: str, fen: int) -> None:
    """Open the jar; if it is open, drop a coin into it."""
    is_open = bool(desk.store.read([jar]).streams[jar].facts)
    command = toy.DropCoin(fen, f"g{fen}") if is_open else toy.OpenJar("罐", "王小明")
    asked = Asked(jar, "wang", frozenset({"clerk"}), datetime.now(UTC), "HZ01")
    handle(desk, CommandEnvelope(uuid4(), command, asked))


@given(steps=STEPS)
def test_a_view_that_goes_on_is_a_fold_from_the_beginning(steps: list[tuple[str, int]]) -> None:
    memory, keys = Memory(toy.ROOM, 2), memory_keys()
    views, desk = MemoryViews(memory, keys), Handler(memory, toy.room.papers, keys)
    moments = [memory.tables]
    for what, number in [*steps, ("looked at", 0)]:
        if what in JARS:
            write(desk, what, number)
            moments.append(memory.tables)
        elif what == "set back":
            memory.tables = moments[number % len(moments)]
        else:
            _are_folds(memory, views)


def _are_folds(memory: Memory, views: MemoryViews) -> None:
    for view in toy.VIEWS:
        fresh = Fold(view)
        for partition in range(memory.partitions):
            fresh.take([recorded(toy.ROOM, each) for each in memory.facts(partition, 0, 1_000)])
        assert [*views._folded(view).items()] == [*fresh.shown().items()]
