"""从日志恢复 (restore): what it shows, what it asks, and a named outcome for each state."""

import json
import re
import shlex
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaProducer

from shared import envelope
from shared.envelope import ZERO_HASH, Stored
from shared.proof.check import proofs_of
from shared.relay import operations
from shared.relay.producer_record import journal_record, milestone_record
from shared.relay.restore import restore_from_journal
from tests.relaying import Writer, ask, gate_is_open, new_fact, on_topic, wait_until
from tests.servers import Servers
from tests.shared.recording import MILESTONE
from tests.stack.backups import backup, facts_of, restore
from tests.stack.operators import guiyi
from tests.stack.relay_scene import Scene
from tests.stack.relay_scene import scene as scene  # noqa: PLC0414 - a fixture
from tests.stack.relay_topics import JOURNAL, end, remake, stopped

PAGE = Path(__file__).parents[2] / "docs" / "runbooks" / "journal-ahead.md"
RESTORE, WITH_ERASURES, STATUS, GENERATION, SKIP, REBUILD, KEEP_RECORD, VOID = re.findall(
    r"^ *guiyi (.*)$", PAGE.read_text("utf-8"), re.MULTILINE
)
"""Every command of the page, run here as it is written. The rebuild is run by `test_rebuild`."""


def written(command: str, place: str = "", kept: Path = Path("unused")) -> list[str]:
    """The words of a command of the page, with a place and files of this test."""
    words = {"TOPIC/PARTITION/OFFSET": place, "skipped.jsonl": str(kept)}
    return [words.get(word, word) for word in shlex.split(command)]


@dataclass
class Sent:
    """A room whose facts are all on its journal, and whose relay has ended."""

    scene: Scene
    writer: Writer

    def last(self, partition: int) -> Stored:
        """The last fact of a partition, as the journal has it."""
        value = on_topic(self.scene.kafka, JOURNAL)[partition][-1].value
        return envelope.read_journal(value).stored


@pytest.fixture
def sent(scene: Scene) -> Sent:
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(24)
    scene.all_sent()
    end(relay)
    return Sent(scene, writer)


def forged(after: Stored, *, ahead: int = 1, previous: bytes | None = None) -> Stored:
    """A fact that nobody of ours has written, so many seqs behind the given one."""
    said = envelope.head(after.body)
    new = new_fact(after.stream, said.version + 1, after.partition, said="伪造")
    before = after.hash if previous is None else previous
    seq, at = after.seq + ahead, datetime.now(UTC)
    own = envelope.fact_hash(before, after.partition, seq, at, new.body)
    return Stored(after.partition, seq, at, before, own, new.stream, new.type, new.body, None)


def put(scene: Scene, *facts: Stored, proved: bool = True) -> list[str]:
    """Put facts on the journal; where they stand.

    With a proof, as the room itself did before its record was set back; else as an outsider does.
    """
    ring = proofs_of(scene.settings).begun().ring
    with closing(KafkaProducer(**scene.kafka.client)) as producer:
        promises = []
        for stored in facts:
            key = ring.key_at("intake", stored.partition, stored.seq) if proved else None
            made = journal_record("intake", stored, proof=key)
            promises.append(
                producer.send(
                    JOURNAL,
                    partition=stored.partition,
                    key=made.key,
                    value=made.value,
                    headers=made.headers,
                )
            )
        producer.flush()
        return [f"{JOURNAL}/{p.get().partition}/{p.get().offset}" for p in promises]


