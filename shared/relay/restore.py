"""从日志恢复 (restoring from the journal): facts that Kafka has and a restored database lacks.

They come back byte for byte at their old places, by a database function that only the owner may
call. It takes only facts that follow without a gap. A restoration may be stopped and repeated.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field

from shared import envelope
from shared.broker.reader import FetchedRecord, OffsetRange, Reader
from shared.config import SettingMissing, Settings
from shared.envelope import BrokenFact, Stored
from shared.record import snapshots
from shared.record.database import Connections
from shared.record.transaction import DatabaseTransaction, each_committed
from shared.relay.lease_store import Checkpoint, LeaseStore
from shared.topics import TopicPartition, journal_topic

RUNBOOK = "docs/runbooks/journal-ahead.md"
_PUT_BACK = (
    "SELECT record.restore_facts(%s, %s::int8[], %s::timestamptz[], %s, %s::int8[], %s::uuid[],"
    " %s::uuid[], %s::int4[], %s, %s::text[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[])"
)


class JournalDiffers(Exception):
    """Record and journal have different facts at one place. Only a person can decide."""


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restoration."""

    facts: Mapping[int, int]
    """How many were put back, by partition."""
    lacking: Mapping[int, int]
    """By partition, the first seq that the journal lacks. Only for journals with a gap."""


def restore_from_journal(
    settings: Settings, say: Callable[[int], None] = lambda _count: None
) -> Restored:
    """Put back the facts that the room's journal has and its record lacks.

    `say` is called with the number of facts of each batch.

    Raises SettingMissing without the owner's URL, JournalDiffers, Unavailable, BrokerAway.
    """
    if settings.owner_url is None:
        raise SettingMissing(
            f"set {settings.room.upper()}_OWNER_URL: only the owner puts facts back"
        )
    with (
        closing(LeaseStore(settings.runtime_url, "restore")) as lease_store,
        closing(Reader(settings.kafka_bootstrap)) as reader,
        closing(Connections(settings.owner_url, 1)) as owners,
        each_committed(owners) as owner,
    ):
        snapshots.drop(owner)  # they belong to the record as it was before
        return _Restoration(settings.room, lease_store, reader, owner, say).run()


@dataclass(slots=True)
class _Restoration:
    room: str
    lease_store: LeaseStore
    reader: Reader
    owner: DatabaseTransaction
    say: Callable[[int], None]
    counts: dict[int, int] = field(default_factory=dict)
    highest: dict[int, int] = field(default_factory=dict)

    def run(self) -> Restored:
        """Read from the last checkpoint. Where that leaves a gap, read from the beginning."""
        places = [(journal_topic(self.room), number) for number in self.lease_store.counters()]
        bounds = self.reader.bounds(places)
        checkpoints = {
            place: self.lease_store.checkpoints(place[1]).get(place[0], Checkpoint())
            for place in places
        }
        self._read({place: _from(checkpoints[place], bounds[place]) for place in places})
        if gaps := self._gaps():
            self._read({place: bounds[place] for place in places if place[1] in gaps})
        return Restored(self.counts, self._gaps())

    def _gaps(self) -> Mapping[int, int]:
        counters = self.lease_store.counters()
        return {
            number: counters[number] + 1
            for number, highest in self.highest.items()
            if highest > counters[number]
        }

    def _read(self, spans: Mapping[TopicPartition, OffsetRange]) -> None:
        ends = dict(self.lease_store.counters())
        for (_, number), records in self.reader.read(spans, lambda: None):
            end = ends[number]
            new: dict[int, Stored] = {}
            known: list[Stored] = []
            for stored in self._own(number, records):
                self.highest[number] = max(stored.seq, self.highest.get(number, 0))
                if stored.seq <= end:
                    known.append(stored)
                elif stored.seq in new:
                    self._same(stored, new[stored.seq])
                elif stored.seq == end + len(new) + 1:
                    new[stored.seq] = stored
            self._compare(number, known)
            self._put_back(number, list(new.values()))
            ends[number] += len(new)

    def _own(self, number: int, records: Sequence[FetchedRecord]) -> Sequence[Stored]:
        found = []
        for record in records:
            with suppress(BrokenFact):
                arrived = envelope.read_journal(record.value)
                if arrived.room == self.room and arrived.stored.partition == number:
                    found.append(arrived.stored)
        return found

    def _put_back(self, number: int, facts: Sequence[Stored]) -> None:
        if not facts:
            return
        heads = [envelope.head(stored.body) for stored in facts]
        # Stream and type are taken from the bytes, because only the bytes are hashed.
        values = (
            number,
            [stored.seq for stored in facts],
            [stored.recorded_at for stored in facts],
            [head.stream for head in heads],
            [head.version for head in heads],
            [str(head.id) for head in heads],
            [str(head.command) for head in heads],
            [head.n for head in heads],
            [head.type for head in heads],
            [head.ticket for head in heads],
            [stored.previous_hash for stored in facts],
            [stored.hash for stored in facts],
            [stored.body for stored in facts],
            [stored.public for stored in facts],
        )
        self.owner.execute(_PUT_BACK, values)
        self.counts[number] = self.counts.get(number, 0) + len(facts)
        self.say(len(facts))

    def _compare(self, number: int, arrived: Sequence[Stored]) -> None:
        if arrived:
            found = self.lease_store.some(number, sorted({stored.seq for stored in arrived}))
            for stored in arrived:
                self._same(stored, found[stored.seq])

    def _same(self, arrived: Stored, known: Stored) -> None:
        if arrived != known:
            raise JournalDiffers(
                f"{journal_topic(self.room)}, partition {arrived.partition}, seq {arrived.seq}:"
                f" record and journal hold different facts; see {RUNBOOK}"
            )


def _from(checkpoint: Checkpoint, bounds: OffsetRange) -> OffsetRange:
    """From the checkpoint, if the topic has the same beginning and still reaches so far."""
    offset = checkpoint.offset
    if offset is None or checkpoint.log_start != bounds.begin or offset >= bounds.end:
        return bounds
    return OffsetRange(offset, bounds.end)
