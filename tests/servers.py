"""Real servers for tests: one Kafka and one PostgreSQL for a whole run, removed afterwards.

Each starts when it is first asked for and ends with the run, also when the run is killed. Rooms
get databases of their own, copied from one that was migrated once; topics belong to the broker, so
a story that publishes asks for `clean_kafka`.
"""

import asyncio
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from subprocess import Popen

from guiyi.rooms import FIRST_OPERATOR, ROOMS
from guiyi.stack import databases, program
from guiyi.stack import postgres as stack_postgres
from guiyi.stack.installation import LOOPBACK, PROJECT, Installation
from guiyi.stack.kafka import ADMIN, Node
from guiyi.stack.plan import Plan
from guiyi.stack.told import open_doors
from shared.config import Settings
from shared.kafka_access import KafkaAccess
from shared.personal.key_database import create_keys_schema
from shared.record.migrations import migrate
from shared.token import LONGEST_LIFE
from tests.databases import copy_database, drop_database

PARTITIONS = 6
_NOWHERE = KafkaAccess("")


class Servers:
    """The servers of a test run. All of their files are in one folder."""

    def __init__(self, folder: Path) -> None:
        self.installation = Installation(folder)
        self.installation.make(ROOMS)
        self.partitions = PARTITIONS
        self._children: list[tuple[program.Program, Popen[bytes]]] = []
        self._numbers = count(1)
        self._templates: set[str] = set()

    @cached_property
    def node(self) -> Node:
        """The broker. The first call starts it, and lets the rooms come to it (about 5 s)."""
        plan = Plan(self.installation, environ={})
        ports = {name: self.installation.port(name) for name in ("kafka", "kafka-controller")}
        node = plan.node(ports)
        self._start(node.prepared(PARTITIONS))
        open_doors(node, ROOMS)
        return node

    @property
    def kafka(self) -> KafkaAccess:
        """The broker as its administrator."""
        return self.node.access(ADMIN)

    @cached_property
    def postgres(self) -> databases.Server:
        """The database server. The first call starts it (about 1 s)."""
        server = stack_postgres.prepared(
            self.installation.folder / "postgres",
            self.installation.logs / "postgres.log",
            port=self.installation.port("postgres"),
            password=self.installation.passwords()[stack_postgres.SUPERUSER],
        )
        self._start(server)
        made = databases.Server(LOOPBACK, server.port, self.installation.passwords())
        databases.close_for_all(made)
        return made

    @property
    def postgres_admin_url(self) -> str:
        """The superuser's URL of the database `postgres`."""
        return self.postgres.admin_url

    def child(self, name: str) -> Popen[bytes]:
        """The running `kafka` or `postgres`, for tests that kill or stop it."""
        return next(child for known, child in self._children if known.name == name)

    def restart(self, name: str) -> None:
        """Start `kafka` or `postgres` again with its data, on the same port."""
        for n, (known, child) in enumerate(self._children):
            if known.name == name:
                program.kill(program.family(child.pid))
                child.wait(10)
                self._children[n] = (known, self._up(known))

    def make_database(self, room: str, *, migrated: bool = True) -> Settings:
        """Make a database and a key store for `room`; its settings, with the URL of every role."""
        number = next(self._numbers)
        name, keys = f"{room}_{number}", f"keys_{number}"
        if migrated:
            copy_database(self.postgres, self._template(room), name, room)
        else:
            databases.make_room(self.postgres, room, name)
        copy_database(self.postgres, self._template("keys"), keys, "keys")
        return self.settings(room, name, keys)

    def settings(self, room: str, database: str, keys: str) -> Settings:
        """The settings that a process of the room would read from its environment."""
        url = self.postgres.url
        return Settings(
            room=room,
            kafka=self.node.access(room) if "node" in self.__dict__ else _NOWHERE,
            kafka_admin=self.kafka if "node" in self.__dict__ else _NOWHERE,
            partitions=PARTITIONS,
            runtime_url=url(f"{room}_runtime", database),
            relay_url=url(f"{room}_relay", database),
            worker_url=url(f"{room}_worker", database),
            owner_url=url(f"{room}_owner", database),
            sender_url=url(f"{room}_sender", database),
            keys_sender_url=url("keys_sender", keys),
            keys_url=url("keys_runtime", keys),
            keys_relay_url=url("keys_relay", keys),
            keys_worker_url=url("keys_worker", keys),
            master_key_file=self.installation.master_key_file,
            token_public_key_file=self.installation.token_public_key_file,
            token_previous_key_file=None,
            token_life=LONGEST_LIFE,
            first_operators=frozenset({FIRST_OPERATOR}),
            policy_dir=PROJECT / "deploy" / "policies",
            host=LOOPBACK,
            port=0,
            command_days=30,
            peers={},
        )

    def drop(self, settings: Settings) -> None:
        """Drop what make_database has made."""
        for url in (settings.runtime_url, settings.keys_url):
            drop_database(self.postgres, url.rpartition("/")[2])

    def _template(self, room: str) -> str:
        name = f"{room}_template"
        if name not in self._templates:
            if room == databases.KEYS:
                create_keys_schema(databases.make_keys(self.postgres, name).owner)
            else:
                migrate(databases.make_room(self.postgres, room, name).owner, room, PARTITIONS)
            self._templates.add(name)
        return name

    def _start(self, known: program.Program) -> None:
        assert threading.current_thread() is threading.main_thread(), "a child ends with its thread"
        self._children.append((known, self._up(known)))

    def _up(self, known: program.Program) -> Popen[bytes]:
        child = program.start(known)
        _wait_ready(known, child)
        return child

    def end(self) -> None:
        """End every server, the last one first."""
        while self._children:
            program.end(*self._children.pop())


def _wait_ready(known: program.Program, child: Popen[bytes], seconds: float = 60) -> None:
    """Wait until the program serves. Raises ChildFailed, with the end of its log."""
    until = time.monotonic() + seconds
    while asyncio.run(program.heard(known)) is not program.Pulse.READY:
        if child.poll() is not None:
            raise program.ChildFailed(known.log, f"ended with {child.returncode}")
        if time.monotonic() > until:
            raise program.ChildFailed(known.log, f"does not answer after {seconds:.0f} s")
        time.sleep(0.05)


@contextmanager
def throw_away(parent: Path | None = None) -> Iterator[Servers]:
    """Servers in a temporary folder. Both are removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="guiyi-test-", dir=parent))
    servers = Servers(folder)
    try:
        yield servers
    finally:
        servers.end()
        shutil.rmtree(folder, ignore_errors=True)
