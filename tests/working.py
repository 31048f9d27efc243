"""Tools for tests of workers: a toy room with its processes, rows and topics."""

import json
import random
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from guiyi.rooms import ROOMS, wiring
from shared.broker.admin import BrokerAway, ensure_topics
from shared.broker.rights import RoomRights, set_rights
from shared.config import Settings
from shared.consumers.consumer import BatchOutcome
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Source
from shared.decider import Asked
from shared.envelope import Stored
from shared.events import BOOK
from shared.handle import Answer, CommandEnvelope, Handler, handle
from shared.personal.keys import open_keys
from shared.record.database import engine as make_engine
from shared.record.postgres import Record
from shared.record.transaction import transaction
from shared.topics import journal_topic
from shared.view import Recorded, View, recorded
from shared.views.projection import Projection, consumer_name
from shared.views.table import view_table
from shared.worker.retry import DeadLetterQueue
from shared.worker.startup import make_tables
from tests.forked import Forked, forked
from tests.relaying import ask, environ, wait_until
from tests.seen import fold_view
from tests.shared import toy
from tests.worker_child import toy_child

ALL = 1_000_000
MILESTONE = "CoinDropped"
OPEN_GATE = (
    "INSERT INTO record.gate (started_at, table_oid)"
    " VALUES (pg_postmaster_start_time(), 'record.gate'::regclass::oid)"
)


@dataclass
class Child:
    """A process of the toy room."""

    process: Forked
    log: Path
    ended: bool = False

    def end(self, number: int = signal.SIGTERM, limit: float = 40) -> int:
        """Send it the signal and wait for its end; its exit status."""
        self.ended = True
        self.process.send_signal(number)
        return self.process.wait(limit)

    def said(self, event: str = "") -> list[dict[str, Any]]:
        """The lines of its log; only those of one event if one is named."""
        lines = self.log.read_text("utf-8").splitlines()
        told = (json.loads(line) for line in lines if line.startswith("{"))
        return [line for line in told if event in ("", line["event"])]


