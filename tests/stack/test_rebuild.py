"""A view rebuilt from the journal equals the live one, or the rebuild names the differences."""

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guiyi.lag import room_lags
from shared import envelope
from shared.config import Settings
from shared.kafka_access import KafkaAccess
from shared.rebuild import topic as journal_reader
from shared.rebuild.comparison import RebuildRuns
from shared.rebuild.rebuild import rebuild
from shared.rebuild.topic import JournalLacks
from shared.relay import producer_record as relay_record
from shared.worker.retry import dead_letter_queue
from tests.hand_relay import HandRelay, hand_relay
from tests.relaying import wait_until
from tests.shared import toy
from tests.topics import Misspelt
from tests.working import Toy, toy_room

CONNECTED = "SELECT count(*) FROM pg_stat_activity"
SIDE = "SELECT count(*) FROM pg_tables WHERE schemaname = 'views'"


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


def lay(room: Toy, relay: HandRelay) -> None:
    """Put facts into the record, onto the journal and into the views."""
    room.fill(jars=5, coins=80)
    relay.all(room.facts())
    for view in toy.VIEWS:
        room.project(view)


def test_a_view_rebuilt_is_equal(room: Toy, relay: HandRelay) -> None:
    lay(room, relay)
    count = len(room.facts())
    room.do("jar-later", toy.DropCoin(1))
    said: list[tuple[int, int]] = []
    for view in toy.VIEWS:
        rebuilt = rebuild(
            toy.room, room.settings, view.NAME, say=lambda done, of: said.append((done, of))
        )
        assert (rebuilt.equal, rebuilt.facts, rebuilt.swapped) == (True, count, False)
        assert rebuilt.rows == len(room.rows(view))
        assert said[-1] == (count, count)
    assert room.ask(SIDE) == [(len(toy.room.views),)], "nothing is left beside the views"


def test_whoever_looks_again_and_again_keeps_no_connection(room: Toy, relay: HandRelay) -> None:
    lay(room, relay)
    rebuild(toy.room, room.settings, "jars")
    gc.disable()  # what nobody closed is closed by chance, when memory is collected
    try:
        before = room.ask(CONNECTED)
        for _ in range(3):
            rebuild(toy.room, room.settings, "jars")
            room_lags(toy.room, room.settings)
        wait_until(lambda: room.ask(CONNECTED) <= before, what="its connections are closed")
    finally:
        gc.enable()


def test_a_row_that_was_tampered_with_shows_and_a_swap_mends_it(
    room: Toy, relay: HandRelay
) -> None:
    lay(room, relay)
    room.change("UPDATE views.givers_v1 SET fen = fen + 1 WHERE giver = 'g3'")
    room.change("DELETE FROM views.givers_v1 WHERE giver = 'g4'")
    rebuilt = rebuild(toy.room, room.settings, "givers")
    assert not rebuilt.equal
    assert {each.partition("/")[0] for each in rebuilt.samples} <= {"g3", "g4"}
    assert rebuilt.differing >= 2
    room.do("jar-later", toy.DropCoin(1, "g4"))
    relay.all(room.facts())
    room.project(toy.GIVERS)
    rebuilt = rebuild(toy.room, room.settings, "givers", swap=True)
    assert rebuilt.swapped
    assert room.rows(toy.GIVERS) == room.folded(toy.GIVERS)
    assert rebuild(toy.room, room.settings, "givers").equal


