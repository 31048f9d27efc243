"""A worker that reads a long topic of large records from its beginning keeps its memory."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.config import Settings
from shared.kafka_access import KafkaAccess
from tests.hand_relay import hand_relay
from tests.shared import toy
from tests.working import Child, toy_room

pytestmark = pytest.mark.timeout(300)

LARGE = 600_000
"""Characters of a name; sealed, they are 800 KB of a fact."""
MANY = 160


def peak(child: Child) -> int:
    """The most memory that it had, in bytes."""
    status = Path(f"/proc/{child.process.pid}/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def test_memory_is_bounded_by_the_buffer_and_not_by_the_backlog(
    clean_kafka: KafkaAccess, make_database: Callable[..., Settings], tmp_path: Path
) -> None:
    with toy_room(make_database(toy.ROOM), tmp_path) as room:
        room.open_gate()
        level = room.start("worker", TOY_ONE="1")
        room.until(lambda: bool(level.said("reading")), "it reads")
        bare = peak(level)
        level.end()
        for n in range(MANY):
            room.do(f"jar-{n}", toy.OpenJar("大", "x" * LARGE))
        with hand_relay(clean_kafka) as relay:
            for partition in range(room.settings.partitions):
                relay.all(room.record.facts(partition, 0, MANY))
        worker = room.start("worker", TOY_ONE="1")
        taken = "SELECT count(*) FROM views.jars_v1"
        room.until(lambda: room.ask(taken) == [(MANY,)], "all of it is taken", 120)
        assert peak(worker) - bare < 240 * 1024 * 1024
        assert worker.end() == 0
