"""未证实的游标 (unproved cursors): of other rooms' topics, whose record was not met yet.

A room's own journal is compared with its record. Of another room there is only the topic. So the
record that a cursor names must stand where the cursor says. If it does not, the topic is read from
its beginning, and nothing behind the cursor is taken before that record was met. If it does not
come, somebody moved the cursor, or the topic is not the one that was read before.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Cursor, Source
from shared.log import logger

RUNBOOK = "docs/runbooks/cursor.md"

log = logger(__name__)


class UnprovedCursors:
    """未证实的游标: of one consumer, in the memory of one worker."""

    def __init__(self, consumer: str) -> None:
        self._consumer = consumer
        self._open: dict[Source, int] = {}
        """The sources that stand still, and where their cursors are."""
        self._known: dict[Source, tuple[int, bytes]] = {}
        """Where this worker has left each cursor."""

    @property
    def open(self) -> Collection[Source]:
        """The sources that stand still."""
        return list(self._open)

    def begin(self, unproved: Mapping[Source, Cursor]) -> None:
        """The worker reads on elsewhere; these cursors are to be proved on the way."""
        self._open = {source: cursor.seq for source, cursor in unproved.items()}
        self._known = {}

    def sift(
        self, at: Mapping[Source, Cursor], records: Sequence[ConsumerRecord]
    ) -> Sequence[ConsumerRecord]:
        """The records that may be taken. The cursors are held."""
        for source, cursor in at.items():
            here = (cursor.seq, cursor.hash)
            if self._known.setdefault(source, here) != here:
                self._open[source] = cursor.seq
                log.warning("somebody moved a cursor", cursor=self._told(source))
                self._known[source] = here
            if not cursor.seq:
                self._open.pop(source, None)  # everything is taken anew
        return list(self._sifted(at, records)) if self._open else records

    def note(self, cursors: Mapping[Source, Cursor]) -> None:
        """This worker has moved them so far."""
        self._known.update({source: (each.seq, each.hash) for source, each in cursors.items()})

    def waits(self) -> Sequence[str]:
        """What stands still, in words."""
        return [
            f"{self._told(source)}: the record it names is not on the topic, and it stands still;"
            f" see {RUNBOOK}"
            for source in sorted(self._open.copy())
        ]

    def _sifted(
        self, at: Mapping[Source, Cursor], records: Sequence[ConsumerRecord]
    ) -> Iterator[ConsumerRecord]:
        for record in records:
            source, cursor = record.source, at[record.source]
            if source in self._open:
                if (record.seq, record.hash) == (cursor.seq, cursor.hash):
                    del self._open[source]
                elif record.seq > cursor.seq:
                    continue
            yield record

    def _told(self, source: Source) -> str:
        place = f"{source.topic}/{source.partition}"
        return f"{self._consumer} on {place} of {source.room}, cursor {self._open.get(source)}"
