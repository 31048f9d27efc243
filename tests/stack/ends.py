"""Checks of ended tickets: closed, filed, and every drawn piece where it should be."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TypeAlias

from guiyi.demo.balance import balanced
from guiyi.demo.ending import CLOSED
from guiyi.demo.proof import Gauges
from guiyi.demo.tickets import filed_of, state_of
from tests.stack.whole import Whole

Moves: TypeAlias = Counter[tuple[str, str, str]]
"""How many pieces of a part went from one account to another."""
MOVED = """
SELECT ticket, d ->> 'part', d ->> 'source', d ->> 'target', (d ->> 'quantity')::int8
FROM (SELECT ticket, convert_from(body, 'UTF8')::jsonb -> 'data' AS d
    FROM record.facts WHERE type = 'StockMoved' AND ticket IS NOT NULL) AS moved
"""


def moves(stack: Whole) -> defaultdict[str, Moves]:
    """The movements of every ticket. Parcels have the same name on every ticket."""
    found: defaultdict[str, Moves] = defaultdict(Counter)
    for ticket, part, *accounts, quantity in stack.ask("inventory", MOVED):
        source, target = (each.replace(ticket, "") for each in accounts)
        found[ticket][part, source, target] += quantity
    return found


def ended(stack: Whole, tickets: Iterable[str]) -> None:
    """Check that each ticket is closed and filed with every paper, and that no piece is out."""
    access = stack.access
    with Gauges(access) as gauges:
        balanced(access, gauges)
    for ticket in tickets:
        assert state_of(access, ticket) == CLOSED, ticket
        assert filed_of(access, ticket) is not None, ticket
