"""滞后 (lag): how far each consumer is behind, in facts and in seconds."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from shared.consumers.lookup import CONSUMER as LOOK_UP
from shared.record.transaction import DatabaseTransaction, transaction
from shared.room import Room
from shared.topics import TopicPartition, journal_topic
from shared.views.projection import consumer_name
from shared.worker.offsets import ends, look
from shared.worker.reactions import CONSUMER as REACTIONS


@dataclass(frozen=True, slots=True)
class Lag:
    """滞后: of one consumer. Seconds: the age of the oldest fact it has not taken."""

    consumer: str
    facts: int
    seconds: float


_VIEWS = """
SELECT n.consumer, sum(c.seq - coalesce(k.seq, 0))::int8,
    coalesce(max(extract(epoch FROM clock_timestamp() - f.recorded_at)), 0)::float8
FROM unnest(%s::text[]) AS n (consumer)
CROSS JOIN record.counters AS c
LEFT JOIN worker.cursors AS k ON k.consumer = n.consumer AND k.topic = %s
    AND k.partition = c.partition
LEFT JOIN record.facts AS f ON f.partition = c.partition AND f.seq = coalesce(k.seq, 0) + 1
GROUP BY n.consumer ORDER BY n.consumer
"""
_SEEN = """
SELECT topic, partition, max(seen_offset) FROM worker.cursors WHERE consumer = %s
GROUP BY topic, partition
"""


class LagMeter:
    """滞后表: reads the lag of a room's consumers, again and again, in a worker."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._level: dict[str, float] = {}
        """When each consumer of milestones was last seen to have them all."""

    def read(self, db: DatabaseTransaction, ended: Mapping[TopicPartition, int]) -> list[Lag]:
        """The lag now; `ended`: where the partitions that this worker has end."""
        found = _of_room(db, self._room)
        for name, unseen in _unseen(db, self._room, ended).items():
            facts, now = _facts(unseen, ended), time.monotonic()
            since = self._level.get(name, now) if facts else now
            self._level[name] = since
            found.append(Lag(name, facts, now - since))
        return found


def lags(engine: Engine, room: Room, bootstrap: str, partitions: int) -> list[Lag]:
    """How far every consumer of a room is behind. Raises Unavailable, BrokerSilent."""
    return asyncio.run(_lags(engine, room, bootstrap, partitions))


async def _lags(engine: Engine, room: Room, bootstrap: str, partitions: int) -> list[Lag]:
    spots = [(topic, n) for topic in room.listens for n in range(partitions)]
    ended = await ends(bootstrap, spots) if spots else {}
    with transaction(engine) as db:
        found, unseen = _of_room(db, room), _unseen(db, room, ended)
    for name, offsets in unseen.items():
        _, first = await look(bootstrap, offsets) if offsets else ({}, {})
        now = datetime.now(UTC)
        age = max(((now - seen.sent_at).total_seconds() for seen in first.values()), default=0.0)
        found.append(Lag(name, _facts(offsets, ended), max(age, 0.0)))
    return found


def of_journal(db: DatabaseTransaction, room: str, consumers: Sequence[str]) -> list[Lag]:
    """How far consumers of the room's own journal are behind its record."""
    return [Lag(*line) for line in db.query(_VIEWS, (list(consumers), journal_topic(room)))]


def _of_room(db: DatabaseTransaction, room: Room) -> list[Lag]:
    return of_journal(db, room.name, [*map(consumer_name, room.views), LOOK_UP])


def _unseen(
    db: DatabaseTransaction, room: Room, ended: Mapping[TopicPartition, int]
) -> Mapping[str, Mapping[TopicPartition, int]]:
    """What the consumer of milestones has not looked at, from which offset; by its name."""
    if not room.listens:
        return {}
    seen = {(topic, partition): int(n) for topic, partition, n in db.query(_SEEN, (REACTIONS,))}
    return {
        REACTIONS: {
            spot: seen.get(spot, 0)
            for spot, end in ended.items()
            if spot[0] in room.listens and seen.get(spot, 0) < end
        }
    }


def _facts(unseen: Mapping[TopicPartition, int], ended: Mapping[TopicPartition, int]) -> int:
    return sum(ended[spot] - offset for spot, offset in unseen.items())
