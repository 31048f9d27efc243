"""消耗报表的计算 (computing the consumption report): the record of a store, book by book.

The books are read in pages and folded as they come, so that what is held does not grow with them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from services.inventory import ledger, periods
from services.inventory.consumption_report import (
    ConsumptionLine,
    ConsumptionReport,
    lines_of,
    report,
)
from services.inventory.month_order import Movement
from services.inventory.periods import Closed, Order
from shared.content import content_hash
from shared.events.closings import PeriodClosed
from shared.events.inventory import Movement as Why
from shared.events.inventory import StockMoved


class Told(NamedTuple):
    """A fact of the record, when it happened, and where it stands."""

    stream: str
    fact: Any  # of any class of the book
    at: datetime
    """At the latest when it was recorded."""
    order: Order


Read: TypeAlias = Callable[[str], Iterable[Told]]
"""The facts of all streams that are called `<beginning>…`, by the names of the streams."""


@dataclass(frozen=True, slots=True)
class Books:
    """账簿: where the report looks: what stands in the books, and in stocktakes."""

    read: Read
    cut: Callable[[str], datetime]
    """When what a stocktake posts happened, by its number."""
    settle: Callable[[], None]
    """Returns once nothing is being written any more that has an earlier moment than now."""


def digest_of(made: ConsumptionReport) -> str:
    """SHA-256 (hex) of the whole report: an auditor computes it again from what was sent."""
    return content_hash({"report": made})


def computed(books: Books, store: str, period: str) -> ConsumptionReport | None:
    """The report of a month of a store; None: the month is not closed."""
    stream = periods.stream_of(store)
    told = (each for each in books.read(stream) if each.stream == stream)
    closings = [Closed(each.fact, each.order) for each in told if _is_closing(each)]
    closed = next((each for each in closings if each.fact.period == period), None)
    if closed is None:
        return None
    # What took its moment before the closing, and was committed after it, counts in the month too.
    books.settle()
    return report(closed, _lines(books, store, closings, closed))


def _lines(
    books: Books, store: str, closings: Sequence[Closed], closed: Closed
) -> Iterator[ConsumptionLine]:
    """The lines of every part, by the names of the parts."""
    told = books.read(ledger.stream_of(store, ""))
    for _, of_part in groupby(told, key=attrgetter("stream")):
        moves = (_movement(books, each) for each in of_part if _moves(each))
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
