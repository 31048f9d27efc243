"""撤回旧单 (withdrawing an import): its rows stay in the record, and count no more.

One fact a ticket says so. A withdrawal that stopped half-way is run again and goes on: the id of
each command says which ticket of which import it is about.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import uuid5

from guiyi.acting import Acting
from services.intake.legacy import WithdrawLegacyTicket
from shared.decider import Asked, Refused
from shared.document import NAMESPACE
from shared.events.values import Role
from shared.handle import (
    Answer,
    CommandEnvelope,
    Handler,
    Rehearsal,
    handle_all,
    until_settled,
)
from shared.record.store import Store

BATCH = 200
"""Tickets of one append."""
PAGE = 2_000
"""Names of tickets that are read at once."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """撤回: which import, by whom and why."""

    source: str
    generation: int
    because: str
    who: Acting


@dataclass(slots=True)
class WithdrawalTally:
    """计数: tickets so far."""

    tickets: int = 0
    withdrawn: int = 0
    """Those that this run has withdrawn; the others were withdrawn before."""


Watch = Callable[[WithdrawalTally], None]


def withdraw(handler: Handler, wanted: Withdrawal, watch: Watch) -> WithdrawalTally:
    """Withdraw every ticket of an import. Raises LacksRight, and what the store raises."""
    tally = WithdrawalTally()
    found = tickets_of(handler.store, wanted.source)
    while batch := list(islice(found, BATCH)):
        rehearsal = Rehearsal(handler, batch)
        held = [each for each in batch if _holds(rehearsal.folded(each).state, wanted)]
        for branch in {rehearsal.folded(each).branch for each in held}:
            wanted.who.needs([Role.OPERATOR], branch)
        at = handler.store.now()
        orders = [_order(each, rehearsal.folded(each).branch, wanted, at) for each in held]
        tally.tickets += len(held)
        tally.withdrawn += _append(handler, orders)
        watch(tally)
    return tally


def tickets_of(store: Store, source: str) -> Iterator[str]:
    """The streams of every ticket that was imported from a desk."""
    prefix, after = f"legacy-{source}-", ""
    while names := store.streams_named(prefix, after, PAGE):
        yield from names
        after = names[-1]


def _holds(state: object, wanted: Withdrawal) -> bool:
    """Whether the ticket has rows of the import, withdrawn or not."""
    generations: frozenset[int] = getattr(state, "generations", frozenset())
    return wanted.generation in generations


def _order(stream: str, branch: str, wanted: Withdrawal, at: datetime) -> CommandEnvelope:
    command = WithdrawLegacyTicket(wanted.source, wanted.generation, wanted.because)
    asked = Asked(
        home=stream,
        actor=wanted.who.actor,
        roles=frozenset(wanted.who.roles),
        at=at,
        branch=branch,
        ticket=stream.removeprefix("legacy-"),
    )
    named = uuid5(NAMESPACE, f"legacy-withdrawal/{wanted.generation}/{stream}")
    return CommandEnvelope(named, command, asked)


def _append(handler: Handler, orders: Sequence[CommandEnvelope]) -> int:
    """One append; how many tickets it has withdrawn."""

    def attempt() -> Sequence[Answer | Refused]:
        with handler.store.transaction() as transaction:
            return handle_all(handler, orders, transaction)

    done = [each for each in until_settled(attempt) if isinstance(each, Answer)]
    return sum(bool(each.facts) and not each.repeated for each in done)
