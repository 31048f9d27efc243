"""世代: a record that was set back begins a new one by itself; a plain restart never does."""

import subprocess
from pathlib import Path
from typing import Any

from guiyi.stack import postgres as stack_postgres
from shared import envelope
from shared.relay.operations import rewind
from shared.relay.restore import restore_from_journal
from tests.relaying import Writer, ask, gate_is_open, on_topic, wait_until
from tests.servers import Servers
from tests.shared.recording import MILESTONE
from tests.stack.backups import backup, facts_of, restore
from tests.stack.relay_scene import Scene
from tests.stack.relay_scene import scene as scene  # noqa: PLC0414 - a fixture
from tests.stack.relay_topics import JOURNAL, end, remake, stopped


def begun(scene: Scene) -> dict[int, list[tuple[int, str]]]:
    """The generations of each partition: first seq and id."""
    found: dict[int, list[tuple[int, str]]] = {}
    asked = "SELECT partition, first_seq, generation FROM record.generations ORDER BY 1, 2"
    for partition, first_seq, id_ in ask(scene.settings, asked):
        found.setdefault(partition, []).append((first_seq, id_))
    return found


def sent(scene: Scene, topic: str = JOURNAL) -> dict[tuple[int, int], set[bytes]]:
    """The different values that stand on a topic, by partition and seq."""
    found: dict[tuple[int, int], set[bytes]] = {}
    read = envelope.read_journal if topic == JOURNAL else envelope.read_milestone
    for partition, records in on_topic(scene.kafka, topic).items():
        for record in records:
            found.setdefault((partition, read(record.value).stored.seq), set()).add(record.value)
    return found


def generation(values: set[bytes]) -> str:
    (value,) = values
    return envelope._event.decode(value).generation or ""


def test_a_record_set_back_begins_one_at_the_next_seqs_and_a_restart_none(
    scene: Scene, servers: Servers
) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(18)
    scene.all_sent()
    end(relay)
    servers.restart("postgres")
    relay = scene.begun()
    assert begun(scene) == {}
    end(relay)
    copy = backup(servers, scene.settings)
    relay = scene.begun()
    writer.write(12)
    scene.all_sent()
    end(relay)
    assert begun(scene) == {}, "the same database"
    writer.record.close()
    restore(servers, scene.settings, copy)
    remake(scene, JOURNAL, [])
    remake(scene, MILESTONE, [])

    scene.begun()
    held = begun(scene)
    (id_,) = {each for [(_, each)] in held.values()}
    assert {number: first for number, [(first, _)] in held.items()} == dict.fromkeys(range(6), 4)
    later = Writer(scene.settings)
    later.write(18)
    scene.all_sent()
    assert {place: generation(v) for place, v in sent(scene).items()} == {
        (number, seq): id_ if seq > 3 else "" for number in range(6) for seq in range(1, 7)
    }
    shown = sent(scene, MILESTONE)
    assert {generation(values) for (_, seq), values in shown.items() if seq > 3} == {id_}
    assert {generation(values) for (_, seq), values in shown.items() if seq <= 3} == {""}

    for topic in (JOURNAL, MILESTONE):
        rewind(scene.settings, topic=topic, partition=1, to=0)
    wait_until(lambda: len(on_topic(scene.kafka, JOURNAL)[1]) == 12, what="all is sent again")
    scene.all_sent()
    scene.every_reader_has_everything()
    assert begun(scene) == held


def test_a_restoration_keeps_the_generations_of_what_it_puts_back_and_begins_one(
    scene: Scene, servers: Servers
) -> None:
    relay = scene.begun()
    writer = Writer(scene.settings)
    writer.write(6)
    scene.all_sent()
    end(relay)
    early = backup(servers, scene.settings)
    ask(scene.settings, "SELECT record.begin_generation('a restoration of before')", owner=True)
    relay = scene.begun()
    writer.write(12)
    scene.all_sent()
    end(relay)
    (id_,) = {each for [(_, each)] in begun(scene).values()}
    before, written = facts_of(scene.settings), sent(scene)
    writer.record.close()
    restore(servers, scene.settings, early)
    assert begun(scene) == {}

    scene.start()
    stopped(scene)
    assert sum(restore_from_journal(scene.settings, lambda _plan: True).facts.values()) == 12
    assert facts_of(scene.settings) == before
    wait_until(lambda: gate_is_open(scene.settings), what="the room takes facts again")
    for (first, old), (next_, new) in begun(scene).values():
        assert (first, old, next_) == (2, id_, 4)
        assert new > old
    scene.all_sent()
    copies = len(on_topic(scene.kafka, JOURNAL)[2])
    rewind(scene.settings, topic=JOURNAL, partition=2, to=0)
    again = copies + 3
    wait_until(lambda: len(on_topic(scene.kafka, JOURNAL)[2]) == again, what="sent again")
    assert sent(scene) == written, "byte for byte"


def test_a_dump_that_is_read_in_again_begins_one(
    scene: Scene, servers: Servers, tmp_path: Path
) -> None:
    relay = scene.begun()
    Writer(scene.settings).write(6)
    scene.all_sent()
    end(relay)
    dumped_and_read_in(scene, tmp_path / "dump")
    scene.begun()
    assert {first for [(first, _)] in begun(scene).values()} == {2}


def dumped_and_read_in(scene: Scene, dump: Path) -> None:
    """The same database, its tables made again from a dump (`pg_restore --clean`)."""
    url = str(scene.settings.owner_url).replace("+psycopg2", "")
    programs: Any = stack_postgres._programs()
    for words in (
        ["pg_dump", "--enable-row-security", "--format=custom", f"--file={dump}", url],
        ["pg_restore", "--clean", "--exit-on-error", "--no-owner", f"--dbname={url}", str(dump)],
    ):
        subprocess.run([str(programs / words[0]), *words[1:]], check=True)
