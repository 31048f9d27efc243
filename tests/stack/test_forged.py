"""伪造 (forged records) on real servers: nobody halts, nobody is silenced, and each is named.

An outsider reaches the broker and writes what looks like a fact of a room, with a hash that is
right. Without a proof it is as if it were not there.
"""

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaProducer

from guiyi.stack.installation import free_port
from shared import envelope
from shared.config import Settings
from shared.envelope import Generation, Stored
from shared.kafka_access import KafkaAccess
from shared.proof.check import proofs_of
from shared.proof.mac import HEADER, ProofKey
from shared.relay.operations import rewind
from shared.relay.producer_record import ProducerRecord, journal_record, milestone_record
from shared.topics import journal_topic
from tests.relaying import Writer, ask, gate_is_open, on_topic, wait_until
from tests.shared import toy
from tests.shared.recording import MILESTONE
from tests.stack.operators import guiyi
from tests.stack.relay_scene import Scene
from tests.stack.relay_scene import scene as scene  # noqa: PLC0414 - a fixture
from tests.stack.relay_topics import JOURNAL, end
from tests.stack.test_restore import forged
from tests.working import Child, Toy, toy_room

FAR = 10**12
LATER = Generation("f" * 32, 1)
WRONG = ProofKey(b"stranger", b"of another house" * 2)
COIN = "CoinDropped"
ROTATE = ("keys", "rotate", "proof", "--because", "a key may have leaked", "--json")


def send(kafka: KafkaAccess, topic: str, made: ProducerRecord, partition: int) -> None:
    """Write a record as an outsider does."""
    with closing(KafkaProducer(**kafka.client)) as producer:
        producer.send(
            topic, key=made.key, value=made.value, headers=made.headers, partition=partition
        ).get(20)


def last_of(scene: Scene, partition: int) -> Stored:
    value = on_topic(scene.kafka, JOURNAL)[partition][-1].value
    return envelope.read_journal(value).stored


def put(scene: Scene, stored: Stored, proof: ProofKey | None = None) -> None:
    made = journal_record("intake", stored, proof=proof)
    send(scene.kafka, JOURNAL, made, stored.partition)


