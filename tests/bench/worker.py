"""The worker: facts a second from the journal into a view, by Faust, with the cursor beside them.

One view is measured. The look-up, which every room has, runs beside it. The time is taken from the
first tenth of the facts to the last one, without the start of the process.
"""

import signal
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from uuid import uuid4

from kafka import KafkaProducer

from shared.decider import Asked
from shared.envelope import Stored
from shared.handle import CommandEnvelope, handle_all
from shared.proof.mac import ProofKey
from shared.relay.producer_record import journal_record
from shared.topics import journal_topic
from tests.bench.row import Row
from tests.relaying import ask
from tests.servers import throw_away
from tests.shared import toy
from tests.working import Toy, toy_room

BOUND = 5_000
JARS = 2_000
AT_ONCE = 500
LIMIT_S = 120.0


def run(quick: bool = False) -> list[Row]:
    """Facts a second into one view."""
    count, rounds = (20_000, 3) if quick else (60_000, 5)
    with throw_away() as servers, tempfile.TemporaryDirectory() as folder:
        assert servers.kafka.bootstrap
        with toy_room(servers.make_database(toy.ROOM), Path(folder)) as room:
            room.open_gate()
            write(room, count)
            size = publish(room)
            speeds = [count * 0.9 / taken(room, count) for _ in range(rounds)]
    speed = median(speeds)
    return [
        Row(
            name="worker, one view",
            ours=speed,
            baseline=None,
            unit="facts/s",
            ratio=None,
            bound=f">= {BOUND:,}",
            holds=speed >= BOUND,
            note=f"one process on Faust, {size} bytes a record, {JARS:,} rows; rounds:"
            f" {', '.join(f'{each:,.0f}' for each in speeds)}",
        )
    ]


def write(room: Toy, count: int) -> None:
    """Write the facts, many in one append: coins that are dropped into jars in turn."""
    for start in range(0, count, AT_ONCE):
        orders = [
            CommandEnvelope(
                uuid4(),
                toy.DropCoin(n % 7 + 1, f"giver {n % 50} 投币的人"),
                Asked(f"jar-{n % JARS}", "wang", frozenset(), datetime.now(UTC), "HZ01"),
            )
            for n in range(start, min(start + AT_ONCE, count))
        ]
        with room.record.transaction() as transaction:
            handle_all(room.desk, orders, transaction)


def publish(room: Toy, key_of: Callable[[Stored], ProofKey | None] = lambda _: None) -> int:
    """Send every fact to the journal, proved by its key; the mean size of a record's value."""
    total, facts = 0, room.facts()
    producer = KafkaProducer(**room.settings.kafka_admin.client, linger_ms=20)
    for stored in facts:
        made = journal_record(toy.ROOM, stored, proof=key_of(stored))
        total += len(made.value)
        producer.send(
            journal_topic(toy.ROOM),
            partition=stored.partition,
            key=made.key,
            value=made.value,
            headers=made.headers,
            timestamp_ms=made.timestamp_ms,
        )
    producer.close()
    return total // len(facts)


def taken(room: Toy, count: int) -> float:
    """Seconds in which a new worker folds nine tenths of the facts into an empty view."""
    ask(room.settings, "DELETE FROM worker.cursors", owner=True)
    room.make_tables()
    room.change("DELETE FROM views.jars_v1")
    worker = room.start("worker", TOY_ONE="1")
    begun = reached(room, count // 10)
    took = reached(room, count) - begun
    assert worker.end(signal.SIGTERM) == 0
    return took


def reached(room: Toy, count: int) -> float:
    """Wait until the view has `count` facts; the moment of the monotonic clock."""
    until = time.monotonic() + LIMIT_S
    while room.taken("view/jars@1") < count:
        assert time.monotonic() < until, "the worker does not come on"
        time.sleep(0.02)
    return time.monotonic()