def test_what_would_come_back_is_shown_and_asked(
    sent: Sent, servers: Servers, tmp_path: Path
) -> None:
    scene = sent.scene
    copy = backup(servers, scene.settings)
    relay = scene.begun()
    sent.writer.write(9)
    scene.all_sent()
    end(relay)
    sent.writer.record.close()
    restore(servers, scene.settings, copy)
    before = facts_of(scene.settings)

    refused = guiyi(scene.settings, *written(RESTORE), answer="n\n")
    assert refused.code == 1
    assert "9 facts of the journal, which the record lacks" in refused.err
    assert "partition 0: seq 5 to 6" in refused.err
    assert "1 actors: wang 9" in refused.err
    assert f"report-{sent.writer.name}-0 2" in refused.err
    assert facts_of(scene.settings) == before

    (tmp_path / "erasures.json").write_text("[]", "utf-8")
    words = [*written(WITH_ERASURES)[:-1], str(tmp_path / "erasures.json")]
    agreed = guiyi(scene.settings, *words, "--yes", "--json")
    assert (agreed.code, agreed.json["facts"], agreed.outcomes) == (0, 9, [])
    assert agreed.json["planned"]["actors"] == {"wang": 9}
    assert sum(agreed.json["planned"]["types"].values()) == 9
    assert len(agreed.json["planned"]["streams"]) == 6


def test_a_gap_says_which_fact_the_journal_lacks(sent: Sent, servers: Servers) -> None:
    scene = sent.scene
    copy = backup(servers, scene.settings)
    relay = scene.begun()
    sent.writer.write_many(1, 4)
    scene.all_sent()
    end(relay)
    sent.writer.record.close()
    held = on_topic(scene.kafka, JOURNAL)
    kept = [r for n, records in held.items() for r in records if (n, r.offset) != (1, 5)]
    restore(servers, scene.settings, copy)
    remake(scene, JOURNAL, kept)

    told = guiyi(scene.settings, *written(RESTORE), "--yes", "--json")
    assert (told.code, told.json["facts"]) == (1, 1)
    assert told.outcomes == [("journal-lacks", 1, 6)]
    assert told.json["lacking"] == {"1": 6}
    assert "the journal lacks seq 6" in told.err


def test_one_record_far_ahead_is_named_with_its_place(sent: Sent) -> None:
    scene = sent.scene
    (place,) = put(scene, forged(sent.last(5), ahead=5_000))
    scene.start()
    assert "the record has no such fact" in stopped(scene)
    told = guiyi(scene.settings, *written(RESTORE), "--yes", "--json")
    assert (told.code, told.json["facts"]) == (1, 0)
    assert told.outcomes == [("journal-lacks", 5, 5)]
    assert told.json["obstacles"][0]["records"] == [place]


def test_different_facts_at_a_place_where_the_record_has_none(sent: Sent) -> None:
    scene = sent.scene
    last = sent.last(2)
    places = put(scene, forged(last), forged(last))
    told = guiyi(scene.settings, *written(RESTORE), "--yes", "--json")
    assert (told.code, told.json["facts"]) == (1, 0)
    assert told.outcomes == [("copies-differ", 2, 5)]
    assert told.json["obstacles"][0]["records"] == places


def test_a_fact_that_does_not_follow_is_a_sentence(sent: Sent) -> None:
    scene = sent.scene
    (place,) = put(scene, forged(sent.last(3), previous=ZERO_HASH))
    told = guiyi(scene.settings, *written(RESTORE), "--yes", "--json")
    assert (told.code, told.json["facts"]) == (1, 0)
    assert told.outcomes == [("does-not-follow", 3, 5)]
    assert told.json["obstacles"][0]["records"] == [place]
    said = guiyi(scene.settings, *written(RESTORE), "--yes")
    assert "does-not-follow: partition 3" in said.err


def test_what_only_the_database_can_refuse_is_a_sentence(sent: Sent) -> None:
    scene = sent.scene
    last = sent.last(4)
    said = envelope.head(last.body)
    new = replace(forged(last), body=_with_id(forged(last).body, str(said.id)))
    own = envelope.fact_hash(new.previous_hash, 4, new.seq, new.recorded_at, new.body)
    put(scene, replace(new, hash=own))
    told = guiyi(scene.settings, *written(RESTORE), "--yes")
    assert told.code == 1
    assert "Not put back" in told.err
    assert "facts_id" in told.err


def _with_id(body: bytes, id_: str) -> bytes:
    return body.replace(str(envelope.head(body).id).encode(), id_.encode())


