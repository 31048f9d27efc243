"""分发 (fan-out): a batch of raw records is given to each consumer, in a transaction of its own.

A record that no relay wrote is logged and left out. A copy whose content differs is logged. A gap
is watched (`gaps`). If the database is away, the work is tried again for a while; then the process
ends. Nothing is lost by that: the cursors say where the next process reads on.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from threading import Event
from typing import TypeVar

from sqlalchemy import Engine

from shared.consumers.consumer import BatchOutcome, Consumer
from shared.consumers.consumer_record import ConsumerRecord, Headers, TopicRecord
from shared.consumers.cursors import Source
from shared.consumers.garbage import Garbage
from shared.consumers.replay import differing
from shared.log import is_logged, logger
from shared.personal.key_store import KeysUnavailable
from shared.proof.check import Proofs
from shared.record.statements import columns
from shared.record.store import Conflict, GateClosed, Unavailable
from shared.record.transaction import DatabaseTransaction, transaction
from shared.topics import journal_topic
from shared.worker.gaps import (
    ConsumerSource,
    GapWatch,
    OpenGap,
    findings,
    read_from_0,
)

TRANSIENT = (Unavailable, GateClosed, KeysUnavailable, Conflict)
"""Errors that say nothing about the facts. The work is tried again and never parked."""
PATIENCE_S = 30.0
_PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)

log = logger(__name__)
T = TypeVar("T")


class ShuttingDown(Exception):
    """The process is asked to end while it waits for the database."""


@dataclass(frozen=True, slots=True)
class Message:
    """A record as Kafka gives it."""

    topic: str
    partition: int
    offset: int
    headers: Headers
    value: bytes | None
    key: bytes | None = None


def with_retries(work: Callable[[], T], ended: Event, limit: float = PATIENCE_S) -> T:
    """Do the work. While the database is away, try again, for `limit` seconds; then raise.

    Raises ShuttingDown if the process is asked to end meanwhile.
    """
    until = time.monotonic() + limit
    for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
        try:
            return work()
        except TRANSIENT as error:
            if time.monotonic() + pause > until:
                raise
            log.warning("not now, trying again", error=error, pause=pause)
        if ended.wait(pause):
            raise ShuttingDown
    raise AssertionError


class FanOut:
    """分发: the consumers of a worker. Called by one thread at a time."""

    def __init__(
        self,
        engine: Engine,
        room: str,
        consumers: Sequence[Consumer],
        ended: Event,
        *,
        taken: Callable[[Sequence[ConsumerRecord]], None] = lambda _: None,
        proofs: Proofs | None = None,
    ) -> None:
        self.consumers = consumers
        self._taken = taken
        """Called with the records that all consumers have taken."""
        self.gaps = GapWatch()
        self.applied: Counter[str] = Counter()
        self.copies: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.parked: Counter[str] = Counter()
        self.garbage = Garbage(proofs)
        self.differing: Counter[str] = Counter()
        self._engine = engine
        self._journal = journal_topic(room)
        self._ended = ended

    def begin(self) -> None:
        """Read which gaps are findings: reading from offset 0 has not closed them."""
        self.gaps.findings.update(self._findings())

    def take(self, messages: Sequence[Message]) -> None:
        """Give each consumer its records.

        Raises ShuttingDown, and one of TRANSIENT once it was tried for too long.
        """
        self.garbage.arrived()
        records = [record for message in messages if (record := self._read(message)) is not None]
        copies: dict[tuple[Source, int], ConsumerRecord] = {}
        refused: dict[tuple[Source, int], ConsumerRecord] = {}
        for consumer in self.consumers:
            mine = [record for record in records if record.source.topic in consumer.topics]
            if mine:
                for outcome in self._give(consumer, mine):
                    copies.update(((r.source, r.offset), r) for r in outcome.copies)
                    refused.update(((r.source, r.offset), r) for r in outcome.refused)
        self._compare([copy for place, copy in copies.items() if place not in refused])
        self._tell_differing("a record is not what the room has recorded", refused.values())
        self._taken(records)

    def give_up_gaps(self) -> dict[ConsumerSource, OpenGap]:
        """The gaps that nobody closed in time; the next start reads their sources from offset 0."""
        if overdue := self.gaps.overdue():
            with transaction(self._engine) as db:
                read_from_0(db, overdue)
        return overdue

    def _give(
        self, consumer: Consumer, records: Sequence[ConsumerRecord]
    ) -> Iterable[BatchOutcome]:
        taken = with_retries(lambda: consumer.take(records), self._ended)
        self.note(taken)
        return taken.values()

    def note(self, taken: Mapping[str, BatchOutcome]) -> None:
        """Count what became of some records, by name of the cursor."""
        for name, outcome in taken.items():
            self._count(name, outcome)

    def differences(self) -> Sequence[str]:
        """What came that is no fact, in words."""
        return [
            f"{topic}: {count} records differ from what was recorded; see docs/runbooks/lag.md"
            for topic, count in sorted(self.differing.items())
        ]

    def _count(self, name: str, outcome: BatchOutcome) -> None:
        self.applied[name] += outcome.applied
        self.copies[name] += len(outcome.copies)
        self.unknown[name] += outcome.unknown
        self.parked[name] += outcome.parked
        if outcome.parked:
            log.error("parked", consumer=name, count=outcome.parked)
        if healed := self.gaps.note(name, outcome):
            log.info("a gap that was a finding is closed", consumer=name, n=len(healed))
            self._findings()

    def _read(self, message: Message) -> ConsumerRecord | None:
        place = (message.topic, message.partition, message.offset, message.headers)
        return self.garbage.read(TopicRecord(*place, message.value or b"", message.key or b""))

    def _compare(self, copies: Sequence[ConsumerRecord]) -> None:
        """Log each copy that differs from what was taken before, be it in one byte."""
        if copies:
            found = with_retries(lambda: self._differing(copies), self._ended)
            self._tell_differing("a copy differs from what was taken before", found)

    def _tell_differing(self, what: str, records: Iterable[ConsumerRecord]) -> None:
        for record in records:
            topic = record.source.topic
            self.differing[topic] += 1
            if is_logged(self.differing[topic]):
                log.error(what, topic=topic, place=record.place, offset=record.offset)

    def _differing(self, copies: Sequence[ConsumerRecord]) -> list[ConsumerRecord]:
        own = [record for record in copies if record.source.topic == self._journal]
        foreign = [record for record in copies if record.source.topic != self._journal]
        with transaction(self._engine) as db:
            return [*differing(db, own), *differing_documents(db, foreign)]

    def _findings(self) -> dict[ConsumerSource, int]:
        return with_retries(partial(findings, self._engine), self._ended)


_DOCUMENTS = """
SELECT d.room, d.stream, d.seq, d.body FROM worker.documents AS d
JOIN unnest(%s::text[], %s::text[], %s::int8[]) AS c (room, stream, seq) USING (room, stream, seq)
"""


def differing_documents(
    db: DatabaseTransaction, copies: Sequence[ConsumerRecord]
) -> list[ConsumerRecord]:
    """Copies of the newest documents that differ from them. Older documents are not kept."""
    places = [(r.source.room, r.stored.stream, r.seq) for r in copies]
    lines = db.query(_DOCUMENTS, columns(places, 3)) if places else []
    known = {(room, stream, seq): bytes(body) for room, stream, seq, body in lines}
    return [
        record
        for record, place in zip(copies, places, strict=True)
        if known.get(place, record.stored.public) != record.stored.public
    ]
