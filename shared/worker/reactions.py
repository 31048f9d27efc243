"""反应 (reacting): milestones of other rooms become the newest documents, and commands now owed.

One milestone is one transaction: the document's row is locked; a document that is not newer moves
the cursor only; a newer one is kept, all commands it makes owed are decided in turn, one append.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from shared.consumers import cursors, dead_letters, documents
from shared.consumers.consumer import BatchOutcome
from shared.consumers.consumer_record import ConsumerRecord, published
from shared.consumers.cursors import Source
from shared.consumers.dead_letters import DeadLetterKind, Failure, describe
from shared.consumers.documents import NewestDocument
from shared.decider import Refused
from shared.document import NewTicket, Owed, Published, Reaction
from shared.handle import Answer, Desk, Numbered, Order
from shared.record.transaction import DatabaseTransaction, transaction
from shared.worker.commands_owed import CommandContext, Policy, decide, no_policy, order_of, settle

CONSUMER = "reactions"


@dataclass(frozen=True, slots=True)
class PlannedCommand:
    """A command that a reaction owes for a document, ready to be decided."""

    reaction: str
    n: int
    order: Order | Numbered

    def key(self, kept: NewestDocument) -> str:
        """What it is called in the list of what is parked."""
        version = kept.head.version
        return f"{kept.room}/{kept.head.stream}/{self.reaction}/{version}/{self.n}"


@dataclass(slots=True)
class Plan:
    """What one document calls for."""

    dues: list[PlannedCommand] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    """The reactions that looked at the document."""


class Reactions:
    """反应: the consumer of the milestones a room listens to."""

    def __init__(
        self,
        engine: Engine,
        desk: Desk,
        reactions: Sequence[Reaction],
        *,
        topics: Sequence[str] = (),
        appended: Callable[[], None] = lambda: None,
        policy: Policy = no_policy,
    ) -> None:
        self.name = CONSUMER
        self.names = (CONSUMER,)
        self.topics = sorted({name for each in reactions for name in each.listens}.union(topics))
        self.reactions = reactions
        self._engine = engine
        self._desk = desk
        self._appended = appended
        self._policy = policy
        self._starts: documents.Starts = {}

    def begin(self, starts: documents.Starts) -> None:
        """From where on each reaction owes."""
        self._starts = starts

    def take(self, records: Sequence[ConsumerRecord]) -> Mapping[str, BatchOutcome]:
        """As Consumer.take: each record that is new has a transaction of its own."""
        taken, left = BatchOutcome(), list(records)
        ends = {record.source: record.offset + 1 for record in records}
        while new := self._look(left, ends, taken):
            for record in new:
                taken.and_then(settle(self._engine, self._desk, partial(self._take, record)))
            self._appended()
            done = set(map(id, new))
            left = [record for record in left if id(record) not in done]
        return {self.name: taken}

    def _look(
        self, records: Sequence[ConsumerRecord], ends: Mapping[Source, int], taken: BatchOutcome
    ) -> Sequence[ConsumerRecord]:
        """The records that are next, in order; where there is none, the rest is only looked at.

        All up to `ends` was seen then, also where copies that are left stand before what was new.
        """
        if not records:
            return ()
        with transaction(self._engine) as db:
            at = cursors.lock(db, self.name, {record.source for record in records})
            walked = cursors.advance(at, records)
            if not walked.applied:
                seen = {s: replace(c, seen_offset=ends[s]) for s, c in walked.cursors.items()}
                cursors.save(db, self.name, seen)
                taken.and_then(BatchOutcome.of(walked))
            return walked.applied

    def again(
        self, room: str, stream: str, only: Collection[str] | None = None
    ) -> Sequence[Failure]:
        """重试: look once more at the stream's newest document; what still fails is parked.

        `only`: the reactions that look, by name; the others may owe nothing for what is so old.
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

        failures = settle(self._engine, self._desk, attempt)
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
                called = self._called(kept, record)
                failures = self._react(db, kept, called, broken, traceparent=record.traceparent)
                taken.parked = len(failures)
            return taken

    def _called(self, kept: NewestDocument, record: ConsumerRecord) -> Sequence[Reaction]:
        """The reactions that have not seen this newest document and listen to its milestones.

        A milestone that arrives behind a newer one of its stream still calls those who listen to
        no other: they look at the newest document, whichever milestone brought it.
        """
        return [
            reaction
            for reaction in self.reactions
            if (heard := reaction.hears(kept.head.document)) & kept.types
            and (kept.newer or not heard & kept.types_before)
            and not documents.before(self._starts, reaction, record)
        ]

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
        plan = _plan(kept, reactions, db.now(), traceparent, self._policy)
        wanted = [due for due in plan.dues if due.key(kept) not in dead]
        sound = [due for due in wanted if due.order.id not in broken]
        outcomes = decide(db, self._desk, [due.order for due in sound])
        failures = [
            *plan.failures,
            *_refused(kept, zip(sound, outcomes, strict=True)),
            *(
                _command(kept, due, broken[due.order.id])
                for due in wanted
                if due.order.id in broken
            ),
        ]
        documents.forget_parked(db, self.name, kept, plan.ran)
        dead_letters.park(db, self.name, failures)
        return failures


