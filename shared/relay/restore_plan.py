"""恢复计划 (the plan of a restoration): what would be put back, and what stands in its way.

It is made before anything is written, so that a person can look at it. A partition is restored as
far as the journal is without a gap and without doubt. Behind that place nothing is put back, and
the plan says which record or which missing record is the reason.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

from shared import envelope
from shared.broker.reader import FetchedRecord, OffsetRange
from shared.envelope import ZERO_HASH, BrokenFact, Generation, ReceivedRecord, Stored
from shared.proof.check import Proofs
from shared.record.transaction import DatabaseTransaction
from shared.relay.check import previous, proves
from shared.relay.lost import PlannedFact, heads_of, planned_fact, proved
from shared.relay.skip import RecordPlace, SkippedRecord
from shared.relay.unused_numbers import Numbers, first_lacking, is_whole
from shared.topics import TopicPartition, source_header

_NAMED = 20
"""So many records that stand in the way are named."""


class Outcome(StrEnum):
    """结果: why a partition is not restored whole. The words do not change."""

    JOURNAL_LACKS = "journal-lacks"
    """The journal has facts behind a place that it lacks."""
    NUMBERS_SKIPPED = "numbers-skipped"
    """The record has given numbers to no fact: somebody moved a counter."""
    RECORD_LACKS = "record-lacks"
    """The record lacks a fact, but has later ones of the same partition."""
    RECORD_DIFFERS = "record-differs"
    """Record and journal have different facts at one place."""
    COPIES_DIFFER = "copies-differ"
    """The journal has different facts at one place, and the record has none there."""
    DOES_NOT_FOLLOW = "does-not-follow"
    """The next fact on the journal does not follow what its stream has in the record."""


_OF_THE_RECORD = (Outcome.RECORD_LACKS, Outcome.NUMBERS_SKIPPED)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way of restoring a partition."""

    outcome: Outcome
    partition: int
    seq: int
    """The seq that is lacking, or that the records in question have."""
    records: Sequence[str]
    """The records in question, at most 20, each as TOPIC/PARTITION/OFFSET. For `journal-lacks`:
    those behind the gap."""


