"""应做 (commands owed): commands of reactions and timers, decided in the worker's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.consumers.dead_letters import describe
from shared.decider import Asked, Refused
from shared.document import CommandOwed, NewTicket
from shared.handle import Answer, CommandEnvelope, Handler, NumberedCommand, handle_all
from shared.personal.key_store import KeysUnavailable
from shared.policy import Core, series_number, ticket_number
from shared.policy.book import PolicyInForce
from shared.policy.source import PolicyBroken
from shared.record.database import translating_errors
from shared.record.postgres import RecordTransaction
from shared.record.store import CommandKnown, Conflict, StoreError
from shared.record.transaction import DatabaseTransaction


class Undecided(Exception):
    """Deciding these orders raised an error that is neither a refusal nor one of the database."""

    def __init__(
        self, orders: Sequence[CommandEnvelope | NumberedCommand], error: Exception
    ) -> None:
        super().__init__(describe(error))
        self.orders = orders


class Contested(Conflict):
    """A stream of these orders, or a command, is not as it was read a moment ago."""

    def __init__(
        self, orders: Sequence[CommandEnvelope | NumberedCommand], error: StoreError
    ) -> None:
        super().__init__(f"冲突一直不消，记录可能少了事实 (conflict that stays): {error}")
        self.orders = orders
        self.conflict = str(error)


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The circumstances of a command that nobody asked for: a reaction's or a timer's."""

    actor: str
    at: datetime
    branch: str
    ticket: str | None
    causation: str
    traceparent: str | None = None
    policy: str | None = None
    """The policy table that had a say, with its version: `core@1`."""


def no_policy(_branch: str, _at: datetime) -> Core:
    """The policy of those who owe nothing that needs one. Raises PolicyBroken."""
    raise PolicyBroken("no policy was given")


def order_of(
    command_id: UUID, owed: CommandOwed | NewTicket, asking: CommandContext, policy: PolicyInForce
) -> CommandEnvelope | NumberedCommand:
    """The order for a command that is owed. Raises whatever the policy raises."""
    if isinstance(owed, CommandOwed):
        return _order(command_id, owed, asking)
    branch, build = owed.branch, owed.build
    core = policy(branch, owed.at)
    zone = ZoneInfo(owed.time_zone or core.calendar.time_zone)
    day = owed.at.astimezone(zone).date()
    if owed.series is not None:
        return _in_series(command_id, owed, owed.series, replace(asking, branch=branch), day)

    def numbered(n: int) -> CommandEnvelope:
        ticket = ticket_number(core.numbers, branch, day, n)
        return _order(command_id, build(ticket), replace(asking, branch=branch, ticket=ticket))

    return NumberedCommand(command_id, branch, day, numbered)


def _in_series(
    command_id: UUID, owed: NewTicket, series: str, asking: CommandContext, day: date
) -> NumberedCommand:
    """The order for a paper with a series of its own, as the record counts it."""
    branch = asking.branch

    def numbered(n: int) -> CommandEnvelope:
        return _order(command_id, owed.build(series_number(series, branch, day, n)), asking)

    return NumberedCommand(command_id, f"{series}:{branch}", day.replace(month=1, day=1), numbered)


def _order(command_id: UUID, owed: CommandOwed, asking: CommandContext) -> CommandEnvelope:
    asked = Asked(
        home=owed.home,
        actor=asking.actor,
        roles=frozenset(),
        at=asking.at,
        branch=asking.branch,
        ticket=asking.ticket,
    )
    return CommandEnvelope(
        id=command_id,
        command=owed.command,
        asked=asked,
        policy=asking.policy,
        causation=asking.causation,
        traceparent=asking.traceparent,
    )


def decide(
    db: DatabaseTransaction, handler: Handler, orders: Sequence[CommandEnvelope | NumberedCommand]
) -> Sequence[Answer | Refused]:
    """Decide the orders in turn, one append.

    Raises Contested, another StoreError, KeysUnavailable, Undecided.
    """
    if not orders:
        return ()
    try:
        with translating_errors():
            return handle_all(handler, orders, RecordTransaction(db.connection))
    except (Conflict, CommandKnown) as error:
        raise Contested(orders, error) from error
    except (StoreError, KeysUnavailable):
        raise
    except Exception as error:
        raise Undecided(orders, error) from error
