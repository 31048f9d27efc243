"""世代: a record is set back and its topics are lost; another room has taken what is gone."""

import re
import shlex
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from guiyi.stack.installation import free_port
from shared.config import Settings
from shared.kafka_access import KafkaAccess
from shared.topics import topics_of
from shared.worker.reactions import CONSUMER
from tests.relaying import PROJECT, gate_is_open, wait_until
from tests.servers import Servers
from tests.shared import toy
from tests.stack.backups import backup, restore
from tests.stack.operators import guiyi
from tests.working import Child, Toy, make_topics, toy_room

HEARER = "dispatch"
PAGE = PROJECT / "docs" / "runbooks" / "cursor.md"
(BEGIN,) = re.findall(r"^guiyi (generation .*)$", PAGE.read_text("utf-8"), re.MULTILINE)
"""The command of the page, run here as it is written."""


@pytest.fixture
def sender(
    clean_kafka: KafkaAccess, make_database: Callable[..., Settings], tmp_path: Path
) -> Iterator[Toy]:
    with toy_room(make_database(toy.ROOM), tmp_path) as made:
        yield made


@pytest.fixture
def hearer(sender: Toy, make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    """Another room. It notes the total of each of the sender's jars."""
    folder = tmp_path / HEARER
    folder.mkdir()
    # All rooms have one key store, where the keys are that prove what they send.
    logins = ("keys_url", "keys_relay_url", "keys_worker_url")
    same = {login: getattr(sender.settings, login) for login in logins}
    made = Toy(replace(make_database(HEARER), **same), folder)
    made.open_gate()
    yield made
    made.end()


def worker(hearer: Toy, **more: str) -> Child:
    return hearer.start("worker", TOY_ROOM=HEARER, **more)


def relayed(sender: Toy, jars: Sequence[str]) -> None:
    """Start the sender's relay, drop a coin into each jar, and wait until everything is sent."""
    relay = sender.start("relay")
    sender.until(lambda: gate_is_open(sender.settings), "the gate opens")
    for jar in jars:
        sender.do(jar, toy.DropCoin(1))
    unsent = (
        "SELECT count(*) FROM record.facts AS f LEFT JOIN record.published AS p"
        " ON p.partition = f.partition AND p.topic = f.type WHERE f.seq > coalesce(p.seq, 0)"
    )
    sender.until(lambda: sender.ask(unsent) == [(0,)], "everything is sent")
    assert relay.end() == 0


def topics_lost(settings: Settings) -> None:
    with closing(KafkaAdminClient(**settings.kafka_admin.client)) as admin:
        lost = list(topics_of(toy.ROOM))
        admin.delete_topics(lost)
        wait_until(lambda: not set(lost) & set(admin.list_topics()), what="the topics are gone")
    make_topics(settings)


def noted(hearer: Toy) -> dict[str, int]:
    """How often the hearer has noted each jar."""
    asked = "SELECT stream, count(*) FROM record.facts WHERE type = 'TotalNoted' GROUP BY 1"
    return {stream.removeprefix("shelf-"): n for stream, n in hearer.ask(asked)}


def readyz(port: int) -> list[str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return list(answer.read().decode().splitlines())
    except OSError:
        return []


def test_new_facts_are_not_skipped_in_silence(
    sender: Toy, hearer: Toy, servers: Servers, tmp_path: Path
) -> None:
    kept, gone, new = ([f"jar-{kind}{n}" for n in range(12)] for kind in "abc")
    first = worker(hearer)
    relayed(sender, kept)
    copy = backup(servers, sender.settings)
    relayed(sender, gone)
    hearer.until(lambda: len(noted(hearer)) == 24, "each jar is noted")
    assert first.end() == 0
    sender.end()
    restore(servers, sender.settings, copy)
    topics_lost(sender.settings)
    later = Toy(sender.settings, tmp_path)
    relayed(later, new)

    port = free_port()
    second = worker(hearer, PORT=str(port))
    standing = "SELECT partition FROM worker.cursors WHERE next_generation <> ''"
    hearer.until(lambda: named(port) != [], "it is named")
    hearer.until(lambda: len(named(port)) == len(hearer.ask(standing)), "all are named")
    assert readyz(port)[0] == "ok"
    skipped = set(new) - noted(hearer).keys()
    assert skipped, "some of the new facts have seqs that the hearer has taken"

    told = guiyi(hearer.settings, *begin(), "--json")
    assert told.code == 0, told.err
    second.ended = True
    hearer.until(lambda: second.process.poll() == 75, "the worker ends, to read again")
    lost = [stream for each in told.json["begun"] for stream in each["documents"]]
    assert set(lost) <= set(gone)
    worker(hearer)
    hearer.until(lambda: noted(hearer).keys() >= set(new), "every new fact has its effect")
    assert set(noted(hearer).values()) == {1}, "once"
    documents = "SELECT stream FROM worker.documents ORDER BY 1"
    held = {stream for (stream,) in hearer.ask(documents)}
    assert held == {*kept, *gone, *new} - set(lost)
    ledger = hearer.ask(
        "SELECT DISTINCT consumer, room, actor, reason FROM worker.begun_generations"
    )
    assert ledger == [(CONSUMER, toy.ROOM, "operator", "REASON")]
    assert guiyi(hearer.settings, *begin()).code == 1, "nothing stands still any more"
    later.end()


def named(port: int) -> list[str]:
    return [line for line in readyz(port) if "set back" in line]


def begin() -> list[str]:
    words = {"ROOM": HEARER, "SENDER": toy.ROOM}
    return [words.get(word, word) for word in shlex.split(BEGIN)]
