"""Workers on a real Kafka and PostgreSQL: after any fault the views equal a fold."""

import random
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import pytest

from guiyi.stack.installation import free_port
from shared.config import Settings
from shared.consumers.lookup import CONSUMER as LOOK_UP
from shared.envelope import Stored, canonical, fact_hash
from shared.kafka_access import KafkaAccess
from shared.relay import producer_record as relay_record
from shared.topics import journal_topic
from shared.worker.entrypoint import FAILED
from shared.worker.fanout import PATIENCE_S
from tests.hand_relay import hand_relay
from tests.relaying import wait_until
from tests.servers import Servers
from tests.shared import recording, toy
from tests.topics import Misspelt, forget_topics
from tests.working import Child, Toy, make_topics, toy_room

NOTED = "SELECT count(*) FROM record.facts WHERE type = 'TotalNoted'"
DROPPED = "SELECT count(*) FROM record.facts WHERE type = 'CoinDropped'"
RUNG = "SELECT count(*), count(DISTINCT stream) FROM record.facts WHERE type = 'JarRungFor'"


@pytest.fixture
def room(
    clean_kafka: KafkaAccess, make_database: Callable[..., Settings], tmp_path: Path
) -> Iterator[Toy]:
    with toy_room(make_database(toy.ROOM), tmp_path) as made:
        yield made


def count(room: Toy, question: str) -> int:
    return int(room.ask(question)[0][0])


def gate_opens(room: Toy) -> None:
    room.until(lambda: bool(room.ask("SELECT 1 FROM record.gate")), "the gate opens")


def every_coin_is_noted_once(room: Toy) -> None:
    room.until(lambda: count(room, NOTED) >= count(room, DROPPED), "each coin is noted", 120)
    assert count(room, NOTED) == count(room, DROPPED)


def views_equal_a_fold(room: Toy) -> None:
    room.until(room.is_level, "every view has every fact", 120)
    for view in toy.VIEWS:
        assert room.rows(view) == room.folded(view)
    assert room.ask("SELECT * FROM worker.parked") == []


def test_facts_become_rows_and_milestones_become_commands(room: Toy) -> None:
    room.start("relay")
    worker = room.start("worker")
    gate_opens(room)
    room.fill(jars=5, coins=60)
    every_coin_is_noted_once(room)
    views_equal_a_fold(room)
    assert worker.end(signal.SIGTERM) == 0
    assert worker.said("drained")


@pytest.mark.timeout(400)
def test_two_workers_share_the_partitions_and_either_may_die(room: Toy) -> None:
    chance = random.Random(20261123)
    room.start("relay")
    workers = [room.start("worker"), room.start("worker")]
    gate_opens(room)
    stop = Event()
    writer = Thread(target=write_until, args=(room, stop))
    writer.start()
    try:
        for number in chance.sample([signal.SIGKILL] * 3 + [signal.SIGTERM] * 2, 5):
            facts_are_taken(room, 100)
            which = chance.randrange(2)
            workers[which].end(number)
            workers[which] = room.start("worker")
        stop_one_for_a_while(room, workers[chance.randrange(2)])
    finally:
        stop.set()
        writer.join(60)
    every_coin_is_noted_once(room)
    views_equal_a_fold(room)


def facts_are_taken(room: Toy, many: int) -> None:
    before = level(room)
    room.until(lambda: level(room) > before + many, "facts are taken")


def write_until(room: Toy, stop: Event) -> None:
    while not stop.wait(0.1):
        room.fill(jars=2, coins=20)


def level(room: Toy) -> int:
    return room.taken("view/jars@1")


def stop_one_for_a_while(room: Toy, worker: Child) -> None:
    """Stop a worker until another has its partitions. It wakes up with a batch that it had read."""
    worker.process.send_signal(signal.SIGSTOP)
    before = level(room)
    wait_until(lambda: all_move(room, before), 120, "the other has taken over")
    worker.process.send_signal(signal.SIGCONT)


def all_move(room: Toy, before: int) -> bool:
    return level(room) > before + 500


def some_are_rung_for(room: Toy, many: int) -> None:
    before = count(room, RUNG)
    room.until(lambda: count(room, RUNG) >= before + many, "some are rung for")


