"""会话 (a session): one relay at work, with one producer, until something fails.

Any error of Kafka or of the database ends the session. The next session begins from what the
database says, so nothing here has to be undone.
"""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from functools import partial

from shared import log
from shared.broker.admin import TopicClosed, ensure_topics
from shared.broker.reader import Reader
from shared.config import Settings
from shared.record.backlog import Waiting, WaitKind
from shared.record.schema import check_schema
from shared.relay.apart import RETRY_S, Apart
from shared.relay.assignment import Assignment, Interval
from shared.relay.comparison import TopicComparison
from shared.relay.lease_store import LeaseStore
from shared.relay.metrics import RelayMetrics
from shared.relay.partition import Partition, RecordLacks
from shared.relay.proving import Proving
from shared.relay.sender import SelfPipe, Sender
from shared.relay.window import RecordRefused, SendFailed
from shared.topics import journal_topic

LOOK_S = 0.5
PUBLISH_S = 0.1
DRAIN_S = 6.0
FLIGHT_BYTES = 16 * 1024 * 1024
FLIGHT_RECORDS = 1_000
"""How much may be under way: bytes of the whole relay, records of one partition."""

_log = log.logger("relay")


class Session:
    """会话: connections to Kafka and to the database, and the loop that sends."""

    def __init__(self, settings: Settings, holder: str, metrics: RelayMetrics) -> None:
        room, kafka = settings.room, settings.kafka
        self._metrics = metrics
        self._look, self._publishing = Interval(LOOK_S), Interval(PUBLISH_S)
        self._counters: dict[int, int] = {}
        """The last seq of the record, by partition, as last read."""
        with ExitStack() as made:
            check_schema(settings.relay_url, room, settings.partitions)
            self._proving = Proving(settings)
            made.callback(self._proving.close)
            proofs = self._proving.proofs
            self.lease_store = LeaseStore(settings.relay_url, holder, room, proofs.ring)
            made.callback(self.lease_store.close)
            # Measured here too, because the backlog grows while Kafka is away.
            metrics.backlog(self.lease_store.backlog(journal_topic(room)))
            metrics.beat()
            reader = Reader(kafka, self._unreadable)
            made.callback(reader.close)
            ensure = partial(_ensured, settings)
            reading = (room, self.lease_store, reader, proofs, metrics)
            self._comparison = TopicComparison(*reading, ensure)
            if new := self._comparison.ensure_topics():
                _log.info("topics made", topics=new)
            metrics.beat()
            self._pipe = SelfPipe()
            made.callback(self._pipe.close)
            self._proving.prepare(partial(self._comparison.is_empty, settings.partitions))
            metrics.beat()
            self._sender = Sender(kafka, holder, self._pipe)
            made.callback(self._sender.drop)
            self._lacking: dict[int, float] = {}
            """Partitions whose next fact is gone, and when each is tried again."""
            self._apart = Apart(lambda: Sender(kafka, f"{holder}-apart", self._pipe))
            made.callback(self._apart.close)
            self._assignment = Assignment(room, self.lease_store, self._comparison, metrics)
            self.partitions = self._assignment.partitions
            self._made = made.pop_all()

    def _unreadable(self, offset: int) -> None:
        _log.warning("a batch that cannot be read", offset=offset)
        self._metrics.strange(1)

    def close(self) -> None:
        """Close everything. Records under way count as not sent."""
        self._metrics.beat()
        self._made.close()

    def run(self, stopping: Callable[[], bool]) -> None:
        """Send until told to stop. Then wait for what is under way, and give up all partitions."""
        while not stopping():
            self._metrics.beat()
            self._assignment.renew()
            worked = self._arrivals()
            status = self._assignment.status
            if status is not None and status.gate_open:
                self._proving.begin_with_open_gate()
            if status is not None and not status.halted:
                worked |= self._departures()
            worked |= self._publish(at_once=False)
            if not worked:
                self._wait()
        self.drain()

    def drain(self) -> None:
        """Wait until what is under way has arrived and is published. Then give everything up."""
        until = time.monotonic() + DRAIN_S
        try:
            while not all(p.still for p in self.partitions.values()) and time.monotonic() < until:
                self._metrics.beat()
                self._arrivals()
                self._publish(at_once=True)
                self._pipe.wait([], 0.05)
        finally:
            self.lease_store.leave()

    def _arrivals(self) -> bool:
        """Take in what was acknowledged. Raises SendFailed, after all partitions were looked at."""
        count, failed = 0, list[SendFailed]()
        for partition in list(self.partitions.values()):
            try:
                facts, milestones = partition.settle()
            except SendFailed as error:
                if not self._set_aside(partition, error):
                    failed.append(error)
                continue
            self._metrics.arrived(facts, milestones)
            count += facts + milestones
        if failed:
            raise failed[0]
        return count > 0

    def _set_aside(self, partition: Partition, error: SendFailed) -> bool:
        """Let the partition wait if its record is refused. True if the others can go on.

        They cannot if they share its producer: after an error that is not used again.
        """
        if not isinstance(error, RecordRefused):
            return False
        number, why = partition.number, Waiting(error.kind, str(error))
        self.lease_store.refused(number, partition.epoch, why)
        told = {"partition": number, "kind": why.kind, "why": why.record}
        _log.error("a record is refused; its partition waits", **told)
        if partition.careful:
            self._apart.wait(number)
            del self.partitions[number]  # it is compared, and begun again from what is published
        return partition.careful

    def _sender_of(self, partition: Partition) -> Sender | None:
        """The producer for this partition; None while it waits."""
        if not partition.careful:
            return self._sender
        number = partition.number
        if not partition.has_passed(self._counters.get(number, 0), FLIGHT_RECORDS):
            return self._apart.sender(number)
        self.lease_store.refused(number, partition.epoch, None)
        _log.info("what was refused is sent; its partition waits no longer", partition=number)
        partition.careful = False
        return self._sender

    def _departures(self) -> bool:
        """Send what is due, as far as the limits allow."""
        if self.lease_store.woken() or self._look.now():
            self._counters.update(self.lease_store.counters())
        count = 0
        weight = sum(partition.weight for partition in self.partitions.values())
        self._apart.keep([number for number, p in self.partitions.items() if p.careful])
        for number, partition in self.partitions.items():
            if partition.leaving or (sender := self._sender_of(partition)) is None:
                continue
            count += self._pass_on(partition, sender)
            is_due = self._counters.get(number, 0) > partition.journal.loaded
            if not is_due:
                self._lacks_nothing(partition)
            is_due &= time.monotonic() >= self._lacking.get(number, 0.0)
            most = 1 if partition.careful else FLIGHT_RECORDS
            if is_due and len(partition.journal.flying) < most and weight < FLIGHT_BYTES:
                before = partition.weight
                count += self._load(partition, sender)
                weight += partition.weight - before
        return count > 0

    def _pass_on(self, partition: Partition, sender: Sender) -> int:
        """Send milestones. A topic that turns out to be closed waits alone, in every partition."""
        try:
            return partition.pass_on(self.lease_store, sender)
        except TopicClosed as error:
            self._comparison.closed.add(error)
            self._comparison.leave_out_closed(self.partitions.values())
            return 0

    def _load(self, partition: Partition, sender: Sender) -> int:
        """Send the next facts. A partition whose next fact is gone waits alone, and is named."""
        number = partition.number
        try:
            count = partition.load(self.lease_store, sender)
        except RecordLacks as error:
            if number not in self._lacking:
                why = Waiting(WaitKind.LACKS, str(error))
                self.lease_store.refused(number, partition.epoch, why)
                _log.error("a fact is gone; its partition waits", partition=number, why=str(error))
            self._lacking[number] = time.monotonic() + RETRY_S
            return 0
        self._lacks_nothing(partition)
        return count

    def _lacks_nothing(self, partition: Partition) -> None:
        if self._lacking.pop(partition.number, None) is not None:
            self.lease_store.refused(partition.number, partition.epoch, None)

    def _publish(self, *, at_once: bool) -> bool:
        """Tell the database what has arrived, and give back partitions that are done."""
        moved = [window for p in self.partitions.values() for window in p.moved]
        is_told = bool(moved) and (at_once or self._publishing.now())
        if is_told:
            epochs = {number: p.epoch for number, p in self.partitions.items()}
            refused = self.lease_store.publish(epochs, moved)
            for window in moved:
                window.published, window.offset = window.acked, window.acked_offset
            for number in refused:
                self._assignment.drop(number, epochs[number])
        self._assignment.give_back()
        return is_told

    def _wait(self) -> None:
        """Wait until facts are committed, a record arrives, or it is time for the next round."""
        moved = any(partition.moved for partition in self.partitions.values())
        self._pipe.wait([self.lease_store.fileno()], PUBLISH_S if moved else LOOK_S)


def _ensured(settings: Settings, without: Collection[str]) -> Sequence[str]:
    """The topics of the room that were made, if any was missing; the others are checked."""
    rooms = [settings.room]
    return ensure_topics(settings.kafka, rooms, settings.partitions, without=without, written=True)
