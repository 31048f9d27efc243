"""证明 (the proof): what the demo shows is looked up at its source: records, cursors, views.

Nothing here relies on what the demo itself has said.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Engine

from guiyi.access import Access
from guiyi.database import worker_database
from guiyi.play.player import NotSo
from guiyi.rooms import wiring
from guiyi.speech import say
from shared.consumers import dead_letters
from shared.rebuild import rebuild
from shared.rebuild.rebuild import Rebuilt
from shared.record.backlog import UNSENT, backlog
from shared.record.store import Unavailable
from shared.record.transaction import transaction
from shared.relay import operations as relay_operate
from shared.room import Room
from shared.topics import journal_topic
from shared.views.projection import consumer_name
from shared.worker import lag
from shared.worker.offsets import BrokerSilent

LOOK = 0.1
CALM_SECONDS = 240.0

_UNDER_WAY = """
SELECT (SELECT coalesce(sum(seq), 0)::int8 FROM record.counters),
    (SELECT count(*) FROM record.facts AS f
        LEFT JOIN record.published AS p ON p.topic = f.type AND p.partition = f.partition
        WHERE f.public IS NOT NULL AND f.seq > coalesce(p.seq, 0))
"""
_ACCOUNTS = """
WITH moved AS (
    SELECT convert_from(body, 'UTF8')::jsonb -> 'data' AS d
    FROM record.facts WHERE type = 'StockMoved'),
sides AS (
    SELECT d ->> 'store' AS store, d ->> 'part' AS part, d ->> 'source' AS account,
        -(d ->> 'quantity')::int8 AS n
    FROM moved UNION ALL
    SELECT d ->> 'store', d ->> 'part', d ->> 'target', (d ->> 'quantity')::int8 FROM moved)
SELECT store, part, account, sum(n)::int8 FROM sides GROUP BY 1, 2, 3 HAVING sum(n) <> 0
"""
_OF_TYPE = "SELECT count(*) FROM record.facts WHERE type = %s"


@dataclass(frozen=True, slots=True)
class Reading:
    """读数: of all rooms, at about one moment."""

    facts: int
    """In the records."""
    unsent: int
    """How many of them are not on Kafka yet. A milestone counts twice, for its own topic."""
    behind: int
    """How many facts the slowest consumer has not taken."""

    @property
    def lag(self) -> int:
        """0: every fact of every record has reached every consumer."""
        return max(self.unsent, self.behind)


class Gauges:
    """仪表: reads records, cursors and topics. `with Gauges(access) as gauges:`"""

    def __init__(self, access: Access) -> None:
        self.settings = {name: access.settings(name) for name in access.peers}
        self.rooms: Mapping[str, Room] = {name: wiring(name) for name in access.peers}
        self.databases: dict[str, Engine] = {}
        """By room; they are open as long as it is."""
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for name, settings in self.settings.items():
            self.databases[name] = self._stack.enter_context(worker_database(settings))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self) -> Reading:
        """How far all rooms are. Raises Unavailable, BrokerSilent."""
        with ThreadPoolExecutor(len(self.rooms)) as pool:
            each = [*pool.map(self._read, self.rooms)]
        return Reading(
            sum(one.facts for one in each),
            sum(one.unsent for one in each),
            max(one.behind for one in each),
        )

    def views_behind(self, room: str) -> int:
        """How many facts of its record the slowest view of a room has not taken."""
        names = [consumer_name(view) for view in self.rooms[room].views]
        with transaction(self.databases[room]) as db:
            return max(each.facts for each in lag.of_journal(db, room, names))

    def unsent(self, room: str) -> int:
        """How many facts of its record are not on Kafka yet."""
        return relay_operate.status(self.settings[room]).unpublished

    def facts_of(self, room: str, kind: str) -> int:
        """How many facts of a type the room's record has."""
        with transaction(self.databases[room]) as db:
            return int(db.query(_OF_TYPE, (kind,))[0][0])

    def accounts(self) -> Mapping[tuple[str, str, str], int]:
        """The pieces by store, part and account, added up from the movements in the record."""
        with transaction(self.databases["inventory"]) as db:
            found = db.query(_ACCOUNTS)
        return {(store, part, account): int(pieces) for store, part, account, pieces in found}

    def check_nothing_parked(self) -> None:
        """Raise NotSo if a fact, a document or a timer is parked anywhere."""
        for name, made in self.databases.items():
            with transaction(made) as db:
                for each in dead_letters.listed(db):
                    raise NotSo(say("demo.parked", room=name, what=each.key, reason=each.reason))

    def calm(self, watch: Callable[[Reading], None]) -> Reading:
        """Wait until nothing is in flight anywhere; answers the last reading. Raises NotSo."""
        limit, before = time.monotonic() + CALM_SECONDS, None
        while time.monotonic() < limit:
            try:
                now = self.read()
            except (Unavailable, BrokerSilent):
                now = None
            if now is not None:
                watch(now)
                # A reaction may write just after its room was read: so two readings must agree.
                if now.lag == 0 and now == before:
                    return now
            before = now
            time.sleep(LOOK)
        lag = before.lag if before else "?"
        raise NotSo(say("demo.never_calm", seconds=f"{CALM_SECONDS:.0f}", lag=lag))

    def rebuilt(self, room: str, view: str) -> Rebuilt:
        """A view, built again beside the live one and compared with it."""
        return rebuild.rebuild(self.rooms[room], self.settings[room], view)

    def _read(self, name: str) -> Reading:
        with transaction(self.databases[name]) as db:
            ((facts, milestones),) = db.query(_UNDER_WAY)
            unsent = int(milestones) + backlog(db.query(UNSENT, (journal_topic(name),))).facts
        behind = self.views_behind(name)
        if not (unsent or behind):  # to ask Kafka takes longest, and says nothing new before
            behind = self._unheard(name)
        return Reading(int(facts), unsent, behind)

    def _unheard(self, name: str) -> int:
        room, settings = self.rooms[name], self.settings[name]
        lags = lag.lags(self.databases[name], room, settings.kafka, settings.partitions)
        return max((each.facts for each in lags), default=0)
