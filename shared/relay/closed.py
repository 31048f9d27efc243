"""关闭的话题 (closed topics): milestones whose topic this relay may not read, write or describe.

Such a topic waits alone, in every partition, and is named. The journal and the other milestones go
on: no milestone is needed to number facts. A journal that is closed ends the session, because
nothing can be sent without it.
"""

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from shared import log
from shared.broker.admin import TopicClosed
from shared.relay.metrics import RelayMetrics
from shared.topics import journal_topic, topics_of

T = TypeVar("T")

_log = log.logger("relay")


class ClosedTopics:
    """关闭的话题: those of a room, for one session of a relay."""

    def __init__(self, room: str, metrics: RelayMetrics) -> None:
        self._room, self._metrics = room, metrics
        self._why: dict[str, str] = {}
        metrics.closed(self._why)

    def __iter__(self) -> Iterator[str]:
        return iter([*self._why])

    @property
    def others(self) -> Collection[str]:
        """The topics of the room that are open, the journal first."""
        return [topic for topic in topics_of(self._room) if topic not in self._why]

    def without(self, ask: Callable[[Collection[str]], T]) -> T:
        """Ask about the topics that are open, until what is asked meets no other closed one.

        Raises TopicClosed if the journal is closed.
        """
        while True:
            try:
                return ask(self.others)
            except TopicClosed as error:
                self.add(error)

    def add(self, error: TopicClosed) -> None:
        """These topics are closed as well. Raises the error if one of them has to be open."""
        if not error.topics <= {*self.others} - {journal_topic(self._room)}:
            raise error
        for topic in sorted(error.topics):
            self._why[topic] = str(error)
            _log.error("a topic is closed; its milestones wait", topic=topic, why=str(error))
        self._metrics.closed(self._why)

    def open(self, topic: str) -> None:
        """The topic is open again."""
        del self._why[topic]
        _log.info("a topic is open again", topic=topic)
        self._metrics.closed(self._why)