def test_a_record_that_lost_its_last_facts_gets_them_back(sent: Sent) -> None:
    scene = sent.scene
    before = facts_of(scene.settings)
    delete(scene, "partition = 1 AND seq > 2")
    scene.start()
    stopped(scene)
    told = guiyi(scene.settings, *written(RESTORE), "--yes", "--json")
    assert (told.code, told.json["facts"], told.outcomes) == (0, 2, [])
    assert facts_of(scene.settings) == before
    wait_until(lambda: gate_is_open(scene.settings), what="the room takes facts again")


def test_facts_deleted_from_the_middle_come_back_if_the_chain_proves_them(sent: Sent) -> None:
    scene = sent.scene
    before = facts_of(scene.settings)
    true = fact_at(scene, 1, 3)
    # Next to the true fact stands a forged one; of another partition two and the first are lost.
    put(scene, forged(fact_at(scene, 1, 2)))
    delete(scene, "partition = 1 AND seq = 3 OR partition = 2 AND seq IN (1, 2)")
    refused = guiyi(scene.settings, *written(RESTORE), answer="n\n")
    assert "partition 2: 2 that were deleted from the middle" in refused.err
    told = guiyi(scene.settings, *written(RESTORE), "--yes", "--json")
    assert (told.code, told.json["facts"], told.outcomes) == (0, 3, [])
    assert facts_of(scene.settings) == before
    assert fact_at(scene, 1, 3) == true


def test_a_fact_that_is_nowhere_any_more_is_named(sent: Sent) -> None:
    scene = sent.scene
    held = on_topic(scene.kafka, JOURNAL)
    kept = [r for n, records in held.items() for r in records if (n, r.offset) != (1, 2)]
    put_there = forged(fact_at(scene, 1, 2))
    remake(scene, JOURNAL, kept)
    put(scene, put_there)
    delete(scene, "partition = 1 AND seq = 3")
    told = guiyi(scene.settings, *written(RESTORE), "--yes", "--json")
    assert (told.code, told.json["facts"]) == (1, 0)
    assert told.outcomes == [("record-lacks", 1, 3)]
    assert told.json["obstacles"][0]["records"] == [f"{JOURNAL}/1/3"]


def fact_at(scene: Scene, partition: int, seq: int) -> Stored:
    """A fact as the journal has it."""
    return envelope.read_journal(on_topic(scene.kafka, JOURNAL)[partition][seq - 1].value).stored


def test_a_record_that_is_nobodys_is_taken_off_with_a_reason(sent: Sent, tmp_path: Path) -> None:
    scene, kept = sent.scene, tmp_path / "skipped.jsonl"
    last = sent.last(5)
    (place,) = put(scene, forged(last, ahead=5_000))
    scene.start()
    assert "the record has no such fact" in stopped(scene)
    words = written(SKIP, place, kept)
    refused = guiyi(scene.settings, *words, answer="n\n")
    assert refused.code == 1
    assert f"taken off: {place} (RemoteGuidanceGiven)" in refused.err
    assert not kept.exists()

    told = guiyi(scene.settings, *words, "--yes", "--json")
    assert (told.code, told.outcomes, told.json["skipped"]) == (0, [], [place])
    entry = json.loads(kept.read_text("utf-8"))
    assert (entry["record"], entry["because"]) == (place, "REASON")
    wait_until(lambda: gate_is_open(scene.settings), what="the room takes facts again")
    sent.writer.write(12)
    scene.all_sent()
    scene.every_reader_has_everything()
    shown = guiyi(scene.settings, *written(STATUS)).out
    assert "takes new facts" in shown
    assert f"by hand, operator, restore: taken off: {place}; why: REASON" in shown


