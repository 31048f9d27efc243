"""转发的操作 (operating the relays): their status, and sending again from an earlier place."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from shared.config import Settings
from shared.record import interventions
from shared.record.backlog import UNSENT, backlog
from shared.record.database import Connections
from shared.record.interventions import Because, Intervention
from shared.record.transaction import at_once, each_committed
from shared.relay import ghosts
from shared.relay.lease_store import LIFE
from shared.topics import journal_topic

_RELAYS = """
SELECT holder FROM record.relays AS r WHERE record.is_held(r.until, clock_timestamp(), %s)
ORDER BY holder
"""
_PARTITIONS = """
SELECT l.partition, CASE WHEN l.until > clock_timestamp() THEN l.holder END, l.epoch,
    record.is_checked(l), l.halted, c.seq, l.refused, l.refused_kind
FROM record.leases AS l JOIN record.counters AS c ON c.partition = l.partition
ORDER BY l.partition
"""
_WINDOWS = """
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
    """Its topics were compared with the record since the database started."""
    halted: str | None
    """Why the room stopped."""
    facts: int
    """The last seq of the record."""
    refused: str | None
    """The record that cannot be sent. The partition waits until it can."""
    refused_kind: str | None
    """A WaitKind."""


@dataclass(frozen=True, slots=True)
class WindowStatus:
    """How far one topic of one partition is sent."""

    topic: str
    partition: int
    published: int
    offset: int | None
    """The offset of the last one on the topic. None: not known, as after a rewind."""


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
    taken_over: Sequence[str]
    """Leases that had not run out, but were nobody's, and who has the partition since."""
    interventions: Sequence[Intervention]
    """What people made of the record by hand; the last 20, the newest first."""


class NothingToRewind(Exception):
    """Nothing of this topic and partition was sent at or after the given place."""


def status(settings: Settings) -> RelayStatus:
    """The status of the room's relays. Raises Unavailable."""
    journal = journal_topic(settings.room)
    with (
        closing(Connections(settings.relay_url, 1)) as connections,
        each_committed(connections) as db,
    ):
        relays = [row[0] for row in db.query(_RELAYS, (LIFE,))]
        partitions = [PartitionStatus(*row) for row in db.query(_PARTITIONS)]
        windows = [WindowStatus(*row) for row in db.query(_WINDOWS, (journal, journal))]
        unsent = backlog(db.query(UNSENT, (journal,)))
        taken_over = ghosts.told(db.query(ghosts.TAKEN_OVER, (None,)))
        by_hand = interventions.last(db)
        ((is_open,),) = db.query("SELECT record.is_open()")
    told = (unsent.facts, unsent.oldest, taken_over, by_hand)
    return RelayStatus(settings.room, is_open, relays, partitions, windows, *told)


def rewind(
    settings: Settings, *, topic: str, partition: int, to: int, because: Because | None = None
) -> int:
    """Send everything after seq `to` again. Returns the seq up to which it was sent before.

    The relay that holds the partition loses it, and takes it again after comparing the topic. The
    ledger has it in the same transaction.
    Raises NothingToRewind, Unavailable.
    """
    with (
        closing(Connections(settings.relay_url, 1)) as connections,
        at_once(connections) as db,
    ):
        ((before,),) = db.query("SELECT record.relay_rewind(%s, %s, %s)", (topic, partition, to))
        if before is None:
            raise NothingToRewind(
                f"{topic}, partition {partition}: nothing at or behind seq {to} was sent"
            )
        if because is not None:
            what = f"{topic}, partition {partition}: sent again from behind seq {to}, not {before}"
            interventions.note(db, "relay rewind", what, because)
    return int(before)
