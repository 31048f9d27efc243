"""Workers on a real Kafka and a real PostgreSQL: whatever happens, views equal a fold."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.config import Settings
from tests.relaying import wait_until
from tests.shared import toy
from tests.working import Toy, toy_room


@pytest.fixture
def room(clean_kafka: str, make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_room(make_database(toy.ROOM), tmp_path) as made:
        yield made


def holds(room: Toy) -> None:
    """Every row of every view is what a fold of the record says."""
    wait_until(room.is_level, 60, "every view has every fact")
    for view in toy.room.views:
        assert room.rows(view) == room.folded(view)


def test_facts_become_rows_and_milestones_become_commands(room: Toy) -> None:
    room.start("relay")
    worker = room.start("worker")
    wait_until(lambda: bool(room.ask("SELECT 1 FROM record.gate")), 60, "the gate opens")
    room.fill(jars=5, coins=60)
    noted = "SELECT count(*) FROM record.facts WHERE type = 'TotalNoted'"
    wait_until(lambda: room.ask(noted) == [(60,)], 60, "each coin is noted")
    holds(room)
    assert worker.end(signal.SIGTERM) == 0