def test_a_timer_fires_once_whatever_happens(room: Toy) -> None:
    due = datetime.now(UTC) - timedelta(minutes=1)
    room.start("relay")
    gate_opens(room)
    for n in range(40):
        room.do(f"jar-{n}", toy.OpenJar("到期", "王小明", due))
        room.do(f"jar-{n}", toy.DropCoin(1))
    room.do("jar-empty", toy.OpenJar("空", "王小明", due))
    room.do("jar-later", toy.OpenJar("未到", "王小明", due + timedelta(days=1)))
    for _ in range(2):
        worker = room.start("worker")
        some_are_rung_for(room, 6)
        worker.end(signal.SIGKILL)
    last = room.start("worker")
    room.until(lambda: count(room, RUNG) >= 40, "all are rung for")
    room.until(room.is_level, "every view has every fact")
    refused = "SELECT stream FROM worker.parked WHERE kind = 'timer'"
    room.until(lambda: room.ask(refused) == [("jar-empty",)], "the empty jar is parked")
    assert last.end(signal.SIGTERM) == 0
    assert room.ask(RUNG) == [(40, 40)]
    assert {row.rung for row in room.rows(toy.JARS).values() if row.label == "到期"} == {1}


def test_a_broken_topic_is_read_from_its_beginning(room: Toy) -> None:
    room.open_gate()
    room.fill(jars=3, coins=30)
    worker = room.start("worker")
    with hand_relay(room.settings.kafka_admin) as relay:
        taken = room.facts()
        relay.all(taken)
        room.until(room.is_level, "every view has every fact")
        assert worker.end(signal.SIGTERM) == 0
        forget_topics(room.settings.kafka_admin)
        make_topics(room.settings)
        room.fill(jars=3, coins=30)
        relay.journal(taken[0], value=b"something else came first")
        relay.all(room.facts())
    last = room.start("worker")
    views_equal_a_fold(room)
    assert last.said("not the record of the cursor: reading from 0")


def test_what_no_relay_wrote_is_told_and_left(room: Toy) -> None:
    room.open_gate()
    room.fill(jars=3, coins=30)
    facts = room.facts()
    first = facts[0]
    worker = room.start("worker", TOY_UNKNOWN="JarOpened")
    with hand_relay(room.settings.kafka_admin) as relay:
        other_headers = relay_record.journal_record(toy.ROOM, facts[1]).headers
        relay.journal(first, value=b"\x00\xff not json")
        relay.journal(first, value=b"[" * 100_000)
        relay.journal(first, headers=[])
        relay.journal(first, headers=other_headers)
        relay.journal(first, headers=[(Misspelt("seq"), b"1")])
        relay.journal(first, partition=(first.partition + 1) % room.settings.partitions)
        relay.journal(replace(first, body=first.body.replace(b"HZ01", b"HZ02")))
        relay.all(facts)
        relay.journal(forged(first, first.seq))
        relay.all(facts)
    room.until(room.is_level, "every view has every fact")
    room.until(lambda: bool(worker.said("a copy differs from what was taken before")), "it is told")
    assert len(worker.said("garbage on a topic")) == 7
    wanted = room.folded(toy.JARS, lambda stored: stored.type == "JarOpened")
    assert room.rows(toy.JARS) == wanted


def test_a_forged_fact_far_ahead_stops_nothing(room: Toy) -> None:
    room.open_gate()
    room.fill(jars=3, coins=30)
    facts = room.facts()
    worker = room.start("worker", TOY_PATIENCE="8")
    with hand_relay(room.settings.kafka_admin) as relay:
        relay.journal(forged(facts[0], 1_000_000))
        relay.all(facts)
        room.until(room.is_level, "every view has every fact")
        assert worker.process.wait(60) == FAILED
        worker.ended = True
        assert "GapOverdue" in worker.said("the worker ends")[0]["error"]
        second = room.start("worker", TOY_PATIENCE="8")
        room.fill(jars=3, coins=30)
        relay.all(room.facts())
        room.until(lambda: bool(second.said("reading")), "it reads")
        views_equal_a_fold(room)
        wait_until(lambda: second.process.poll() is None and age(room) > 20, 90, "it lives on")
    assert second.process.poll() is None


def test_a_forged_fact_takes_no_true_ones_place(room: Toy) -> None:
    room.open_gate()
    room.fill(jars=3, coins=30)
    known = room.facts()
    worker = room.start("worker")
    with hand_relay(room.settings.kafka_admin) as relay:
        relay.all(known)
        room.until(room.is_level, "every view has every fact")
        last = {stored.partition: stored for stored in known}
        for stored in last.values():
            relay.journal(forged(stored, stored.seq + 1))
        told = "a record is not what the room has recorded"
        room.until(lambda: len(worker.said(told)) == len(last), "each is told")
        room.fill(jars=3, coins=30)
        relay.all(room.facts())
    views_equal_a_fold(room)
    assert not worker.said("a copy differs from what was taken before")


