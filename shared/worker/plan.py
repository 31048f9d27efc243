"""应办计划 (the plan): which reactions a document calls, and the commands that they owe for it.

Pure: nothing is read, and nothing is written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from shared.consumers import documents
from shared.consumers.consumer_record import ConsumerRecord, published
from shared.consumers.dead_letters import DeadLetterKind, Failure, describe
from shared.consumers.documents import NewestDocument
from shared.document import CommandOwed, NewTicket, Published, Reaction
from shared.events.actors import ServiceActor
from shared.handle import CommandEnvelope, NumberedCommand
from shared.policy.book import PolicyInForce
from shared.worker.commands_owed import CommandContext, order_of


@dataclass(frozen=True, slots=True)
class PlannedCommand:
    """A command that a reaction owes for a document, ready to be decided."""

    reaction: str
    n: int
    order: CommandEnvelope | NumberedCommand

    def key(self, kept: NewestDocument) -> str:
        """What it is called in the list of what is parked."""
        version = kept.head.version
        later = f"/{kept.generation}" if kept.generation else ""
        return f"{kept.room}/{kept.head.stream}/{self.reaction}/{version}/{self.n}{later}"


@dataclass(slots=True)
class Plan:
    """What one document calls for."""

    commands: list[PlannedCommand] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    """The reactions that looked at the document."""


def called_by(
    reactions: Sequence[Reaction],
    kept: NewestDocument,
    record: ConsumerRecord,
    starts: documents.Starts,
) -> Sequence[Reaction]:
    """The reactions that listen to this milestone and may not have seen the newest document.

    A milestone that arrives behind a newer one of its stream still calls those who listen to
    no other, and those who do not listen to all that came: a milestone that they ignore may have
    brought the newest document. They look at that, whichever milestone brought it.
    """
    return [
        reaction
        for reaction in reactions
        if record.stored.type in (heard := reaction.hears(kept.head.document))
        and (kept.newer or not heard & kept.types_before or kept.types - heard)
        and not documents.before(starts, reaction, record)
    ]


def plan(
    kept: NewestDocument,
    reactions: Sequence[Reaction],
    now: datetime,
    traceparent: str | None,
    policy: PolicyInForce,
) -> Plan:
    """The commands that these reactions owe for a document, and what of them fails."""
    made, named = Plan(), f"{kept.room}/{kept.head.stream}"
    try:
        document = published(kept.room, kept.recorded_at, kept.head, kept.generation)
    except Exception as error:  # noqa: BLE001 - a schema of the future, or a state cut short
        about: Mapping[str, object] = {"reactions": [reaction.name for reaction in reactions]}
        made.failures.append(_failure(DeadLetterKind.DOCUMENT, kept, named, describe(error), about))
        return made
    for reaction in reactions:
        made.ran.append(reaction.name)
        actor = ServiceActor.REACTION.named(reaction.name)
        said = (actor, now, document.branch, document.ticket, kept.place)
        asking = partial(CommandContext, *said, traceparent)
        try:
            made.commands += _commands(reaction, document, asking, policy)
        except Exception as error:  # noqa: BLE001 - a reaction that fails parks itself alone
            about, key = {"reaction": reaction.name}, f"{named}/{reaction.name}"
            made.failures.append(
                _failure(DeadLetterKind.REACTION, kept, key, describe(error), about)
            )
    return made


def _commands(
    reaction: Reaction,
    document: Published,
    asking: Callable[[str | None], CommandContext],
    policy: PolicyInForce,
) -> list[PlannedCommand]:
    """What one reaction owes; `asking` takes the label of the policy that was asked."""
    in_force = policy(document.branch, document.recorded_at) if reaction.asks_policy else None
    context = asking(in_force.label if in_force else None)
    orders = [
        order_of(reaction.command_id(document, n), each, context, policy)
        for n, each in enumerate(_owed(reaction, document, policy))
    ]
    return [PlannedCommand(reaction.name, n, order) for n, order in enumerate(orders)]


def _owed(
    reaction: Reaction, document: Published, policy: PolicyInForce
) -> Sequence[CommandOwed | NewTicket]:
    """What is owed; what fails is tried once more, so that only what fails again is parked."""
    try:
        return reaction.owed(document, policy)
    except Exception:  # noqa: BLE001 - as above
        return reaction.owed(document, policy)


def command_failure(
    kept: NewestDocument, due: PlannedCommand, reason: str, reasons: Sequence[object] = ()
) -> Failure:
    """What is parked of a command that was refused, or that broke its transaction."""
    about = {
        "reaction": due.reaction,
        "version": kept.head.version,
        **_what(due.order),
        "id": str(due.order.id),
        "reasons": reasons,
    }
    return _failure(DeadLetterKind.COMMAND, kept, due.key(kept), reason, about)


def _what(order: CommandEnvelope | NumberedCommand) -> Mapping[str, str]:
    match order:
        case CommandEnvelope(command=command, asked=asked):
            return {"command": type(command).__name__, "home": asked.home}
        case NumberedCommand(branch=branch, day=day):
            return {"branch": branch, "day": day.isoformat()}


def _failure(
    kind: DeadLetterKind, kept: NewestDocument, key: str, reason: str, details: Mapping[str, object]
) -> Failure:
    return Failure(
        kind, key, kept.partition, kept.seq, kept.room, kept.head.stream, reason, details
    )
