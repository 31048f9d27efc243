"""了结 (settlement): an attempt to do what is owed comes to an end, whatever stands in its way.

A command that cannot be decided, and one that stays in conflict, is found by trying each command
alone. The attempt is made again without it, and parks it. So one stream that no longer agrees with
its facts stops its own commands and nobody else's.
"""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import repeat
from time import sleep
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine

from shared.handle import TRIES, CommandEnvelope, Handler, NumberedCommand
from shared.record.transaction import transaction
from shared.worker.commands_owed import Contested, Undecided, decide

_PAUSES = (*repeat(0.0, TRIES - 1), 0.05, 0.2, 0.5, 1.0, 2.0)
"""Seconds between the tries of an attempt that is in conflict."""

T = TypeVar("T")


class _Undo(Exception):
    """Ends a transaction that only tried something out."""


class Settlement:
    """了结: of the attempts of one consumer or scheduler. Used by one thread at a time."""

    def __init__(self, engine: Engine, handler: Handler) -> None:
        self._engine = engine
        self._handler = handler
        self._lasting: set[str] = set()
        """Conflicts that did not go away, in the words of the record. They are not waited for
        again: a stream that others write to is in conflict at another version each time."""

    def settle(self, attempt: Callable[[Mapping[UUID, str]], T]) -> T:
        """Attempt until nothing stands in the way.

        `attempt` gets the ids of broken orders, each with the reason, and leaves them out.
        """
        broken: dict[UUID, str] = {}
        for left in reversed(range(TRIES)):
            try:
                return self._patiently(partial(attempt, broken))
            except (Contested, Undecided) as failed:
                if not left:
                    raise
                broken |= self._broken(failed)
        raise AssertionError

    def _patiently(self, work: Callable[[], T]) -> T:
        """Do the work again while others write to its streams. Raises Contested in the end."""
        for pause in _PAUSES:
            try:
                return work()
            except Contested as failed:
                if pause and failed.conflict in self._lasting:
                    raise
            sleep(pause)
        try:
            return work()
        except Contested as failed:
            self._lasting.add(failed.conflict)
            raise

    def _broken(self, failed: Contested | Undecided) -> dict[UUID, str]:
        """The orders that fail so when each is decided alone; all if only together they fail."""
        found = {}
        for order in failed.orders:
            try:
                self._try_out(order)
            except (Contested, Undecided) as alone:
                if isinstance(alone, type(failed)):
                    found[order.id] = str(alone)
            except _Undo:
                continue
        return found or {order.id: str(failed) for order in failed.orders}

    def _try_out(self, order: CommandEnvelope | NumberedCommand) -> None:
        """Decide an order and undo it."""
        with transaction(self._engine) as db:
            decide(db, self._handler, [order])
            raise _Undo
