"""并发: real transactions that are open at the same time.

Whatever they do, a reader who pages by seq cannot miss a fact, meet one twice, or meet two in
another order than the next reader.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from multiprocessing.connection import Connection
from random import Random

import psycopg2
import pytest

from shared.config import Settings
from shared.record.postgres import Record, RecordTransaction
from shared.record.store import Append, CommandKnown, Conflict, Position, Transaction, Unavailable
from tests.shared.conftest import OnPostgres
from tests.shared.recording import (
    Seen,
    append,
    as_owner,
    assert_whole,
    fact,
    page,
    together,
)

PATIENCE_S = 30.0


class Held:
    """A transaction of somebody else, which stays open as long as the story needs."""

    def __init__(self, record: Record) -> None:
        self._block: AbstractContextManager[Transaction] = record.transaction()
        self.transaction = self._block.__enter__()

    def commit(self) -> None:
        self._block.__exit__(None, None, None)

    def roll_back(self) -> None:
        self._block.__exit__(RuntimeError, RuntimeError("another mind"), None)


@pytest.fixture
def held(on_postgres: OnPostgres) -> Callable[[Append], Held]:
    def hold(written: Append) -> Held:
        other = Held(on_postgres.record)
        other.transaction.append(written)
        return other

    return hold


@pytest.fixture
def beside() -> Iterator[Callable[[Callable[[], object]], Future[object]]]:
    with ThreadPoolExecutor(8) as pool:
        yield pool.submit


def wait_until(settings: Settings, waiting: int) -> None:
    """Wait until so many connections wait for a lock that another one holds."""
    due = time.monotonic() + PATIENCE_S
    while time.monotonic() < due:
        ((count,),) = as_owner(
            settings,
            "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
            " AND (database IS NULL OR database = (SELECT oid FROM pg_database"
            " WHERE datname = current_database()))",
        )
        if count >= waiting:
            return
        time.sleep(0.02)
    raise AssertionError(f"nobody waits; {waiting} should")


@pytest.mark.parametrize("ends", ["commit", "roll_back"])
def test_the_second_of_a_partition_waits_and_follows_without_a_hole(
    on_postgres: OnPostgres,
    held: Callable[[Append], Held],
    beside: Callable[..., Future[Sequence[Position]]],
    ends: str,
) -> None:
    record = on_postgres.record
    record.append(append(fact("a")))
    first = held(append(fact("b")))
    second = beside(record.append, append(fact("c")))
    wait_until(on_postgres.settings, 1)
    assert page(record, 3) == [Seen(1, "a", 1)], "nobody sees what is not committed"
    getattr(first, ends)()
    expected = [Seen(1, "a", 1), Seen(2, "b", 1), Seen(3, "c", 1)]
    if ends == "roll_back":
        expected = [Seen(1, "a", 1), Seen(2, "c", 1)]
    assert second.result(PATIENCE_S) == [Position(3, len(expected))]
    assert page(record, 3) == expected


@pytest.mark.parametrize("ends", ["commit", "roll_back"])
def test_the_second_on_a_matter_waits_and_meets_the_first(
    on_postgres: OnPostgres, beside: Callable[..., Future[object]], ends: str
) -> None:
    record = on_postgres.record
    first, words = Held(record), [b"1" * 32, b"2" * 32, b"3" * 32]
    assert first.transaction.meet(words[:2], "report-1", "customer-1") == {}

    def second() -> object:
        with record.transaction() as transaction:
            return transaction.meet([*reversed(words)], "report-2", "customer-2")

    waiting = beside(second)
    wait_until(on_postgres.settings, 1)
    with record.transaction() as other:
        assert other.meet(words[2:], "report-3", "customer-3") == {}, "nobody has this word"
    getattr(first, ends)()
    both = {word: ["report-1"] for word in words[:2]} if ends == "commit" else {}
    assert waiting.result(PATIENCE_S) == both | {words[2]: ["report-3"]}


def test_nobody_waits_for_a_word_longer_than_for_any_lock(on_postgres: OnPostgres) -> None:
    """Not even of a session that may keep its transaction open for ever."""
    record, words = on_postgres.record, [b"1" * 32]
    url = on_postgres.settings.owner_url
    assert url is not None
    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as session:
        RecordTransaction(session).meet(words, "report-1", "customer-1")
        with pytest.raises(Unavailable), record.transaction() as second:
            second.meet(words, "report-2", "customer-2")
    with record.transaction() as third:
        assert third.meet(words, "report-2", "customer-2") == {}


def test_two_with_the_same_words_in_any_order_never_wait_in_a_circle(
    on_postgres: OnPostgres, beside: Callable[..., Future[object]]
) -> None:
    record, words = on_postgres.record, [bytes([n]) * 32 for n in range(8)]

    def begins(n: int) -> None:
        with record.transaction() as transaction:
            transaction.meet(Random(n).sample(words, 6), f"report-{n}", "customer-1")

    for done in [beside(begins, n) for n in range(80)]:
        done.result(PATIENCE_S)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_other_partitions_commit_in_any_order(
    on_postgres: OnPostgres, held: Callable[[Append], Held], order: Sequence[int]
) -> None:
    record = on_postgres.record
    others = [held(append(fact(f"report-{n}", partition=n))) for n in range(3)]
    told: list[int] = []
    for n in order:
        others[n].commit()
        told.append(n)
        for partition in range(3):
            there = [Seen(1, f"report-{partition}", 1)] if partition in told else []
            assert page(record, partition) == there
    assert assert_whole(record) == 3


def test_a_reader_who_pages_meets_every_fact_once_whatever_is_in_flight(
    on_postgres: OnPostgres, held: Callable[[Append], Held]
) -> None:
    record = on_postgres.record
    met: list[Seen] = []
    for n in range(12):
        other = held(append(fact(f"report-{n}")))
        met += page(record, 3, after=len(met))
        if n % 3 == 1:
            other.roll_back()
        else:
            other.commit()
        if n % 2:
            met += page(record, 3, after=len(met))
    met += page(record, 3, after=len(met))
    assert [seen.seq for seen in met] == list(range(1, 9))
    assert [seen.stream for seen in met] == [f"report-{n}" for n in range(12) if n % 3 != 1]


@pytest.mark.parametrize("there", [0, 1])
def test_of_two_writers_of_a_stream_one_is_told(
    on_postgres: OnPostgres,
    held: Callable[[Append], Held],
    beside: Callable[..., Future[Sequence[Position]]],
    there: int,
) -> None:
    record = on_postgres.record
    for version in range(1, there + 1):
        record.append(append(fact("report-1", version)))
    winner = held(append(fact("report-1", there + 1, said="先")))
    plain = beside(record.append, append(fact("report-1", there + 1, said="后")))
    wide = beside(record.append, together(("report-1", there + 1, 3), ("report-2", 1, 3)))
    wait_until(on_postgres.settings, 2)
    winner.commit()
    for late in (plain, wide):
        with pytest.raises(Conflict):
            late.result(PATIENCE_S)
    assert [seen.stream for seen in page(record, 3)] == ["report-1"] * (there + 1)


@pytest.mark.parametrize("there", [0, 1])
def test_what_one_only_reads_another_cannot_change_meanwhile(
    on_postgres: OnPostgres,
    held: Callable[[Append], Held],
    beside: Callable[..., Future[Sequence[Position]]],
    there: int,
) -> None:
    record = on_postgres.record
    for version in range(1, there + 1):
        record.append(append(fact("person-wang", version, partition=1)))
    reader = held(append(fact("report-1"), reads={"person-wang": there}))
    change = beside(record.append, append(fact("person-wang", there + 1, partition=1)))
    wait_until(on_postgres.settings, 1)
    assert not change.done()
    reader.commit()
    change.result(PATIENCE_S)
    with pytest.raises(Conflict):
        record.append(append(fact("report-2"), reads={"person-wang": there}))


def test_two_who_only_read_the_same_stream_do_not_wait_for_each_other(
    on_postgres: OnPostgres, held: Callable[[Append], Held]
) -> None:
    record = on_postgres.record
    record.append(append(fact("branch-HZ01", partition=1)))
    first = held(append(fact("report-1", partition=2), reads={"branch-HZ01": 1}))
    record.append(append(fact("report-2", partition=3), reads={"branch-HZ01": 1}))
    first.commit()
    assert assert_whole(record) == 3


@pytest.mark.parametrize("ends", ["commit", "roll_back"])
def test_the_same_command_twice_at_once_is_written_once(
    on_postgres: OnPostgres,
    held: Callable[[Append], Held],
    beside: Callable[..., Future[Sequence[Position]]],
    ends: str,
) -> None:
    record = on_postgres.record
    first = fact("report-1", partition=1)
    winner = held(append(first, mac=b"m"))
    twins = [
        append(fact("report-2", partition=2, command=first.command_id), mac=b"m"),
        append(fact("report-3", command=first.command_id), reads={"x": 0}, mac=b"m"),
    ]
    late = [beside(record.append, twin) for twin in twins]
    wait_until(on_postgres.settings, 2)
    getattr(winner, ends)()
    told = [each.exception(PATIENCE_S) for each in late]
    known = [each for each in told if isinstance(each, CommandKnown)]
    assert len(known) == (2 if ends == "commit" else 1)
    assert assert_whole(record) == 1


@pytest.mark.parametrize("ends", ["commit", "roll_back"])
def test_the_next_number_waits_for_the_one_before(
    on_postgres: OnPostgres, beside: Callable[..., Future[int]], ends: str
) -> None:
    record = on_postgres.record
    day = record.now().date()
    first = Held(record)
    assert first.transaction.take_number(fact("x").command_id, "HZ01", day) == 1

    def take() -> int:
        with record.transaction() as transaction:
            return transaction.take_number(fact("x").command_id, "HZ01", day)

    second = beside(take)
    wait_until(on_postgres.settings, 1)
    getattr(first, ends)()
    assert second.result(PATIENCE_S) == (2 if ends == "commit" else 1)


def test_opposite_orders_do_not_lock_each_other_out(
    on_postgres: OnPostgres, beside: Callable[..., Future[None]]
) -> None:
    record, settings = on_postgres.record, on_postgres.settings
    streams = ["a", "b", "c", "d"]

    def write(turn: int) -> None:
        chance = Random(turn)
        for n in range(60):
            own = [(f"{turn}-{n}-{i}", 1, p) for i, p in enumerate(chance.sample(range(6), 3))]
            looked = dict.fromkeys(chance.sample(streams, 4), 0)
            facts = together(*own)
            record.append(Append(facts.facts, {**looked, **facts.expected}, facts.command_ids))

    for done in [beside(write, turn) for turn in range(4)]:
        done.result(PATIENCE_S)
    assert assert_whole(record) == 4 * 60 * 3
    locked_out = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert as_owner(settings, locked_out) == [(0,)]


def stopped_before_commit(settings: Settings, line: Connection) -> None:
    """A client that writes, is stopped before COMMIT, and goes on much later."""
    record = Record(settings.runtime_url, settings.room, settings.partitions)
    try:
        with record.transaction() as transaction:
            transaction.append(append(fact("stopped")))
            line.send("written")
            os.kill(os.getpid(), signal.SIGSTOP)
    except Unavailable:
        line.send("told")
    else:
        line.send("committed")


def test_a_client_stopped_before_commit_holds_nobody_for_long(on_postgres: OnPostgres) -> None:
    record, settings = on_postgres.record, on_postgres.settings
    spawned = multiprocessing.get_context("spawn")
    line, theirs = spawned.Pipe()
    child = spawned.Process(target=stopped_before_commit, args=(settings, theirs), daemon=True)
    child.start()
    try:
        assert line.poll(PATIENCE_S)
        assert line.recv() == "written"
        began = time.monotonic()
        while True:
            try:
                record.append(append(fact("patient")))
                break
            except Unavailable:
                assert time.monotonic() < began + PATIENCE_S
        assert page(record, 3) == [Seen(1, "patient", 1)]
        assert child.pid is not None
        os.kill(child.pid, signal.SIGCONT)
        assert line.poll(PATIENCE_S)
        assert line.recv() == "told"
        assert page(record, 3) == [Seen(1, "patient", 1)]
    finally:
        child.kill()
        child.join(PATIENCE_S)


def write_at_random(settings: Settings, seed: int, count: int) -> None:
    """A process that writes on shared streams until it has written so many facts."""
    record, chance = Record(settings.runtime_url, settings.room, settings.partitions), Random(seed)
    written = 0
    while written < count:
        names = chance.sample([f"shared-{n}" for n in range(12)], chance.choice([1, 1, 2, 3]))
        seen = record.read(names).streams
        places = [(name, seen[name].version + 1, chance.randrange(6)) for name in names]
        lone = (f"own-{seed}-{written}", 1, chance.randrange(6))
        try:
            record.append(together(*places) if chance.random() < 0.7 else together(lone))
            written += 1
        except Conflict:
            continue


def read_on(record: Record, met: dict[int, list[Seen]]) -> None:
    """A reader goes on where it stopped, on every partition."""
    for partition, seen in met.items():
        seen.extend(page(record, partition, after=len(seen), size=7))


def test_several_processes_write_and_a_reader_misses_nothing(on_postgres: OnPostgres) -> None:
    record, settings = on_postgres.record, on_postgres.settings
    spawned = multiprocessing.get_context("spawn")
    children = [
        spawned.Process(target=write_at_random, args=(settings, seed, 60), daemon=True)
        for seed in range(4)
    ]
    for child in children:
        child.start()
    met: dict[int, list[Seen]] = {partition: [] for partition in range(6)}
    try:
        due = time.monotonic() + 3 * PATIENCE_S
        while any(child.is_alive() for child in children):
            assert time.monotonic() < due
            read_on(record, met)
    finally:
        for child in children:
            child.kill()
    assert [child.exitcode for child in children] == [0] * 4
    read_on(record, met)
    for partition, seen in met.items():
        assert [each.seq for each in seen] == list(range(1, len(seen) + 1))
        assert seen == page(record, partition, size=1000)
    assert assert_whole(record) == sum(len(seen) for seen in met.values()) >= 240