def test_without_the_key_store_only_the_look_up_waits(room: Toy, servers: Servers) -> None:
    room.open_gate()
    room.fill(jars=3, coins=30)
    port = free_port()
    room.start("worker", PORT=str(port))
    with hand_relay(room.settings.kafka_admin) as relay:
        key_store(servers, room, stands=False)
        relay.all(room.facts())
        room.until(room.is_level, "every view has every fact", 20)
        waits = (200, "ok\nthe look-up waits for the key store")
        room.until(lambda: ready(port) == waits, "it is said")
        time.sleep(PATIENCE_S + 5)
        assert ready(port) == waits
        assert room.taken(LOOK_UP) < len(room.facts())
        key_store(servers, room, stands=True)
        room.until(lambda: room.taken(LOOK_UP) == len(room.facts()), "the look-up catches up")
        room.until(lambda: ready(port) == (200, "ok"), "nothing waits any more")
        assert room.ask("SELECT count(DISTINCT stream) FROM lookup.entries") == [(3,)]
        room.fill(jars=3, coins=30)
        relay.all(room.facts())
        room.until(lambda: room.taken(LOOK_UP) == len(room.facts()), "it goes on")
    views_equal_a_fold(room)


def key_store(servers: Servers, room: Toy, *, stands: bool) -> None:
    """Take the database of the keys away, or give it back."""
    name = room.settings.keys_url.rpartition("/")[2]
    recording.ask(
        servers.postgres_admin_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS {str(stands).lower()}"
    )
    gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    recording.ask(servers.postgres_admin_url, gone, name)


def ready(port: int) -> tuple[int, str]:
    """What /readyz says, without the number of partitions."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        return answer.status, answer.read().decode().partition(" on ")[0].strip()


def age(room: Toy) -> int:
    """Seconds since the first gap was given up."""
    since = "SELECT extract(epoch FROM clock_timestamp() - min(opened_at)) FROM worker.holes"
    return int(room.ask(since)[0][0])


def forged(like: Stored, seq: int) -> Stored:
    """A fact that was never recorded, with a correct hash."""
    said = canonical({"never": str(uuid4())})
    body = like.body.replace(b'"data":', b'"said":' + said + b',"data":')
    made = fact_hash(like.previous_hash, like.partition, seq, like.recorded_at, body)
    return replace(like, seq=seq, body=body, hash=made)


def test_a_hole_waits_for_what_lacks(room: Toy) -> None:
    room.open_gate()
    room.fill(jars=3, coins=30)
    facts = room.facts()
    partition = max(facts, key=lambda stored: stored.seq).partition
    mine = [stored for stored in facts if stored.partition == partition]
    room.start("worker")
    with hand_relay(room.settings.kafka_admin) as relay:
        relay.all([stored for stored in facts if stored.partition != partition])
        for stored in (*mine[:1], *mine[2:]):
            relay.journal(stored)
        question = "SELECT max(seen_offset) FROM worker.cursors WHERE topic = %s AND partition = %s"
        place = (journal_topic(toy.ROOM), partition)
        seen = lambda: room.ask(question, place) == [(len(mine) - 1,)]  # noqa: E731
        room.until(seen, "all of it was looked at")
        stands = "SELECT seq FROM worker.cursors WHERE consumer = 'view/jars@1' AND partition = %s"
        assert room.ask(stands, (partition,)) == [(1,)]
        for stored in mine[1:]:
            relay.journal(stored)
    views_equal_a_fold(room)


def test_a_new_version_of_a_view_is_built_beside_the_old_one(room: Toy) -> None:
    room.open_gate()
    room.fill(jars=3, coins=30)
    first = room.start("worker")
    with hand_relay(room.settings.kafka_admin) as relay:
        relay.all(room.facts())
        room.until(room.is_level, "every view has every fact")
        answers = "SELECT version FROM worker.versions WHERE view = 'jars'"
        room.until(lambda: room.ask(answers) == [(1,)], "the first version answers")
        assert first.end(signal.SIGTERM) == 0
        second = room.start("worker", TOY_VERSION="2")
        room.until(lambda: room.ask(answers) == [(2,)], "the second version answers")
    assert second.said("a new version of a view has caught up and answers")
    assert room.ask("TABLE views.jars_v1 ORDER BY 1, 2") == room.ask(
        "TABLE views.jars_v2 ORDER BY 1, 2"
    )


def test_a_database_that_dies_stops_nothing_for_long(room: Toy, servers: Servers) -> None:
    room.start("relay")
    room.start("worker")
    gate_opens(room)
    room.fill(jars=5, coins=100)
    servers.child("postgres").kill()
    servers.restart("postgres")
    room.until(lambda: count(room, DROPPED) == 100, "the database answers")
    gate_opens(room)
    every_coin_is_noted_once(room)
    views_equal_a_fold(room)


def test_a_broker_that_dies_stops_nothing_for_long(room: Toy, servers: Servers) -> None:
    room.start("relay")
    room.start("worker")
    gate_opens(room)
    room.fill(jars=5, coins=50)
    room.until(room.is_level, "every view has every fact")
    servers.child("kafka").kill()
    room.fill(jars=5, coins=50)
    servers.restart("kafka")
    every_coin_is_noted_once(room)
    views_equal_a_fold(room)
