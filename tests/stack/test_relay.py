"""转发 (relays) on a real Kafka and PostgreSQL: order, sharing of partitions, taking over."""

import os
import signal

import pytest

from shared.record.store import GateClosed
from tests.relaying import (
    Writer,
    ask,
    gate_is_open,
    header,
    on_topic,
    unpublished,
    wait_until,
)
from tests.servers import Servers
from tests.stack.relay_scene import Scene
from tests.stack.relay_scene import scene as scene  # noqa: PLC0414 - a fixture

TAKEOVER_S = 12
LEASE_S = 8
"""What has not run out by then was given up."""


def test_everything_arrives_in_order_and_says_what_was_before_it(scene: Scene) -> None:
    scene.begun()
    writer = Writer(scene.settings)
    writer.write(60)
    scene.all_sent()
    scene.every_reader_has_everything()
    journal, milestones = (
        on_topic(scene.kafka, topic)[2] for topic in ("journal.intake", "RepairReported")
    )
    assert [header(record, "prev") for record in journal] == [str(n) for n in range(10)]
    assert [(header(r, "seq"), header(r, "prev")) for r in milestones] == [
        ("3", "0"),
        ("6", "3"),
        ("9", "6"),
    ]
    assert {record.key for record in journal} == {f"report-{writer.name}-2".encode()}
    names = [name for name, _ in journal[0].headers]
    assert names == ["content-type", "type", "source", "seq", "prev", "traceparent", "proof"]


def test_no_fact_is_taken_before_the_topics_were_compared(scene: Scene) -> None:
    writer = Writer(scene.settings)
    with pytest.raises(GateClosed):
        writer.write(1)
    scene.begun()
    writer.write(1)


def test_relays_share_the_partitions_and_hand_them_over(scene: Scene) -> None:
    first = scene.begun()
    assert len(set(scene.holders())) == 1
    second = scene.start()
    wait_until(lambda: shares(scene) == [3, 3], what="both share the partitions")
    writer = Writer(scene.settings)
    writer.write(120)
    scene.all_sent()
    second.child.terminate()
    assert second.child.wait(30) == 0
    # It let go when it ended, so nothing has to run out.
    took = wait_until(lambda: shares(scene) == [6], what="the other has all of them")
    assert took < LEASE_S
    writer.write(60)
    scene.all_sent()
    scene.every_reader_has_everything()
    assert first.child.poll() is None
    assert not [line for line in first.said() if line["level"] == "error"]


def test_a_killed_relay_is_replaced_within_seconds(scene: Scene) -> None:
    first = scene.begun()
    scene.start()
    wait_until(lambda: shares(scene) == [3, 3], what="both share the partitions")
    writer = Writer(scene.settings)
    for partition in range(6):
        writer.write_many(partition, 500)
    first.child.kill()
    took = wait_until(lambda: shares(scene) == [6], what="the other has all of them")
    assert took < TAKEOVER_S
    writer.write(60)
    scene.all_sent()
    scene.every_reader_has_everything()


def shares(scene: Scene) -> list[int]:
    """How many partitions each relay holds, of those that hold any."""
    holders = scene.holders()
    return sorted(map(holders.count, set(holders)))


def test_a_stopped_relay_that_wakes_up_makes_only_copies(scene: Scene) -> None:
    first = scene.begun()
    scene.start()
    wait_until(lambda: shares(scene) == [3, 3], what="both share the partitions")
    both = set(scene.holders())
    writer = Writer(scene.settings)
    for partition in range(6):
        writer.write_many(partition, 1_000)
    os.kill(first.child.pid, signal.SIGSTOP)
    took = wait_until(lambda: shares(scene) == [6], what="the other has all of them")
    assert took < TAKEOVER_S
    writer.write(60)
    scene.all_sent()
    os.kill(first.child.pid, signal.SIGCONT)
    wait_until(lambda: shares(scene) == [3, 3], what="both share the partitions")
    assert set(scene.holders()) == both
    writer.write(60)
    scene.all_sent()
    scene.every_reader_has_everything()
    assert unpublished(scene.settings) == 0


def test_a_relay_that_is_told_to_stop_flushes_and_lets_go(scene: Scene) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    for partition in range(6):
        writer.write_many(partition, 2_000)
    relay.child.terminate()
    assert relay.child.wait(30) == 0
    assert scene.holders() == []
    sent = sum(map(len, on_topic(scene.kafka, "journal.intake").values()))
    ((known,),) = ask(
        scene.settings, "SELECT sum(seq) FROM record.published WHERE topic = 'journal.intake'"
    )
    assert sent == known  # what was on its way arrived, and the database knows
    scene.begun()
    scene.all_sent()
    scene.every_reader_has_everything()
    assert sum(map(len, on_topic(scene.kafka, "journal.intake").values())) == 12_000


def test_a_restart_of_the_database_closes_the_gate_until_all_is_compared_anew(
    scene: Scene, servers: Servers
) -> None:
    scene.begun()
    writer = Writer(scene.settings)
    writer.write(12)
    scene.all_sent()
    servers.restart("postgres")
    wait_until(lambda: gate_is_open(scene.settings), what="the gate opens again")
    writer = Writer(scene.settings)
    writer.write(12)
    scene.all_sent()
    scene.every_reader_has_everything()
