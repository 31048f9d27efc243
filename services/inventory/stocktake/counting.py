"""盘点 (counting): a stocktake is opened, and its parts are counted, twice where it differs.

The figure of the books is that of the moment of counting. What moved between a count that is told
later and its entry is taken out again, and what moves afterwards is no part of the difference.
Whoever tells a moment could choose the figure they are compared with: where anything moved there
since, somebody else counts it as well.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.inventory.checks import stale
from services.inventory.ledger import (
    OLD_OTHER,
    OLD_WARRANTY,
    QUARANTINE,
    STORE,
    Stock,
    moved,
    stock_of,
)
from services.inventory.ledger import stream_of as stock_stream
from services.inventory.part_register import card_of
from services.inventory.part_register import stream_of as card_stream
from services.inventory.periods import closings_of
from services.inventory.periods import stream_of as closing_stream
from services.inventory.signing import signed
from services.inventory.stocktake.sheet import count_content, counts_content
from services.inventory.stocktake.state import CountedLine, Stocktake, key_of, waiting_for_second
from shared.alike import alike, known_as
from shared.decider import (
    CLOCKS_DIFFER,
    Asked,
    Decision,
    Happened,
    Rule,
    number_of,
    reason,
    refuse_if,
    too_many,
)
from shared.events.inventory import StockMoved
from shared.events.order_sheet import Pieces
from shared.events.stocktakes import (
    PartCounted,
    StocktakeCounted,
    StocktakeKind,
    StocktakeOpened,
    StocktakeStage,
)
from shared.events.values import (
    AllSerials,
    At,
    BranchCode,
    ContentHash,
    PartList,
    PartNumber,
    Period,
    Role,
    Text,
)

SHELVES = (STORE, QUARANTINE, OLD_WARRANTY, OLD_OTHER)
"""What a monthly stocktake counts."""
LINES = 2_000 * len(SHELVES)
"""How many lines a stocktake has at most: 2,000 parts, each on all shelves."""
_HANDS = "technician:"
COUNTERS = (Role.STOREKEEPER, Role.BASE, Role.CLERK, Role.TECHNICIAN)
"""Who counts, and who witnesses: the second pair of eyes need not be the keeper's."""


@dataclass(frozen=True, slots=True)
class OpenStocktake:
    """开始盘点: the store counts what it has."""

    store: BranchCode
    kind: StocktakeKind
    period: Period | None
    as_of: At


@dataclass(frozen=True, slots=True)
class CountPart:
    """点数: how many pieces of a part lie in a place; of a part with serials, which."""

    part: PartNumber
    counted: Pieces
    place: Text = STORE
    serials: AllSerials = ()


@dataclass(frozen=True, slots=True)
class ConfirmCount:
    """监盘: somebody beside the counter confirms that all was counted."""

    content: ContentHash
    """What was counted: `to_sign` of the stocktake says it."""
    uncounted: PartList[PartNumber] = ()
    """Obligation: the first parts of the store that have pieces on the shelves and no count."""


def open_stocktake(command: OpenStocktake, taking: Stocktake, asked: Asked) -> Decision:
    """开始盘点: a monthly one is of a month that has begun."""
    number = number_of(asked.home)
    fact = StocktakeOpened(
        number, command.store, command.kind, command.period, command.as_of, asked.actor
    )
    if taking.opened == fact:
        return []
    monthly = command.kind is StocktakeKind.MONTHLY
    refuse_if(
        (taking.opened is not None, reason("number-taken", number=number)),
        (monthly != (command.period is not None), reason("period-unclear")),
        (command.as_of > asked.recorded_at, reason("period-not-over", period=command.period or "")),
        _closed(command, asked),
    )
    return asked.here(fact)


def count(command: CountPart, taking: Stocktake, asked: Asked) -> Decision:
    """点数: also once more, by the same person or another; the last count stands (`_confirmed`)."""
    part, place = command.part, command.place
    line = taking.lines.get(key_of(place, part))
    stock, card = stock_of(asked, taking.store, part), card_of(asked, part)
    found = _books(stock, asked, place)
    book, named, moved_since = found or _now(stock, place)
    spelled = known_as(command.serials, named)
    serials = frozenset(spelled.get(each, each) for each in command.serials)
    made_out = count_content(number_of(asked.home), part, place, command.counted, command.serials)
    fact = PartCounted(
        part=part,
        place=place,
        counted=command.counted,
        book=book,
        missing=tuple(sorted(named - serials)),
        surplus=tuple(sorted(serials - named)),
        posted=stock.posted.get(place),
        counted_at=asked.at,
        counted_by=asked.actor,
        moved_since=moved_since,
        signature=signed(made_out, asked, *COUNTERS),
    )
    if _same(line, fact) and taking.stage is StocktakeStage.COUNTING:
        return []
    refuse_if(
        at(taking, StocktakeStage.COUNTING, StocktakeStage.COUNTED, StocktakeStage.RETURNED),
        (bool(line and line.judged), reason("line-decided", part=part)),
        (not _countable(place), reason("place-unknown", place=place)),
        (card is None, reason("part-unknown", part=part)),
        (found is None, reason("count-too-late", part=part)),
        *_serials(command, has_serials=bool(card and card.has_serials)),
        too_many("lines", len(taking.lines) + (line is None), LINES),
    )
    return asked.here(fact)