def readyz(port: int) -> str:
    """Its status and its body."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return f"{answer.status} {answer.read().decode()}"
    except OSError:
        return ""


def test_a_forged_record_never_stops_a_room_and_is_not_put_back(scene: Scene) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(24)
    scene.all_sent()
    end(relay)
    last = [last_of(scene, partition) for partition in range(6)]
    put(scene, forged(last[0]))  # the next one, whose hash follows
    put(scene, forged(last[1], ahead=FAR))
    put(scene, forged(last[2], ahead=0))  # it disagrees with the record
    put(scene, forged(last[3]), WRONG)
    document = replace(forged(last[4]), type=MILESTONE, public=b"{}")
    lone = milestone_record("intake", document, 3)
    send(scene.kafka, MILESTONE, lone, 4)
    copied = journal_record("intake", forged(last[5]))
    true = on_topic(scene.kafka, JOURNAL)[5][-1]
    stolen = [pair for pair in true.headers if pair[0] == HEADER]
    assert len(stolen) == 1, "the room's own records are proved"
    send(scene.kafka, JOURNAL, copied._replace(headers=[*copied.headers, *stolen]), 5)

    told = guiyi(scene.settings, "restore", "intake", "--from-journal", "--yes", "--json")
    assert (told.code, told.json["facts"], told.outcomes) == (0, 0, [])
    assert len(told.json["planned"]["unproved"]) == 5
    said = guiyi(scene.settings, "restore", "intake", "--from-journal", "--yes")
    assert "5 records of the journal are proved by no key of ours" in said.err

    relay = scene.begun()
    writer.write(24)
    scene.all_sent()
    assert ask(scene.settings, "SELECT count(halted) FROM record.leases") == [(0,)]
    end(relay)


def test_what_is_sent_again_after_rotations_has_the_same_bytes(scene: Scene) -> None:
    scene.begun()
    writer = Writer(scene.settings)
    writer.write(30)
    for _ in range(2):
        told = guiyi(scene.settings, *ROTATE, "--room", "intake")
        assert told.code == 0, told.err
        writer.write(30)
    scene.all_sent()
    rewind(scene.settings, topic=JOURNAL, partition=3, to=0)
    wait_until(lambda: len(on_topic(scene.kafka, JOURNAL)[3]) == 30, what="all copies")
    scene.all_sent()
    scene.every_reader_has_everything()
    headers = [dict(record.headers) for record in on_topic(scene.kafka, JOURNAL)[3]]
    assert len({each[HEADER][:8] for each in headers}) == 3
    ring = proofs_of(scene.settings).begun().ring
    for each in headers:
        key = ring.key_at("intake", 3, int(each["seq"]))
        assert key is not None
        assert key.id == each[HEADER][:8]


def test_the_facts_of_an_older_installation_are_taken_up_to_the_first_key(scene: Scene) -> None:
    ask(
        scene.settings,
        "INSERT INTO record.gate (started_at, table_oid) VALUES"
        " (pg_postmaster_start_time(), 'record.gate'::regclass::oid)",
        owner=True,
    )
    Writer(scene.settings).write(12)
    relay = scene.begun()
    scene.all_sent()
    Writer(scene.settings).write(12)
    scene.all_sent()
    proved = [HEADER in dict(each.headers) for each in on_topic(scene.kafka, JOURNAL)[2]]
    assert proved == [False, False, True, True]
    firsts = ask(
        scene.settings, "SELECT first_seq FROM record.proofs WHERE partition = 2", owner=True
    )
    assert firsts == [(3,)]
    end(relay)


@pytest.fixture
def room(clean_kafka: str, make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_room(make_database(toy.ROOM), tmp_path) as made:
        yield made


def forged_coin(coin: Stored, seq: int, generation: Generation = envelope.FIRST) -> ProducerRecord:
    """A milestone on the stream of a true one, with its document."""
    made = replace(coin, seq=seq, recorded_at=datetime.now(UTC))
    return milestone_record(toy.ROOM, made, coin.seq, generation)


def noted(room: Toy) -> int:
    return int(room.ask("SELECT count(*) FROM record.facts WHERE type = 'TotalNoted'")[0][0])


def test_a_forged_milestone_or_generation_silences_nothing(room: Toy) -> None:
    port = free_port()
    room.start("relay")
    worker = room.start("worker", PORT=str(port), TOY_PATIENCE="2")
    room.until(lambda: gate_is_open(room.settings), "the gate opens")
    room.do("jar-a", toy.DropCoin(1))
    room.until(lambda: noted(room) == 1, "the coin is heard of")
    coin = next(stored for stored in room.facts() if stored.public is not None)
    kafka = room.settings.kafka_admin
    for made in (
        forged_coin(coin, FAR),
        forged_coin(coin, coin.seq + 1),
        forged_coin(coin, coin.seq + 2, LATER),
        forged_coin(coin, 2**62, LATER),
    ):
        send(kafka, COIN, made, coin.partition)
    facts = [one for one in room.facts() if one.partition == coin.partition]
    for ahead in (1, FAR):
        made = journal_record(toy.ROOM, forged(facts[-1], ahead=ahead), LATER)
        send(kafka, journal_topic(toy.ROOM), made, coin.partition)
    room.do("jar-a", toy.DropCoin(1))
    room.until(lambda: noted(room) == 2, "the next coin is heard of")
    told = f"4 records on {COIN} that no key of ours proves"
    room.until(lambda: told in readyz(port), "they are named")
    room.until(room.is_level, "the views are level")
    assert readyz(port).startswith("200 ok")
    assert f"2 records on {journal_topic(toy.ROOM)} that no key" in readyz(port)
    assert "waits for" not in readyz(port), "no hole is opened"
    assert "set back" not in readyz(port), "no generation begins"
    assert worker.process.poll() is None
    assert room.ask("SELECT count(*) FROM worker.holes") == [(0,)]


def test_a_room_hears_of_a_rotation_while_coins_are_dropped(room: Toy) -> None:
    room.start("relay")
    worker: Child = room.start("worker", TOY_PATIENCE="2")
    room.until(lambda: gate_is_open(room.settings), "the gate opens")
    for n in range(40):
        room.do(f"jar-{n % 8}", toy.DropCoin(1))
        if n % 10 == 5:
            told = guiyi(room.settings, *ROTATE, "--room", toy.ROOM)
            assert told.code == 0, told.err
    room.until(lambda: noted(room) == 40, "every coin is heard of")
    room.until(room.is_level, "the views are level")
    assert worker.process.poll() is None, "nothing was read again"
    assert not worker.said("garbage on a topic")
