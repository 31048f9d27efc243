"""对照 (the check at a start) on real servers: journals cut short, databases that were restored."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from shared.broker.admin import ensure_topics
from shared.personal.keys import KeyState, open_keys
from shared.record.store import GateClosed
from shared.relay.operations import NothingToRewind, rewind, status
from shared.relay.restore import JournalDiffers, restore_from_journal
from tests.relaying import (
    Relay,
    Scene,
    Writer,
    ask,
    backup,
    environ,
    facts_of,
    gate_is_open,
    header,
    on_topic,
    restore,
    unpublished,
    wait_until,
)
from tests.servers import Servers
from tests.shared.recording import MILESTONE
from tests.stack.relay_scene import scene as scene  # noqa: PLC0414 - a fixture

JOURNAL = "journal.intake"
A_SNAPSHOT = """
INSERT INTO worker.snapshots (version, seq, partition, stream, branch, hash, fingerprint, state)
VALUES (1, 1, 0, 'report-1', 'HZ01', '', '', '{}')
"""
GUIYI = "from guiyi.cli import main; main()"


def remake(scene: Scene, topic: str, kept: Sequence[Any]) -> None:
    """Make the topic again with these of its records, as if the broker had lost the others."""
    with closing(KafkaAdminClient(bootstrap_servers=scene.bootstrap)) as admin:
        admin.delete_topics([topic])
        wait_until(lambda: topic not in admin.list_topics(), what="the topic is gone")
    wait_until(lambda: topic in ensured(scene) or True)
    with closing(KafkaProducer(bootstrap_servers=scene.bootstrap)) as producer:
        for record in kept:
            producer.send(
                topic,
                partition=record.partition,
                key=record.key,
                value=record.value,
                headers=record.headers,
                timestamp_ms=record.timestamp,
            )
        producer.flush()


def ensured(scene: Scene) -> Sequence[str]:
    return ensure_topics(scene.bootstrap, ["intake"], scene.settings.partitions)


def end(relay: Relay) -> None:
    relay.child.terminate()
    assert relay.child.wait(30) == 0


def stopped(scene: Scene) -> str:
    """Wait until the room stops; the reason."""

    def why() -> list[str]:
        return [one.halted for one in status(scene.settings).partitions if one.halted is not None]

    wait_until(lambda: bool(why()), what="the room stops")
    return " ".join(why())


def test_what_the_broker_lost_at_its_end_is_sent_again(scene: Scene) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(90)
    scene.all_sent()
    end(relay)
    for topic, left in ((JOURNAL, 7), (MILESTONE, 2)):
        held = on_topic(scene.bootstrap, topic)
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
    held = on_topic(scene.bootstrap, JOURNAL)
    kept = [r for records in held.values() for r in (*records[:3], *records[4:6])]
    remake(scene, JOURNAL, kept)
    scene.begun()
    wait_until(lambda: len(on_topic(scene.bootstrap, JOURNAL)[0]) == 5 + 7)
    scene.every_reader_has_everything()


def test_topics_that_vanish_under_a_running_relay_are_made_and_filled_again(scene: Scene) -> None:
    scene.begun()
    writer = Writer(scene.settings)
    writer.write(30)
    scene.all_sent()
    with closing(KafkaAdminClient(bootstrap_servers=scene.bootstrap)) as admin:
        admin.delete_topics([JOURNAL, MILESTONE])
    writer.write(30)
    wait_until(lambda: sum(map(len, on_topic(scene.bootstrap, JOURNAL).values())) >= 60, 90)
    scene.all_sent()
    scene.every_reader_has_everything()


def test_a_tail_that_is_lost_while_nothing_is_written_comes_back(scene: Scene) -> None:
    scene.begun()
    Writer(scene.settings).write(30)
    scene.all_sent()
    with closing(KafkaAdminClient(bootstrap_servers=scene.bootstrap)) as admin:
        admin.delete_topics([JOURNAL])
        wait_until(lambda: JOURNAL not in admin.list_topics(), what="the topic is gone")
    wait_until(lambda: bool(ensured(scene)) or JOURNAL in topics(scene), what="the topic is back")
    wait_until(lambda: sum(map(len, on_topic(scene.bootstrap, JOURNAL).values())) >= 30, 90)
    scene.every_reader_has_everything()


def topics(scene: Scene) -> Sequence[str]:
    with closing(KafkaAdminClient(bootstrap_servers=scene.bootstrap)) as admin:
        return list(admin.list_topics())


def test_a_restored_database_stops_the_room_until_its_facts_are_back(
    scene: Scene, servers: Servers, tmp_path: Path
) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(30)
    scene.all_sent()
    end(relay)
    copy = backup(servers, scene.settings)
    relay = scene.begun()
    writer.write(45)
    writer.write_many(4, 700)
    scene.all_sent()
    end(relay)
    before = facts_of(scene.settings)
    writer.record.close()
    restore(servers, scene.settings, copy)

    relay = scene.start()
    why = stopped(scene)
    assert "journal.intake, partition" in why
    assert "the record has no such fact" in why
    assert "docs/runbooks/journal-ahead.md" in why
    assert "日志比记录更新" in why
    with pytest.raises(GateClosed):
        Writer(scene.settings).write(1)
    assert any(line["event"] == "room stopped" for line in relay.said())

    ask(scene.settings, A_SNAPSHOT, owner=True)
    told = restored_with_an_erasure(scene, tmp_path / "erasures.json")
    assert told == {"room": "intake", "facts": 45 + 700, "lacking": {}}
    assert facts_of(scene.settings) == before
    assert ask(scene.settings, "SELECT count(*) FROM worker.snapshots") == [(0,)]
    numbers = "SELECT branch, day::text, last FROM record.numbers"
    assert ask(scene.settings, numbers) == [("HZ01", "2026-11-23", 6)]
    wait_until(lambda: gate_is_open(scene.settings), what="the room takes facts again")
    assert restore_from_journal(scene.settings).facts == {}
    writer = replace(writer)
    writer.versions = {}
    writer.write(12)
    scene.all_sent()
    scene.every_reader_has_everything()


def restored_with_an_erasure(scene: Scene, keep: Path) -> Any:
    """Run `guiyi restore` with an erased customer, and check who is erased; its output."""
    keys = open_keys(scene.settings.keys_url, scene.settings.master_key_file)
    keys.keys_for(["customer-7", "customer-8"])
    erased = {"customer": "customer-7", "erased_at": "2026-11-23T01:00:00Z", "subjects": []}
    keep.write_text(json.dumps([erased]), "utf-8")
    words = ["restore", "intake", "--from-journal", "--erasures", str(keep), "--yes", "--json"]
    told = subprocess.run(
        [sys.executable, "-c", GUIYI, *words],
        env={**os.environ, **operator(scene)},
        capture_output=True,
        check=True,
        timeout=100,
    )
    fresh = open_keys(scene.settings.keys_url, scene.settings.master_key_file)
    states = [fresh.state(each) for each in ("customer-7", "customer-8")]
    assert states == [KeyState.DESTROYED, KeyState.LIVE]
    return json.loads(told.stdout)


def operator(scene: Scene) -> Mapping[str, str]:
    """The environment of an operator's shell, which names the installation."""
    owner = scene.settings.owner_url
    assert owner is not None
    return {**environ(scene.settings), "INTAKE_OWNER_URL": owner, "INTAKE_WEB_URL": "http://unused"}


