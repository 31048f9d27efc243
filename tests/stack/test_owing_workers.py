"""Workers with reactions and timers: killed at any line, started new, and late for a Friday."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.config import Settings
from shared.kafka_access import KafkaAccess
from tests.shared import toy
from tests.working import Toy, toy_room

BEGUN = """
INSERT INTO worker.fired (timer, stream, due, result)
VALUES ('weekly', '', clock_timestamp() - interval '30 days', 'begun')
"""
RUNG = "SELECT count(*), count(DISTINCT stream) FROM record.facts WHERE type = 'JarRungFor'"
FIRED = "SELECT count(*) FROM worker.fired WHERE stream <> ''"
NOTED = "SELECT count(*) FROM record.facts WHERE type = 'TotalNoted'"
NUMBERS = """
SELECT substring(stream FROM '-([0-9]+)$')::int4, count(*) FROM record.facts
WHERE stream LIKE 'renewal-%%' GROUP BY 1 ORDER BY 1
"""


@pytest.fixture
def room(
    clean_kafka: KafkaAccess, make_database: Callable[..., Settings], tmp_path: Path
) -> Iterator[Toy]:
    with toy_room(make_database(toy.ROOM), tmp_path) as made:
        made.start("relay")
        made.until(lambda: bool(made.ask("SELECT 1 FROM record.gate")), "the gate opens")
        yield made


def count(room: Toy, question: str) -> int:
    return int(room.ask(question)[0][0])


def test_a_missed_friday_is_made_up_for_once_across_kills(room: Toy) -> None:
    for n in range(30):
        room.do(f"jar-{n}", toy.OpenJar("罐", "王小明"))
        room.do(f"jar-{n}", toy.DropCoin(1))
    room.change(BEGUN)
    for wanted in (5, 15):
        worker = room.start("worker", TOY_OWING="fridays")
        room.until(lambda least=wanted: count(room, RUNG) >= least, "some are rung for")  # type: ignore[misc]
        worker.end(signal.SIGKILL)
    last = room.start("worker", TOY_OWING="fridays")
    room.until(lambda: count(room, FIRED) >= 30, "all are entered")
    room.until(room.is_level, "every view has every fact")
    room.until(lambda: bool(last.said("reading")), "the last one works")
    assert last.end(signal.SIGTERM) == 0
    assert room.ask(RUNG) == [(30, 30)]
    assert room.ask("SELECT * FROM worker.parked") == []


def test_numbers_have_no_gap_and_no_double_across_kills(room: Toy) -> None:
    for n in range(40):
        room.do(f"jar-{n}", toy.DropCoin(1))
    for wanted in (5, 15):
        worker = room.start("worker", TOY_OWING="numbers")
        room.until(lambda least=wanted: len(room.ask(NUMBERS)) >= least, "some have a paper")  # type: ignore[misc]
        worker.end(signal.SIGKILL)
        room.do(f"jar-{wanted}", toy.DropCoin(1))
    last = room.start("worker", TOY_OWING="numbers")
    room.until(lambda: len(room.ask(NUMBERS)) >= 40, "each jar has a paper")
    taken = "SELECT coalesce(sum(seq), 0) FROM worker.cursors WHERE consumer = 'reactions'"
    sent = "SELECT max(seq) FROM record.facts WHERE type = 'CoinDropped' GROUP BY partition"
    whole = sum(seq for (seq,) in room.ask(sent))
    room.until(lambda: count(room, taken) >= whole, "every milestone was looked at")
    assert last.end(signal.SIGTERM) == 0
    assert room.ask(NUMBERS) == [(n, 1) for n in range(1, 41)]
    assert room.ask("SELECT * FROM worker.parked") == []


def test_the_first_reaction_of_a_room_that_has_run_owes_nothing_for_the_past(room: Toy) -> None:
    room.fill(jars=3, coins=12)
    before = room.start("worker", TOY_ONE="1")
    sum_of = "SELECT coalesce(sum(seq), 0) FROM worker.cursors WHERE consumer = 'view/jars@1'"
    whole = count(room, "SELECT sum(seq) FROM record.counters")
    room.until(lambda: count(room, sum_of) >= whole, "the room has run")
    assert before.end(signal.SIGTERM) == 0
    room.start("worker")
    starts = "SELECT count(*) FROM worker.reactions"
    room.until(lambda: count(room, starts) > 0, "its first reaction has begun")
    room.do("jar-new", toy.DropCoin(1))
    room.until(lambda: count(room, NOTED) > 0, "the new coin is noted")
    kept = "SELECT count(*) FROM worker.documents"
    room.until(lambda: count(room, kept) == 4, "the old ones were looked at")
    assert count(room, NOTED) == 1
