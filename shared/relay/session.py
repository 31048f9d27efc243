"""一班 (a session): one relay at work, with one producer, until something fails.

Any error of Kafka or of the database ends the session; the next one begins from what the database
says. So nothing here has to be undone.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from shared import log
from shared.broker.admin import ensure_topics
from shared.broker.reader import Place, Reader
from shared.config import Settings
from shared.record.migrations import check_schema
from shared.relay.check import Verdict, check
from shared.relay.lease_store import BEAT_S, Ledger, Mark, Standing
from shared.relay.metrics import Meters
from shared.relay.partition import Partition
from shared.relay.sender import Bell, Sender
from shared.relay.window import Lane, TailLost, fair_share, surplus
from shared.topics import journal_topic, topics_of

TAKE_S = 1.0
LOOK_S = 0.5
PUBLISH_S = 0.1
TAIL_S = 10.0
HALTED_S = 10.0
"""A comparison that failed is repeated when the record has grown, or after so long."""
DRAIN_S = 6.0
FLIGHT_BYTES = 16 * 1024 * 1024
FLIGHT_RECORDS = 1_000
"""How much may be under way: bytes of the whole relay, records of one partition."""

_log = log.logger("relay")


@dataclass(slots=True)
class Due:
    """At most once in so many seconds."""

    seconds: float
    at: float = 0.0

    def now(self) -> bool:
        """Whether it is time; then the next time is so many seconds away."""
        if (moment := time.monotonic()) < self.at:
            return False
        self.at = moment + self.seconds
        return True


class Session:
    """一班: made with everything it needs, or not at all."""

    def __init__(self, settings: Settings, holder: str, meters: Meters) -> None:
        self.room = settings.room
        self.standing: Standing | None = None
        self.partitions: dict[int, Partition] = {}
        self._meters = meters
        self._topics = topics_of(settings.room)
        self._beat, self._take, self._look = Due(BEAT_S), Due(TAKE_S), Due(LOOK_S)
        self._publishing, self._tail, self._recheck = Due(PUBLISH_S), Due(TAIL_S), Due(HALTED_S)
        self._counters: dict[int, int] = {}
        self._halted_at: dict[int, int] = {}
        with ExitStack() as made:
            check_schema(settings.runtime_url, self.room, settings.partitions)
            self.ledger = Ledger(settings.runtime_url, holder)
            made.callback(self.ledger.close)
            # Also while Kafka is away: this is when it grows.
            meters.backlog(self.ledger.backlog(journal_topic(self.room)))
            meters.beat()
            if new := ensure_topics(settings.kafka_bootstrap, [self.room], settings.partitions):
                _log.info("topics made", topics=new)
            meters.beat()
            self._bell = Bell()
            made.callback(self._bell.close)
            self._reader = Reader(settings.kafka_bootstrap)
            made.callback(self._reader.close)
            self._sender = Sender(settings.kafka_bootstrap, holder, self._bell)
            made.callback(self._sender.drop)
            self._made = made.pop_all()

    def close(self) -> None:
        """Drop everything; what was under way is as if it had never been sent."""
        self._meters.beat()
        self._made.close()

    def run(self, stopping: Callable[[], bool]) -> None:
        """Work until told to stop; then flush and give everything up."""
        while not stopping():
            self._meters.beat()
            self._govern()
            worked = self._arrivals()
            if self.standing is not None and not self.standing.halted:
                worked |= self._departures()
            worked |= self._publish(at_once=False)
            if not worked:
                self._wait()
        self.drain()

    def drain(self) -> None:
        """Wait for what is under way, tell the database, let go."""
        until = time.monotonic() + DRAIN_S
        try:
            while not all(p.still for p in self.partitions.values()) and time.monotonic() < until:
                self._meters.beat()
                self._arrivals()
                self._publish(at_once=True)
                self._bell.wait([], 0.05)
        finally:
            self.ledger.leave()

    # who holds what

    def _govern(self) -> None:
        """Beat, take what is free, give up what is too much, compare what is new."""
        taken = self._take.now() and self.standing is not None and self._wants() and self._taken()
        if self._beat.now() or taken:
            first = self.standing is None
            self._keep()
            if first and self._taken():
                self._keep()
            self._adopt()
        if self._tail.now():
            self._watch_tails()

    def _wants(self) -> bool:
        assert self.standing is not None
        share = fair_share(len(self.standing.counters), self.standing.live)
        return len(self.standing.held) < share

    def _taken(self) -> bool:
        return self.ledger.take() > 0

    def _keep(self) -> None:
        """Stay alive; forget what is held no longer."""
        self.standing = standing = self.ledger.beat()
        for number, partition in list(self.partitions.items()):
            if standing.held.get(number) != partition.epoch or number in standing.unchecked:
                _log.info("partition lost", partition=number, epoch=partition.epoch)
                del self.partitions[number]
        for number in surplus(standing.held, len(standing.counters), standing.live):
            if number in self.partitions:
                self.partitions[number].leaving = True
        self._counters.update(standing.counters)
        self._meters.standing(standing)
        self._meters.backlog(self.ledger.backlog(journal_topic(self.room)))

    def _adopt(self) -> None:
        """Compare the topics of partitions that are held but not sent from."""
        assert self.standing is not None
        new = [number for number in self.standing.held if number not in self.partitions]
        if self._halted_at == self.standing.counters and not self._recheck.now():
            new = [number for number in new if number not in self.standing.halted]
        if not new:
            return
        epochs = dict(self.standing.held)
        marks: dict[Place, Mark] = {}
        for number in new:
            known = self.ledger.marks(number)
            marks |= {(topic, number): known.get(topic, Mark()) for topic in self._topics}
        verdicts = check(self.room, marks, self._reader, self.ledger, self._tick)
        for number, verdict in verdicts.items():
            self._judge(number, epochs[number], verdict, marks)
        self._keep()

    def _tick(self) -> None:
        """While comparing: stay alive."""
        self._meters.beat()
        if self._beat.now():
            self.ledger.beat()

    def _judge(self, number: int, epoch: int, verdict: Verdict, marks: dict[Place, Mark]) -> None:
        self._meters.strange(verdict.strange)
        if verdict.halt is not None:
            _log.error("room stopped", partition=number, why=verdict.halt)
            self.ledger.halt(number, epoch, verdict.halt)
            self._halted_at = dict(self._counters)
            return
        for topic, mark in verdict.marks.items():
            if mark.seq < (before := marks[topic, number].seq):
                _log.warning(
                    "the broker lost its tail; going back",
                    topic=topic,
                    partition=number,
                    was=before,
                    to=mark.seq,
                )
        if self.ledger.checked(number, epoch, verdict.marks):
            self.partitions[number] = self._begun(number, epoch, verdict)
            _log.info("partition taken", partition=number, epoch=epoch)

    def _begun(self, number: int, epoch: int, verdict: Verdict) -> Partition:
        journal, *milestones = self._topics
        lanes = {
            topic: Lane(topic, number, mark.seq, mark.offset, self._previous(topic, number, mark))
            for topic, mark in verdict.marks.items()
        }
        return Partition(
            self.room, epoch, lanes[journal], {topic: lanes[topic] for topic in milestones}
        )

    def _previous(self, topic: str, number: int, mark: Mark) -> int:
        if topic == journal_topic(self.room) or not mark.seq:
            return mark.seq
        return self.ledger.previous(number, topic, mark.seq)

    def _watch_tails(self) -> None:
        """A broker may lose its tail while nothing is sent: compare only where topics end."""
        lanes = [lane for p in self.partitions.values() for lane in p.lanes if lane.acked]
        ends = self._reader.ends([(lane.topic, lane.partition) for lane in lanes]) if lanes else {}
        for lane in lanes:
            offset = lane.acked_offset
            if offset is not None and ends[lane.topic, lane.partition] <= offset:
                raise TailLost(f"{lane.topic}/{lane.partition} ends before offset {offset}")

    # what is under way

    def _arrivals(self) -> bool:
        """Take in what was acknowledged."""
        count = 0
        for partition in self.partitions.values():
            facts, milestones = partition.settle()
            self._meters.arrived(facts, milestones)
            count += facts + milestones
        return count > 0

    def _departures(self) -> bool:
        """Send what is due, as far as there is room."""
        if self.ledger.woken() or self._look.now():
            self._counters.update(self.ledger.counters())
        count = 0
        weight = sum(partition.weight for partition in self.partitions.values())
        for number, partition in self.partitions.items():
            if partition.leaving:
                continue
            count += partition.pass_on(self.ledger, self._sender)
            due = self._counters.get(number, 0) > partition.journal.loaded
            room = len(partition.journal.flying) < FLIGHT_RECORDS and weight < FLIGHT_BYTES
            if due and room:
                before = partition.weight
                count += partition.load(self.ledger, self._sender)
                weight += partition.weight - before
        return count > 0

    def _publish(self, *, at_once: bool) -> bool:
        """Tell the database what has arrived; give up what is leaving and still."""
        moved = [lane for p in self.partitions.values() for lane in p.lanes if lane.moved]
        told = bool(moved) and (at_once or self._publishing.now())
        if told:
            epochs = {number: p.epoch for number, p in self.partitions.items()}
            refused = self.ledger.publish(epochs, moved)
            for lane in moved:
                lane.published, lane.offset = lane.acked, lane.acked_offset
            for number in refused:
                _log.info("partition lost", partition=number)
                del self.partitions[number]
        self._let_go([n for n, p in self.partitions.items() if p.leaving and p.still])
        return told

    def _let_go(self, numbers: Sequence[int]) -> None:
        if numbers:
            self.ledger.release(numbers)
            _log.info("partitions given up", partitions=numbers)
        for number in numbers:
            del self.partitions[number]

    def _wait(self) -> None:
        """Until facts are committed, something arrives, or it is time to look round."""
        moved = any(lane.moved for p in self.partitions.values() for lane in p.lanes)
        self._bell.wait([self.ledger], PUBLISH_S if moved else LOOK_S)
