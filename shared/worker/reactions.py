"""反应 (reactions): milestones of other rooms bring documents, and documents make commands owed.

Each milestone has a transaction of its own, which locks the row of the document. A document that is
not newer only moves the cursor. A newer one is kept, and all commands that are owed for it are
decided in turn and written in one append.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from sqlalchemy import Engine

from shared.consumers import cursors, dead_letters, documents
from shared.consumers.consumer import BatchOutcome
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Source
from shared.consumers.dead_letters import Failure, describe
from shared.consumers.documents import NewestDocument
from shared.consumers.generations import sift
from shared.decider import Refused
from shared.document import Reaction
from shared.envelope import FIRST
from shared.handle import Answer, Handler
from shared.policy.book import PolicyInForce
from shared.record.transaction import DatabaseTransaction, transaction
from shared.worker.commands_owed import decide, no_policy
from shared.worker.plan import PlannedCommand, called_by, command_failure, plan
from shared.worker.settlement import Settlement
from shared.worker.unproved import UnprovedCursors

CONSUMER = "reactions"


class Reactions:
    """反应: the consumer of the milestones a room listens to."""

    def __init__(
        self,
        engine: Engine,
        handler: Handler,
        reactions: Sequence[Reaction],
        *,
        topics: Sequence[str] = (),
        appended: Callable[[], None] = lambda: None,
        policy: PolicyInForce = no_policy,
    ) -> None:
        self.name = CONSUMER
        self.names = (CONSUMER,)
        self.topics = sorted({name for each in reactions for name in each.listens}.union(topics))
        self.reactions = reactions
        self._engine = engine
        self._handler = handler
        self._settlement = Settlement(engine, handler)
        self._appended = appended
        self._policy = policy
        self._starts: documents.Starts = {}
        self.unproved = UnprovedCursors(self.name)

    def begin(self, starts: documents.Starts) -> None:
        """From where on each reaction owes."""
        self._starts = starts

    def take(self, records: Sequence[ConsumerRecord]) -> Mapping[str, BatchOutcome]:
        """As Consumer.take: each record that is new has a transaction of its own."""
        taken, left = BatchOutcome(), list(records)
        ends = {record.source: record.offset + 1 for record in records}
        while new := self._look(left, ends, taken):
            for record in new:
                taken.and_then(self._settlement.settle(partial(self._take, record)))
            self._appended()
            done = set(map(id, new))
            left = [record for record in left if id(record) not in done]
        return {self.name: taken}

    def _look(
        self, records: Sequence[ConsumerRecord], ends: Mapping[Source, int], taken: BatchOutcome
    ) -> Sequence[ConsumerRecord]:
        """The records that no transaction has taken yet, in order.

        If there are none, the rest are copies: the cursors note that all up to `ends` was seen.
        """
        if not records:
            return ()
        with transaction(self._engine) as db:
            at = cursors.lock(db, self.name, {record.source for record in records})
            # First the generations: what has left a cursor behind stands above it, where an
            # unproved cursor lets nothing through.
            sifted = sift(at, records)
            walked = cursors.advance(at, self.unproved.sift(at, sifted.going))
            walked.refused += sifted.ended
            if not walked.applied:
                seen = {
                    s: replace(c, seen_offset=ends[s], next=sifted.left_behind.get(s, FIRST))
                    for s, c in walked.cursors.items()
                }
                cursors.save(db, self.name, seen)
                taken.and_then(BatchOutcome.of(walked))
            return walked.applied

    def again(
        self, room: str, stream: str, only: Collection[str] | None = None
    ) -> Sequence[Failure]:
        """重试: look again at the newest document of the stream; what still fails is parked.

        `only`: the names of the reactions that look. Others may owe nothing for an old document.
        """

        def attempt(broken: Mapping[UUID, str]) -> Sequence[Failure]:
            with transaction(self._engine) as db:
                if (kept := documents.lock(db, room, stream)) is None:
                    return ()
                listening = [
                    reaction
                    for reaction in self.reactions
                    if reaction.hears(kept.head.document) & kept.types
                    and (only is None or reaction.name in only)
                ]
                dead = dead_letters.discarded_commands(db, self.name, room, stream)
                return self._react(db, kept, listening, broken, dead=dead)

        failures = self._settlement.settle(attempt)
        self._appended()
        return failures

    def _take(self, record: ConsumerRecord, broken: Mapping[UUID, str]) -> BatchOutcome:
        with transaction(self._engine) as db:
            at = cursors.lock(db, self.name, {record.source})
            walked = cursors.advance(at, [record])
            cursors.save(db, self.name, walked.cursors)
            taken = BatchOutcome.of(walked)
            if walked.applied:
                kept = documents.keep(db, record)
                called = called_by(self.reactions, kept, record, self._starts)
                failures = self._react(db, kept, called, broken, traceparent=record.traceparent)
                taken.parked = len(failures)
        self.unproved.note(walked.cursors)
        return taken

    def _react(
        self,
        db: DatabaseTransaction,
        kept: NewestDocument,
        reactions: Sequence[Reaction],
        broken: Mapping[UUID, str],
        *,
        traceparent: str | None = None,
        dead: Collection[str] = (),
    ) -> Sequence[Failure]:
        if not reactions:
            return ()
        calls = plan(kept, reactions, db.now(), traceparent, self._policy)
        wanted = [due for due in calls.commands if due.key(kept) not in dead]
        sound = [due for due in wanted if due.order.id not in broken]
        outcomes = decide(db, self._handler, [due.order for due in sound])
        failures = [
            *calls.failures,
            *_refused(kept, zip(sound, outcomes, strict=True)),
            *(
                command_failure(kept, due, broken[due.order.id])
                for due in wanted
                if due.order.id in broken
            ),
        ]
        documents.forget_parked(db, self.name, kept, calls.ran)
        dead_letters.park(db, self.name, failures)
        return failures


def _refused(
    kept: NewestDocument, decided: Iterable[tuple[PlannedCommand, Answer | Refused]]
) -> Iterator[Failure]:
    for due, outcome in decided:
        if isinstance(outcome, Refused):
            reasons = [
                {"code": reason.code, "numbers": dict(reason.numbers)} for reason in outcome.reasons
            ]
            yield command_failure(kept, due, describe(outcome), reasons)
