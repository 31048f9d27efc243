"""从日志恢复 (restoring from the journal): facts that Kafka has and a restored database lacks.

They come back byte for byte at their old places, by a database function that only the owner may
call. It takes only facts that follow without a gap. A restoration may be stopped and repeated.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from shared.broker.reader import OffsetRange, Reader
from shared.config import SettingMissing, Settings
from shared.proof.check import Proofs, proofs_of
from shared.record import interventions, snapshots
from shared.record.database import Connections
from shared.record.interventions import Because
from shared.record.transaction import DatabaseTransaction, at_once, each_committed
from shared.relay.lease_store import Checkpoint, LeaseStore
from shared.relay.put_back import PuttingBack, RecordRefuses
from shared.relay.restore_plan import (
    JournalScan,
    Outcome,
    PartitionPlan,
    RestorePlan,
)
from shared.relay.skip import Skips, read_skipped, skip
from shared.relay.unused_numbers import Numbers, gaps, settle
from shared.topics import TopicPartition, journal_topic

_ENDS = """
SELECT c.partition, c.seq,
    coalesce((SELECT max(f.seq) FROM record.facts AS f WHERE f.partition = c.partition), 0),
    (SELECT count(*) FROM record.facts AS f WHERE f.partition = c.partition)
        + (SELECT coalesce(sum(v.last_seq - v.first_seq + 1), 0) FROM record.void_numbers AS v
            WHERE v.partition = c.partition)
FROM record.counters AS c ORDER BY c.partition
"""
_LOCK = "SELECT FROM record.counters ORDER BY partition FOR UPDATE"
_BEGIN_GENERATION = "SELECT record.begin_generation(%s)"
_NO_SKIPS = Skips()
_OPERATOR = Because("operator", "")


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
    because: Because = _OPERATOR,
) -> Restored:
    """Put back the facts that the room's journal has and its record lacks; all or none of them.

    Then the records that `skips` names are taken off their topics, as if they had not been there;
    with `keep_record` all of the journal that stands in the way.

    `agreed` is asked before anything is written. If it says no, nothing is. `say` is called with
    the number of facts of each batch.

    The proof keys are brought together before the journal is read, and nothing counts that they
    do not prove.

    Raises SettingMissing without the owner's URL, RecordRefuses, CannotSkip, Unavailable,
    KeysUnavailable, MasterKeyUnusable, BrokerAway.
    """
    with (
        closing(proofs_of(settings)) as proofs,
        closing(LeaseStore(settings.relay_url, "restore")) as lease_store,
        closing(Reader(settings.kafka)) as reader,
        closing(_owners(settings)) as owners,
    ):
        proofs.refresh()
        with each_committed(owners) as owner:
            planning = _Planning(settings.room, lease_store, reader, owner, proofs, skips)
            plan = planning.run()
            if skips.keep_record and (against := list(plan.against)):
                skips = planning.skips = skips.also(against)
                plan = planning.run()
        if not agreed(plan):
            return Restored(plan, {})
        with at_once(owners) as owner:
            owner.execute(_LOCK)  # all of them in order, as whoever begins a generation does
            snapshots.drop(owner)  # they belong to the record as it was before
            facts = PuttingBack(settings.room, plan, reader, owner, proofs, say).run()
            _settle_numbers(owner, plan)
            if facts or plan.skipped:
                # Others may have taken what the record does not have: they are to notice.
                owner.query(_BEGIN_GENERATION, ("restored from the journal",))
            if what := _done(plan, facts):
                interventions.note(owner, "restore", what, because)
        if plan.skipped:
            skip(settings, skips, plan.skipped, reader, lease_store, proofs)
        return Restored(plan, facts)


def begin_generation(settings: Settings, because: Because) -> str:
    """What the room records from now on belongs to a new generation; its id.

    Raises SettingMissing, Unavailable.
    """
    with closing(_owners(settings)) as owners, at_once(owners) as owner:
        ((generation,),) = owner.query(_BEGIN_GENERATION, (because.reason,))
        interventions.note(owner, "generation new", f"began generation {generation}", because)
    return str(generation)


def _owners(settings: Settings) -> Connections:
    if settings.owner_url is None:
        raise SettingMissing(
            f"set {settings.room.upper()}_OWNER_URL: only the owner changes a record so"
        )
    return Connections(settings.owner_url, 1)


def _settle_numbers(owner: DatabaseTransaction, plan: RestorePlan) -> None:
    for number, each in plan.partitions.items():
        if not settle(owner, number, each.end, each.unused):
            raise RecordRefuses(f"partition {number} has new facts; look again")


def _done(plan: RestorePlan, facts: Mapping[int, int]) -> str:
    """What is done, in words; empty if nothing is."""
    numbers = [*plan.unused, *plan.void]
    void = ", ".join(f"{number}/{first}-{last}" for number, (first, last) in numbers)
    parts = (
        f"put back: {sum(facts.values())} facts" if facts else "",
        f"taken off: {', '.join(str(each.place) for each in plan.skipped)}" if plan.skipped else "",
        f"numbers of no fact: {void}" if void else "",
    )
    return "; ".join(part for part in parts if part)


@dataclass(slots=True)
class _Planning:
    room: str
    lease_store: LeaseStore
    reader: Reader
    owner: DatabaseTransaction
    proofs: Proofs
    skips: Skips

    def run(self) -> RestorePlan:
        """Read from the last checkpoint. Where that leaves a gap, read from the beginning."""
        scans = {
            (journal_topic(self.room), number): (
                counter,
                end,
                gaps(self.owner, number) if count < end else (),
            )
            for number, counter, end, count in self.owner.query(_ENDS)
        }
        bounds = self.reader.bounds(list(scans))
        spans = {}
        for place in scans:
            known = self.lease_store.checkpoints(place[1]).get(place[0], Checkpoint())
            # What is before the checkpoint may be against the record as well.
            whole = self.skips.keep_record or bool(scans[place][2])
            spans[place] = bounds[place] if whole else _from(known, bounds[place])
        plans = self._read({place: self._scan(place, *scans[place]) for place in scans}, spans)
        if gapped := [place for place in scans if _has_gap(plans[place[1]])]:
            spans |= {place: bounds[place] for place in gapped}
            again = {place: self._scan(place, *scans[place]) for place in gapped}
            plans |= self._read(again, {place: bounds[place] for place in gapped})
        return RestorePlan(spans, plans, read_skipped(self.reader, self.skips.places))

    def _scan(
        self, place: TopicPartition, counter: int, end: int, missing: Sequence[Numbers]
    ) -> JournalScan:
        skips = self.skips
        known = (counter, end, missing, skips.offsets(place), skips.may_void)
        return JournalScan(place, self.proofs, *known)

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


def _has_gap(plan: PartitionPlan) -> bool:
    return plan.obstacle is not None and plan.obstacle.outcome is Outcome.JOURNAL_LACKS


def _from(checkpoint: Checkpoint, bounds: OffsetRange) -> OffsetRange:
    """From the checkpoint, if the topic has the same beginning and still reaches so far."""
    offset = checkpoint.offset
    if offset is None or checkpoint.log_start != bounds.begin or offset >= bounds.end:
        return bounds
    return OffsetRange(offset, bounds.end)