def _plan(
    kept: NewestDocument,
    reactions: Sequence[Reaction],
    now: datetime,
    traceparent: str | None,
    policy: Policy,
) -> Plan:
    plan, named = Plan(), f"{kept.room}/{kept.head.stream}"
    try:
        document = published(kept.room, kept.recorded_at, kept.head)
    except Exception as error:  # noqa: BLE001 - a schema of the future, or a state cut short
        names = [reaction.name for reaction in reactions]
        about: dict[str, Any] = {"reactions": names}
        plan.failures.append(_failure(DeadLetterKind.DOCUMENT, kept, named, describe(error), about))
        return plan
    for reaction in reactions:
        plan.ran.append(reaction.name)
        actor, place = f"reaction:{reaction.name}", kept.place
        try:
            said = policy().label if reaction.asks_policy else None
            asking = CommandContext(
                actor, now, document.branch, document.ticket, place, traceparent, said
            )
            orders = [
                order_of(reaction.command_id(document, n), each, asking, policy)
                for n, each in enumerate(_owed(reaction, document, policy))
            ]
        except Exception as error:  # noqa: BLE001 - a reaction that fails parks itself alone
            about = {"reaction": reaction.name}
            key = f"{named}/{reaction.name}"
            plan.failures.append(
                _failure(DeadLetterKind.REACTION, kept, key, describe(error), about)
            )
            continue
        plan.dues.extend(PlannedCommand(reaction.name, n, order) for n, order in enumerate(orders))
    return plan


def _owed(reaction: Reaction, document: Published, policy: Policy) -> Sequence[Owed | NewTicket]:
    """What is owed; what fails is tried once more, so that only what fails again is parked."""
    try:
        return reaction.owed(document, policy)
    except Exception:  # noqa: BLE001 - as above
        return reaction.owed(document, policy)


def _refused(
    kept: NewestDocument, decided: Iterable[tuple[PlannedCommand, Answer | Refused]]
) -> Iterator[Failure]:
    for due, outcome in decided:
        if isinstance(outcome, Refused):
            reasons = [
                {"code": reason.code, "numbers": dict(reason.numbers)} for reason in outcome.reasons
            ]
            yield _command(kept, due, describe(outcome), reasons)


def _command(
    kept: NewestDocument, due: PlannedCommand, reason: str, reasons: Sequence[Any] = ()
) -> Failure:
    about = {
        "reaction": due.reaction,
        "version": kept.head.version,
        **_what(due.order),
        "id": str(due.order.id),
        "reasons": reasons,
    }
    return _failure(DeadLetterKind.COMMAND, kept, due.key(kept), reason, about)


def _what(order: Order | Numbered) -> Mapping[str, str]:
    match order:
        case Order(command=command, asked=asked):
            return {"command": type(command).__name__, "home": asked.home}
        case Numbered(branch=branch, day=day):
            return {"branch": branch, "day": day.isoformat()}


def _failure(
    kind: DeadLetterKind, kept: NewestDocument, key: str, reason: str, details: Any
) -> Failure:
    return Failure(
        kind, key, kept.partition, kept.seq, kept.room, kept.head.stream, reason, details
    )
