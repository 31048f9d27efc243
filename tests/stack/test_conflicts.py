"""A conflict that does not go away stops the commands of its stream, and nothing else."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.config import Settings
from shared.consumers import dead_letters
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.dead_letters import DeadLetter, DeadLetterKind
from shared.handle import TRIES
from shared.record.transaction import transaction
from shared.unit_of_work import UnitOfWork
from shared.worker import settlement
from shared.worker.reactions import Reactions
from shared.worker.retry import dead_letter_queue
from shared.worker.timers import Timers
from tests.relaying import ask
from tests.shared import toy
from tests.stack.test_reacting import milestones
from tests.working import Toy, all_healed, toy_record

NOTED = "SELECT stream, count(*) FROM record.facts WHERE type = 'TotalNoted' GROUP BY 1 ORDER BY 1"
LAST = "stream = %s AND version = (SELECT max(version) FROM record.facts WHERE stream = %s)"
LOSE = f"""
ALTER TABLE record.facts DISABLE TRIGGER facts_stay;
CREATE TABLE IF NOT EXISTS record.lost AS TABLE record.facts WITH NO DATA;
INSERT INTO record.lost SELECT * FROM record.facts WHERE {LAST};
DELETE FROM record.facts WHERE {LAST};
ALTER TABLE record.facts ENABLE ALWAYS TRIGGER facts_stay
"""  # noqa: S608
PUT_BACK = "INSERT INTO record.facts SELECT * FROM record.lost"


@pytest.fixture
def room(make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        yield made


@pytest.fixture(autouse=True)
def without_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is not asked where streams end, so that a lost fact is a conflict that stays."""
    monkeypatch.setattr(UnitOfWork, "check_ends", lambda *_: None)


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, without making them."""
    pauses: list[float] = []
    monkeypatch.setattr(settlement, "sleep", pauses.append)
    return pauses


def lose_last(room: Toy, stream: str) -> None:
    ask(room.settings, LOSE, [stream] * 4, owner=True)


def new_milestones(room: Toy, *jars: str) -> Sequence[ConsumerRecord]:
    for jar in jars:
        room.do(jar, toy.DropCoin(1))
    return milestones(room)


def parked(room: Toy) -> list[DeadLetter]:
    with transaction(room.engine) as db:
        return dead_letters.listed(db)


def noted(room: Toy) -> dict[str, int]:
    return dict[str, int](room.ask(NOTED))


def test_a_stream_that_lost_facts_parks_its_commands_and_the_rest_goes_on(
    room: Toy, waited: list[float]
) -> None:
    reactions = Reactions(room.engine, room.desk, [toy.NOTE])
    reactions.take(new_milestones(room, "jar-a", "jar-b", "jar-c"))
    reactions.take(new_milestones(room, "jar-a"))
    lose_last(room, "shelf-jar-a")  # one of its two facts
    lose_last(room, "shelf-jar-c")  # its only one
    reactions.take(new_milestones(room, "jar-a", "jar-b", "jar-c"))
    assert noted(room) == {"shelf-jar-a": 1, "shelf-jar-b": 2}
    assert {(line.kind, line.key) for line in parked(room)} == {
        (DeadLetterKind.COMMAND, "intake/jar-a/note-total/3/0"),
        (DeadLetterKind.COMMAND, "intake/jar-c/note-total/2/0"),
    }
    (reason,) = [line.reason for line in parked(room) if line.stream == "jar-a"]
    assert reason.endswith("(conflict that stays): stream shelf-jar-a is not at 1")


def test_it_is_waited_for_once(room: Toy, waited: list[float]) -> None:
    reactions = Reactions(room.engine, room.desk, [toy.NOTE])
    reactions.take(new_milestones(room, "jar-a"))
    reactions.take(new_milestones(room, "jar-a"))
    lose_last(room, "shelf-jar-a")
    reactions.take(new_milestones(room, "jar-a"))
    assert sum(waited) > 1
    waited.clear()
    reactions.take(new_milestones(room, "jar-a"))
    assert waited == [0.0] * (TRIES - 1)
    assert [line.key for line in parked(room)] == ["intake/jar-a/note-total/4/0"]


def test_a_conflict_that_goes_away_parks_nothing(
    room: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    reactions = Reactions(room.engine, room.desk, [toy.NOTE])
    reactions.take(new_milestones(room, "jar-a", "jar-b"))
    reactions.take(new_milestones(room, "jar-a"))
    lose_last(room, "shelf-jar-a")
    came = new_milestones(room, "jar-a")

    def mended(pause: float) -> None:
        if pause:
            monkeypatch.undo()
            ask(room.settings, PUT_BACK, owner=True)

    monkeypatch.setattr(settlement, "sleep", mended)
    reactions.take(came)
    assert (noted(room)["shelf-jar-a"], parked(room)) == (3, [])


def test_a_retry_says_that_it_stays_and_heals_once_the_fact_is_there(
    room: Toy, waited: list[float]
) -> None:
    reactions = Reactions(room.engine, room.desk, [toy.NOTE])
    reactions.take(new_milestones(room, "jar-a"))
    reactions.take(new_milestones(room, "jar-a"))
    lose_last(room, "shelf-jar-a")
    reactions.take(new_milestones(room, "jar-a"))
    with dead_letter_queue(toy.room, room.settings) as queue:
        (found,) = queue.listed()
        assert not queue.retry(found.id).healed
        ask(room.settings, PUT_BACK, owner=True)
        assert all_healed(queue)
    assert (noted(room)["shelf-jar-a"], parked(room)) == (3, [])


def test_a_timer_on_such_a_stream_is_parked_and_the_others_fire(
    room: Toy, waited: list[float]
) -> None:
    due = datetime.now(UTC) - timedelta(minutes=1)
    room.make_tables()
    for jar in ("jar-a", "jar-b"):
        room.do(jar, toy.OpenJar("到期", "王小明", due))
        room.do(jar, toy.DropCoin(1))
        room.do(jar, toy.DropCoin(1))
    for view in toy.VIEWS:
        room.project(view)
    lose_last(room, "jar-a")
    room.change("INSERT INTO worker.versions (view, version) VALUES ('jars', 1)")
    timers = Timers(room.engine, room.desk, [toy.RING])
    everywhere: Any = range(room.settings.partitions)
    assert timers.fire(everywhere) == 2
    assert room.ask("SELECT stream FROM record.facts WHERE type = 'JarRungFor'") == [("jar-b",)]
    assert [(line.kind, line.stream) for line in parked(room)] == [(DeadLetterKind.TIMER, "jar-a")]
