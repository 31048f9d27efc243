"""滞后 (lag): how far each consumer is behind, in facts and in seconds."""

import asyncio
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


def of_views(db: DatabaseTransaction, room: str, consumers: Sequence[str]) -> list[Lag]:
    """How far consumers of the room's own journal are behind its record."""
    return [Lag(*line) for line in db.query(_VIEWS, (list(consumers), journal_topic(room)))]


def listeners(room: Room) -> dict[str, frozenset[str]]:
    """The consumers of milestones of other rooms, by name, and the topics of each."""
    return {REACTIONS: frozenset(room.listens)} if room.listens else {}


def unseen(
    db: DatabaseTransaction, consumer: str, ended: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """Of these topics: what a consumer of milestones has not looked at, from which offset."""
    seen = {(topic, partition): int(n) for topic, partition, n in db.query(_SEEN, (consumer,))}
    return {spot: seen.get(spot, 0) for spot, end in ended.items() if seen.get(spot, 0) < end}


def lags(engine: Engine, room: Room, bootstrap: str, partitions: int) -> list[Lag]:
    """How far every consumer of a room is behind. Raises Unavailable, BrokerSilent."""
    return asyncio.run(_lags(engine, room, bootstrap, partitions))


async def _lags(engine: Engine, room: Room, bootstrap: str, partitions: int) -> list[Lag]:
    names = [*(consumer_name(view) for view in room.views), LOOK_UP]
    spots = [(topic, n) for topic in room.listens for n in range(partitions)]
    ended = await ends(bootstrap, spots) if spots else {}
    with transaction(engine) as db:
        found = of_views(db, room.name, names)
        open_ = {
            name: unseen(db, name, {spot: ended[spot] for spot in ended if spot[0] in topics})
            for name, topics in listeners(room).items()
        }
    for name, offsets in open_.items():
        _, first = await look(bootstrap, offsets) if offsets else ({}, {})
        now = datetime.now(UTC)
        age = max(((now - seen.sent_at).total_seconds() for seen in first.values()), default=0.0)
        facts = sum(ended[spot] - offset for spot, offset in offsets.items())
        found.append(Lag(name, facts, max(age, 0.0)))
    return found
