"""告知 (what is told): the ports of all parts, and the settings that every process starts with."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from guiyi.rooms import ROOMS, wiring
from guiyi.stack import databases
from guiyi.stack.files import write
from guiyi.stack.installation import is_free, replace
from guiyi.stack.kafka import ADMIN, CONTROLLER, Node, java_properties
from guiyi.stack.plan import Plan
from shared.broker.admin import BrokerAway, ensure_topics
from shared.broker.rights import RoomRights, set_passwords, set_rights
from shared.config import SettingMissing, database_url
from shared.kafka_access import WrongAccess, read_access
from shared.personal.key_database import create_keys_schema
from shared.record import story_clock
from shared.record.migrations import migrate

SERVERS = {"kafka": ("kafka", "kafka-controller"), "postgres": ("postgres",)}
"""The servers, and the names of their ports. A process of a room has one port, of its own name."""

log = logging.getLogger("supervisor")


@dataclass(slots=True)
class Told:
    """告知: what holds now. A port may be another after a restart, if a stranger has taken it."""

    plan: Plan
    ports: Mapping[str, int] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    _news: set[str] = field(default_factory=set)
    """Parts that were started with what does not hold any more."""
    _controller: str = ""
    """The controller's password with which our Kafka was last started."""

    def begin(self) -> None:
        """Choose the ports, and write down the settings for the operator's commands."""
        self.ports = self.plan.ports()
        self._set()

    def lost(self, part: str) -> Sequence[str]:
        """The names of the ports of a part that does not run, which somebody else has."""
        return [name for name in SERVERS.get(part, (part,)) if not is_free(self.ports[name])]

    def move(self, name: str) -> Sequence[str]:
        """Choose another port. Returns the parts that have to start again to be told of it."""
        port = self.plan.installation.port(name)
        if port == self.ports[name]:
            return []  # it was set by hand
        log.warning("another program has port %d of %s; it takes %d", self.ports[name], name, port)
        known, self.ports = self.environment, {**self.ports, name: port}
        self._news.add(next((server for server, own in SERVERS.items() if name in own), name))
        self._set()
        if self.environment == known:
            return []
        others = {part for part, _ in self.plan.crew()} - {name}
        self._news |= others
        return sorted(others)

    def renew(self) -> Sequence[str]:
        """Let our own servers know the passwords that stand in their files now.

        Returns the parts whose settings are others by that. Raises what the servers raise.
        """
        known, fresh = self.environment, self.plan.environment(self.ports)
        make_databases(self.plan, self.ports, fresh)
        make_topics(self.plan, self.ports, fresh)
        self._set()
        late = [
            name
            for name, role in self.plan.crew()
            if self._told(known, name, role) != self._told(fresh, name, role)
        ]
        self._news |= {*late}
        return late

    def _told(self, told: Mapping[str, str], name: str, role: str) -> Mapping[str, str]:
        return self.plan.program(told, self.ports[name], name, role).environ

    def is_news_to(self, part: str) -> bool:
        """Whether a part was started with what does not hold any more."""
        return part in self._news

    def tell(self, part: str) -> None:
        """The part is started with what holds now."""
        self._news.discard(part)
        if part == "kafka":
            self._controller = self._controllers()

    def is_late_controller(self) -> bool:
        """Whether our Kafka must start again to have its controller's password of now."""
        is_late = self.plan.embeds_kafka and self._controller != self._controllers()
        if is_late:
            self._news.add("kafka")
        return is_late

    def _controllers(self) -> str:
        return self.plan.installation.kafka_passwords()[CONTROLLER]

    def _set(self) -> None:
        self.environment = self.plan.environment(self.ports)
        installation = self.plan.installation
        replace(installation.environment_file, dict(self.environment))
        if self.plan.embeds_kafka:
            login = java_properties(self.plan.node(self.ports).access(ADMIN))
            write(installation.kafka_admin_file, login.encode())


def make_topics(plan: Plan, ports: Mapping[str, int], told: Mapping[str, str]) -> None:
    """Make the topics of every room; on our own Kafka also its logins and what each may do."""
    # Every room's: rooms here also listen to rooms that run elsewhere.
    rooms = {*ROOMS, *plan.rooms}
    if plan.embeds_kafka:
        open_doors(plan.node(ports), rooms)
    try:
        admin = read_access(told, "KAFKA_ADMIN", "KAFKA")
    except WrongAccess as error:
        raise SettingMissing(str(error)) from None
    ensure_topics(admin, rooms, plan.partitions)


def open_doors(node: Node, rooms: Iterable[str]) -> None:
    """Let the rooms come to our Kafka. Older storage may not know the administrator."""
    admin = node.access(ADMIN)
    passwords = {room: node.passwords[room] for room in rooms}
    try:
        set_passwords(admin, passwords)
    except BrokerAway:  # kafka-python does not say that it was refused
        log.info("Kafka does not know its administrator yet")
        set_passwords(node.first_access, {ADMIN: node.passwords[ADMIN]})
        set_passwords(admin, passwords)
    set_rights(admin, [RoomRights(room, wiring(room).listens) for room in rooms])


def make_databases(plan: Plan, ports: Mapping[str, int], told: Mapping[str, str]) -> None:
    """Make databases and roles on our own server, and the schema wherever an owner is given."""
    if plan.embeds_postgres:
        server = plan.server(ports["postgres"])
        databases.renew_superuser(server)
        plan.installation.forget_former_superuser()
        databases.close_for_all(server)
        for room in plan.own_rooms:
            databases.make_room(server, room)
        if plan.embeds_keys:
            create_keys_schema(databases.make_keys(server).owner)
    if not plan.embeds_keys and (owner_url := database_url(told, "KEYS_OWNER_URL")):
        create_keys_schema(owner_url)
    for room in plan.rooms:
        if owner_url := database_url(told, f"{room.upper()}_OWNER_URL"):
            migrate(owner_url, room, plan.partitions)
            if plan.is_for_stories:
                story_clock.begin(owner_url)
