"""A cursor that somebody moved is not believed: it stands still, is named, and can be put right."""

import json
import re
import shlex
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from guiyi.rooms import wiring
from guiyi.stack.installation import free_port
from shared.config import Settings
from shared.consumers.cursors import Source
from shared.consumers.lookup import CONSUMER as LOOK_UP
from shared.consumers.replay import facts_after
from shared.kafka_access import KafkaAccess
from shared.rebuild.rebuild import rebuild
from shared.record.database import engine as make_engine
from shared.record.transaction import transaction
from shared.topics import journal_topic
from shared.views.projection import Projection, consumer_name
from shared.worker.anew import begin_anew
from shared.worker.reactions import CONSUMER as REACTIONS
from shared.worker.startup import make_tables
from tests.hand_relay import HandRelay, hand_relay
from tests.relaying import PROJECT, Writer
from tests.shared import toy
from tests.stack.operators import guiyi
from tests.stack.relay_scene import Scene
from tests.stack.relay_scene import scene as scene  # noqa: PLC0414 - a fixture
from tests.working import MILESTONE, Toy, toy_room

GIVERS = consumer_name(toy.GIVERS)
PAGE = PROJECT / "docs" / "runbooks" / "cursor.md"
LOOK, SWAP, REREAD, _ = re.findall(r"^guiyi (.*)$", PAGE.read_text("utf-8"), re.MULTILINE)
"""Every command of the page, run here as it is written. `test_left_behind` runs the last one."""


@pytest.fixture
def room(
    clean_kafka: KafkaAccess, make_database: Callable[..., Settings], tmp_path: Path
) -> Iterator[Toy]:
    with toy_room(make_database(toy.ROOM), tmp_path) as made:
        made.open_gate()
        made.make_tables()
        yield made


@pytest.fixture
def relay(room: Toy) -> Iterator[HandRelay]:
    with hand_relay(room.settings.kafka_admin) as made:
        yield made


@pytest.fixture
def views(room: Toy) -> Projection:
    return Projection(room.engine, toy.ROOM, toy.VIEWS)


def seq(room: Toy, consumer: str) -> list[int]:
    asked = "SELECT seq FROM worker.cursors WHERE consumer = %s ORDER BY partition"
    return [at for (at,) in room.ask(asked, (consumer,))]


def moved(room: Toy, consumer: str, by: int, *, topic: str | None = None) -> None:
    """Move its cursors as somebody does who knows nothing of hashes."""
    room.change(
        "UPDATE worker.cursors SET seq = seq + %s WHERE consumer = %s AND topic = %s",
        (by, consumer, topic or journal_topic(toy.ROOM)),
    )


@pytest.mark.parametrize("by", [1, -1])
def test_a_view_whose_cursor_was_moved_stands_still_until_a_swap(
    room: Toy, relay: HandRelay, views: Projection, by: int
) -> None:
    for giver in ("li", "wu", "li", "wu"):
        room.do("jar-1", toy.DropCoin(1, giver))
    first = room.journal()
    views.take(first[:2])
    moved(room, GIVERS, by)
    stood = seq(room, GIVERS)
    views.take(first)
    assert seq(room, GIVERS) == stood
    assert room.rows(toy.JARS) == room.folded(toy.JARS), "the other view goes on"
    views.check()
    (said,) = views.waits()
    assert said.startswith(f"{GIVERS} on journal.{toy.ROOM}/")
    assert "stands still" in said

    relay.all(room.facts())
    looked = rebuild(toy.room, room.settings, "givers")
    assert (looked.equal, len(looked.moved)) == (False, 1)
    assert seq(room, GIVERS) == stood
    assert rebuild(toy.room, room.settings, "givers", swap=True).moved
    assert room.rows(toy.GIVERS) == room.folded(toy.GIVERS)
    assert seq(room, GIVERS) == [4]
    room.do("jar-1", toy.DropCoin(1, "li"))
    views.take(room.journal())
    views.check()
    assert (seq(room, GIVERS), views.waits()) == ([5], [])
    assert room.rows(toy.GIVERS) == room.folded(toy.GIVERS)
    relay.all(room.facts()[-1:])
    assert rebuild(toy.room, room.settings, "givers").equal


@pytest.mark.parametrize("to", [0, 1, 2])
def test_no_fact_counts_twice_whatever_the_cursor_says(
    room: Toy, views: Projection, to: int
) -> None:
    for giver in ("li", "wu", "li", "wu"):
        room.do("jar-1", toy.DropCoin(1, giver))
    views.take(room.journal())
    known = room.ask("SELECT hash FROM record.facts WHERE seq = %s", (to,))
    own = known[0][0] if known else b""
    room.change("UPDATE worker.cursors SET seq = %s, hash = %s, next_offset = 0", (to, own))
    room.do("jar-1", toy.DropCoin(1, "li"))
    views.take(room.journal())
    assert seq(room, GIVERS) == [5]
    for view in toy.VIEWS:
        assert room.rows(view) == room.folded(view)


