"""按月次序 (the order of the months): in which order the movements of a part count and are valued.

Month after month, and within a month always the one recorded first of which the account has the
pieces that it gives. So a month has what counts in it alone, and no account gives what it gets only
later: a movement that takes such pieces waits until they are there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from services.inventory.ledger import is_inside
from services.inventory.periods import Closed, Counted, Order, counted
from shared.events.inventory import StockMoved


class Movement(NamedTuple):
    """One movement, when it happened, and where it stands in the record."""

    fact: StockMoved
    at: datetime
    """Of what a stocktake posts, its `as_of`."""
    order: Order


class Counting(NamedTuple):
    """A movement, and the month in which it counts."""

    moved: Movement
    counts: Counted


def in_order(
    moves: Iterable[Movement], closings: Sequence[Closed], closed: Closed
) -> Iterator[Counting]:
    """All movements of a part that bear on a closed month, in the order in which they are valued.

    What does not count by its end comes too where it has a part in what the others carry.
    """
    if closed.fact.by_months:
        until = closed.fact.period
        yield from _by_months(moves, [each for each in closings if each.fact.period <= until])
        return
    for each in moves:
        yield Counting(each, counted(each.at, each.order, closings))


@dataclass(slots=True)
class _Book:
    """The accounts of a part on the way through the months, and what waits for pieces."""

    holds: Counter[str] = field(default_factory=Counter)
    waits: list[Counting] = field(default_factory=list)
    """As they were recorded."""

    def through(self, period: str, of_month: Sequence[Counting]) -> Iterator[Counting]:
        """What counts in a month, in its order."""
        coming = sorted([*self.waits, *of_month], key=lambda each: each.moved.order)
        self.waits = []
        for each in coming:
            self.waits.append(each)
            while (first := next(filter(self._has, self.waits), None)) is not None:
                self.waits.remove(first)
                self._move(first.moved.fact)
                was = first.counts
                yield Counting(first.moved, Counted(period, was.late or was.period != period))

    def _has(self, each: Counting) -> bool:
        """Whether the account has the pieces that the movement takes."""
        move = each.moved.fact
        return not is_inside(move.source) or self.holds[move.source] >= move.quantity

    def _move(self, move: StockMoved) -> None:
        self.holds[move.source] -= move.quantity
        self.holds[move.target] += move.quantity


def _by_months(moves: Iterable[Movement], closings: Sequence[Closed]) -> Iterator[Counting]:
    """What counts up to the last of these months; held is only what counts in one that is open."""
    book, ahead = _Book(), list(closings)
    months = defaultdict[str | None, list[Counting]](list)
    for each in moves:
        while ahead and each.order > ahead[0].order:
            yield from _closed(book, ahead.pop(0), months)
        counts = counted(each.at, each.order, closings)
        if counts.period is not None:
            months[counts.period].append(Counting(each, counts))
    for closing in ahead:
        yield from _closed(book, closing, months)


def _closed(
    book: _Book, closing: Closed, months: defaultdict[str | None, list[Counting]]
) -> Iterator[Counting]:
    """A month to which nothing more comes; what was before the first one goes before it."""
    for period in ("", closing.fact.period):
        yield from book.through(period, months.pop(period, ()))