@dataclass
class Toy:
    """The toy room: its record, its journal, and the processes that a test starts."""

    settings: Settings
    folder: Path
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    children: list[Child] = field(default_factory=list)

    @cached_property
    def record(self) -> Record:
        return Record(self.settings.runtime_url, toy.ROOM, self.settings.partitions)

    @cached_property
    def desk(self) -> Handler:
        keys = open_keys(self.settings.keys_worker_url, self.settings.master_key_file)
        return Handler(self.record, toy.room.papers, keys)

    @cached_property
    def engine(self) -> Any:
        return make_engine(self.settings.worker_url)

    def do(self, home: str, command: Any) -> Answer:
        asked = Asked(home, "wang", frozenset({"clerk"}), datetime.now(UTC), "HZ01")
        return handle(self.desk, CommandEnvelope(uuid4(), command, asked))

    def fill(self, jars: int, coins: int) -> None:
        """Make jars and drop coins into them, one append each. Sometimes a jar is emptied."""
        names = [f"jar-{uuid4().hex[:8]}" for _ in range(jars)]
        for name in names:
            self.do(name, toy.OpenJar(f"罐 {name}", "王小明"))
        for n in range(coins):
            coin = toy.DropCoin(self.chance.choice((1, 2, 5)), f"g{n % 9}")
            self.do(self.chance.choice(names), coin)
            if n % 37 == 36:
                self.do(self.chance.choice(names), toy.EmptyJar())

    def facts(self) -> list[Stored]:
        """Every fact of the record, partition by partition."""
        return [
            stored
            for partition in range(self.settings.partitions)
            for stored in self.record.facts(partition, 0, ALL)
        ]

    def folded(self, view: View, leave_out: Callable[[Stored], bool] = lambda _: False) -> Any:
        """The rows of a view by a simple fold of the record, independent of the worker's code."""
        told: dict[int, list[Recorded]] = {}
        for stored in self.facts():
            if stored.type in BOOK and not leave_out(stored):
                told.setdefault(stored.partition, []).append(recorded(toy.ROOM, stored))
        folded = {partition: fold_view(view, facts) for partition, facts in told.items()}
        return {(at, key): row for at, rows in folded.items() for key, row in rows.items()}

    def rows(self, view: View) -> Any:
        """The rows of a view as they are now."""
        table = view_table(view)
        question = f"SELECT {table.selected_placed} FROM {table.full_name} AS t"  # noqa: S608
        return dict(map(table.placed, self.ask(question)))

    def make_tables(self) -> None:
        """Make the tables of the room's views, as a worker does."""
        make_tables(self.engine, toy.ROOM, toy.room.views, toy.room.timers)

    def project(self, view: View) -> BatchOutcome:
        """Give a view the whole record, without Kafka. It skips the facts that it has."""
        return Projection(self.engine, toy.ROOM, [view]).take(self.journal())[consumer_name(view)]

    def journal(self) -> list[ConsumerRecord]:
        """The whole record, as records of the journal."""
        return [
            ConsumerRecord(
                Source(journal_topic(toy.ROOM), stored.partition, toy.ROOM),
                0,
                stored.seq - 1,
                stored,
            )
            for stored in self.facts()
        ]

    def ask(self, question: str, values: Sequence[Any] = ()) -> list[Any]:
        with transaction(self.engine) as db:
            return db.query(question, values)

    def change(self, statement: str, values: Sequence[Any] = ()) -> int:
        with transaction(self.engine) as db:
            return db.execute(statement, values)

    def open_gate(self) -> None:
        """Open the gate, so that facts are appended without a relay."""
        ask(self.settings, OPEN_GATE, owner=True)

    def taken(self, consumer: str) -> int:
        """How many facts of the journal a consumer has taken; of a topic, its last seqs' sum."""
        question = "SELECT coalesce(sum(seq), 0)::int8 FROM worker.cursors WHERE consumer = %s"
        return int(self.ask(question, (consumer,))[0][0])

    def until(self, holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Wait until the condition holds. Fails if a process ends meanwhile."""

        def looked() -> bool:
            for child in self.children:
                lives = child.ended or child.process.poll() is None
                assert lives, child.log.read_text("utf-8")[-3000:]
            return holds()

        wait_until(looked, seconds, what)

    def is_level(self) -> bool:
        """Whether every view of the journal has every fact."""
        whole = int(self.ask("SELECT sum(seq)::int8 FROM record.counters")[0][0])
        return all(self.taken(f"view/{view.NAME}@{view.VERSION}") == whole for view in toy.VIEWS)

    def start(self, role: str, **more: str) -> Child:
        """Start a process of the room, with `more` in its environment. It ends with the test."""
        log = self.folder / f"{role}-{len(self.children)}.log"
        process = forked(toy_child, role, environ={**environ(self.settings), **more}, out=log)
        self.children.append(Child(process, log))
        return self.children[-1]

    def end(self) -> None:
        for child in self.children:
            with suppress(ProcessLookupError):
                child.process.kill()
            child.process.wait(10)
        self.engine.dispose()
        self.record.close()


def all_healed(queue: DeadLetterQueue) -> bool:
    """Try again what is parked, one line after the other; whether none is left."""
    while lines := queue.listed():
        if not queue.retry(lines[0].id).healed:
            return False
    return True


def make_topics(settings: Settings) -> None:
    """Make the topics of the room, and let every room hear of it. A busy broker may need time."""
    rights = [RoomRights(name, (*wiring(name).listens, MILESTONE)) for name in ROOMS]

    def made() -> bool:
        try:
            set_rights(settings.kafka_admin, rights)
            ensure_topics(settings.kafka_admin, [toy.ROOM], settings.partitions)
        except BrokerAway:
            return False
        return True

    wait_until(made, 90, "the topics are made")


@contextmanager
def toy_record(settings: Settings, folder: Path) -> Iterator[Toy]:
    """The toy room's record alone, with an open gate."""
    with toy.in_the_book():
        made = Toy(settings, folder)
        made.open_gate()
        try:
            yield made
        finally:
            made.end()


@contextmanager
def toy_room(settings: Settings, folder: Path) -> Iterator[Toy]:
    """The toy room on real servers, with its topics."""
    with toy.in_the_book():
        make_topics(settings)
        made = Toy(settings, folder)
        try:
            yield made
        finally:
            made.end()
