"""对照 (the check): the topics of a partition are compared with the record before it is sent from.

There are three cases. The broker lost the end of a topic: those records are sent again. The
database was restored to an earlier time: the journal has facts that the record lacks, and the room
must not give their numbers to other facts. Usually nothing happened, and one record per topic is
read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from shared import envelope
from shared.broker.reader import FetchedRecord, OffsetRange, Reader
from shared.envelope import BrokenFact, Stored
from shared.proof.check import Proofs
from shared.proof.mac import HEADER, ProvedRecord, Unproved
from shared.relay.lease_store import Checkpoint
from shared.topics import TopicPartition, journal_topic, source_header

DIGITS = 19
"""Of the largest seq. Python refuses to read a number of very many."""
RUNBOOK = "docs/runbooks/journal-ahead.md"
_ADVICE = (
    "This room's database was restored or replaced, or somebody else wrote to the topic, so the"
    " room takes no facts until that is settled. What the record lacks is shown and put back by:"
    f" guiyi restore {{room}} --from-journal; see {RUNBOOK}."
    f" 日志比记录更新：数据库被恢复过，或有他人写入话题；本服务间停止受理，请按 {RUNBOOK} 处理。"
)
_ORPHAN = (
    "It cannot be put back: its public document alone is left. Once it is settled, it is taken"
    " off by: guiyi restore {room} --from-journal --skip {place} --because REASON --keep FILE."
    f" 只剩公开文档，无法放回，核实后可剔除；see {RUNBOOK}."
)


class Facts(Protocol):
    """The part of the lease store that a comparison needs."""

    def some(self, partition: int, seqs: Sequence[int]) -> Mapping[int, Stored]:
        """As LeaseStore.some."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A fact of this room on a topic that the room's record lacks, or has with other bytes."""

    topic: str
    partition: int
    seq: int
    offset: int
    type: str
    differs: bool
    """True: the room's record has this seq with other bytes. False: it has no such seq."""

    def __str__(self) -> str:
        said = "other bytes than the record has" if self.differs else "the record has no such fact"
        place = f"{self.topic}, partition {self.partition}, offset {self.offset}"
        return f"{self.type}, seq {self.seq} at {place}: {said}"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of comparing one partition."""

    checkpoints: Mapping[str, Checkpoint]
    """How far each topic is really sent."""
    halt: str | None
    """Why the room has to stop. None if it may go on."""
    strange: int
    """How many records on the topics are not written by any relay."""
    unproved: int = 0
    """How many look like a fact of the room, but no key of ours proves them."""


@dataclass(slots=True)
class TopicScan:
    """One pass over a topic's partition. It finds what a reader of the topic would know at the end.

    The cursor moves as in every reader: only to a record whose `prev` is the cursor. So records
    after a gap do not count.
    """

    room: str
    place: TopicPartition
    checkpoint: Checkpoint
    span: OffsetRange
    whole: bool
    """True: from the topic's beginning. False: from the checkpoint."""
    reached: Checkpoint
    """Never beyond the checkpoint."""
    proofs: Proofs | None = None
    gone: bool = False
    """The checkpoint's record was not found at its offset."""
    highest: int = 0
    strange: int = 0
    unproved: int = 0
    mismatch: Mismatch | None = None
    _cursor: int = 0
    _taken: list[tuple[int, Stored]] = field(default_factory=list)

    def take(self, records: Iterable[FetchedRecord], facts: Facts) -> None:
        """Compare the next records of the topic with the room's record."""
        for record in records:
            self._take(record)
        if self._taken and self.mismatch is None:
            found = facts.some(self.place[1], sorted({stored.seq for _, stored in self._taken}))
            self.mismatch = next(self._mismatches(found), None)
        self._taken.clear()

    def _take(self, record: FetchedRecord) -> None:
        stored = self._own(record)
        if stored is None:
            if not self.highest and not self._cursor:
                self.reached = replace(self.reached, offset=record.offset)
            return
        self.highest = max(self.highest, stored.seq)
        self._taken.append((record.offset, stored))
        if not self.whole:
            self.gone &= (record.offset, stored.seq) != (
                self.checkpoint.offset,
                self.checkpoint.seq,
            )
        elif self._cursor < stored.seq <= self.checkpoint.seq and previous(record) == self._cursor:
            self._cursor = stored.seq
            self.reached = replace(self.reached, seq=stored.seq, offset=record.offset)

    def _own(self, record: FetchedRecord) -> Stored | None:
        if record.headers.get("source") != source_header(self.room):
            return None
        is_journal = self.place[0] == journal_topic(self.room)
        try:
            read = envelope.read_journal if is_journal else envelope.read_milestone
            arrived = read(record.value)
        except BrokenFact:
            self.strange += 1
            return None
        stored, (topic, partition) = arrived.stored, self.place
        named = is_journal or stored.type == topic
        numbered = record.headers.get("seq") == b"%d" % stored.seq
        if (arrived.room, stored.partition) != (self.room, partition) or not (named and numbered):
            self.strange += 1
            return None
        return stored if self._is_proved(record, stored) else None

    def _is_proved(self, record: FetchedRecord, stored: Stored) -> bool:
        if self.proofs is None or proves(self.proofs, self.room, self.place, record, stored.seq):
            return True
        self.unproved += 1
        return False

    def _needs_proof(self, stored: Stored) -> bool:
        """Whether its seq has a proof key. It counts as one where the room has no key yet."""
        if self.proofs is None or not self.proofs.ring.newest(self.room, stored.partition):
            return True
        return self.proofs.ring.key_at(self.room, stored.partition, stored.seq) is not None

    def _mismatches(self, found: Mapping[int, Stored]) -> Iterator[Mismatch]:
        for offset, stored in self._taken:
            fact = found.get(stored.seq)
            if fact is not None and not stored.body:  # a milestone's topic has only the document
                fact = replace(fact, body=b"")
            if fact is not None and fact != stored and not self._needs_proof(stored):
                self.unproved += 1  # anybody can write what needs no proof; the record is right
            elif fact != stored:
                yield Mismatch(*self.place, stored.seq, offset, stored.type, fact is not None)


