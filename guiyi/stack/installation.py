"""One installation on one machine: the folder that holds its state, its secrets and its ports."""

import fcntl
import json
import os
import random
import re
import secrets
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from guiyi.rooms import ROOMS
from guiyi.stack import databases
from guiyi.stack.authority import Certificate, certificate
from guiyi.stack.files import write
from guiyi.stack.kafka import ADMIN, CONTROLLER
from guiyi.stack.postgres import SUPERUSER
from guiyi.stack.program import hand_over, room_user
from guiyi.stack.status import Status
from shared.personal.master import make_master_key
from shared.token import make_key_pair

PROJECT = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"
PID_DIGITS = 10
# Below the range that the system uses for outgoing connections, so that none takes our port.
PORTS = range(20_000, 32_000)
PORTS_SET = re.compile(r"(\d{4,5})-(\d{4,5})")
PORT_TRIES = 200


@dataclass(frozen=True, slots=True)
class Installation:
    """Where everything of one installation is."""

    folder: Path

    @property
    def logs(self) -> Path:
        """One log per program."""
        return self.folder / "logs"

    @property
    def secrets(self) -> Path:
        """Files that only the owner of the installation may read."""
        return self.folder / "secrets"

    @property
    def status_file(self) -> Path:
        """What the supervisor last said of every program."""
        return self.folder / "status.json"

    @property
    def master_key_file(self) -> Path:
        """The key that wraps the keys of personal fields."""
        return self.secrets / "master.key"

    @property
    def token_private_key_file(self) -> Path:
        """The private key that signs tokens."""
        return self.secrets / "token-private.pem"

    @property
    def token_public_key_file(self) -> Path:
        """The public key that checks tokens."""
        return self.secrets / "token-public.pem"

    @property
    def token_previous_key_file(self) -> Path:
        """The public key from before the current one; not there unless the keys have changed."""
        return self.secrets / "token-previous.pem"

    @property
    def environment_file(self) -> Path:
        """The settings of every room as last started, for commands that talk to the rooms."""
        return self.secrets / "environment.json"

    @property
    def kafka_admin_file(self) -> Path:
        """The administrator's login for Kafka's own programs (`--command-config`)."""
        return self.secrets / "kafka-admin.properties"

    def make(self, rooms: Sequence[str]) -> None:
        """Make the folders and every secret that is not there yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711)  # the user who runs the servers may pass through, but not list it
        for folder in (self.logs, self.secrets):
            folder.mkdir(exist_ok=True, mode=0o700)
        make_master_key(self.master_key_file)
        self.hand_to_rooms()
        make_key_pair(self.token_private_key_file, self.token_public_key_file)
        logins = [each for room in (databases.KEYS, *rooms) for each in databases.logins(room)]
        self._make_passwords("passwords", [SUPERUSER, *logins])
        self._make_passwords("kafka", [ADMIN, CONTROLLER, *sorted({*ROOMS, *rooms})])

    def hand_to_rooms(self) -> None:
        """If root runs the stack, let the user of the rooms read what they need of the secrets."""
        if (user := room_user()) is not None:
            self.secrets.chmod(0o711)
            hand_over(self.master_key_file, user)

    def kafka_passwords(self) -> Mapping[str, str]:
        """The password of every login of the embedded Kafka."""
        return _texts(self.secrets / "kafka.json")

    def certificate(self, server: str) -> Certificate:
        """What one of its servers shows to who comes by TLS."""
        return certificate(self.secrets, self.folder / "ca.pem", server, LOOPBACK)

    def passwords(self) -> Mapping[str, str]:
        """The password of every login of the embedded PostgreSQL."""
        return _texts(self.secrets / "passwords.json")

    def former_superuser(self) -> Sequence[str]:
        """What the password of PostgreSQL's superuser was, until the server has the present one."""
        with suppress(FileNotFoundError):
            found = json.loads(self._former_file.read_text("utf-8"))
            return [str(each) for each in found]
        return []

    def forget_former_superuser(self) -> None:
        """The server has the present one."""
        self._former_file.unlink(missing_ok=True)

    @property
    def _former_file(self) -> Path:
        return self.secrets / "superuser-former.json"

    def _make_passwords(self, name: str, logins: Sequence[str]) -> None:
        file = self.secrets / f"{name}.json"
        known = _texts(file) if file.exists() else {}
        if missing := [login for login in logins if login not in known]:
            replace(file, known | {login: secrets.token_urlsafe(24) for login in missing})

    def exchange_passwords(self, name: str, logins: Sequence[str]) -> Mapping[str, str]:
        """Write new passwords in the place of those of before; a supervisor sees to the rest.

        That of PostgreSQL's superuser is kept beside them, or nobody could tell the server.
        """
        file = self.secrets / f"{name}.json"
        if SUPERUSER in logins:
            replace(self._former_file, [*self.former_superuser(), _texts(file)[SUPERUSER]])
        made = {login: secrets.token_urlsafe(24) for login in logins}
        replace(file, _texts(file) | made)
        return made

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be this installation's only supervisor. Raises AlreadyRunning.

        The operating system releases the lock when its holder dies, so a dead supervisor blocks
        nobody.
        """
        file = self.folder / "supervisor.pid"
        with file.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(self.supervisor() or 0) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield
            lock.truncate(0)

    def supervisor(self) -> int | None:
        """The process id of the supervisor that lives now, if one does."""
        missing = suppress(FileNotFoundError, NotADirectoryError)
        with missing, (self.folder / "supervisor.pid").open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pid = lock.read().strip()
                return int(pid) if pid.isdecimal() and len(pid) < PID_DIGITS else None
        return None

    def status(self) -> Status | None:
        """What the supervisor last wrote; None before the first start, or if it cannot be read."""
        with suppress(FileNotFoundError, NotADirectoryError, ValueError):
            found: object = json.loads(self.status_file.read_text("utf-8"))
            if isinstance(found, dict) and isinstance(found.get("parts"), list):
                return cast("Status", found)
        return None

    def environment(self) -> dict[str, str]:
        """The settings of every room (see shared.config), as the supervisor started them."""
        return _texts(self.environment_file)

    def port(self, name: str) -> int:
        """The port of a program: the one that is set, else the one it had, else a free one.

        `INTAKE_WEB_PORT=8001` sets the port of the program `intake-web`.
        """
        if chosen := os.environ.get(f"{name.upper().replace('-', '_')}_PORT"):
            return int(chosen)
        file = self.folder / "ports.json"
        known: dict[str, int] = json.loads(file.read_text("utf-8")) if file.exists() else {}
        if name not in known or not is_free(known[name]):
            known[name] = free_port(taken=known.values())
            replace(file, known)
        return known[name]


class AlreadyRunning(Exception):
    """Another supervisor holds this installation; `pid` is its process."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"process {pid} runs this installation already")
        self.pid = pid


def _texts(file: Path) -> dict[str, str]:
    """Names and texts from a file of ours. Raises ValueError if somebody wrote something else."""
    found = json.loads(file.read_text("utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"{file} does not hold names and texts")  # noqa: TRY004 - as of no JSON
    return {str(name): str(text) for name, text in found.items()}


def replace(file: Path, content: object) -> None:
    """Write JSON; see `write`."""
    write(file, json.dumps(content, ensure_ascii=False, indent=1).encode())


def is_free(port: int) -> bool:
    """Whether nobody listens there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port(taken: Iterable[int] = ()) -> int:
    """A port nobody listens on, other than those already given away.

    `GUIYI_PORTS=20000-22999` sets the range. Raises LookupError.
    """
    ports = _ports()
    for _ in range(PORT_TRIES):
        # The system's random source: a test that seeds ours would always get the same port.
        port = random.SystemRandom().choice(ports)
        if port not in taken and is_free(port):
            return port
    raise LookupError(f"no free port found between {ports.start} and {ports.stop}")


def _ports() -> range:
    said = PORTS_SET.fullmatch(os.environ.get("GUIYI_PORTS", ""))
    return range(int(said[1]), int(said[2]) + 1) if said else PORTS
