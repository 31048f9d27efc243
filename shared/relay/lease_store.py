"""租约库 (the lease store): what a relay reads from and writes to the room's database.

One connection serves everything, also the notifications. Commits do not wait for the disk. What is
lost when the server dies does no harm: a lower `published` only means that copies are sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap

from shared.envelope import FIRST, Generation, Stored
from shared.proof import store as proofs
from shared.proof.key_ring import KeyRing
from shared.record.backlog import UNSENT, Backlog, Waiting, backlog, waiting
from shared.record.database import Connections, translating_errors
from shared.record.notification import CHANNEL
from shared.record.queries import STORED
from shared.record.statements import ResultRow, Values
from shared.record.transaction import DatabaseTransaction
from shared.relay import facts_to_send, ghosts
from shared.relay.producer_record import FactToSend
from shared.relay.window import InFlightWindow

LIFE = "8 seconds"
BEAT_S = 2.0
BATCH = 500
BATCH_BYTES = 4 * 1024 * 1024

_SOME = f"""
SELECT {STORED}, f.public
FROM record.facts AS f WHERE f.partition = %s AND f.seq = ANY (%s)
"""  # noqa: S608 - the names of our own columns
_PREVIOUS = """
SELECT coalesce(max(f.seq), 0) FROM record.facts AS f
WHERE f.partition = %s AND f.type = %s AND f.public IS NOT NULL AND f.seq <= %s
"""
_STATUS = """
SELECT l.partition, l.epoch, l.holder IS NOT DISTINCT FROM %s AND l.until > clock_timestamp(),
    l.halted, record.is_checked(l), c.seq, l.refused_kind, l.refused,
    (SELECT count(*) FROM record.relays AS r WHERE record.is_held(r.until, clock_timestamp(), %s))
FROM record.leases AS l JOIN record.counters AS c ON c.partition = l.partition
ORDER BY l.partition
"""


@dataclass(frozen=True, slots=True)
class LeaseStatus:
    """The state of the leases of a room, as one relay sees it."""

    held: Mapping[int, int]
    """The partitions that this relay holds, each with the epoch of its lease."""
    counters: Mapping[int, int]
    """The last seq of the record, by partition. It has every partition."""
    halted: Mapping[int, str]
    """Why the room stopped, by partition."""
    refused: Mapping[int, Waiting]
    """The record that cannot be sent, by partition. The partition waits."""
    unchecked: Sequence[int]
    """Partitions that were not compared since the database started."""
    live: int
    """How many relays are alive."""
    gate_open: bool


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far one topic of one partition is sent; see `record.published` in migration 0002."""

    seq: int = 0
    offset: int | None = None
    log_start: int = 0


