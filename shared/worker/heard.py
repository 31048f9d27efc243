"""听的话题 (heard topics): which topics a worker reads, and which it does without for now.

A topic of another room may not be there yet, or be closed to this login. A worker waits for it a
while, then begins without it: its views and what it hears elsewhere go on. It looks again now and
then, and ends when one has opened, because the next start reads that one, too. Without the journal
of its own room a worker has nothing to do, and waits.
"""

import time
from collections.abc import Collection, Sequence

from shared.broker.admin import BrokerAway, TopicClosed, ensure_topics
from shared.kafka_access import KafkaAccess
from shared.log import logger
from shared.record.store import Unavailable
from shared.topics import journal_topic

WAIT_S = 15.0
RUNBOOK = "docs/runbooks/lag.md"

log = logger(__name__)


class Reopened(Exception):
    """A topic that the worker does without has opened. The next start reads it."""


class HeardTopics:
    """听的话题: of one worker. `topics` are all that its consumers ask for."""

    def __init__(
        self, kafka: KafkaAccess, room: str, topics: Collection[str], partitions: int
    ) -> None:
        self._kafka, self._room, self._partitions = kafka, room, partitions
        self._topics = sorted(topics)
        self._closed: set[str] = set()
        self._until: float | None = None

    @property
    def open(self) -> Sequence[str]:
        """The topics to be read."""
        return [topic for topic in self._topics if topic not in self._closed]

    @property
    def closed(self) -> Collection[str]:
        """The topics that it does without."""
        return frozenset(self._closed)

    def notes(self) -> Sequence[str]:
        """For the body of /readyz."""
        return [
            f"{topic} is not heard: it is not there, or closed to this login; see {RUNBOOK}"
            for topic in sorted(self._closed)
        ]

    def settle(self) -> None:
        """Make the room's topics that lack, check all, and decide what it does without.

        Raises Unavailable as long as it waits, TopicsDiffer.
        """
        if self._until is None:
            self._until = time.monotonic() + WAIT_S
        try:
            self._ensure()
        except TopicClosed as error:
            if journal_topic(self._room) in error.topics or time.monotonic() < self._until:
                raise Unavailable(str(error)) from error
            for topic in sorted(error.topics):
                self._closed.add(topic)
                log.warning("a topic is closed; the worker begins without it", topic=topic)
            self.settle()
        except BrokerAway as error:
            raise Unavailable(str(error)) from error

    def look(self) -> None:
        """Ask again about each topic that it does without. Raises Reopened."""
        for topic in sorted(self._closed):
            try:
                ensure_topics(self._kafka, [], self._partitions, heard=[topic])
            except BrokerAway:
                continue
            raise Reopened(topic)

    def _ensure(self) -> None:
        ensure_topics(
            self._kafka, [self._room], self._partitions, heard=self.open, without=self._closed
        )
