"""杂物 (garbage): records of a topic that no relay of ours wrote; left out, counted and logged."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.consumers.consumer_record import ConsumerRecord, TopicRecord, read_record
from shared.log import is_logged, logger
from shared.proof.check import Proofs
from shared.proof.mac import Unproved

PAGE = "docs/runbooks/unproved.md"

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Garbage:
    """杂物: what one reader of topics has left out."""

    proofs: Proofs | None = None
    counts: Counter[str] = field(default_factory=Counter)
    """How many records, by topic."""
    unproved: Counter[str] = field(default_factory=Counter)
    """How many of them look like a fact, but no key of ours proves them."""
    last_unproved: dict[str, str] = field(default_factory=dict)
    """The last of these on each topic, as TOPIC/PARTITION/OFFSET."""

    def arrived(self) -> None:
        """The records that are read next have arrived just now."""
        if self.proofs is not None:
            self.proofs.arrived()

    def read(self, raw: TopicRecord) -> ConsumerRecord | None:
        """The record as the relay of a room wrote it; None if it is garbage."""
        topic, partition, offset = raw[:3]
        try:
            return read_record(raw, self.proofs)
        except Unproved as error:
            self.unproved[topic] += 1
            self.last_unproved[topic] = f"{topic}/{partition}/{offset}"
            self.note(topic, partition, offset, str(error))
        except Exception as error:  # noqa: BLE001 - whatever forged bytes make of a reader
            self.note(topic, partition, offset, str(error)[:200])
        return None

    def notes(self) -> Sequence[str]:
        """A line for each topic with records that nobody of ours wrote."""
        forged = dict(self.unproved)
        return [
            *(
                f"{count - forged.get(topic, 0)} records on {topic} that no relay wrote;"
                " see docs/runbooks/lag.md"
                for topic, count in sorted(Counter(self.counts).items())
                if count > forged.get(topic, 0)
            ),
            *(
                f"{count} records on {topic} that no key of ours proves, the last at"
                f" {self.last_unproved[topic]}; see {PAGE}"
                for topic, count in sorted(forged.items())
            ),
        ]

    def note(self, topic: str, partition: int, offset: int, reason: str) -> None:
        """Count a record that cannot be read."""
        self.counts[topic] += 1
        if is_logged(self.counts[topic]):
            log.warning(
                "garbage on a topic",
                topic=topic,
                partition=partition,
                offset=offset,
                reason=reason,
            )
