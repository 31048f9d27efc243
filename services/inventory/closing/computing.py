"""消耗报表的计算 (computing the consumption report): the record of a store, book by book."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from services.inventory import ledger, periods
from services.inventory.consumption_report import (
    ConsumptionLine,
    ConsumptionReport,
    Movement,
    lines_of,
    report,
)
from services.inventory.periods import Closed, Order
from services.inventory.stores import Names
from shared.content import content_hash
from shared.events.closings import PeriodClosed
from shared.events.inventory import Movement as Why
from shared.events.inventory import StockMoved

AT_ONCE = 100
"""Books that are read at once: a report is made in steps, however large the store is."""


class Told(NamedTuple):
    """A fact of the record, when it happened, and where it stands."""

    fact: Any  # of any class of the book
    at: datetime
    """At the latest when it was recorded."""
    order: Order


Read: TypeAlias = Callable[[Sequence[str]], Mapping[str, Sequence[Told]]]
"""The facts of streams, by stream, in their order."""


@dataclass(frozen=True, slots=True)
class Books:
    """账簿: where the report looks: what streams there are, what stands in them, and stocktakes."""

    names: Names
    read: Read
    cut: Callable[[str], datetime]
    """The `as_of` of a stocktake, by its number."""


def digest_of(made: ConsumptionReport) -> str:
    """SHA-256 (hex) of the whole report: an auditor computes it again from what was sent."""
    return content_hash({"report": made})


def computed(books: Books, store: str, period: str) -> ConsumptionReport | None:
    """The report of a month of a store; None: the month is not closed."""
    stream = periods.stream_of(store)
    told = books.read([stream])[stream]
    closings = [Closed(each.fact, each.order) for each in told if _is_closing(each)]
    closed = next((each for each in closings if each.fact.period == period), None)
    if closed is None:
        return None
    return report(closed, _lines(books, store, closings, closed))


def _lines(
    books: Books, store: str, closings: Sequence[Closed], closed: Closed
) -> Iterator[ConsumptionLine]:
    """The lines of every part, by the names of the parts."""
    names = sorted(books.names(ledger.stream_of(store, ""), ""))
    for n in range(0, len(names), AT_ONCE):
        chunk = names[n : n + AT_ONCE]
        told = books.read(chunk)
        for name in chunk:
            moves = (_movement(books, each) for each in told[name] if _moves(each))
            yield from lines_of(moves, closings, closed)


def _is_closing(each: Told) -> bool:
    return isinstance(each.fact, PeriodClosed)


def _moves(each: Told) -> bool:
    return isinstance(each.fact, StockMoved)


def _movement(books: Books, each: Told) -> Movement:
    """A movement; what a stocktake posts happened at its cut."""
    move: StockMoved = each.fact
    at = each.at
    if move.because is Why.STOCKTAKE and move.paper is not None:
        at = books.cut(move.paper)
    return Movement(move, at, each.order)
