"""A state from a snapshot equals the state from the first fact; else the snapshot is not used."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from shared import snapshot
from shared.config import Settings
from shared.decider import Asked
from shared.envelope import Stored
from shared.handle import CommandEnvelope, Handler, handle, handle_all
from shared.record import snapshots
from shared.record.postgres import Record
from shared.record.store import Snapshot, StreamRead
from shared.record.transaction import transaction
from shared.snapshot import SnapshotUnreadable
from shared.worker.snapshots import Snapshots
from tests.shared import toy
from tests.working import Toy, toy_record

JAR = "jar-long"
EVERY = 10
COLUMNS = {"version": "version + 1", "hash": r"'\x00'", "fingerprint": r"'\x00'", "seq": "seq + 1"}
CHANGES = (
    "state = '{'",
    "state = overlay(state placing '9' from position('\"fen\":' in state) + 6)",
    "branch = 'HZ02'",
)
LONG = SimpleNamespace(**vars(toy.JAR), PAPER=toy.kept_as(toy.Jar))


@pytest.fixture
def room(make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        yield made


@pytest.fixture
def desk(room: Toy) -> Handler:
    """A handler of the toy room, whose jars have many facts."""
    return replace(room.desk, deciders={**room.desk.deciders, "jar": LONG})


@pytest.fixture
def keeper(room: Toy, desk: Handler) -> Snapshots:
    return Snapshots(room.engine, desk, every=EVERY)


def fill(desk: Handler, coins: int, jar: str = JAR) -> None:
    """Drop `count` coins in one append."""
    asked = Asked(jar, "wang", frozenset({"clerk"}), datetime.now(UTC), "HZ01")
    orders = [CommandEnvelope(uuid4(), toy.DropCoin(n % 7 + 1), asked) for n in range(coins)]
    with desk.store.transaction() as made:
        handle_all(desk, orders, made)


def drop_coin(desk: Handler) -> int:
    """Drop one more coin; the version of the jar after it."""
    asked = Asked(JAR, "wang", frozenset({"clerk"}), datetime.now(UTC), "HZ01")
    return handle(desk, CommandEnvelope(uuid4(), toy.DropCoin(1), asked)).version


def resumed(desk: Handler, jar: str = JAR) -> StreamRead | None:
    """The jar from its snapshot, if the snapshot is used."""
    return desk.store.resume({jar: snapshot.fingerprint(LONG)}).get(jar)


def both_ways(desk: Handler) -> tuple[Any, Any]:
    """The state of the jar from its snapshot, and from its first fact."""
    found = resumed(desk)
    assert found is not None
    assert found.snapshot is not None
    whole = desk.store.read([JAR]).streams[JAR]
    assert (found.version, found.partition) == (whole.version, whole.partition)
    return desk.fold(JAR, found.facts, found.snapshot), desk.fold(JAR, whole.facts)


def of_another_program(last: Stored) -> Snapshot:
    """Store a snapshot at this fact, with a state that this program would not make."""
    state = snapshot.encode(toy.Jar(fen=1), last.hash, "HZ01")
    return Snapshot(last.stream, 30, last.partition, last.seq, last.hash, "HZ01", bytes(32), state)


def test_a_state_from_a_snapshot_is_that_from_the_first_fact(
    room: Toy, desk: Handler, keeper: Snapshots
) -> None:
    fill(desk, 23)
    keeper.begin()
    assert keeper.take() == 1
    for coins in (0, 3, 5):
        fill(desk, coins)
        ours, whole = both_ways(desk)
        assert ours == whole
    assert resumed(desk) is not None
    assert drop_coin(desk) == 32
    assert desk.store.read([JAR]).streams[JAR].version == 32


def test_the_worker_keeps_a_state_for_each_so_many_facts(
    room: Toy, desk: Handler, keeper: Snapshots
) -> None:
    fill(desk, 9)
    keeper.note(room.journal())
    assert (keeper.take(), resumed(desk)) == (0, None)
    fill(desk, 5)
    keeper.note(room.journal())
    assert (keeper.take(), keeper.take()) == (1, 0)
    found = resumed(desk)
    assert found is not None
    assert (found.version, len(found.facts)) == (14, 0)


def test_a_worker_that_starts_finds_what_grew_long(desk: Handler, keeper: Snapshots) -> None:
    for jar, coins in (("jar-long", 30), ("jar-short", 4), ("jar-longer", 45)):
        fill(desk, coins, jar)
    keeper.begin()
    assert keeper.take() == 2
    assert resumed(desk, "jar-short") is None
    keeper.begin()
    assert keeper.take() == 0, "they have their snapshots"


@pytest.mark.parametrize("column", COLUMNS)
def test_a_snapshot_that_does_not_fit_is_not_believed(
    room: Toy, desk: Handler, keeper: Snapshots, column: str
) -> None:
    fill(desk, 30)
    keeper.begin()
    keeper.take()
    fill(desk, 2)
    change = f"UPDATE worker.snapshots SET {column} = {COLUMNS[column]}"  # noqa: S608
    assert room.change(change) == 1
    assert resumed(desk) is None
    assert drop_coin(desk) == 33, "it is folded from the first fact"


@pytest.mark.parametrize("change", CHANGES)
def test_a_state_that_was_changed_is_not_believed_and_made_anew(
    room: Toy, desk: Handler, keeper: Snapshots, change: str
) -> None:
    fill(desk, 30)
    keeper.begin()
    keeper.take()
    assert room.change(f"UPDATE worker.snapshots SET {change}") == 1  # noqa: S608
    with pytest.raises(SnapshotUnreadable):
        both_ways(desk)
    assert drop_coin(desk) == 31
    fill(desk, 9)
    keeper.note(room.journal())
    keeper.take()
    ours, whole = both_ways(desk)
    assert ours == whole


def test_another_program_makes_its_own(room: Toy, desk: Handler, keeper: Snapshots) -> None:
    fill(desk, 30)
    with transaction(room.engine) as db:
        last = desk.store.read([JAR]).streams[JAR].facts[-1]
        snapshots.keep(db, of_another_program(last))
    assert resumed(desk) is None
    keeper.begin()
    keeper.take()
    ours, whole = both_ways(desk)
    assert ours == whole


def test_all_of_them_may_go(room: Toy, desk: Handler, keeper: Snapshots) -> None:
    fill(desk, 30)
    keeper.begin()
    keeper.take()
    with transaction(room.engine) as db:
        assert snapshots.drop(db) == 1
    assert resumed(desk) is None
    assert drop_coin(desk) == 31


def test_a_fingerprint_is_of_the_program_that_folds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"snap_{name}.py").write_text(
            f"def evolve(state, fact):\n    return {name!r}\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    one, two = (__import__(f"snap_{name}") for name in ("one", "two"))
    prints: Sequence[bytes] = [snapshot.fingerprint(each) for each in (one, two, one)]
    assert prints[0] == prints[2] != prints[1]


def test_a_reader_of_the_runtime_role_may_not_write_them(room: Toy, desk: Handler) -> None:
    record = room.record
    assert isinstance(record, Record)
    with pytest.raises(Exception, match="permission denied"), record.transaction() as made:
        snapshots.drop(made.db)
