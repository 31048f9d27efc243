"""滞后 (lag): how far each consumer is behind, in facts and in seconds."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from sqlalchemy import Engine

from shared.consumers.consumer_record import TopicRecord, read_record
from shared.consumers.lookup import CONSUMER as LOOK_UP
from shared.kafka_access import KafkaAccess
from shared.proof.check import Proofs
from shared.record.transaction import DatabaseTransaction, transaction
from shared.room import Room
from shared.topics import TopicPartition, journal_topic
from shared.views.projection import consumer_name
from shared.worker.offsets import RecordAtOffset, ends, look_for
from shared.worker.progress import Stand
from shared.worker.reactions import CONSUMER as REACTIONS
from shared.worker.unreadable import skip_unreadable


@dataclass(frozen=True, slots=True)
class Lag:
    """滞后: of one consumer. Seconds: the age of the oldest fact it has not taken."""

    consumer: str
    facts: int
    seconds: float


_VIEWS = """
SELECT n.consumer, sum(c.seq - coalesce(k.seq, 0))::int8,
    coalesce(max(extract(epoch FROM record.now() - f.recorded_at)), 0)::float8
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

    def read(self, db: DatabaseTransaction, stand: Stand) -> list[Lag]:
        """The lag now, of the partitions on which this worker stands."""
        found = _of_room(db, self._room)
        for name, unseen in _unseen(db, self._room, stand.ends, stand.passed).items():
            facts, now = _facts(unseen, stand.ends), time.monotonic()
            since = self._level.get(name, now) if facts else now
            self._level[name] = since
            found.append(Lag(name, facts, now - since))
        return found


def lags(
    engine: Engine, room: Room, kafka: KafkaAccess, partitions: int, proofs: Proofs | None = None
) -> list[Lag]:
    """How far every consumer of a room is behind, asked outside its workers.

    What `proofs` does not prove is no fact, and nobody is behind it. Raises Unavailable,
    BrokerSilent.
    """
    skip_unreadable(lambda *_: None)  # a worker counts such batches; here they are nobody's
    return asyncio.run(_lags(engine, room, kafka, partitions, proofs))


async def _lags(
    engine: Engine, room: Room, kafka: KafkaAccess, partitions: int, proofs: Proofs | None
) -> list[Lag]:
    spots = [(topic, n) for topic in room.listens for n in range(partitions)]
    ended = await ends(kafka, spots) if spots else {}
    with transaction(engine) as db:
        found, unseen, now = _of_room(db, room), _unseen(db, room, ended), db.now()
    for name, offsets in unseen.items():
        # What stands before the first record of a relay is nobody's, and so is all, without one.
        spans = {spot: (offset, ended[spot]) for spot, offset in offsets.items()}
        first = await look_for(kafka, spans, partial(_is_ours, proofs))
        behind = {spot: record.offset for spot, record in first.items()}
        age = max(((now - each.sent_at).total_seconds() for each in first.values()), default=0.0)
        found.append(Lag(name, _facts(behind, ended), max(age, 0.0)))
    return found


def _is_ours(proofs: Proofs | None, spot: TopicPartition, seen: RecordAtOffset) -> bool:
    try:
        raw = TopicRecord(*spot, seen.offset, seen.headers, seen.value, seen.key)
        read_record(raw, proofs)
    except Exception:  # noqa: BLE001 - whatever foreign bytes make of a reader
        return False
    return True


def of_journal(db: DatabaseTransaction, room: str, consumers: Sequence[str]) -> list[Lag]:
    """How far consumers of the room's own journal are behind its record."""
    return [Lag(*line) for line in db.query(_VIEWS, (list(consumers), journal_topic(room)))]


def _of_room(db: DatabaseTransaction, room: Room) -> list[Lag]:
    return of_journal(db, room.name, [*map(consumer_name, room.views), LOOK_UP])


def _unseen(
    db: DatabaseTransaction,
    room: Room,
    ended: Mapping[TopicPartition, int],
    passed: Mapping[TopicPartition, int] = MappingProxyType({}),
) -> Mapping[str, Mapping[TopicPartition, int]]:
    """What the consumer of milestones has not looked at, from which offset; by its name."""
    listens = room.listens
    if not listens:
        return {}
    seen = {(topic, partition): int(n) for topic, partition, n in db.query(_SEEN, (REACTIONS,))}
    at = {spot: max(seen.get(spot, 0), passed.get(spot, 0)) for spot in ended}
    return {
        REACTIONS: {
            spot: at[spot] for spot, end in ended.items() if spot[0] in listens and at[spot] < end
        }
    }


def _facts(unseen: Mapping[TopicPartition, int], ended: Mapping[TopicPartition, int]) -> int:
    return sum(ended[spot] - offset for spot, offset in unseen.items())
