"""分区 (a partition): sends to its journal first, then the milestones that the journal has."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.relay.lease_store import BATCH
from shared.relay.producer_record import (
    FactToSend,
    ProducerRecord,
    journal_record,
    milestone_record,
)
from shared.relay.window import InFlightWindow, Promise


class Loading(Protocol):
    """The part of the lease store that a partition needs."""

    def facts(self, partition: int, after: int, limit: int = BATCH) -> Sequence[FactToSend]:
        """As LeaseStore.facts."""

    def milestones(
        self, partition: int, type_: str, after: int, until: int
    ) -> Sequence[FactToSend]:
        """As LeaseStore.milestones."""


class Sending(Protocol):
    """The part of the sender that a partition needs."""

    def send(self, topic: str, partition: int, record: ProducerRecord) -> Promise:
        """As Sender.send."""

    def ring_for(self, promise: Promise) -> None:
        """As Sender.ring_for."""


class RecordLacks(Exception):
    """A fact that was never sent is not in the record; what follows it cannot be sent."""


@dataclass(slots=True)
class Partition:
    """分区: what this relay sends of one partition while it holds it."""

    room: str
    epoch: int
    journal: InFlightWindow
    milestones: dict[str, InFlightWindow]
    """By topic. A topic that is closed to this relay has none; its milestones are not sent."""
    leaving: bool = False
    """To be given back as soon as nothing is under way."""
    careful: bool = False
    """A record was refused: at most one is under way on each topic."""
    waiting: deque[FactToSend] = field(default_factory=deque)
    """Milestones whose journal record was sent, but is perhaps not acknowledged."""
    begun: int = field(init=False)
    """What was published of the journal when this relay took the partition."""
    _busy: dict[str, InFlightWindow] = field(default_factory=dict)
    """By topic, the windows that may not be still. Most partitions have none at most times."""

    def __post_init__(self) -> None:
        self.begun = self.journal.published

    @property
    def number(self) -> int:
        """The number of the partition."""
        return self.journal.partition

    @property
    def windows(self) -> tuple[InFlightWindow, ...]:
        """The windows of the journal and of the milestones."""
        return (self.journal, *self.milestones.values())

    @property
    def still(self) -> bool:
        """Whether everything that was sent has arrived and is known to the database."""
        return all(window.still for window in self._busy.values())

    @property
    def weight(self) -> int:
        """Bytes under way."""
        return sum(window.weight for window in self._busy.values())

    @property
    def moved(self) -> Sequence[InFlightWindow]:
        """The windows in which more has arrived than the database knows."""
        return [window for window in self._busy.values() if window.moved]

    def has_passed(self, last: int, count: int) -> bool:
        """Whether all up to seq `last`, or `count` facts of the journal, went out with care."""
        journal = self.journal
        far = journal.loaded >= last or journal.acked - self.begun >= count
        caught_up = all(window.caught_up for window in self.milestones.values())
        return far and caught_up and not self.waiting and not self.weight

    def leave_out(self, topic: str) -> None:
        """Send nothing more to the topic. What is under way to it counts as not sent."""
        if self.milestones.pop(topic, None) is not None:
            self._busy.pop(topic, None)
            self.waiting = deque(fact for fact in self.waiting if fact.stored.type != topic)

    def settle(self) -> tuple[int, int]:
        """Take in acknowledged records. Returns how many facts and how many milestones."""
        self._busy = {topic: each for topic, each in self._busy.items() if not each.still}
        counts = {topic: window.settle() for topic, window in self._busy.items()}
        facts = counts.pop(self.journal.topic, 0)
        return facts, sum(counts.values())

    def load(self, lease_store: Loading, sender: Sending) -> int:
        """Send the next facts to the journal, which the record has given numbers. Returns how many.

        Raises RecordLacks.
        """
        limit = 1 if self.careful else BATCH
        found = lease_store.facts(self.number, self.journal.loaded, limit)
        facts = _following(self.journal.loaded, found)
        if not facts:
            lacks = self.journal.loaded + 1
            raise RecordLacks(f"the record lacks fact {lacks}, which was not sent yet")
        for fact in facts:
            stored = fact.stored
            self.journal.link(stored.seq)
            record = journal_record(self.room, *fact)
            self._send(sender, self.journal, stored.seq, record)
            if stored.public is not None and stored.type in self.milestones:
                self.waiting.append(fact)
        self.journal.loaded = facts[-1].stored.seq
        sender.ring_for(self.journal.flying[-1][2])
        return len(facts)

    def pass_on(self, lease_store: Loading, sender: Sending) -> int:
        """Send the milestones whose journal record is acknowledged. Returns how many."""
        sent: set[str] = set()
        count = 0
        while self.waiting and self.waiting[0].stored.seq <= self.journal.acked:
            window = self.milestones[self.waiting[0].stored.type]
            if self.careful and window.flying:
                break
            fact = self.waiting.popleft()
            # A window that is behind reads the fact from the database later.
            if window.caught_up and fact.stored.seq > window.loaded:
                self._send_milestone(sender, window, fact)
                sent.add(fact.stored.type)
                count += 1
        for window in self.milestones.values():
            if not window.caught_up and not window.flying:
                count += self._catch_up(window, lease_store, sender, sent)
        for type_ in sent:
            sender.ring_for(self.milestones[type_].flying[-1][2])
        return count

    def _catch_up(
        self, window: InFlightWindow, lease_store: Loading, sender: Sending, sent: set[str]
    ) -> int:
        facts = lease_store.milestones(self.number, window.topic, window.loaded, self.journal.acked)
        for fact in facts[:1] if self.careful else facts:
            self._send_milestone(sender, window, fact)
            sent.add(window.topic)
        window.caught_up = not facts
        return len(facts)

    def _send_milestone(self, sender: Sending, window: InFlightWindow, fact: FactToSend) -> None:
        stored, previous = fact.stored, window.link(fact.stored.seq)
        record = milestone_record(self.room, stored, previous, fact.generation, fact.proof)
        self._send(sender, window, stored.seq, record)
        window.loaded = stored.seq

    def _send(
        self, sender: Sending, window: InFlightWindow, seq: int, record: ProducerRecord
    ) -> None:
        promise = sender.send(window.topic, window.partition, record)
        window.fly(seq, len(record.value), promise)
        self._busy[window.topic] = window


def _following(at: int, facts: Iterable[FactToSend]) -> Sequence[FactToSend]:
    """The facts up to the first that does not follow the one before it."""
    found = []
    for fact in facts:
        if fact.previous != at:
            break
        found.append(fact)
        at = fact.stored.seq
    return found