def confirm(command: ConfirmCount, taking: Stocktake, asked: Asked) -> Decision:
    """监盘: once all is counted, by somebody who did not count a line all alone."""
    if taking.witnessed_by == asked.actor and taking.stage is not StocktakeStage.COUNTING:
        return []
    stocks = {part: stock_of(asked, taking.store, part) for part in command.uncounted}
    left = [part for part, stock in stocks.items() if on_shelves(stock, frozenset())]
    again = sorted(waiting_for_second(taking))
    alone = any(line.counters == (asked.actor,) for line in taking.lines.values())
    refuse_if(
        at(taking, StocktakeStage.COUNTING),
        (not taking.lines, reason("nothing-counted")),
        (bool(left), reason("not-all-counted", parts=left)),
        (bool(again), reason("second-count-needed", parts=again[:20], count=len(again))),
        (alone, reason("own-count", person=asked.actor)),
        *_as_counted(command, taking, asked),
    )
    lines, differing = len(taking.lines), len(taking.differing)
    unexplained = len(taking.unexplained)
    signature = signed(command.content, asked, *COUNTERS)
    return asked.here(StocktakeCounted(lines, differing, unexplained, asked.actor, signature))


def offered_witness(_number: str, taking: Stocktake) -> Iterator[ConfirmCount]:
    """Of a sheet on which something was counted."""
    if taking.stage is StocktakeStage.COUNTING and taking.lines:
        yield ConfirmCount(counts_content(taking))


def reads_closings(command: OpenStocktake, _taking: Stocktake, _asked: Asked) -> Sequence[str]:
    """How far the store is closed."""
    return (closing_stream(command.store),)


def reads_of_count(command: CountPart, taking: Stocktake, _asked: Asked) -> Sequence[str]:
    """The card and the stock of the part."""
    return card_stream(command.part), stock_stream(taking.store, command.part)


def reads_uncounted(command: ConfirmCount, taking: Stocktake, _asked: Asked) -> Sequence[str]:
    """The stock of the parts that nobody counted."""
    return tuple(stock_stream(taking.store, part) for part in command.uncounted)


def at(taking: Stocktake, *stages: StocktakeStage) -> Rule:
    """A rule: the stocktake stands at one of these stages."""
    number = taking.opened.number if taking.opened else ""
    told = reason("stocktake-stage", number=number, stage=taking.stage.value)
    return taking.stage not in stages, told


def on_shelves(stock: Stock, counted: frozenset[str]) -> bool:
    """Whether it has pieces in a place of the shelves that is not counted."""
    return any(stock.holds(place) for place in SHELVES if place not in counted)


def _as_counted(command: ConfirmCount, taking: Stocktake, asked: Asked) -> Iterator[Rule]:
    """A rule: the witness signs for every count as it stands."""
    if taking.stage is StocktakeStage.COUNTING:
        yield stale(command.content, counts_content(taking), asked)


def _closed(command: OpenStocktake, asked: Asked) -> Rule:
    """A rule: a month that is closed is counted no more."""
    period = command.period or ""
    closed = bool(period) and closings_of(asked, command.store).has(period)
    return closed, reason("month-closed", period=period)


def _countable(place: str) -> bool:
    """Whether pieces can lie there and be counted: not what is under way."""
    return place in SHELVES or (place.startswith(_HANDS) and "/" not in place)


def _same(line: CountedLine | None, fact: PartCounted) -> bool:
    """Whether the same person has said the same."""
    if line is None or line.counted.counted_by != fact.counted_by:
        return False
    known = line.counted
    said = (known.counted, known.book, known.missing, known.surplus)
    return said == (fact.counted, fact.book, fact.missing, fact.surplus)


def _serials(command: CountPart, *, has_serials: bool) -> Iterator[Rule]:
    """A rule: of a part with serials each piece is named, once; of others none.

    Old parts may have no serial that can be read.
    """
    part, named = command.part, len(command.serials)
    times = Counter(map(alike, command.serials))
    twice = sorted({each for each in command.serials if times[alike(each)] > 1})
    lacking = reason("serials-needed", part=part, named=named, asked=command.counted)
    bare = command.place in (OLD_WARRANTY, OLD_OTHER)
    yield has_serials and not bare and named < command.counted, lacking
    many = reason("serials-too-many", part=part, named=named, asked=command.counted)
    yield has_serials and named > command.counted, many
    yield bool(twice), reason("serial-twice", part=part, serials=twice)
    yield not has_serials and named > 0, reason("serials-not-kept", part=part)


class BookFigure(NamedTuple):
    """账面: what an account had at the moment of counting."""

    holds: int
    serials: frozenset[str]
    moved_since: bool
    """Whether anything moved there between the count and its entry."""


def _now(stock: Stock, place: str) -> BookFigure:
    return BookFigure(stock.holds(place), stock.serials_in(place), moved_since=False)


def _books(stock: Stock, asked: Asked, place: str) -> BookFigure | None:
    """What the account had at the moment of counting; None: that is not known any more.

    A count that is entered at once is against the books as they stand.
    """
    if asked.recorded_at - asked.at <= CLOCKS_DIFFER:
        return _now(stock, place)
    happened = asked.of_kind(StockMoved)
    if not _covers(stock, happened, asked.at):
        return None
    holds, named, moved_since = _now(stock, place)
    for each in reversed(happened):
        move: StockMoved = each.fact
        if each.at <= asked.at or place not in (move.source, move.target):
            continue
        moved_since = True
        if move.source == place:
            holds, named = holds + move.quantity, named | set(move.serials)
        if move.target == place:
            holds, named = holds - move.quantity, named - set(move.serials)
    return BookFigure(holds, named, moved_since)


def _covers(stock: Stock, happened: Sequence[Happened], at: datetime) -> bool:
    """Whether every movement since that moment was read: a long stream is read in part."""
    if happened and happened[0].recorded_at <= at:
        return True
    whole = Stock()
    for each in happened:
        whole = moved(whole, each.fact)
    return whole.balances == stock.balances
