"""比对 (the comparison): the open topics of a relay are compared with its record."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from shared import log
from shared.broker.admin import TopicClosed
from shared.broker.reader import Reader
from shared.proof.check import Proofs
from shared.relay.check import CheckResult, check
from shared.relay.closed import ClosedTopics
from shared.relay.lease_store import Checkpoint, LeaseStore
from shared.relay.metrics import RelayMetrics
from shared.relay.partition import Partition
from shared.relay.window import InFlightWindow, TailLost
from shared.topics import TopicPartition, journal_topic

_log = log.logger("relay")


class TopicComparison:
    """比对: of one session of a relay.

    `ensure` makes and checks the topics of the room, except those that it is told to leave alone.
    It raises TopicClosed for what it may not see.
    """

    def __init__(
        self,
        room: str,
        lease_store: LeaseStore,
        reader: Reader,
        proofs: Proofs,
        metrics: RelayMetrics,
        ensure: Callable[[Collection[str]], Sequence[str]],
    ) -> None:
        self.closed = ClosedTopics(room, metrics)
        self._room, self._metrics, self._ensure = room, metrics, ensure
        self._lease_store, self._reader, self._proofs = lease_store, reader, proofs

    def ensure_topics(self) -> Sequence[str]:
        """Make the topics that are missing, and check all that are open. Returns those made."""
        return self.closed.without(lambda _: self._ensure([*self.closed]))

    def is_empty(self, partitions: int) -> bool:
        """Whether nothing stands on any open topic of the room."""
        places = [(topic, number) for topic in self.closed.others for number in range(partitions)]
        return not any(self._reader.ends(places).values())

    def results(
        self, numbers: Sequence[int], tick: Callable[[], None]
    ) -> Mapping[int, CheckResult]:
        """Compare the open topics of these partitions with the record."""
        return self.closed.without(lambda topics: self._results(numbers, topics, tick))

    def windows(self, number: int, result: CheckResult) -> dict[str, InFlightWindow]:
        """What is to be sent to each topic of the partition, from where the comparison says."""
        return {
            topic: InFlightWindow(
                topic, number, known.seq, known.offset, self._previous(topic, number, known)
            )
            for topic, known in result.checkpoints.items()
        }

    def reopened(
        self, numbers: Sequence[int], tick: Callable[[], None]
    ) -> Mapping[str, Mapping[int, CheckResult]]:
        """By topic that is open again, its comparison in each of these partitions."""
        found = {}
        for topic in self.closed:
            try:
                self._ensure([each for each in self.closed if each != topic])
                found[topic] = self._results(numbers, [topic], tick)
            except TopicClosed:
                continue
            self.closed.open(topic)
        return found

    def check_tails(self, partitions: Collection[Partition]) -> None:
        """Raise TailLost if a topic ends before what the broker acknowledged.

        A broker may lose the end of a topic while nothing is sent. What turns out to be closed is
        left out of the partitions.
        """
        windows = [w for each in partitions for w in each.windows if w.acked]
        ends = self.closed.without(lambda topics: self._ends(windows, topics))
        self.leave_out_closed(partitions)
        for w in windows:
            end = ends.get((w.topic, w.partition))
            if end is not None and w.acked_offset is not None and end <= w.acked_offset:
                raise TailLost(f"{w.topic}/{w.partition} ends before offset {w.acked_offset}")

    def leave_out_closed(self, partitions: Iterable[Partition]) -> None:
        """Nothing more is sent to closed topics, from whatever partition."""
        for partition in partitions:
            for topic in self.closed:
                partition.leave_out(topic)

    def _ends(
        self, windows: Iterable[InFlightWindow], topics: Collection[str]
    ) -> Mapping[TopicPartition, int]:
        places = [(w.topic, w.partition) for w in windows if w.topic in topics]
        return self._reader.ends(places) if places else {}

    def _results(
        self, numbers: Sequence[int], topics: Collection[str], tick: Callable[[], None]
    ) -> Mapping[int, CheckResult]:
        checkpoints: dict[TopicPartition, Checkpoint] = {}
        for number in numbers:
            known = self._lease_store.checkpoints(number)
            checkpoints |= {(topic, number): known.get(topic, Checkpoint()) for topic in topics}
        self._proofs.arrived()
        reading = (self._reader, self._lease_store, tick)
        results = check(self._room, checkpoints, *reading, self._proofs)
        for number, result in results.items():
            self._metrics.strange(result.strange)
            self._metrics.unproved(result.unproved)
            if result.halt is None:
                _log_lost_tails(number, result, checkpoints)
        return results

    def _previous(self, topic: str, number: int, checkpoint: Checkpoint) -> int:
        if topic == journal_topic(self._room) or not checkpoint.seq:
            return checkpoint.seq
        return self._lease_store.previous(number, topic, checkpoint.seq)


def _log_lost_tails(
    number: int, result: CheckResult, before: Mapping[TopicPartition, Checkpoint]
) -> None:
    for topic, checkpoint in result.checkpoints.items():
        if checkpoint.seq < (was := before[topic, number].seq):
            _log.warning(
                "the broker lost its tail; going back",
                topic=topic,
                partition=number,
                was=was,
                to=checkpoint.seq,
            )
