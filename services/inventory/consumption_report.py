"""消耗报表 (the consumption report): what a month of a store was, by part and use nature.

It is computed from movements and closings alone, in pieces and fen, and typed by nobody. Each
movement is one change of one column, so what a month ends with is what the next begins with.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

from services.inventory import worth
from services.inventory.ledger import HANDS, IN_TRANSIT, OLD_IN_TRANSIT, STORE, is_inside
from services.inventory.month_order import Movement, in_order
from services.inventory.periods import Closed, first_day, following
from services.inventory.worth import OLD, Worth
from shared.events.inventory import Movement as Why
from shared.events.inventory import Outside, StockMoved, UseNature, Valuing

SERIES = "XH"
"""消耗: the series of their numbers: one for each month of a store, named by it."""
_DAY = timedelta(days=1)
_PARCEL = "parcel:"
_COLUMNS: Mapping[str, str] = {
    Outside.INSTALLED: "used",
    Outside.CONSUMED: "used",
    Outside.DIFFERENCE: "lost",
    Outside.SCRAPPED: "lost",
    Outside.MAKER: "sent",
}


@dataclass(frozen=True, slots=True)
class ConsumptionLine:
    """消耗行: a part by one use nature; what the part began and ended with is on the line without.

    Of all lines of a part together: opening + received + old_in − used − lost − sent = closing.
    """

    part: str
    use_nature: UseNature | None
    opening: int = 0
    received: int = 0
    """入库: from suppliers and other stores."""
    issued: int = 0
    """领出: from the shelves to a technician or into a parcel."""
    used: int = 0
    """使用: fitted or used up, less what a correction brought back."""
    handed_back: int = 0
    """退回: from a technician or a parcel to the store."""
    old_in: int = 0
    """旧件收回: taken off machines."""
    lost: int = 0
    """损失: lost, scrapped or not found, less what was found."""
    sent: int = 0
    """发出: to other stores and to the maker."""
    closing: int = 0
    opening_fen: int = 0
    received_fen: int = 0
    used_fen: int = 0
    lost_fen: int = 0
    sent_fen: int = 0
    closing_fen: int = 0
    unknown: int = 0
    """Of how many of the pieces at the end nobody said what they cost."""
    late: int = 0
    """补记: how many movements happened in an earlier month: it was closed when they were recorded,
    or had not yet the pieces that they take."""

    @property
    def says_something(self) -> bool:
        """Whether anything was there or happened."""
        return any(getattr(self, each.name) for each in fields(self)[2:])


@dataclass(frozen=True, slots=True)
class ConsumptionReport:
    """消耗报表: of one month of a store."""

    number: str
    store: str
    period: str
    closing_on: date
    """截帐日: the last day of the month."""
    due_on: date
    valuing: Valuing
    lines: tuple[ConsumptionLine, ...]


def number_of(store: str, period: str) -> str:
    """The number of a month's report: `XH-HZ01-2026-11`."""
    return f"{SERIES}-{store}-{period}"


def report(closed: Closed, lines: Iterable[ConsumptionLine]) -> ConsumptionReport:
    """The report of a month with these lines."""
    fact = closed.fact
    closing_on = first_day(following(fact.period)) - timedelta(days=1)
    return ConsumptionReport(
        number=number_of(fact.store, fact.period),
        store=fact.store,
        period=fact.period,
        closing_on=closing_on,
        due_on=closing_on - (fact.ends_at - fact.due_at) // _DAY * _DAY,  # a begun day counts
        valuing=fact.valuing,
        lines=tuple(lines),
    )


def lines_of(
    moves: Iterable[Movement], closings: Sequence[Closed], closed: Closed
) -> Iterator[ConsumptionLine]:
    """The lines of a part, from all its movements in the order of its book.

    Pieces and fen go by one order: the month in which they count, then what was recorded first.
    """
    period, valuing = closed.fact.period, closed.fact.valuing
    now, lines = Worth(), dict[UseNature | None, ConsumptionLine]()
    for each, counts in in_order(moves, closings, closed):
        now, carried = worth.moved(now, each.fact, valuing)
        if counts.period is None or counts.period > period:
            continue
        base = lines.get(None) or ConsumptionLine(each.fact.part, None)
        fen, unknown = worth.fen_of(carried), worth.unknown_in(carried)
        lines[None] = _stocked(base, each.fact, fen, unknown, is_before=counts.period < period)
        if counts.period == period:
            nature = each.fact.use_nature
            line = lines.get(nature) or ConsumptionLine(each.fact.part, nature)
            lines[nature] = replace(_moved(line, each.fact, fen), late=line.late + counts.late)
    ordered = sorted(lines.items(), key=lambda item: item[0] or "")
    yield from (line for _, line in ordered if line.says_something)


def _sign(move: StockMoved) -> int:
    """Whether pieces come to the store (1), leave it (−1), or stay (0)."""
    return is_inside(move.target) - is_inside(move.source)


def _stocked(
    line: ConsumptionLine, move: StockMoved, fen: int, unknown: int, *, is_before: bool
) -> ConsumptionLine:
    """What the part begins and ends with, after the movement."""
    sign = _sign(move)
    pieces, fen = sign * move.quantity, sign * fen
    line = replace(
        line,
        closing=line.closing + pieces,
        closing_fen=line.closing_fen + fen,
        unknown=line.unknown + sign * unknown,
    )
    if not is_before:
        return line
    return replace(line, opening=line.opening + pieces, opening_fen=line.opening_fen + fen)


def _moved(line: ConsumptionLine, move: StockMoved, fen: int) -> ConsumptionLine:
    """The columns that a movement of the month changes."""
    sign, pieces = _sign(move), move.quantity
    if not sign:
        return _within(line, move)
    inside, outside = (move.target, move.source) if sign > 0 else (move.source, move.target)
    pieces, fen = sign * pieces, sign * fen
    match _column(inside, outside):
        case "old_in":
            # One that goes back to its machine takes a share along, if others there had a cost.
            used_fen = line.used_fen - fen
            return replace(line, old_in=line.old_in + pieces, used_fen=used_fen)
        case "used":
            return replace(line, used=line.used - pieces, used_fen=line.used_fen - fen)
        case "lost":
            return replace(line, lost=line.lost - pieces, lost_fen=line.lost_fen - fen)
        case "sent":
            return replace(line, sent=line.sent - pieces, sent_fen=line.sent_fen - fen)
        case _:
            received, known = line.received + pieces, line.received_fen + fen
            return replace(line, received=received, received_fen=known)


def _column(inside: str, outside: str) -> str:
    """Where a movement between the store and what is outside is counted."""
    if outside == Outside.INSTALLED and inside in OLD:
        return "old_in"
    if outside == Outside.TRANSFER:
        # A parcel that is put right goes the other way: it was not received, or not sent.
        return "received" if inside in (IN_TRANSIT, OLD_IN_TRANSIT) else "sent"
    return _COLUMNS.get(outside, "received")


def _within(line: ConsumptionLine, move: StockMoved) -> ConsumptionLine:
    """The columns that change where pieces stay inside; what never left did not come back."""
    if move.because is Why.CORRECTION:
        more = _is_out(move.target) - _is_out(move.source)
        return replace(line, issued=line.issued + more * move.quantity)
    if move.source == STORE and _is_out(move.target):
        return replace(line, issued=line.issued + move.quantity)
    if _is_out(move.source) and not _is_out(move.target):
        return replace(line, handed_back=line.handed_back + move.quantity)
    return line


def _is_out(account: str) -> bool:
    return account.startswith((HANDS, _PARCEL))
