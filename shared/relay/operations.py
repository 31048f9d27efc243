"""转发的操作 (operating the relays): how they stand, and sending again from an earlier place."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from shared.config import Settings
from shared.record.backlog import UNSENT, backlog
from shared.record.database import Connections
from shared.record.transaction import DatabaseTransaction, each_committed
from shared.topics import journal_topic

_RELAYS = "SELECT holder, until FROM record.relays WHERE until > clock_timestamp() ORDER BY holder"
_PARTITIONS = """
SELECT l.partition, CASE WHEN l.until > clock_timestamp() THEN l.holder END, l.epoch,
    record.is_checked(l), l.halted, c.seq
FROM record.leases AS l JOIN record.counters AS c ON c.partition = l.partition
ORDER BY l.partition
"""
_LANES = """
SELECT topic, partition, seq, kafka_offset FROM record.published
WHERE seq > 0 OR topic = %s ORDER BY topic <> %s, topic, partition
"""


@dataclass(frozen=True, slots=True)
class PartitionStatus:
    """Who sends one partition."""

    partition: int
    holder: str | None
    epoch: int
    checked: bool
    """Its topics were compared with the record since the server started."""
    halted: str | None
    """Why the room stopped."""
    facts: int
    """The last seq of the record."""


@dataclass(frozen=True, slots=True)
class WindowStatus:
    """How far one topic of one partition is sent."""

    topic: str
    partition: int
    published: int
    offset: int | None
    """Where the last one stands on the topic; None: not known (after a rewind)."""


@dataclass(frozen=True, slots=True)
class RelayStatus:
    """The relays of one room."""

    room: str
    gate_open: bool
    relays: Sequence[str]
    partitions: Sequence[PartitionStatus]
    lanes: Sequence[WindowStatus]
    """The topics by partition; `guiyi relay status --json` calls them lanes."""
    unpublished: int
    """Facts that are not on the journal yet."""
    oldest_unpublished: datetime | None


class NothingToRewind(Exception):
    """The topic was not sent so far in this partition, or the place lies ahead of what was."""


def status(settings: Settings) -> RelayStatus:
    """How the relays of the room stand. Raises Unavailable."""
    journal = journal_topic(settings.room)
    with _database(settings.runtime_url) as db:
        relays = [row[0] for row in db.query(_RELAYS)]
        partitions = [PartitionStatus(*row) for row in db.query(_PARTITIONS)]
        windows = [WindowStatus(*row) for row in db.query(_LANES, (journal, journal))]
        unsent = backlog(db.query(UNSENT, (journal,)))
        ((is_open,),) = db.query("SELECT record.is_open()")
    return RelayStatus(
        settings.room, is_open, relays, partitions, windows, unsent.facts, unsent.oldest
    )


def rewind(settings: Settings, *, topic: str, partition: int, to: int) -> int:
    """Send everything behind seq `to` again; where it stood before.

    Whoever holds the partition loses it by this and takes it again after comparing the topic.
    Raises NothingToRewind, Unavailable.
    """
    with _database(settings.runtime_url) as db:
        ((stood,),) = db.query("SELECT record.relay_rewind(%s, %s, %s)", (topic, partition, to))
    if stood is None:
        raise NothingToRewind(
            f"{topic}, partition {partition}: nothing at or behind seq {to} was sent"
        )
    return int(stood)


@contextmanager
def _database(url: str) -> Iterator[DatabaseTransaction]:
    connections = Connections(url, 1)
    try:
        with each_committed(connections) as db:
            yield db
    finally:
        connections.close()
