"""分派 (the assignment): which partitions a relay sends.

A relay holds partitions by leases. It renews its own, takes free ones up to its fair share, and
gives back what is too much. Before it sends from a partition, it compares the partition's topics
with the record.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared import log
from shared.relay.apart import RETRY_S
from shared.relay.check import CheckResult
from shared.relay.comparison import TopicComparison
from shared.relay.lease_store import BEAT_S, LeaseStatus, LeaseStore
from shared.relay.metrics import RelayMetrics
from shared.relay.partition import Partition
from shared.relay.window import fair_share, surplus
from shared.topics import journal_topic

TAKE_S = 1.0
TAIL_S = 10.0
HALTED_S = 10.0
"""After a failed comparison, the next one comes when the record has grown or after so long."""

_log = log.logger("relay")


@dataclass(slots=True)
class Interval:
    """Something that is done at most once in so many seconds."""

    seconds: float
    at: float = 0.0

    def now(self) -> bool:
        """Whether it is time. If so, the next time is so many seconds away."""
        if (moment := time.monotonic()) < self.at:
            return False
        self.at = moment + self.seconds
        return True


class Assignment:
    """分派: the partitions that this relay holds, and those of them that it may send from."""

    def __init__(
        self,
        room: str,
        lease_store: LeaseStore,
        comparison: TopicComparison,
        metrics: RelayMetrics,
    ) -> None:
        self.partitions: dict[int, Partition] = {}
        """The partitions to send from."""
        self.status: LeaseStatus | None = None
        self._room, self._metrics = room, metrics
        self._lease_store, self._comparison = lease_store, comparison
        self._reopening = Interval(RETRY_S)
        self._beat, self._take = Interval(BEAT_S), Interval(TAKE_S)
        self._tail, self._recheck = Interval(TAIL_S), Interval(HALTED_S)
        self._ghosts: Sequence[str] = ()
        self._halted_at: Mapping[int, int] = {}
        """The counters of the record when a comparison failed."""

    def renew(self) -> None:
        """Do what is due: renew leases, take and give back partitions, compare topics.

        Raises TailLost.
        """
        taken = self._take.now() and self.status is not None and self._take_more(self.status)
        if self._beat.now() or taken:
            is_first = self.status is None
            self.status = self._renewed()
            if is_first and self._taken():
                self.status = self._renewed()
            self._adopt(self.status)
        if self._tail.now():
            self._comparison.check_tails(self.partitions.values())
        if any(self._comparison.closed) and self._reopening.now():
            self._reopen()

    def drop(self, number: int, epoch: int) -> None:
        """Stop sending from a partition that this relay no longer holds."""
        _log.info("partition lost", partition=number, epoch=epoch)
        del self.partitions[number]

    def give_back(self) -> None:
        """Release the partitions that are to be given back and have nothing under way."""
        if numbers := [n for n, each in self.partitions.items() if each.leaving and each.still]:
            self._lease_store.release(numbers)
            _log.info("partitions given up", partitions=numbers)
        for number in numbers:
            del self.partitions[number]

    def _take_more(self, status: LeaseStatus) -> bool:
        share = fair_share(len(status.counters), status.live)
        return len(status.held) < share and self._taken()

    def _taken(self) -> bool:
        """Take what is free. Leases that had not run out, but are nobody's, are told."""
        if not self._lease_store.take():
            return False
        ghosts = self._lease_store.taken_over()
        for each in [each for each in ghosts if each not in self._ghosts]:
            _log.warning("a lease that is nobody's", told=each)
        self._ghosts = ghosts
        self._metrics.taken_over(ghosts)
        return True

    def _renewed(self) -> LeaseStatus:
        """Renew the leases. Partitions that are held no longer are dropped."""
        status = self._lease_store.beat()
        for number, partition in list(self.partitions.items()):
            if status.held.get(number) != partition.epoch or number in status.unchecked:
                self.drop(number, partition.epoch)
        for number in surplus(status.held, len(status.counters), status.live):
            if number in self.partitions:
                self.partitions[number].leaving = True
        self._metrics.status(status)
        self._metrics.backlog(self._lease_store.backlog(journal_topic(self._room)))
        return status

    def _adopt(self, status: LeaseStatus) -> None:
        """Compare the topics of partitions that are held but not sent from."""
        new = [number for number in status.held if number not in self.partitions]
        if self._halted_at == status.counters and not self._recheck.now():
            new = [number for number in new if number not in status.halted]
        if not new:
            return
        for number, result in self._comparison.results(new, self._tick).items():
            if self._has_passed(number, status, result):
                self._begin(number, status.held[number], result)
        self.status = self._renewed()

    def _has_passed(self, number: int, status: LeaseStatus, result: CheckResult) -> bool:
        """Whether the comparison lets the room go on. Otherwise it is stopped here."""
        if result.halt is None:
            return True
        _log.error("room stopped", partition=number, why=result.halt)
        self._lease_store.halt(number, status.held[number], result.halt)
        self._halted_at = status.counters
        return False

    def _reopen(self) -> None:
        """Send again to topics that are open again."""
        status = self.status
        assert status is not None, "no partition is compared before the leases are known"
        found = self._comparison.reopened([*self.partitions], self._tick)
        for topic, results in found.items():
            for number, result in results.items():
                partition = self.partitions.get(number)
                if partition is None:
                    continue
                if not self._has_passed(number, status, result):
                    self.drop(number, partition.epoch)
                elif self._lease_store.checked(number, partition.epoch, result.checkpoints):
                    window = self._comparison.windows(number, result)[topic]
                    partition.milestones[topic] = window

    def _tick(self) -> None:
        """Stay alive while topics are compared."""
        self._metrics.beat()
        if self._beat.now():
            self._lease_store.beat()

    def _begin(self, number: int, epoch: int, result: CheckResult) -> None:
        """Send from the partition, from where the comparison says."""
        if not self._lease_store.checked(number, epoch, result.checkpoints):
            return
        windows = self._comparison.windows(number, result)
        journal = windows.pop(journal_topic(self._room))
        careful = self.status is not None and number in self.status.refused
        self.partitions[number] = Partition(self._room, epoch, journal, windows, careful=careful)
        _log.info("partition taken", partition=number, epoch=epoch, careful=careful)