@dataclass(frozen=True, slots=True)
class PartitionPlan:
    """What would be put back to one partition."""

    counter: int
    """The last seq that the record has given."""
    end: int
    """The last seq of which the record has the fact. Less than `counter`: its end was deleted."""
    facts: Sequence[PlannedFact]
    obstacle: Obstacle | None
    lost: Sequence[PlannedFact] = ()
    """Facts that were deleted from the middle, and are proved by what stands around them."""
    against: Sequence[int] = ()
    """Offsets of all records of the journal that stand in the way, if the record is right."""
    unproved: Sequence[int] = ()
    """Offsets of records that no key of ours proves. They are as if they were not there."""
    unused: Sequence[Numbers] = ()
    """Numbers of no fact that would be declared void, or freed behind the end."""
    void: Sequence[Numbers] = ()
    """Numbers that were declared void after the backup: the facts behind them say so."""


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What a restoration would do to a room."""

    spans: Mapping[TopicPartition, OffsetRange]
    """What was read of the journal. What comes later is not put back."""
    partitions: Mapping[int, PartitionPlan]
    skipped: Sequence[SkippedRecord]
    """Records that would be taken off their topics."""

    @property
    def facts(self) -> Sequence[PlannedFact]:
        """The facts that would be put back."""
        return [fact for each in self.partitions.values() for fact in (*each.lost, *each.facts)]

    @property
    def unproved(self) -> Sequence[RecordPlace]:
        """The records of the journal that no key of ours proves."""
        return [
            RecordPlace(topic, number, offset)
            for topic, number in self.spans
            for offset in self.partitions[number].unproved
        ]

    @property
    def generations(self) -> Sequence[tuple[int, Generation]]:
        """The partition of each later generation that would come back with its facts."""
        return [
            (number, generation)
            for number, each in self.partitions.items()
            for generation in sorted({f.generation for f in each.facts if f.generation.id})
        ]

    @property
    def unused(self) -> Sequence[tuple[int, Numbers]]:
        """The numbers that would be declared void or freed, each with its partition."""
        return [(n, numbers) for n, each in self.partitions.items() for numbers in each.unused]

    @property
    def void(self) -> Sequence[tuple[int, Numbers]]:
        """The numbers that come back as void, each with its partition."""
        return [(n, numbers) for n, each in self.partitions.items() for numbers in each.void]

    @property
    def against(self) -> Iterator[RecordPlace]:
        """The records of the journal that stand in the way, if the record is right."""
        for topic, number in self.spans:
            for offset in self.partitions[number].against:
                yield RecordPlace(topic, number, offset)

    @property
    def obstacles(self) -> Sequence[Obstacle]:
        """What stands in the way, at most one thing a partition."""
        return [each.obstacle for each in self.partitions.values() if each.obstacle is not None]


@dataclass(slots=True)
class JournalScan:
    """One pass over the journal of a partition, compared with what the record has."""

    place: TopicPartition
    proofs: Proofs
    counter: int
    end: int
    missing: Sequence[Numbers] = ()
    """Seqs before the end that the record lacks."""
    skipped: frozenset[int] = frozenset()
    """Offsets of records that are looked at as if they were not there."""
    may_void: bool = False
    """Numbers of no fact do not stand in the way: they are to be declared void."""
    _known: list[tuple[int, Stored]] = field(default_factory=list)
    _seen: dict[int, dict[bytes, PlannedFact]] = field(default_factory=dict)
    """Behind the end of the record: the different facts by seq, each as it was first met."""
    _obstacle: Obstacle | None = None
    _lost: list[PlannedFact] = field(default_factory=list)
    _against: list[int] = field(default_factory=list)
    _behind: list[tuple[int, int]] = field(default_factory=list)
    """Seq and offset of every record behind the end of the record."""
    _unproved: list[int] = field(default_factory=list)

    def take(self, room: str, records: Iterable[FetchedRecord]) -> None:
        """Read the next records."""
        for record, arrived in own_facts(room, self.place, records, self.proofs, self._unproved):
            offset, stored = record.offset, arrived.stored
            if offset in self.skipped:
                continue
            if stored.seq <= self.end:
                self._known.append((offset, stored))
            else:
                self._behind.append((stored.seq, offset))
                before = previous(record)
                fact = planned_fact(offset, stored, arrived.generation, before or 0)
                self._seen.setdefault(stored.seq, {}).setdefault(stored.hash, fact)

    def asked(self) -> Sequence[int]:
        """The seqs whose facts `compare` needs."""
        return sorted({stored.seq for _, stored in self._known})

    def compare(self, found: Mapping[int, Stored]) -> None:
        """Compare what was read since the last call with these facts of the record."""
        for offset, stored in self._known:
            if found.get(stored.seq) == stored:
                continue
            if stored.seq not in found:
                self._lost.append(planned_fact(offset, stored))
                continue
            self._against.append(offset)
            if self._obstacle is None:
                self._obstacle = self._named(Outcome.RECORD_DIFFERS, stored.seq, [offset])
        self._known.clear()

    def plan(self, owner: DatabaseTransaction) -> PartitionPlan:
        """What can be put back, after everything was read."""
        if self._obstacle is not None:
            return self._ended([], self._obstacle)
        lost, unused = proved(owner, self._lost), self._unused(owner)
        seq = first_lacking(self.missing or unused, {fact.seq for fact in lost})
        if unused and seq is not None and not self.may_void:
            return self._ended([], self._named(Outcome.NUMBERS_SKIPPED, seq, []))
        if seq is not None and not unused:
            offsets = [fact.offset for fact in self._lost if fact.seq == seq]
            return self._ended([], self._named(Outcome.RECORD_LACKS, seq, offsets))
        facts, obstacle = self._following(heads_of(owner, self._streams()))
        if (facts[-1].seq if facts else self.end) < self.counter:
            # To give the lacking numbers to others is worse than to lack them.
            facts = []
            obstacle = None if unused and unused[-1][1] == self.counter else obstacle
        ends = pairwise([self.end, *(fact.seq for fact in facts)])
        void = [(before + 1, seq - 1) for before, seq in ends if seq > before + 1]
        return replace(self._ended(facts, obstacle, lost), unused=unused, void=void)

    def _unused(self, owner: DatabaseTransaction) -> Sequence[Numbers]:
        """What lacks, if neither record nor journal show any trace of a fact there."""
        behind = self.counter > self.end and not self._behind
        numbers = [*self.missing, *([(self.end + 1, self.counter)] if behind else [])]
        if not numbers or self._lost or not is_whole(owner, self.place[1]):
            return ()
        return numbers

    def _ended(
        self,
        facts: Sequence[PlannedFact],
        obstacle: Obstacle | None,
        lost: Sequence[PlannedFact] = (),
    ) -> PartitionPlan:
        against: Sequence[int] = ()
        if obstacle is not None and obstacle.outcome not in _OF_THE_RECORD:
            last = facts[-1].seq if facts else self.end
            against = [*self._against, *(at for seq, at in self._behind if seq > last)]
        ended = PartitionPlan(self.counter, self.end, facts, obstacle, lost, against)
        return replace(ended, unproved=[at for at in self._unproved if at not in self.skipped])

    def _following(
        self, heads: dict[str, tuple[int, bytes]]
    ) -> tuple[Sequence[PlannedFact], Obstacle | None]:
        """The facts that follow the record without a gap or a doubt, and what ends them."""
        facts: list[PlannedFact] = []
        seq = self._next(self.end)
        while seq in self._seen:
            fact, *others = self._seen[seq].values()
            if others:
                offsets = [each.offset for each in (fact, *others)]
                return facts, self._named(Outcome.COPIES_DIFFER, seq, offsets)
            version, before = heads.get(fact.stream, (0, ZERO_HASH))
            if (fact.version, fact.previous_hash) != (version + 1, before) or "\0" in fact.stream:
                return facts, self._named(Outcome.DOES_NOT_FOLLOW, seq, [fact.offset])
            heads[fact.stream] = (fact.version, fact.hash)
            facts.append(fact)
            seq = self._next(seq)
        behind = [each.offset for other in self._seen if other > seq for each in self._at(other)]
        if behind or seq <= self.counter:
            return facts, self._named(Outcome.JOURNAL_LACKS, seq, behind)
        return facts, None

    def _next(self, seq: int) -> int:
        """The seq of the next fact: behind void numbers if the fact there says so."""
        ahead = min((other for other in self._seen if other > seq), default=seq + 1)
        says = {fact.before for fact in self._seen.get(ahead, {}).values()}
        return ahead if says == {seq} else seq + 1

    def _at(self, seq: int) -> Iterable[PlannedFact]:
        return self._seen[seq].values()

    def _streams(self) -> Sequence[str]:
        return sorted({each.stream for seq in self._seen for each in self._at(seq)})

    def _named(self, outcome: Outcome, seq: int, offsets: Sequence[int]) -> Obstacle:
        topic, number = self.place
        records = [f"{topic}/{number}/{offset}" for offset in sorted(offsets)[:_NAMED]]
        return Obstacle(outcome, number, seq, records)


def own_facts(
    room: str,
    place: TopicPartition,
    records: Iterable[FetchedRecord],
    proofs: Proofs,
    unproved: list[int],
) -> Iterator[tuple[FetchedRecord, ReceivedRecord]]:
    """The facts of the room and partition among these records of its journal, each with its record.

    The offsets of those that no key of ours proves are added to `unproved`.
    """
    for record in records:
        if record.headers.get("source") != source_header(room):
            continue
        try:
            arrived = envelope.read_journal(record.value)
        except BrokenFact:
            continue
        seq = arrived.stored.seq
        numbered = record.headers.get("seq") == b"%d" % seq
        if (arrived.room, arrived.stored.partition) != (room, place[1]) or not numbered:
            continue
        if proves(proofs, room, place, record, seq):
            yield record, arrived
        else:
            unproved.append(record.offset)
