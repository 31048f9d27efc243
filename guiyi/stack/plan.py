"""What one installation runs: its own servers, the programs of each room, and their settings.

The environment decides: `KAFKA_BOOTSTRAP` and `<ROOM>_RUNTIME_URL` (with `_RELAY_URL` and
`_WORKER_URL`, and `_OWNER_URL` if it is to be migrated) and `KEYS_URL` (likewise) replace the
embedded servers.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from guiyi.rooms import FIRST_OPERATOR, ROOMS
from guiyi.stack import databases, probes
from guiyi.stack.installation import LOOPBACK, PROJECT, Installation
from guiyi.stack.kafka import ADMIN, Node
from guiyi.stack.program import Program, room_user
from shared import limits
from shared.config import DATABASE_SECURITY, KEYS_SETTINGS, NOTICES_FILE, ROLES, login_settings

PARTITIONS = 6
KAFKA = (
    *("KAFKA_BOOTSTRAP", "KAFKA_SECURITY_PROTOCOL", "KAFKA_SASL_MECHANISM", "KAFKA_CA_FILE"),
    *("KAFKA_USERNAME", "KAFKA_PASSWORD"),
)
"""Settings by which every process comes to Kafka, besides the login of its room."""
TOLD = (
    *KAFKA,
    *("PARTITIONS", "POLICY_DIR", "COMMAND_DAYS"),
    *("KEYS_MASTER_FILE", "TOKEN_PUBLIC_KEY_FILE", "FIRST_OPERATORS"),
    *("TOKEN_PREVIOUS_KEY_FILE", "TOKEN_HOURS", *DATABASE_SECURITY),
    *limits.SETTINGS,
)
"""Settings that every process of every room gets."""
TLS = "GUIYI_TLS"
"""Set to 1, our own servers are come to by TLS."""
STORY_CLOCK = "GUIYI_STORY_CLOCK"
"""Set to 1, an installation that is made now is one for stories; see docs/story-clock.md."""
SERVE = (sys.executable, "-m", "guiyi.serve")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the person who starts the stack asked for, and what the environment says."""

    installation: Installation
    rooms: Sequence[str] = ROOMS
    relays: int = 1
    workers: int = 1
    serve: Sequence[str] = SERVE
    """The command line of one process of a room, without its ROOM and ROLE."""
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def partitions(self) -> int:
        """The number of partitions, one for all rooms: few on one machine."""
        return int(self.environ.get("PARTITIONS") or PARTITIONS)

    @property
    def embeds_kafka(self) -> bool:
        """Whether the broker is ours."""
        return not self.environ.get("KAFKA_BOOTSTRAP")

    @property
    def has_tls(self) -> bool:
        """Whether what is said to our own servers is encrypted."""
        return self.environ.get(TLS) == "1"

    @property
    def is_for_stories(self) -> bool:
        """Whether the rooms are to have a clock for stories."""
        return self.environ.get(STORY_CLOCK) == "1"

    @property
    def authority(self) -> str | None:
        """Whose certificates our own servers show, if they are come to by TLS."""
        return str(self.installation.certificate("kafka").authority) if self.has_tls else None

    @property
    def embeds_keys(self) -> bool:
        """Whether the key store is ours."""
        return not self.environ.get("KEYS_URL")

    @property
    def own_rooms(self) -> list[str]:
        """The rooms whose database is ours."""
        return [r for r in self.rooms if not self.environ.get(f"{r.upper()}_RUNTIME_URL")]

    @property
    def embeds_postgres(self) -> bool:
        """Whether any database is ours."""
        return self.embeds_keys or bool(self.own_rooms)

    def crew(self) -> list[tuple[str, str]]:
        """Every process of every room: (name, role); a name begins with its room."""
        counts = {"web": 1, "relay": self.relays, "worker": self.workers}
        return [
            (f"{room}-{role}" + (f"-{n}" if n > 1 else ""), role)
            for room in self.rooms
            for role in ROLES
            for n in range(1, counts[role] + 1)
        ] + [(f"{room}-sender", "sender") for room in self.senders]

    @property
    def senders(self) -> Sequence[str]:
        """The rooms that send notices: none, unless it is said by whom."""
        return self.rooms if self.environ.get(NOTICES_FILE) else ()

    def ports(self) -> dict[str, int]:
        """A port for every program, for as long as this supervisor lives."""
        servers = ["kafka", "kafka-controller"] if self.embeds_kafka else []
        servers += ["postgres"] if self.embeds_postgres else []
        names = [*servers, *(name for name, _ in self.crew())]
        return {name: self.installation.port(name) for name in names}

    def addresses(self, ports: Mapping[str, int]) -> dict[str, str]:
        """Where each room's API is."""
        return {room: f"http://{LOOPBACK}:{ports[f'{room}-web']}" for room in self.rooms}

    def environment(self, ports: Mapping[str, int]) -> dict[str, str]:
        """The settings of all rooms, and those that only the stack and its operator may know."""
        told = {
            "PARTITIONS": str(self.partitions),
            "POLICY_DIR": str(PROJECT / "deploy" / "policies"),
            "HOST": LOOPBACK,
            "KEYS_MASTER_FILE": str(self.installation.master_key_file),
            "FIRST_OPERATORS": self.environ.get("FIRST_OPERATORS", FIRST_OPERATOR),
            "TOKEN_PREVIOUS_KEY_FILE": str(self.installation.token_previous_key_file),
            "TOKEN_PUBLIC_KEY_FILE": str(self.installation.token_public_key_file),
        }
        logins = [login for room in self.rooms for login in databases.logins(room)]
        settable = {*TOLD, NOTICES_FILE, *KEYS_SETTINGS.values(), "KEYS_OWNER_URL"}
        settable |= {*(f"{login.upper()}_URL" for login in logins)}
        if self.embeds_kafka:
            told |= self._kafka_logins(self.node(ports))
            settable -= {*KAFKA}
        else:
            prefixes = ("KAFKA_ADMIN", *map(kafka_prefix, self.rooms))
            settable |= {name for each in prefixes for name in kafka_login(each)}
        if self.embeds_postgres:
            told |= self._urls(self.server(ports["postgres"]))
        told |= {name: value for name in settable if (value := self.environ.get(name))}
        return told | {f"{r.upper()}_WEB_URL": url for r, url in self.addresses(ports).items()}

    def program(self, told: Mapping[str, str], port: int, name: str, role: str) -> Program:
        """One process of a room. It gets only the logins of its role in its room."""
        room = name.partition("-")[0]
        known = {*TOLD, "HOST", *login_settings(room, role)}
        known |= {*kafka_login(kafka_prefix(room))}
        if role == "sender":
            known |= {NOTICES_FILE}
        if role in {"web", "sender"}:  # they never go to Kafka
            known = {each for each in known if "KAFKA" not in each} | {"KAFKA_BOOTSTRAP"}
        own = {k: v for k, v in told.items() if k in known or k.endswith("_WEB_URL")}
        return Program(
            name=name,
            argv=(*self.serve, room, role),
            port=port,
            log=self.installation.logs / f"{name}.log",
            probe=partial(probes.http, port),
            ready=partial(probes.http_ready, port),
            environ=dict.fromkeys(told.keys() & self.environ.keys(), "")
            | own
            | {"PORT": str(port)},
            cwd=PROJECT,
            user=room_user(),
            reads=(self.installation.master_key_file,),
        )

    def server(self, port: int) -> databases.Server:
        """Our PostgreSQL, at the port it has."""
        known = self.installation
        return databases.Server(LOOPBACK, port, known.passwords(), known.former_superuser())

    def node(self, ports: Mapping[str, int]) -> Node:
        """Our Kafka, at the ports it has."""
        installation = self.installation
        return Node(
            installation.folder / "kafka",
            installation.logs / "kafka.log",
            ports["kafka"],
            ports["kafka-controller"],
            installation.kafka_passwords(),
            installation.certificate("kafka") if self.has_tls else None,
        )

    def _kafka_logins(self, node: Node) -> dict[str, str]:
        told = dict(node.access(ADMIN).environment("KAFKA_ADMIN"))
        for room in {*ROOMS, *self.rooms}:
            told |= node.access(room).environment(kafka_prefix(room))
        return told

    def _urls(self, server: databases.Server) -> dict[str, str]:
        urls = {
            f"{login.upper()}_URL": server.url(login, room)
            for room in (*self.own_rooms, *([databases.KEYS] if self.embeds_keys else []))
            for login in databases.logins(room)
        }
        if self.embeds_keys:
            urls["KEYS_URL"] = urls.pop("KEYS_RUNTIME_URL")
        urls |= {"POSTGRES_ADMIN_URL": server.admin_url}
        # It is built without TLS, whatever is asked of servers elsewhere.
        plain = "?sslmode=disable" if self.environ.get("DATABASE_SSLMODE") else ""
        return {name: url + plain for name, url in urls.items()}


def kafka_login(prefix: str) -> tuple[str, str]:
    """The names of the two settings of a login at Kafka."""
    return f"{prefix}_USERNAME", f"{prefix}_PASSWORD"


def kafka_prefix(room: str) -> str:
    """How the settings of a room's login at Kafka begin."""
    return f"{room.upper()}_KAFKA"