def check(
    room: str,
    checkpoints: Mapping[TopicPartition, Checkpoint],
    reader: Reader,
    facts: Facts,
    tick: Callable[[], None],
    proofs: Proofs | None = None,
) -> Mapping[int, CheckResult]:
    """Compare these topics of these partitions with the record. Returns a result per partition.

    What `proofs` does not prove is not a fact of the room and says nothing about its record.
    """
    bounds = reader.bounds(list(checkpoints))
    scans = {p: begun(room, p, known, bounds[p], proofs=proofs) for p, known in checkpoints.items()}
    _run(scans, reader, facts, tick)
    lost = {
        place: begun(room, place, scan.checkpoint, bounds[place], whole=True, proofs=proofs)
        for place, scan in scans.items()
        if scan.gone and scan.mismatch is None
    }
    _run(lost, reader, facts, tick)
    found = [*(scans | lost).values()]
    return {
        partition: check_result(room, [scan for scan in found if scan.place[1] == partition])
        for partition in sorted({partition for _, partition in checkpoints})
    }


def _run(
    scans: Mapping[TopicPartition, TopicScan],
    reader: Reader,
    facts: Facts,
    tick: Callable[[], None],
) -> None:
    for place, records in reader.read({p: scan.span for p, scan in scans.items()}, tick):
        scans[place].take(records, facts)


def begun(
    room: str,
    place: TopicPartition,
    checkpoint: Checkpoint,
    bounds: OffsetRange,
    *,
    whole: bool = False,
    proofs: Proofs | None = None,
) -> TopicScan:
    """A scan from the checkpoint's record, if it is still there, or from the topic's beginning."""
    at = checkpoint.offset
    if whole or at is None or checkpoint.log_start != bounds.begin or at >= bounds.end:
        nothing = Checkpoint(0, None, bounds.begin)
        return TopicScan(
            room, place, checkpoint, bounds, whole=True, reached=nothing, proofs=proofs
        )
    start = at if checkpoint.seq else at + 1
    span = OffsetRange(start, bounds.end)
    return TopicScan(
        room,
        place,
        checkpoint,
        span,
        whole=False,
        reached=checkpoint,
        proofs=proofs,
        gone=checkpoint.seq > 0,
    )


def check_result(room: str, scans: Sequence[TopicScan]) -> CheckResult:
    """The result for one partition. What the journal shows counts before the milestones."""
    journal = journal_topic(room)
    checkpoints = {scan.place[0]: scan.reached for scan in scans}
    left_out = sum(scan.strange for scan in scans), sum(scan.unproved for scan in scans)
    mismatches = [scan.mismatch for scan in scans if scan.mismatch is not None]
    if not mismatches:
        return CheckResult(checkpoints, None, *left_out)
    first = min(mismatches, key=lambda each: (each.topic != journal, each.seq))
    highest = max((scan.highest for scan in scans if scan.place[0] == journal), default=0)
    orphan = not first.differs and first.topic != journal and first.seq > highest
    advice = _ORPHAN if orphan else _ADVICE
    place = f"{first.topic}/{first.partition}/{first.offset}"
    return CheckResult(checkpoints, f"{first}. {advice.format(room=room, place=place)}", *left_out)


def proves(
    proofs: Proofs, room: str, place: TopicPartition, record: FetchedRecord, seq: int
) -> bool:
    """Whether the record of a room, which carries this seq, is proved or needs no proof."""
    prev = previous(record)
    if prev is None or prev >= seq:
        return False
    proved = ProvedRecord(*place, record.key, seq, prev, record.value)
    try:
        proofs.check(room, proved, record.headers.get(HEADER))
    except Unproved:
        return False
    return True


def previous(record: FetchedRecord) -> int | None:
    """The `prev` that the record says; None if it is no number of ours."""
    said = record.headers.get("prev", b"")
    return int(said) if said.isdigit() and len(said) <= DIGITS else None
