"""What proofs cost: relay, worker and rebuild with and without them, in turn, on the same servers.

Without them the first key begins far ahead of every fact. So the same code runs, and makes and
checks no MAC.
"""

import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

import psycopg2

from shared.config import Settings
from shared.personal.master import read_master_key
from shared.proof.key_ring import KeyRing, ProofWrapper
from shared.proof.mac import new_key
from shared.proof.store import keep, proof_store
from shared.rebuild.rebuild import rebuild
from shared.serving import spare_collections
from tests.bench import relay, worker
from tests.bench.row import Row
from tests.relaying import ask
from tests.servers import PARTITIONS, Servers, throw_away
from tests.shared import toy
from tests.topics import forget_topics
from tests.working import Toy, make_topics, toy_room

BOUND = 0.95
FAR = 2**60
Measured = dict[str, dict[bool, list[float]]]


def run(quick: bool) -> list[Row]:
    """Facts a second with proofs, and the ratio to those without of the same round."""
    count, rounds = (20_000, 3) if quick else (60_000, 5)
    found: Measured = {name: {True: [], False: []} for name in ("relay", "worker", "rebuild")}
    with throw_away() as servers:
        assert servers.kafka.bootstrap
        _measure_relay(servers, count, rounds, found)
    with throw_away() as servers, tempfile.TemporaryDirectory() as folder:
        assert servers.kafka.bootstrap
        with toy_room(servers.make_database(toy.ROOM), Path(folder)) as room:
            _measure_readers(servers, room, count, rounds, found)
    return [_row(name, each[True], each[False]) for name, each in found.items()]


def _row(name: str, on: list[float], off: list[float]) -> Row:
    ratio = median(a / b for a, b in zip(on, off, strict=True))
    return Row(
        name=f"{name}, records proved",
        ours=median(on),
        baseline=median(off),
        unit="facts/s",
        ratio=ratio,
        bound=f">= {BOUND}",
        holds=ratio >= BOUND,
        note="beside the same without proofs; rounds: "
        + ", ".join(f"{a / b:.2f}" for a, b in zip(on, off, strict=True)),
    )


def _alternating(rounds: int, measure: Callable[[bool], None]) -> None:
    for n in range(rounds):
        for is_on in (True, False) if n % 2 else (False, True):
            measure(is_on)


def _measure_relay(servers: Servers, count: int, rounds: int, found: Measured) -> None:
    settings = servers.make_database("intake")
    relay.write(settings, count)
    spare_collections()

    def measure(is_on: bool) -> None:
        set_first(servers, settings, 1 if is_on else FAR)
        found["relay"][is_on].append(count / relay.relayed(servers, settings))

    measure(True)  # the first one warms up the servers
    found["relay"][True].clear()
    _alternating(rounds, measure)


def _measure_readers(servers: Servers, room: Toy, count: int, rounds: int, found: Measured) -> None:
    room.open_gate()
    worker.write(room, count)

    def measure(is_on: bool) -> None:
        set_first(servers, room.settings, 1 if is_on else FAR)
        forget_topics(servers.kafka)
        make_topics(room.settings)
        _publish_proved(room)
        found["worker"][is_on].append(count * 0.9 / worker.taken(room, count))
        done = rebuild(toy.room, room.settings, "jars")
        assert (done.equal, done.facts, done.garbage) == (True, count, 0)
        found["rebuild"][is_on].append(done.facts / done.seconds)

    _alternating(rounds, measure)


def _publish_proved(room: Toy) -> None:
    """Send every fact to the journal, as a relay does."""
    ring = KeyRing(read_master_key(room.settings.master_key_file))
    with closing(proof_store(room.settings)) as store:
        ring.add(store.rows())
    worker.publish(room, lambda stored: ring.key_at(toy.ROOM, stored.partition, stored.seq))


def set_first(servers: Servers, settings: Settings, first_seq: int) -> None:
    """Give the room one key, which begins at this seq of every partition."""
    ask(settings, "DELETE FROM record.proofs", owner=True)
    database = settings.keys_url.rpartition("/")[2]
    owner = servers.postgres.url("keys_owner", database).replace("+psycopg2", "")
    with closing(psycopg2.connect(owner)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM keys.proof")
    wrapper, key = ProofWrapper(read_master_key(settings.master_key_file)), new_key()
    with closing(proof_store(settings)) as store:
        places = range(PARTITIONS)
        keep(store.keys, [wrapper.row(store.room, at, 1, first_seq, key) for at in places])
        store.rows()