def test_a_table_of_before_gets_the_seq_of_its_rows(room: Toy, views: Projection) -> None:
    room.do("jar-1", toy.DropCoin(1, "li"))
    views.take(room.journal())
    room.change(f'SET LOCAL ROLE "{toy.ROOM}_views"; ALTER TABLE views.jars_v1 DROP source_seq')
    room.make_tables()
    assert room.ask("SELECT source_seq FROM views.jars_v1") == [(0,)]
    room.do("jar-1", toy.DropCoin(2, "li"))
    views.take(room.journal())
    assert room.ask("SELECT source_seq FROM views.jars_v1") == [(2,)]
    assert room.rows(toy.JARS) == room.folded(toy.JARS)


def noted(room: Toy) -> int:
    asked = "SELECT count(*) FROM record.facts WHERE type = 'TotalNoted'"
    return int(room.ask(asked)[0][0])


def readyz(port: int) -> list[str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return list(answer.read().decode().splitlines())
    except OSError:
        return []


@pytest.mark.parametrize("by", [50, -1])
def test_reactions_whose_cursor_was_moved_stand_still_until_they_read_again(
    room: Toy, by: int
) -> None:
    room.start("relay")
    worker = room.start("worker")
    for _ in range(3):
        room.do("jar-1", toy.DropCoin(1))
    room.until(lambda: noted(room) == 3, "each coin is noted")
    assert worker.end() == 0
    moved(room, REACTIONS, by, topic=MILESTONE)
    ((partition, stood),) = room.ask(
        "SELECT partition, seq FROM worker.cursors WHERE consumer = 'reactions'"
    )
    port = free_port()
    second = room.start("worker", PORT=str(port))
    room.do("jar-1", toy.DropCoin(1))
    place = f"{MILESTONE}/{partition}"
    told = f"{REACTIONS} on {place} of {toy.ROOM}, cursor {stood}: the record it names is not"
    room.until(lambda: any(line.startswith(told) for line in readyz(port)), "it is named")
    room.until(room.is_level, "the views go on")
    assert readyz(port)[0] == "ok"
    assert seq(room, REACTIONS) == [stood]

    second.ended = True
    with transaction(room.engine) as db:
        assert begin_anew(db, REACTIONS, MILESTONE, partition) == [(toy.ROOM, stood)]
    room.until(lambda: second.process.poll() is not None, "the worker ends")
    assert second.process.poll() == 75
    room.start("worker")
    room.until(lambda: noted(room) == 4, "what was missing is noted, and nothing twice")


def test_reactions_go_on_where_a_topic_was_filled_again(room: Toy, relay: HandRelay) -> None:
    """The record of the cursor has another offset, but it comes."""
    worker = room.start("worker")
    for _ in range(3):
        room.do("jar-1", toy.DropCoin(1))
    facts = room.facts()
    relay.milestones(facts)
    room.until(lambda: noted(room) == 3, "each coin is noted")
    assert worker.end() == 0
    room.change("UPDATE worker.cursors SET next_offset = next_offset + 7")
    room.start("worker")
    room.do("jar-1", toy.DropCoin(1))
    relay.milestones([fact for fact in room.facts() if fact.public is not None])
    room.until(lambda: noted(room) == 4, "it goes on")


def test_every_command_of_the_page(scene: Scene, tmp_path: Path) -> None:
    settings, kept = scene.settings, tmp_path / "reread.jsonl"
    intake = wiring("intake")
    relay = scene.begun()
    Writer(settings).write(12)
    scene.all_sent()
    database, view = make_engine(settings.worker_url), intake.views[0]
    make_tables(database, "intake", intake.views, intake.timers)
    takes_all(Projection(database, "intake", [view]), database, settings.partitions)
    with transaction(database) as db:
        db.execute("UPDATE worker.cursors SET seq = seq + 1 WHERE partition = 2")
        db.execute(
            "INSERT INTO worker.cursors (consumer, topic, partition, room, seq, hash, next_offset,"
            " seen_offset, recorded_at) SELECT 'lookup', topic, partition, room, seq, hash,"
            " next_offset, seen_offset, recorded_at FROM worker.cursors"
        )
    database.dispose()
    name = {"ROOM": "intake", "VIEW": view.NAME, "CONSUMER": LOOK_UP}
    words = {**name, "TOPIC/PARTITION": "journal.intake/2", "reread.jsonl": str(kept)}

    def run(command: str, **other: str) -> Any:
        line = [{**words, **other}.get(word, word) for word in shlex.split(command)]
        return guiyi(settings, *line, "--json")

    looked = run(LOOK)
    assert (looked.code, looked.json["moved"]) == (1, ["journal.intake/2"])
    assert (run(SWAP).code, run(LOOK).code) == (0, 0)
    told = run(REREAD)
    assert (told.code, told.json["stood"]) == (0, {"intake": 3})
    (entry,) = map(json.loads, kept.read_text("utf-8").splitlines())
    assert (entry["consumer"], entry["because"]) == (LOOK_UP, "REASON")
    assert run(REREAD, CONSUMER=consumer_name(view)).code == 2
    assert run(REREAD, **{"TOPIC/PARTITION": "journal.intake/5000"}).code == 1
    assert run(REREAD, **{"TOPIC/PARTITION": "journal.intake"}).code == 2
    assert run(REREAD, REASON=" ").code == 2
    relay.child.terminate()


def takes_all(view: Projection, database: Any, partitions: int) -> None:
    """Give the view the whole record, as if it came from the journal."""
    for partition in range(partitions):
        source = Source(journal_topic("intake"), partition, "intake")
        with transaction(database) as db:
            found = facts_after(db, source, 0, 1_000)
        view.take(found)
