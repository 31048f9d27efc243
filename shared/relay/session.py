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
from shared.broker.reader import Reader
from shared.config import Settings
from shared.record.migrations import check_schema
from shared.relay.check import CheckResult, check
from shared.relay.lease_store import BEAT_S, Checkpoint, LeaseStatus, LeaseStore
from shared.relay.metrics import RelayMetrics
from shared.relay.partition import Partition
from shared.relay.sender import SelfPipe, Sender
from shared.relay.window import InFlightWindow, TailLost, fair_share, surplus
from shared.topics import TopicPartition, journal_topic, topics_of

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
class Interval:
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

    def __init__(self, settings: Settings, holder: str, metrics: RelayMetrics) -> None:
        self.room = settings.room
        self.standing: LeaseStatus | None = None
        self.partitions: dict[int, Partition] = {}
        self._metrics = metrics
        self._topics = topics_of(settings.room)
        self._beat, self._take, self._look = Interval(BEAT_S), Interval(TAKE_S), Interval(LOOK_S)
        self._publishing, self._tail, self._recheck = (
            Interval(PUBLISH_S),
            Interval(TAIL_S),
            Interval(HALTED_S),
        )
        self._counters: dict[int, int] = {}
        self._halted_at: dict[int, int] = {}
        with ExitStack() as made:
            check_schema(settings.runtime_url, self.room, settings.partitions)
            self.lease_store = LeaseStore(settings.runtime_url, holder)
            made.callback(self.lease_store.close)
            # Also while Kafka is away: this is when it grows.
            metrics.backlog(self.lease_store.backlog(journal_topic(self.room)))
            metrics.beat()
            if new := ensure_topics(settings.kafka_bootstrap, [self.room], settings.partitions):
                _log.info("topics made", topics=new)
            metrics.beat()
            self._bell = SelfPipe()
            made.callback(self._bell.close)
            self._reader = Reader(settings.kafka_bootstrap)
            made.callback(self._reader.close)
            self._sender = Sender(settings.kafka_bootstrap, holder, self._bell)
            made.callback(self._sender.drop)
            self._made = made.pop_all()

    def close(self) -> None:
        """Drop everything; what was under way is as if it had never been sent."""
        self._metrics.beat()
        self._made.close()

    def run(self, stopping: Callable[[], bool]) -> None:
        """Work until told to stop; then flush and give everything up."""
        while not stopping():
            self._metrics.beat()
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
                self._metrics.beat()
                self._arrivals()
                self._publish(at_once=True)
                self._bell.wait([], 0.05)
        finally:
            self.lease_store.leave()

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
        return self.lease_store.take() > 0

    def _keep(self) -> None:
        """Stay alive; forget what is held no longer."""
        self.standing = standing = self.lease_store.beat()
        for number, partition in list(self.partitions.items()):
            if standing.held.get(number) != partition.epoch or number in standing.unchecked:
                _log.info("partition lost", partition=number, epoch=partition.epoch)
                del self.partitions[number]
        for number in surplus(standing.held, len(standing.counters), standing.live):
            if number in self.partitions:
                self.partitions[number].leaving = True
        self._counters.update(standing.counters)
        self._metrics.standing(standing)
        self._metrics.backlog(self.lease_store.backlog(journal_topic(self.room)))

    def _adopt(self) -> None:
        """Compare the topics of partitions that are held but not sent from."""
        assert self.standing is not None
        new = [number for number in self.standing.held if number not in self.partitions]
        if self._halted_at == self.standing.counters and not self._recheck.now():
            new = [number for number in new if number not in self.standing.halted]
        if not new:
            return
        epochs = dict(self.standing.held)
        checkpoints: dict[TopicPartition, Checkpoint] = {}
        for number in new:
            known = self.lease_store.checkpoints(number)
            checkpoints |= {
                (topic, number): known.get(topic, Checkpoint()) for topic in self._topics
            }
        verdicts = check(self.room, checkpoints, self._reader, self.lease_store, self._tick)
        for number, verdict in verdicts.items():
            self._judge(number, epochs[number], verdict, checkpoints)
        self._keep()

    def _tick(self) -> None:
        """While comparing: stay alive."""
        self._metrics.beat()
        if self._beat.now():
            self.lease_store.beat()

    def _judge(
        self,
        number: int,
        epoch: int,
        verdict: CheckResult,
        checkpoints: dict[TopicPartition, Checkpoint],
    ) -> None:
        self._metrics.strange(verdict.strange)
        if verdict.halt is not None:
            _log.error("room stopped", partition=number, why=verdict.halt)
            self.lease_store.halt(number, epoch, verdict.halt)
            self._halted_at = dict(self._counters)
            return
        for topic, checkpoint in verdict.checkpoints.items():
            if checkpoint.seq < (before := checkpoints[topic, number].seq):
                _log.warning(
                    "the broker lost its tail; going back",
                    topic=topic,
                    partition=number,
                    was=before,
                    to=checkpoint.seq,
                )
        if self.lease_store.checked(number, epoch, verdict.checkpoints):
            self.partitions[number] = self._begun(number, epoch, verdict)
            _log.info("partition taken", partition=number, epoch=epoch)

    def _begun(self, number: int, epoch: int, verdict: CheckResult) -> Partition:
        journal, *milestones = self._topics
        windows = {
            topic: InFlightWindow(
                topic,
                number,
                checkpoint.seq,
                checkpoint.offset,
                self._previous(topic, number, checkpoint),
            )
            for topic, checkpoint in verdict.checkpoints.items()
        }
        return Partition(
            self.room, epoch, windows[journal], {topic: windows[topic] for topic in milestones}
        )

    def _previous(self, topic: str, number: int, checkpoint: Checkpoint) -> int:
        if topic == journal_topic(self.room) or not checkpoint.seq:
            return checkpoint.seq
        return self.lease_store.previous(number, topic, checkpoint.seq)

    def _watch_tails(self) -> None:
        """A broker may lose its tail while nothing is sent: compare only where topics end."""
        windows = [window for p in self.partitions.values() for window in p.windows if window.acked]
        ends = (
            self._reader.ends([(window.topic, window.partition) for window in windows])
            if windows
            else {}
        )
        for window in windows:
            offset = window.acked_offset
            if offset is not None and ends[window.topic, window.partition] <= offset:
                raise TailLost(f"{window.topic}/{window.partition} ends before offset {offset}")

    # what is under way

    def _arrivals(self) -> bool:
        """Take in what was acknowledged."""
        count = 0
        for partition in self.partitions.values():
            facts, milestones = partition.settle()
            self._metrics.arrived(facts, milestones)
            count += facts + milestones
        return count > 0

    def _departures(self) -> bool:
        """Send what is due, as far as there is room."""
        if self.lease_store.woken() or self._look.now():
            self._counters.update(self.lease_store.counters())
        count = 0
        weight = sum(partition.weight for partition in self.partitions.values())
        for number, partition in self.partitions.items():
            if partition.leaving:
                continue
            count += partition.pass_on(self.lease_store, self._sender)
            due = self._counters.get(number, 0) > partition.journal.loaded
            room = len(partition.journal.flying) < FLIGHT_RECORDS and weight < FLIGHT_BYTES
            if due and room:
                before = partition.weight
                count += partition.load(self.lease_store, self._sender)
                weight += partition.weight - before
        return count > 0

    def _publish(self, *, at_once: bool) -> bool:
        """Tell the database what has arrived; give up what is leaving and still."""
        moved = [window for p in self.partitions.values() for window in p.windows if window.moved]
        told = bool(moved) and (at_once or self._publishing.now())
        if told:
            epochs = {number: p.epoch for number, p in self.partitions.items()}
            refused = self.lease_store.publish(epochs, moved)
            for window in moved:
                window.published, window.offset = window.acked, window.acked_offset
            for number in refused:
                _log.info("partition lost", partition=number)
                del self.partitions[number]
        self._let_go([n for n, p in self.partitions.items() if p.leaving and p.still])
        return told

    def _let_go(self, numbers: Sequence[int]) -> None:
        if numbers:
            self.lease_store.release(numbers)
            _log.info("partitions given up", partitions=numbers)
        for number in numbers:
            del self.partitions[number]

    def _wait(self) -> None:
        """Until facts are committed, something arrives, or it is time to look round."""
        moved = any(window.moved for p in self.partitions.values() for window in p.windows)
        self._bell.wait([self.lease_store], PUBLISH_S if moved else LOOK_S)