class LeaseStore:
    """租约库: the database functions and queries of one relay, which is named `holder`."""

    def __init__(self, url: str, holder: str, room: str = "", ring: KeyRing | None = None) -> None:
        self.holder = holder
        self._room, self._ring = room, ring
        """Without a key ring no fact that is read can be proved."""
        self._connections = Connections(url, 1)
        self._connection = self._connections.take()
        self._db = DatabaseTransaction(self._connection)
        with translating_errors():
            # A new table has no statistics yet. An index scan is right without them.
            plans = "SET enable_bitmapscan = off; SET enable_seqscan = off"
            self._db.execute(f"SET synchronous_commit = off; {plans}; LISTEN {CHANNEL}")

    def close(self) -> None:
        """Close the connection."""
        self._connections.give(self._connection)
        self._connections.close()

    def fileno(self) -> int:
        """The descriptor to wait on. It is readable when a notification has come."""
        with translating_errors():
            return self._connection.fileno()

    def woken(self) -> bool:
        """Whether a notification has come since the last call."""
        with translating_errors():
            self._connection.poll()
        has_come = bool(self._connection.notifies)
        self._connection.notifies.clear()
        return has_come

    def beat(self) -> LeaseStatus:
        """Renew the leases of this relay, and read the state of all."""
        ((open_,),) = self._ask("SELECT record.relay_beat(%s, %s)", (self.holder, LIFE))
        rows = self._ask(_STATUS, (self.holder, LIFE))
        return LeaseStatus(
            held={row[0]: row[1] for row in rows if row[2]},
            counters={row[0]: row[5] for row in rows},
            halted={row[0]: row[3] for row in rows if row[3] is not None},
            unchecked=[row[0] for row in rows if not row[4]],
            refused=waiting((row[0], *row[6:8]) for row in rows if row[7] is not None),
            live=rows[0][8],
            gate_open=open_,
        )

    def take(self) -> int:
        """Take partitions that nobody holds, up to a fair share. Returns how many were taken."""
        ((taken,),) = self._ask("SELECT record.relay_take(%s, %s)", (self.holder, LIFE))
        return int(taken)

    def taken_over(self) -> Sequence[str]:
        """In words, the leases that this relay took over though they had not run out."""
        return ghosts.told(self._ask(ghosts.TAKEN_OVER, (self.holder,)))

    def release(self, partitions: Sequence[int]) -> None:
        """Give these partitions back. Nothing of them may be under way."""
        self._ask("SELECT record.relay_release(%s, %s)", (self.holder, list(partitions)))

    def leave(self) -> None:
        """Give everything back. From now on this is no live relay."""
        self._ask("SELECT record.relay_release(%s, NULL)", (self.holder,))

    def checked(self, partition: int, epoch: int, checkpoints: Mapping[str, Checkpoint]) -> bool:
        """Store the result of a comparison. False if the partition is held no longer."""
        values = (
            self.holder,
            partition,
            epoch,
            list(checkpoints),
            [checkpoint.seq for checkpoint in checkpoints.values()],
            [checkpoint.offset for checkpoint in checkpoints.values()],
            [checkpoint.log_start for checkpoint in checkpoints.values()],
        )
        statement = (
            "SELECT record.relay_checked(%s, %s, %s, %s, %s::int8[], %s::int8[], %s::int8[])"
        )
        ((held,),) = self._ask(statement, values)
        return bool(held)

    def halt(self, partition: int, epoch: int, reason: str) -> bool:
        """Close the gate after a failed comparison. False if the partition is held no longer."""
        values = (self.holder, partition, epoch, reason)
        ((held,),) = self._ask("SELECT record.relay_halt(%s, %s, %s, %s)", values)
        return bool(held)

    def refused(self, partition: int, epoch: int, why: Waiting | None) -> bool:
        """Note the record that cannot be sent; None: it waits no longer.

        False if the partition is held no longer.
        """
        said = (why.kind, why.record) if why else (None, None)
        values = (self.holder, partition, epoch, *said)
        ((held,),) = self._ask("SELECT record.relay_refused(%s, %s, %s, %s, %s)", values)
        return bool(held)

    def publish(
        self, epochs: Mapping[int, int], windows: Sequence[InFlightWindow]
    ) -> Sequence[int]:
        """Set `published` to what was acknowledged. Returns the partitions that are lost."""
        values = (
            self.holder,
            [window.partition for window in windows],
            [epochs[window.partition] for window in windows],
            [window.topic for window in windows],
            [window.acked for window in windows],
            [window.acked_offset for window in windows],
        )
        statement = "SELECT record.relay_publish(%s, %s, %s::int8[], %s, %s::int8[], %s::int8[])"
        ((refused,),) = self._ask(statement, values)
        return list(refused)

    def checkpoints(self, partition: int) -> Mapping[str, Checkpoint]:
        """How far each topic of the partition is sent. A topic without own records is absent."""
        statement = (
            "SELECT topic, seq, kafka_offset, log_start FROM record.published WHERE partition = %s"
        )
        return {row[0]: Checkpoint(*row[1:]) for row in self._ask(statement, (partition,))}

    def counters(self) -> Mapping[int, int]:
        """The last seq of the record, by partition."""
        return dict(self._ask("SELECT partition, seq FROM record.counters"))

    def facts(self, partition: int, after: int, limit: int = BATCH) -> Sequence[FactToSend]:
        """Facts of a partition with seq > after, in order; bounded in number and bytes."""
        values = {"partition": partition, "after": after, "limit": limit}
        return self._to_send(facts_to_send.AFTER, values)

    def milestones(
        self, partition: int, type_: str, after: int, until: int
    ) -> Sequence[FactToSend]:
        """Milestones of one type with after < seq <= until, in order; bounded like `facts`."""
        values = {"partition": partition, "type": type_, "after": after, "until": until}
        return self._to_send(facts_to_send.MILESTONES, values | {"limit": BATCH})

    def some(self, partition: int, seqs: Sequence[int]) -> Mapping[int, Stored]:
        """The facts with these seqs, by seq. What the record lacks is absent."""
        rows = self._ask(_SOME, (partition, list(seqs)))
        return {stored.seq: stored for stored in starmap(Stored, rows)}

    def previous(self, partition: int, type_: str, seq: int) -> int:
        """The seq of the last milestone of the type up to `seq`; 0 if there is none."""
        ((found,),) = self._ask(_PREVIOUS, (partition, type_, seq))
        return int(found)

    def backlog(self, journal: str) -> Backlog:
        """What the room has not sent yet, for all partitions together."""
        return backlog(self._ask(UNSENT, (journal,)))

    def _to_send(self, statement: str, values: Mapping[str, object]) -> Sequence[FactToSend]:
        """The facts, and for each the key of its seq: the same one whenever it is sent."""
        rows = self._ask(statement, {**values, "bytes": BATCH_BYTES, "room": self._room})
        if rows and self._ring is not None:
            partition, newest = rows[0][0], rows[0][-1]
            if newest > self._ring.newest(self._room, partition):
                with translating_errors():
                    self._ring.add(proofs.copied(self._db))
        return [self._fact(row) for row in rows]

    def _fact(self, row: ResultRow) -> FactToSend:
        *values, generation, first_seq, void, newest = row
        stored = Stored(*values)
        begun = Generation(generation, first_seq) if generation else FIRST
        if self._ring is None or not newest:
            return FactToSend(stored, begun, void=void or 0)
        key = self._ring.key_at(self._room, stored.partition, stored.seq)
        return FactToSend(stored, begun, key, void or 0)

    def _ask(self, statement: str, values: Values = ()) -> list[ResultRow]:
        with translating_errors():
            return self._db.query(statement, values)
