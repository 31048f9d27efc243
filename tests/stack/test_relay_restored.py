"""对照 (the check at a start) of databases that were restored from a backup."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, TopicPartition

from guiyi.rooms import FIRST_OPERATOR
from shared.personal.keys import KeyState, open_keys
from shared.record.store import GateClosed
from shared.relay.restore import restore_from_journal
from shared.relay.restore_plan import Outcome
from tests.relaying import Writer, ask, environ, gate_is_open, wait_until
from tests.servers import Servers
from tests.shared.recording import MILESTONE
from tests.stack.backups import backup, facts_of, restore
from tests.stack.operators import called
from tests.stack.relay_scene import Scene
from tests.stack.relay_scene import scene as scene  # noqa: PLC0414 - a fixture
from tests.stack.relay_topics import JOURNAL, end, remake, stopped

A_SNAPSHOT = """
INSERT INTO worker.snapshots (version, seq, partition, stream, branch, hash, fingerprint, state)
VALUES (1, 1, 0, 'report-1', 'HZ01', '', '', '{}')
"""


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
    assert (told["room"], told["facts"], told["obstacles"]) == ("intake", 45 + 700, [])
    assert facts_of(scene.settings) == before
    assert ask(scene.settings, "SELECT count(*) FROM worker.snapshots") == [(0,)]
    numbers = "SELECT branch, day::text, last FROM record.numbers"
    assert ask(scene.settings, numbers) == [("HZ01", "2026-11-23", 6)]
    wait_until(lambda: gate_is_open(scene.settings), what="the room takes facts again")
    assert restore_from_journal(scene.settings, lambda _plan: True).facts == {}
    writer = replace(writer)
    writer.versions = {}
    writer.write(12)
    scene.all_sent()
    scene.every_reader_has_everything()


def restored_with_an_erasure(scene: Scene, keep: Path) -> Any:
    """Run `guiyi restore` with an erased customer, and check who is erased; its output."""
    keys = open_keys(scene.settings.keys_worker_url, scene.settings.master_key_file)
    keys.keys_for(["customer-7", "customer-8"])
    erased = {"customer": "customer-7", "erased_at": "2026-11-23T01:00:00Z", "subjects": []}
    keep.write_text(json.dumps([erased]), "utf-8")
    words = ["restore", "intake", "--from-journal", "--erasures", str(keep), "--yes", "--json"]
    told = called(*words, environ=operator(scene))
    assert told.code == 0, told.err
    fresh = open_keys(scene.settings.keys_worker_url, scene.settings.master_key_file)
    states = [fresh.state(each) for each in ("customer-7", "customer-8")]
    assert states == [KeyState.DESTROYED, KeyState.LIVE]
    return told.json


def operator(scene: Scene) -> Mapping[str, str]:
    """The environment of an operator's shell, which names the installation."""
    owner = scene.settings.owner_url
    assert owner is not None
    named = {"INTAKE_OWNER_URL": owner, "INTAKE_WEB_URL": "http://unused"}
    return {**environ(scene.settings), **named, "GUIYI_ACTOR": FIRST_OPERATOR}


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
    told = restore_from_journal(scene.settings, lambda _plan: True)
    assert told.facts == {}
    assert {each.outcome for each in told.plan.obstacles} == {Outcome.RECORD_DIFFERS}


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

    with closing(KafkaAdminClient(**scene.kafka.client)) as admin:
        admin.delete_records({TopicPartition(MILESTONE, 1): 1})
    wait_until(lambda: gate_is_open(scene.settings), what="the gate opens without it")
