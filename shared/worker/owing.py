"""应做之事 (what is owed): commands of reactions and timers, decided in the worker's transaction.

Whether a command fails is asked of the command alone: one that cannot be decided is set apart and
parked, the others of its transaction go on.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine

from shared.decider import Asked, Refused
from shared.document import Owed
from shared.handle import TRIES, Answer, Desk, Order, handle_all
from shared.personal.keys import KeysUnavailable
from shared.record.database import told
from shared.record.postgres import RecordTransaction
from shared.record.store import CommandKnown, Conflict, StoreError
from shared.views.rows import Rows, transaction
from shared.worker.parking import why

T = TypeVar("T")


class Undecided(Exception):
    """Deciding these orders raised what is neither a refusal nor the database's doing."""

    def __init__(self, orders: Sequence[Order], error: Exception) -> None:
        super().__init__(why(error))
        self.orders = orders


class _Undo(Exception):
    """Ends a transaction that only tried something out."""


def order_of(
    command_id: UUID, owed: Owed, asked: Asked, causation: str, traceparent: str | None = None
) -> Order:
    """The order for a command that is owed."""
    return Order(
        id=command_id,
        command=owed.command,
        asked=asked,
        reads=owed.reads,
        causation=causation,
        traceparent=traceparent,
    )


def asked_by(actor: str, owed: Owed, at: datetime, branch: str, ticket: str | None) -> Asked:
    """The circumstances of a command that nobody asked for: a reaction's or a timer's."""
    return Asked(
        home=owed.home, actor=actor, roles=frozenset(), at=at, branch=branch, ticket=ticket
    )


def decide(rows: Rows, desk: Desk, orders: Sequence[Order]) -> Sequence[Answer | Refused]:
    """Decide the orders in turn, one append. Raises a StoreError, KeysUnavailable, Undecided."""
    if not orders:
        return ()
    try:
        with told():
            return handle_all(desk, orders, RecordTransaction(rows.connection))
    except (StoreError, KeysUnavailable):
        raise
    except Exception as error:
        raise Undecided(orders, error) from error


def settle(engine: Engine, desk: Desk, attempt: Callable[[Mapping[UUID, str]], T]) -> T:
    """Attempt until the streams hold still; `attempt` leaves out the orders that are broken."""
    broken: dict[UUID, str] = {}
    for left in reversed(range(TRIES)):
        try:
            return attempt(broken)
        except (Conflict, CommandKnown):
            if not left:
                raise
        except Undecided as failed:
            if not left:
                raise
            broken |= _broken(engine, desk, failed)
    raise AssertionError


def _broken(engine: Engine, desk: Desk, failed: Undecided) -> dict[UUID, str]:
    """The orders that fail when each is decided alone; all of them if only together they fail."""
    found = {}
    for order in failed.orders:
        try:
            _try_out(engine, desk, order)
        except Undecided as alone:
            found[order.id] = str(alone)
        except (_Undo, Conflict, CommandKnown):
            continue
    return found or {order.id: str(failed) for order in failed.orders}


def _try_out(engine: Engine, desk: Desk, order: Order) -> None:
    """Decide an order and undo it."""
    with transaction(engine) as rows:
        decide(rows, desk, [order])
        raise _Undo
