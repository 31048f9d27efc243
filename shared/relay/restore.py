"""从日志恢复 (restoring from the journal): facts that Kafka has and a restored database lacks.

They come back byte for byte at their old places, by a database function that only the owner may
call. It takes only facts that follow without a gap. A restoration may be stopped and repeated.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import psycopg2

from shared import envelope
from shared.broker.reader import OffsetRange, Reader
from shared.config import SettingMissing, Settings
from shared.envelope import Stored
from shared.record import snapshots
from shared.record.database import Connections, is_away
from shared.record.transaction import DatabaseTransaction, each_committed
from shared.relay.lease_store import Checkpoint, LeaseStore
from shared.relay.restore_plan import (
    JournalScan,
    Outcome,
    PartitionPlan,
    PlannedFact,
    RestorePlan,
    own_facts,
)
from shared.relay.skip import Skips, read_skipped, skip
from shared.topics import TopicPartition, journal_topic

_ENDS = """
SELECT c.partition, c.seq,
    coalesce((SELECT max(f.seq) FROM record.facts AS f WHERE f.partition = c.partition), 0)
FROM record.counters AS c ORDER BY c.partition
"""
# The end of a partition was deleted. Its numbers are free again, but only for the same facts.
_SET_BACK = """
DELETE FROM record.gate;
SELECT FROM record.counters WHERE partition = %(partition)s FOR UPDATE;
UPDATE record.heads AS h SET version =
    coalesce((SELECT max(f.version) FROM record.facts AS f WHERE f.stream = h.stream), 0)
    WHERE h.partition = %(partition)s AND h.stream = ANY (%(streams)s);
UPDATE record.counters SET seq = %(end)s
    WHERE partition = %(partition)s AND seq = %(counter)s;
"""
_PUT_BACK = (
    "SELECT record.restore_facts(%s, %s::int8[], %s::timestamptz[], %s, %s::int8[], %s::uuid[],"
    " %s::uuid[], %s::int4[], %s, %s::text[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[])"
)

_NO_SKIPS = Skips()


class RecordRefuses(Exception):
    """The database took a fact for wrong that the plan took for right."""


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restoration."""

    plan: RestorePlan
    facts: Mapping[int, int]
    """How many were put back, by partition."""


def restore_from_journal(
    settings: Settings,
    agreed: Callable[[RestorePlan], bool],
    say: Callable[[int], None] = lambda _count: None,
    skips: Skips = _NO_SKIPS,
) -> Restored:
    """Put back the facts that the room's journal has and its record lacks.

    Then the records that `skips` names are taken off their topics, as if they had not been there;
    with `keep_record` all of the journal that stands in the way.

    `agreed` is asked before anything is written. If it says no, nothing is. `say` is called with
    the number of facts of each batch.

    Raises SettingMissing without the owner's URL, RecordRefuses, CannotSkip, Unavailable,
    BrokerAway.
    """
    if settings.owner_url is None:
        raise SettingMissing(
            f"set {settings.room.upper()}_OWNER_URL: only the owner puts facts back"
        )
    with (
        closing(LeaseStore(settings.runtime_url, "restore")) as lease_store,
        closing(Reader(settings.kafka_bootstrap)) as reader,
        closing(Connections(settings.owner_url, 1)) as owners,
    ):
        with each_committed(owners) as owner:
            planning = _Planning(settings.room, lease_store, reader, owner, skips)
            plan = planning.run()
            if skips.keep_record and (against := list(plan.against)):
                skips = planning.skips = skips.also(against)
                plan = planning.run()
        if not agreed(plan):
            return Restored(plan, {})
        with each_committed(owners) as owner:
            snapshots.drop(owner)  # they belong to the record as it was before
            facts = _Restoration(settings.room, plan, reader, owner, say).run()
        if plan.skipped:
            skip(settings, skips, plan.skipped, reader, lease_store)
        return Restored(plan, facts)


