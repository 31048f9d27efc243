"""告知 (what is told): the ports of all parts, and the settings that every process starts with."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from guiyi.stack import databases
from guiyi.stack.installation import is_free, replace
from guiyi.stack.plan import Plan
from shared.personal.key_database import create_keys_schema
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

    def is_news_to(self, part: str) -> bool:
        """Whether a part was started with what does not hold any more."""
        return part in self._news

    def tell(self, part: str) -> None:
        """The part is started with what holds now."""
        self._news.discard(part)

    def _set(self) -> None:
        self.environment = self.plan.environment(self.ports)
        replace(self.plan.installation.environment_file, dict(self.environment))


def make_databases(plan: Plan, ports: Mapping[str, int], told: Mapping[str, str]) -> None:
    """Make databases and roles on our own server, and the schema wherever an owner is given."""
    if plan.embeds_postgres:
        server = plan.server(ports["postgres"])
        for room in plan.own_rooms:
            databases.make_room(server, room)
        if plan.embeds_keys:
            owner, _ = databases.make_keys(server)
            create_keys_schema(owner, "keys_runtime")
    if not plan.embeds_keys and (owner_url := told.get("KEYS_OWNER_URL")):
        create_keys_schema(owner_url, "keys_runtime")
    for room in plan.rooms:
        if owner_url := told.get(f"{room.upper()}_OWNER_URL"):
            migrate(owner_url, room, plan.partitions)