def test_true_facts_before_a_record_that_is_nobodys_come_back_first(
    sent: Sent, servers: Servers, tmp_path: Path
) -> None:
    scene = sent.scene
    copy = backup(servers, scene.settings)
    relay = scene.begun()
    sent.writer.write_many(1, 4)
    scene.all_sent()
    end(relay)
    before = facts_of(scene.settings)
    sent.writer.record.close()
    restore(servers, scene.settings, copy)
    next_ = sent.last(1)
    places = put(scene, forged(next_, ahead=5), forged(next_, ahead=9))
    unsafe = guiyi(scene.settings, *written(SKIP, places[1], tmp_path / "kept"), "--yes")
    assert unsafe.code == 1
    assert "it would go too" in unsafe.err
    words = written(SKIP, places[0], tmp_path / "kept")
    told = guiyi(scene.settings, *words, "--skip", places[1], "--yes", "--json")
    assert (told.code, told.outcomes) == (0, [])
    assert facts_of(scene.settings) == before
    scene.start()
    wait_until(lambda: gate_is_open(scene.settings), what="the room takes facts again")
    scene.all_sent()
    scene.every_reader_has_everything()


def test_a_milestone_whose_document_alone_is_left_is_taken_off(sent: Sent, tmp_path: Path) -> None:
    scene = sent.scene
    lone = replace(forged(sent.last(1)), type=MILESTONE, public=b"{}")
    key = proofs_of(scene.settings).begun().ring.key_at("intake", 1, lone.seq)
    made = milestone_record("intake", lone, 3, proof=key)
    with closing(KafkaProducer(**scene.kafka.client)) as producer:
        promise = producer.send(
            MILESTONE, partition=1, key=made.key, value=made.value, headers=made.headers
        )
        place = f"{MILESTONE}/1/{promise.get(10).offset}"
    scene.start()
    assert f"--skip {place} --because" in stopped(scene)
    told = guiyi(scene.settings, *written(SKIP, place, tmp_path / "kept"), "--yes", "--json")
    assert (told.code, told.json["skipped"]) == (0, [place])
    wait_until(lambda: gate_is_open(scene.settings), what="the room takes facts again")
    scene.all_sent()
    scene.every_reader_has_everything()


def test_where_the_record_is_right_all_that_is_against_it_is_taken_off(
    sent: Sent, tmp_path: Path
) -> None:
    scene, kept = sent.scene, tmp_path / "skipped.jsonl"
    before = facts_of(scene.settings)
    other = forged(sent.last(1), ahead=0)
    far, next_ = forged(sent.last(2), ahead=7), forged(sent.last(3), previous=ZERO_HASH)
    twice, after = forged(sent.last(4)), forged(sent.last(4))
    places = put(scene, other, far, far, next_, twice, after)
    scene.start()
    stopped(scene)
    silent = guiyi(
        scene.settings, "restore", "intake", "--from-journal", "--keep-record", "--yes", "--json"
    )
    assert (silent.code, json.loads(silent.err)["code"]) == (2, "restore-skip-because")
    words = written(KEEP_RECORD, kept=kept)
    refused = guiyi(scene.settings, *words, answer="n\n")
    assert (refused.code, f"taken off: {places[0]}" in refused.err) == (1, True)
    assert not kept.exists()

    told = guiyi(scene.settings, *words, "--yes", "--json")
    assert (told.code, told.json["facts"], told.outcomes) == (0, 0, [])
    assert sorted(told.json["skipped"]) == sorted(places)
    entries = [json.loads(line) for line in kept.read_text("utf-8").splitlines()]
    assert sorted(entry["record"] for entry in entries) == sorted(places)
    assert facts_of(scene.settings) == before
    wait_until(lambda: gate_is_open(scene.settings), what="the room takes facts again")
    scene.all_sent()
    scene.every_reader_has_everything()


def test_what_cannot_be_taken_off_is_a_sentence(sent: Sent, tmp_path: Path) -> None:
    scene, kept = sent.scene, tmp_path / "kept"
    nowhere = guiyi(scene.settings, *written(SKIP, f"{JOURNAL}/1/99", kept), "--yes")
    assert (nowhere.code, "no such record" in nowhere.err) == (1, True)
    for place in (f"{JOURNAL}/99/1", "journal.dispatch/1/1", JOURNAL):
        wrong = guiyi(scene.settings, *written(SKIP, place, kept), "--yes")
        assert (wrong.code, "is no place on a topic" in wrong.err) == (2, True)
    silent = guiyi(scene.settings, *written(RESTORE), "--skip", f"{JOURNAL}/1/1", "--yes", "--json")
    assert (silent.code, json.loads(silent.err)["code"]) == (2, "restore-skip-because")
    assert not kept.exists()


