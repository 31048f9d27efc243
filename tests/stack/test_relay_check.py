"""对照 (the check at a start) on real servers: journals cut short, databases that were restored."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer

from shared.relay.operations import NothingToRewind, rewind, status
from tests.relaying import (
    Writer,
    gate_is_open,
    header,
    on_topic,
    unpublished,
    wait_until,
)
from tests.shared.recording import MILESTONE
from tests.stack.relay_scene import Scene
from tests.stack.relay_scene import scene as scene  # noqa: PLC0414 - a fixture
from tests.stack.relay_topics import JOURNAL, end, ensured, remake


def test_what_the_broker_lost_at_its_end_is_sent_again(scene: Scene) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(90)
    scene.all_sent()
    end(relay)
    for topic, left in ((JOURNAL, 7), (MILESTONE, 2)):
        held = on_topic(scene.kafka, topic)
        remake(scene, topic, [record for records in held.values() for record in records[:left]])
    relay = scene.begun()
    writer.write(6)
    scene.all_sent()
    scene.every_reader_has_everything()
    lines = [line for line in relay.said() if "lost its tail" in line["event"]]
    assert {(line["topic"], line["was"], line["to"]) for line in lines} == {
        (JOURNAL, 15, 7),
        (MILESTONE, 15, 6),
    }


def test_what_stands_behind_a_gap_does_not_count_as_sent(scene: Scene) -> None:
    relay = scene.begun()
    Writer(scene.settings).write(60)
    scene.all_sent()
    end(relay)
    held = on_topic(scene.kafka, JOURNAL)
    kept = [r for records in held.values() for r in (*records[:3], *records[4:6])]
    remake(scene, JOURNAL, kept)
    scene.begun()
    wait_until(lambda: len(on_topic(scene.kafka, JOURNAL)[0]) == 5 + 7)
    scene.every_reader_has_everything()


def test_topics_that_vanish_under_a_running_relay_are_made_and_filled_again(scene: Scene) -> None:
    scene.begun()
    writer = Writer(scene.settings)
    writer.write(30)
    scene.all_sent()
    with closing(KafkaAdminClient(**scene.kafka.client)) as admin:
        admin.delete_topics([JOURNAL, MILESTONE])
    writer.write(30)
    wait_until(lambda: sum(map(len, on_topic(scene.kafka, JOURNAL).values())) >= 60, 90)
    scene.all_sent()
    scene.every_reader_has_everything()


def test_a_tail_that_is_lost_while_nothing_is_written_comes_back(scene: Scene) -> None:
    scene.begun()
    Writer(scene.settings).write(30)
    scene.all_sent()
    with closing(KafkaAdminClient(**scene.kafka.client)) as admin:
        admin.delete_topics([JOURNAL])
        wait_until(lambda: JOURNAL not in admin.list_topics(), what="the topic is gone")
    wait_until(lambda: bool(ensured(scene)) or JOURNAL in topics(scene), what="the topic is back")
    wait_until(lambda: sum(map(len, on_topic(scene.kafka, JOURNAL).values())) >= 30, 90)
    scene.every_reader_has_everything()


def topics(scene: Scene) -> Sequence[str]:
    with closing(KafkaAdminClient(**scene.kafka.client)) as admin:
        return list(admin.list_topics())


def test_what_others_put_on_the_topics_stops_nobody(scene: Scene) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(30)
    scene.all_sent()
    end(relay)
    (record,) = on_topic(scene.kafka, JOURNAL)[0][-1:]
    ours = [("source", b"/guiyi/intake"), ("seq", b"900"), ("prev", b"899")]
    with closing(KafkaProducer(**scene.kafka.client)) as producer:
        for topic in (JOURNAL, MILESTONE):
            for value, headers in (
                (b"\x00garbage", []),
                (b"{}", ours),
                (b"", ours),
                (record.value.replace(b'"seq":5', b'"seq":900'), ours),
                (record.value.replace(b"/intake", b"/dispatch"), [("source", b"/guiyi/dispatch")]),
            ):
                for partition in range(6):
                    producer.send(topic, value=value, headers=headers, partition=partition)
        producer.flush()
    scene.begun()
    writer.write(30)
    scene.all_sent()
    seqs = [header(r, "seq") for r in on_topic(scene.kafka, JOURNAL)[0] if r.key is not None]
    assert seqs == [str(n) for n in range(1, 11)]


def test_rewound_topics_are_sent_again_from_there(scene: Scene) -> None:
    scene.begun()
    writer = Writer(scene.settings)
    writer.write(60)
    scene.all_sent()
    before = status(scene.settings)
    assert (before.unpublished, before.gate_open, len(before.relays)) == (0, True, 1)
    assert rewind(scene.settings, topic=JOURNAL, partition=3, to=4) == 10
    assert rewind(scene.settings, topic=MILESTONE, partition=3, to=5) == 9
    wait_until(lambda: len(on_topic(scene.kafka, JOURNAL)[3]) >= 16, what="copies")
    wait_until(lambda: len(on_topic(scene.kafka, MILESTONE)[3]) >= 5, what="copies")
    scene.all_sent()
    scene.every_reader_has_everything()
    sent = [header(record, "seq") for record in on_topic(scene.kafka, JOURNAL)[3]]
    assert sent == [str(n) for n in (*range(1, 11), *range(5, 11))]
    after = {one.partition: one.epoch for one in status(scene.settings).partitions}
    for one in before.partitions:
        assert (after[one.partition] > one.epoch) == (one.partition == 3)
    with pytest.raises(NothingToRewind):
        rewind(scene.settings, topic=JOURNAL, partition=3, to=11)
    with pytest.raises(NothingToRewind):
        rewind(scene.settings, topic="nothing", partition=3, to=1)
    assert unpublished(scene.settings) == 0


def test_a_forgetful_topic_is_told_and_nothing_is_sent(scene: Scene) -> None:
    ensured(scene)
    with closing(KafkaAdminClient(**scene.kafka.client)) as admin:
        set_retention(admin, "86400000")
        relay = scene.start()
        wait_until(lambda: "retention.ms is 86400000" in relay.log.read_text("utf-8"))
        assert not gate_is_open(scene.settings)
        set_retention(admin, "-1")
    wait_until(lambda: gate_is_open(scene.settings), what="the gate opens")


def set_retention(admin: Any, value: str) -> None:
    from kafka.admin import ConfigResource, ConfigResourceType

    told = admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, JOURNAL, {"retention.ms": value})]
    )
    assert told["topic"][JOURNAL] == "OK"