@dataclass(slots=True)
class _Planning:
    room: str
    lease_store: LeaseStore
    reader: Reader
    owner: DatabaseTransaction
    skips: Skips

    def run(self) -> RestorePlan:
        """Read from the last checkpoint. Where that leaves a gap, read from the beginning."""
        scans = {
            (journal_topic(self.room), number): (counter, end)
            for number, counter, end in self.owner.query(_ENDS)
        }
        bounds = self.reader.bounds(list(scans))
        spans = {}
        for place in scans:
            known = self.lease_store.checkpoints(place[1]).get(place[0], Checkpoint())
            # What is before the checkpoint may be against the record as well.
            whole = self.skips.keep_record
            spans[place] = bounds[place] if whole else _from(known, bounds[place])
        plans = self._read({place: self._scan(place, *scans[place]) for place in scans}, spans)
        if gaps := [place for place in scans if _has_gap(plans[place[1]])]:
            spans |= {place: bounds[place] for place in gaps}
            again = {place: self._scan(place, *scans[place]) for place in gaps}
            plans |= self._read(again, {place: bounds[place] for place in gaps})
        return RestorePlan(spans, plans, read_skipped(self.reader, self.skips.places))

    def _scan(self, place: TopicPartition, counter: int, end: int) -> JournalScan:
        return JournalScan(place, counter, end, self.skips.offsets(place))

    def _read(
        self,
        scans: Mapping[TopicPartition, JournalScan],
        spans: Mapping[TopicPartition, OffsetRange],
    ) -> dict[int, PartitionPlan]:
        for place, records in self.reader.read(spans, lambda: None):
            scan = scans[place]
            scan.take(self.room, records)
            if seqs := scan.asked():
                scan.compare(self.lease_store.some(place[1], seqs))
        return {place[1]: scan.plan(self.owner) for place, scan in scans.items()}


@dataclass(slots=True)
class _Restoration:
    room: str
    plan: RestorePlan
    reader: Reader
    owner: DatabaseTransaction
    say: Callable[[int], None]
    counts: dict[int, int] = field(default_factory=dict)

    def run(self) -> Mapping[int, int]:
        """Put back what is planned. Copies may stand in any order, so read as often as needed."""
        for number, each in self.plan.partitions.items():
            if each.facts and each.end < each.counter:
                self._set_back(number, each)
        left, before = len(self.plan.facts), None
        while left and left != before:
            before = left
            spans = {p: s for p, s in self.plan.spans.items() if self._left(p[1])}
            for (_, number), records in self.reader.read(spans, lambda: None):
                facts = (stored for _, stored in own_facts(self.room, number, records))
                self._put_back(number, self._next(number, facts))
            left = sum(len(self._left(number)) for number in self.plan.partitions)
        return self.counts

    def _left(self, number: int) -> Sequence[PlannedFact]:
        return self.plan.partitions[number].facts[self.counts.get(number, 0) :]

    def _next(self, number: int, facts: Iterable[Stored]) -> Sequence[Stored]:
        """Those that are the next of the plan."""
        expected = iter(self._left(number))
        wanted, found = next(expected, None), []
        for stored in facts:
            if wanted is not None and (stored.seq, stored.hash) == (wanted.seq, wanted.hash):
                found.append(stored)
                wanted = next(expected, None)
        return found

    def _set_back(self, number: int, planned: PartitionPlan) -> None:
        streams = sorted({fact.stream for fact in planned.facts})
        values = {"partition": number, "end": planned.end, "counter": planned.counter}
        self._run(_SET_BACK, {**values, "streams": streams})

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
        self._run(_PUT_BACK, values)
        self.counts[number] = self.counts.get(number, 0) + len(facts)
        self.say(len(facts))

    def _run(self, statement: str, values: Mapping[str, object] | Sequence[object]) -> None:
        try:
            self.owner.execute(statement, values)
        except psycopg2.Error as error:
            if is_away(error):
                raise
            raise RecordRefuses(error.diag.message_primary or str(error).strip()) from error
        except ValueError as error:  # what no text of a database can hold, such as NUL
            raise RecordRefuses(str(error)) from error


def _has_gap(plan: PartitionPlan) -> bool:
    return plan.obstacle is not None and plan.obstacle.outcome is Outcome.JOURNAL_LACKS


def _from(checkpoint: Checkpoint, bounds: OffsetRange) -> OffsetRange:
    """From the checkpoint, if the topic has the same beginning and still reaches so far."""
    offset = checkpoint.offset
    if offset is None or checkpoint.log_start != bounds.begin or offset >= bounds.end:
        return bounds
    return OffsetRange(offset, bounds.end)