def test_what_is_stopped_in_between_puts_nothing_back(sent: Sent, servers: Servers) -> None:
    scene = sent.scene
    copy = backup(servers, scene.settings)
    relay = scene.begun()
    sent.writer.write(9)
    scene.all_sent()
    end(relay)
    after = facts_of(scene.settings)
    sent.writer.record.close()
    restore(servers, scene.settings, copy)
    before, begun = facts_of(scene.settings), generations(scene)

    def stop(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore_from_journal(scene.settings, lambda _plan: True, stop)
    assert (facts_of(scene.settings), generations(scene)) == (before, begun)
    done = restore_from_journal(scene.settings, lambda _plan: True)
    assert (sum(done.facts.values()), facts_of(scene.settings)) == (9, after)
    assert generations(scene) == begun + 6
    told = guiyi(scene.settings, *written(GENERATION), "--json")
    assert (told.code, generations(scene)) == (0, begun + 6)
    ((first, id_),) = ask(
        scene.settings, "SELECT first_seq, generation FROM record.generations WHERE partition = 1"
    )[-1:]
    assert (first, id_) == (7, told.json["generation"])
    found = operations.status(scene.settings).interventions
    assert [(each.actor, each.verb, each.reason) for each in found] == [
        ("operator", "generation new", "REASON"),
        ("operator", "restore", ""),
    ]
    assert found[1].what == "put back: 9 facts"


def generations(scene: Scene) -> int:
    ((count,),) = ask(scene.settings, "SELECT count(*) FROM record.generations")
    return int(count)


@pytest.mark.parametrize("skipped", [3, 5_000, 10**12])
def test_numbers_of_no_fact_are_named_and_declared_void(sent: Sent, skipped: int) -> None:
    """Partition 1 gets facts behind them, partition 2 does not."""
    scene = sent.scene
    relay = scene.begun()
    jump = "UPDATE record.counters SET seq = seq + %s WHERE partition IN (1, 2)"
    ask(scene.settings, f"{jump}; SELECT 1", (skipped,), owner=True)
    sent.writer.write(12, [0, 1, 3])
    wait_until(lambda: set(waiting(scene)) == {1, 2}, what="both are named")
    assert waiting(scene)[1] == "the record lacks fact 5, which was not sent yet"
    wait_until(lambda: sent_of(scene, 0) == 8, what="the others go on")

    told = guiyi(scene.settings, *written(RESTORE), "--yes", "--json")
    assert (told.code, told.json["facts"]) == (1, 0)
    assert told.outcomes == [("numbers-skipped", 1, 5), ("numbers-skipped", 2, 5)]
    silent = guiyi(scene.settings, *written(VOID)[:-2], "--yes", "--json")
    assert (silent.code, json.loads(silent.err)["code"]) == (2, "restore-void-because")
    refused = guiyi(scene.settings, *written(VOID), answer="n\n")
    assert (refused.code, set(waiting(scene))) == (1, {1, 2})
    assert f"partition 1: 5 to {4 + skipped} belong to no fact" in refused.err
    told = guiyi(scene.settings, *written(VOID), "--yes", "--json")
    assert (told.code, told.outcomes) == (0, [])
    assert told.json["void"] == [f"{n}/5-{4 + skipped}" for n in (1, 2)]
    (done,) = operations.status(scene.settings).interventions
    assert (done.reason, done.what.startswith("numbers of no fact: 1/5-")) == ("REASON", True)

    wait_until(lambda: not waiting(scene), what="nothing waits")
    sent.writer.write(12)
    scene.all_sent()
    scene.every_reader_has_everything()
    assert sent_of(scene, 2) == 6
    end(relay)
    again = guiyi(scene.settings, *written(RESTORE), "--yes", "--json")
    assert (again.code, again.json["facts"], again.outcomes) == (0, 0, [])
    scene.begun()


def test_a_backup_from_before_numbers_were_declared_void_gets_them_back(
    sent: Sent, servers: Servers
) -> None:
    """The journal says of each fact which one is before it, so its gap is no fact that lacks."""
    scene = sent.scene
    copy = backup(servers, scene.settings)
    relay = scene.begun()
    jump = "UPDATE record.counters SET seq = seq + 3 WHERE partition IN (1, 2)"
    ask(scene.settings, f"{jump}; SELECT 1", owner=True)
    sent.writer.write(12, [0, 1, 2, 3])
    wait_until(lambda: set(waiting(scene)) == {1, 2}, what="both are named")
    told = guiyi(scene.settings, *written(VOID), "--yes", "--json")
    assert (told.code, told.json["void"]) == (0, ["1/5-7", "2/5-7"])
    scene.all_sent()
    end(relay)
    kept = facts_of(scene.settings)
    restore(servers, scene.settings, copy)
    told = guiyi(scene.settings, *written(RESTORE), "--yes", "--json")
    assert (told.code, told.outcomes, told.json["facts"]) == (0, [], 12)
    assert told.json["void"] == ["1/5-7", "2/5-7"]
    assert facts_of(scene.settings) == kept
    assert ask(scene.settings, "SELECT * FROM record.void_numbers ORDER BY 1, 3", owner=True) == [
        (5, 7, 1),
        (5, 7, 2),
    ]
    scene.begun()
    sent.writer.write(12)
    scene.all_sent()
    scene.every_reader_has_everything()


@pytest.mark.parametrize("gone", ["seq = 8", "seq >= 8"])
def test_facts_deleted_beside_void_numbers_come_back(sent: Sent, gone: str) -> None:
    scene = sent.scene
    relay = scene.begun()
    jump = "UPDATE record.counters SET seq = seq + 3 WHERE partition = 1"
    ask(scene.settings, f"{jump}; SELECT 1", owner=True)
    sent.writer.write(12, [0, 1, 2, 3])
    wait_until(lambda: set(waiting(scene)) == {1}, what="it is named")
    told = guiyi(scene.settings, *written(VOID), "--yes", "--json")
    assert (told.code, told.json["void"]) == (0, ["1/5-7"])
    scene.all_sent()
    end(relay)
    kept = facts_of(scene.settings)
    delete(scene, f"partition = 1 AND {gone}")
    told = guiyi(scene.settings, *written(RESTORE), "--yes", "--json")
    assert (told.code, told.outcomes) == (0, [])
    assert facts_of(scene.settings) == kept


def test_a_fact_that_was_deleted_is_no_number_of_no_fact(sent: Sent) -> None:
    scene = sent.scene
    held = on_topic(scene.kafka, JOURNAL)
    kept = [r for n, records in held.items() for r in records if (n, r.offset) != (1, 2)]
    remake(scene, JOURNAL, kept)
    delete(scene, "partition = 1 AND seq = 3")
    told = guiyi(scene.settings, *written(VOID), "--yes", "--json")
    assert (told.code, told.outcomes) == (1, [("record-lacks", 1, 3)])


def waiting(scene: Scene) -> dict[int, str]:
    told = operations.status(scene.settings).partitions
    return {each.partition: each.refused for each in told if each.refused is not None}


def sent_of(scene: Scene, partition: int) -> int:
    """The last seq on the journal of the partition."""
    (lane,) = [
        lane
        for lane in operations.status(scene.settings).lanes
        if (lane.topic, lane.partition) == (JOURNAL, partition)
    ]
    return lane.published


def delete(scene: Scene, facts: str) -> None:
    """Delete facts, as nobody but the superuser or the owner can."""
    for statement in (
        "ALTER TABLE record.facts DISABLE TRIGGER facts_stay",
        f"DELETE FROM record.facts WHERE {facts}",  # noqa: S608 - our own words
        "ALTER TABLE record.facts ENABLE ALWAYS TRIGGER facts_stay",
    ):
        ask(scene.settings, statement, owner=True)