def test_a_swap_brings_along_what_was_taken_meanwhile(
    room: Toy, relay: HandRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(room, relay)
    room.change("UPDATE views.givers_v1 SET fen = 0")

    def meanwhile(done: int, of: int) -> None:
        if done == of:
            room.do("jar-later", toy.DropCoin(7, "g1"))
            room.do("jar-later", toy.DropCoin(7, "somebody new"))
            room.project(toy.GIVERS)

    rebuild(toy.room, room.settings, "givers", swap=True, say=meanwhile)
    assert room.rows(toy.GIVERS) == room.folded(toy.GIVERS)


def test_whatever_stands_in_a_row_is_copied_as_it_is(room: Toy, relay: HandRelay) -> None:
    for giver in ("tab\there", "new\nline", "back\\slash \\N", "😀 王𠮷", "quote's \"", ""):
        room.do("jar-a", toy.DropCoin(1, giver))
    room.do("jar-a", toy.OpenJar("a\tb\\c\nd😀", "王小明"))
    relay.all(room.facts())
    for view in toy.VIEWS:
        room.project(view)
        assert rebuild(toy.room, room.settings, view.NAME).equal


def test_what_is_parked_is_not_compared_and_what_was_discarded_is_left_out(
    room: Toy, relay: HandRelay
) -> None:
    for fen in (5, 13, 1):
        room.do("jar-a", toy.DropCoin(fen, "li"))
    room.do("jar-b", toy.DropCoin(13, "wu"))
    room.do("jar-b", toy.DropCoin(4, "wu"))
    relay.all(room.facts())
    room.project(toy.GIVERS)
    rebuilt = rebuild(toy.room, room.settings, "givers")
    assert (rebuilt.equal, rebuilt.not_compared) == (True, 2)
    with dead_letter_queue(toy.room, room.settings) as healing:
        for line in healing.listed():
            healing.discard(line.id)
    rebuilt = rebuild(toy.room, room.settings, "givers", swap=True)
    assert (rebuilt.equal, rebuilt.not_compared) == (True, 0)
    shown = {key[0]: row.fen for (_, key), row in room.rows(toy.GIVERS).items()}
    assert (shown["li"], shown["wu"]) == (6, 4)


@pytest.mark.parametrize("way", ["discard", "retry"])
def test_a_swap_keeps_what_was_decided_while_it_ran(
    room: Toy, relay: HandRelay, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    for fen in (5, 13, 1):
        room.do("jar-a", toy.DropCoin(fen, "li"))
    relay.all(room.facts())
    room.project(toy.GIVERS)
    known = toy.GIVERS.project

    def meanwhile(done: int, of: int) -> None:
        with dead_letter_queue(toy.room, room.settings) as healing:
            for line in healing.listed() if done == of else ():
                if way == "retry":
                    monkeypatch.setattr(toy.GIVERS, "project", forgiving)
                    assert healing.retry(line.id).healed
                else:
                    healing.discard(line.id)

    def forgiving(key: Any, row: Any, told: Any) -> Any:
        """A newer program, which takes thirteen like any number."""
        return toy.GiverRow(key[0], told.fact.fen + (row.fen if row else 0), told.stream)

    rebuild(toy.room, room.settings, "givers", swap=True, say=meanwhile)
    shown = {key[0]: row.fen for (_, key), row in room.rows(toy.GIVERS).items()}
    assert shown == {"li": 6 if way == "discard" else 19, "everybody": 19}
    if way == "discard":
        monkeypatch.setattr(toy.GIVERS, "project", known)
    assert rebuild(toy.room, room.settings, "givers").equal


def test_a_journal_that_lacks_a_fact_is_told(
    room: Toy, relay: HandRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.fill(jars=5, coins=20)
    facts = room.facts()
    relay.all(facts[:-2] + facts[-1:])
    room.project(toy.JARS)
    monkeypatch.setattr(journal_reader, "SILENCE_S", 2.0)
    with pytest.raises(JournalLacks, match=r"runbooks"):
        rebuild(toy.room, room.settings, "jars")
    relay.all(facts[-2:])
    assert rebuild(toy.room, room.settings, "jars").equal


def test_garbage_on_the_topics_is_told_and_changes_nothing(room: Toy, relay: HandRelay) -> None:
    room.fill(jars=6, coins=60)
    facts = room.facts()
    first, other = facts[0], facts[-1]
    assert first.partition != other.partition
    sound = relay_record.journal_record(toy.ROOM, first)
    foreign = [(n, b"/guiyi/dispatch" if n == "source" else said) for n, said in sound.headers]
    garbage: tuple[dict[str, Any], ...] = (
        {"value": None},
        {"value": b"\xff\x00 garbage"},
        {"value": b"[" * 100_000},
        {"value": b"{}", "headers": []},
        {"headers": foreign},
        {"headers": [(Misspelt("seq"), b"1")]},
        {"partition": other.partition},
    )
    for changed in garbage:
        relay.journal(first, **changed)
    relay.all([*facts[:3], *facts])
    for view in toy.VIEWS:
        room.project(view)
        rebuilt = rebuild(toy.room, room.settings, view.NAME)
        assert (rebuilt.equal, rebuilt.facts) == (True, len(facts))
        assert rebuilt.garbage == len(garbage)


def test_a_forged_fact_is_named_and_the_true_one_is_folded(room: Toy, relay: HandRelay) -> None:
    room.fill(jars=6, coins=40)
    facts = room.facts()  # partition by partition
    last = facts[-1]
    body = last.body.replace(b"HZ01", b"HZ66")
    own = envelope.fact_hash(last.previous_hash, last.partition, last.seq, last.recorded_at, body)
    relay.all([*facts[:-1], replace(last, body=body, hash=own), last])
    for view in toy.VIEWS:
        room.project(view)
        rebuilt = rebuild(toy.room, room.settings, view.NAME)
        assert (rebuilt.equal, rebuilt.facts) == (True, len(facts))
        assert rebuilt.not_recorded == 1
        place = f"journal.{toy.ROOM}/{last.partition}/{last.seq - 1}"
        assert rebuilt.false_records == [place]


def test_one_view_is_rebuilt_once_at_a_time(room: Toy, relay: HandRelay) -> None:
    lay(room, relay)

    def again(done: int, of: int) -> None:
        with pytest.raises(RebuildRuns):
            rebuild(toy.room, room.settings, "jars")

    assert rebuild(toy.room, room.settings, "jars", say=again).equal