def test_facts_that_were_numbered_anew_are_told_from_the_old_ones(
    scene: Scene, servers: Servers
) -> None:
    copy = backup(servers, scene.settings)
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(12)
    scene.all_sent()
    end(relay)
    writer.record.close()
    restore(servers, scene.settings, copy)
    opened = "INSERT INTO record.gate VALUES (pg_postmaster_start_time(), 'record.gate'::regclass)"
    ask(scene.settings, opened, owner=True)
    Writer(scene.settings).write(6)
    scene.start()
    assert "other bytes than the record has" in stopped(scene)
    assert not gate_is_open(scene.settings)
    with pytest.raises(JournalDiffers, match="different facts"):
        restore_from_journal(scene.settings)


def test_a_milestone_without_a_fact_anywhere_is_named(scene: Scene, servers: Servers) -> None:
    copy = backup(servers, scene.settings)
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write_many(1, 3)
    scene.all_sent()
    end(relay)
    writer.record.close()
    restore(servers, scene.settings, copy)
    remake(scene, JOURNAL, [])
    scene.start()
    why = stopped(scene)
    assert "RepairReported, seq 3 at RepairReported, partition 1, offset 0" in why
    assert "cannot be put back" in why

    with closing(KafkaAdminClient(bootstrap_servers=scene.bootstrap)) as admin:
        admin.delete_records({TopicPartition(MILESTONE, 1): 1})
    wait_until(lambda: gate_is_open(scene.settings), what="the gate opens without it")


def test_what_others_put_on_the_topics_stops_nobody(scene: Scene) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(30)
    scene.all_sent()
    end(relay)
    (record,) = on_topic(scene.bootstrap, JOURNAL)[0][-1:]
    ours = [("source", b"/guiyi/intake"), ("seq", b"900"), ("prev", b"899")]
    with closing(KafkaProducer(bootstrap_servers=scene.bootstrap)) as producer:
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
    seqs = [header(r, "seq") for r in on_topic(scene.bootstrap, JOURNAL)[0] if r.key is not None]
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
    wait_until(lambda: len(on_topic(scene.bootstrap, JOURNAL)[3]) >= 16, what="copies")
    wait_until(lambda: len(on_topic(scene.bootstrap, MILESTONE)[3]) >= 5, what="copies")
    scene.all_sent()
    scene.every_reader_has_everything()
    sent = [header(record, "seq") for record in on_topic(scene.bootstrap, JOURNAL)[3]]
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
    with closing(KafkaAdminClient(bootstrap_servers=scene.bootstrap)) as admin:
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
