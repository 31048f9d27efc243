"""处理: what a rule looks at is named by the row of its step, read at once, and checked again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest

from shared.decider import Asked, Decision, NotRead, Refused, Series, reason, refuse_if
from shared.handle import (
    Answer,
    CommandEnvelope,
    DraftCommand,
    Folded,
    Handler,
    NumberedCommand,
    handle,
    handle_all,
)
from shared.record.store import Read
from shared.step import Owed, by_command
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.shared import toy

SHELF = "shelf-"


@dataclass(frozen=True)
class Drop:
    """Drop a coin, if the others on the shelf hold no more than so many fen."""

    fen: int
    limit: int = 10


@dataclass(frozen=True)
class Spread:
    """Drop a coin into so many new jars, which come next on the shelf."""

    jars: int


@dataclass(frozen=True)
class Peek:
    """Look at a jar that the row does not name."""


def drop(command: Drop, held: int, asked: Asked) -> Decision:
    others = asked.read_series(SHELF)
    total = sum(others.values())
    refuse_if((total > command.limit, reason("shelf-full", held=total, on=list(others))))
    return asked.here(toy.TotalNoted("jar", 1, held + command.fen))


def spread(command: Spread, held: int, asked: Asked) -> Decision:
    del held
    last = 1 + len(asked.read_series(SHELF))
    return [(f"{SHELF}{last + n}", toy.TotalNoted("jar", 1, n)) for n in range(1, command.jars + 1)]


def peek(command: Peek, held: int, asked: Asked) -> Decision:
    del command, held
    asked.read("shelf-1")
    return []


def reads_of_drop(_command: Drop | Spread, _held: int, _asked: Asked) -> list[Series]:
    return [Series(SHELF)]


STEPS = (
    Owed(Drop, drop, reads=reads_of_drop),
    Owed(Spread, spread, reads=reads_of_drop),
    Owed(Peek, peek),
)
SHELVES = SimpleNamespace(
    initial=0,
    decide=by_command(STEPS),
    evolve=lambda _, told: told.fen,
)


class Watched(Memory):
    """A record that counts its reads, and in which somebody may be faster after one of them."""

    def __init__(self) -> None:
        super().__init__("intake", 6)
        self.reads = 0
        self.after: dict[int, Callable[[], object]] = {}

    def read(
        self,
        streams: Sequence[str],
        command_ids: Sequence[UUID] = (),
        series: Sequence[str] = (),
    ) -> Read:
        found = super().read(streams, command_ids, series)
        self.reads += 1
        if other := self.after.pop(self.reads, None):
            other()
        return found


@pytest.fixture(autouse=True)
def _toy() -> object:
    with toy.in_the_book():
        yield


@pytest.fixture
def desk() -> Handler:
    return Handler(Watched(), {"shelf": SHELVES}, memory_keys())


def order(command: object, number: int) -> CommandEnvelope:
    home, now = f"{SHELF}{number}", datetime.now(UTC)
    asked = Asked(home=home, actor="wang", roles=frozenset(), at=now, branch="HZ01")
    return CommandEnvelope(uuid4(), command, asked)


def watched(desk: Handler) -> Watched:
    assert isinstance(desk.store, Watched)
    return desk.store


def test_a_series_is_read_at_once_without_the_home_stream(desk: Handler) -> None:
    for number in (1, 2, 10):
        handle(desk, order(Drop(2), number))
    before = watched(desk).reads
    with pytest.raises(Refused) as no:
        handle(desk, order(Drop(2, limit=3), 2))
    assert watched(desk).reads == before + 3, "home, series, and once more since it is refused"
    (told,) = no.value.reasons
    assert told.numbers == {"held": 4, "on": ["shelf-1", "shelf-10"]}


def test_several_that_come_next_begin_with_one_append_and_nobody_slips_in(desk: Handler) -> None:
    handle(desk, order(Drop(2), 1))
    store = watched(desk)
    store.after[store.reads + 2] = lambda: handle(desk, order(Drop(9), 2))
    handle(desk, order(Spread(2), 1))
    names = [f"{SHELF}{n}" for n in range(1, 6)]
    read = store.read(names).streams
    assert [read[name].version for name in names] == [1, 1, 1, 1, 0]


def test_a_stream_that_the_row_does_not_name_is_never_taken_for_empty(desk: Handler) -> None:
    handle(desk, order(Drop(2), 1))
    with pytest.raises(NotRead, match="shelf-1"):
        handle(desk, order(Peek(), 2))


def test_one_that_begins_meanwhile_is_a_conflict_and_looked_at(desk: Handler) -> None:
    """The number that comes next is checked by the append: nobody slips in behind the look."""
    handle(desk, order(Drop(2), 1))
    store = watched(desk)
    store.after[store.reads + 2] = lambda: handle(desk, order(Drop(9), 3))
    store.after[store.reads + 2] = lambda: handle(desk, order(Drop(9), 2))
    with pytest.raises(Refused) as no:
        handle(desk, order(Drop(1), 4))
    assert no.value.reasons[0].numbers["on"] == ["shelf-1", "shelf-2"]


def test_a_refusal_that_rests_on_two_moments_is_decided_again(desk: Handler) -> None:
    """The home stream is read first. If it moves before the others are read, nothing is told."""
    home, store = order(Drop(1, limit=3), 1), watched(desk)
    handle(desk, order(Drop(3), 1))

    def moved() -> None:
        handle(desk, order(Drop(5), 1))
        handle(desk, order(Drop(5), 2))

    store.after[store.reads + 1] = moved
    with pytest.raises(Refused):
        handle(desk, home)
    assert store.reads > 6, "decided anew on streams that held still"


def test_the_same_command_sent_twice_at_once_is_answered_and_not_refused(desk: Handler) -> None:
    """Its twin is written between the look at the home stream and the look at the others."""
    sent, store = order(Drop(1, limit=3), 1), watched(desk)

    def twin() -> None:
        handle(desk, sent)
        handle(desk, order(Drop(9), 2))

    store.after[store.reads + 1] = twin
    answer = handle(desk, sent)
    assert (answer.repeated, answer.version) == (True, 1)


def test_a_draft_is_made_from_the_stream_as_it_stands_and_read_once(desk: Handler) -> None:
    seen: list[Folded] = []

    def make(folded: Folded) -> CommandEnvelope:
        seen.append(folded)
        return wanted

    handle(desk, order(Drop(2), 1))
    before, wanted = watched(desk).reads, order(Drop(3), 1)
    answer = handle(desk, DraftCommand(wanted.id, f"{SHELF}1", make))
    assert (answer.version, [each.version for each in seen]) == (2, [1])
    assert seen[0].branch == "HZ01"
    assert watched(desk).reads == before + 2, "the home stream and the series, each once"


def test_what_the_same_append_has_begun_belongs_to_the_series(desk: Handler) -> None:
    wanted = [order(Drop(8), 1), order(Drop(8), 2), order(Drop(1), 3)]
    with desk.store.transaction() as transaction:
        outcomes = handle_all(desk, wanted, transaction)
    assert [type(each) for each in outcomes] == [Answer, Answer, Refused]


def test_a_number_that_returns_takes_nothing_from_those_who_come_after(desk: Handler) -> None:
    """What was read for the refused command is still known to the next one of the append."""
    handle(desk, order(Drop(9), 1))

    def numbered(limit: int) -> NumberedCommand:
        return NumberedCommand(
            uuid4(), "HZ01", date(2026, 11, 23), lambda n: order(Drop(1, limit), n + 1)
        )

    with desk.store.transaction() as transaction:
        outcomes = handle_all(desk, [numbered(0), numbered(3), numbered(9)], transaction)
    assert [type(each) for each in outcomes] == [Refused, Refused, Answer]


def test_two_rows_of_one_command_have_the_same_rule() -> None:
    with pytest.raises(ValueError, match="Drop"):
        by_command((Owed(Drop, drop), Owed(Drop, peek)))
