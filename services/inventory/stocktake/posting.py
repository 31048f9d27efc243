"""差异入账 (posting): what makes the books say what was counted, and what that is worth.

A loss is worth what leaves with it, as any movement. A surplus is worth the mean of what the store
has (`worth.py`), so that nothing is gained or lost by counting but the pieces themselves.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from services.inventory import serial_book, worth
from services.inventory.ledger import Stock, is_inside
from services.inventory.stocktake.state import CountedLine
from services.inventory.worth import Worth
from shared.events.inventory import Movement, Outside, StockMoved, Valuing
from shared.events.stocktakes import LineValue

DIFFERENCE = Outside.DIFFERENCE.value


def moves_of(
    store: str, number: str, line: CountedLine, outside: Mapping[str, str]
) -> Sequence[StockMoved]:
    """What makes the books say what was counted: first what is missing, then what is too many.

    A piece that the books of any store have in a machine, or scrapped, comes from there
    (`outside`): it is in one place.
    """
    counted = line.counted
    missing, surplus = len(counted.missing), len(counted.surplus)
    unnamed = line.difference + missing - surplus
    out, into = missing + max(0, -unnamed), surplus + max(0, unnamed)
    less = StockMoved(
        store=store,
        part=counted.part,
        source=counted.place,
        target=DIFFERENCE,
        quantity=out,
        serials=counted.missing,
        because=Movement.STOCKTAKE,
        use_nature=None,
        paper=number,
    )
    more = replace(
        less, source=DIFFERENCE, target=counted.place, quantity=into, serials=counted.surplus
    )
    found = serial_book.from_there(more, outside)
    return [move for move in (less, *found) if move.quantity]


def values_of(
    lines: Mapping[str, tuple[CountedLine, Sequence[StockMoved]]],
    stocks: Callable[[str], Stock],
    valuing: Valuing,
) -> Mapping[str, LineValue]:
    """What the movements of lines are worth, one line after the other, as they are written."""
    worths, found = dict[str, Worth](), dict[str, LineValue]()
    for key, (line, moves) in lines.items():
        part = line.counted.part
        now = worths[part] if part in worths else stocks(part).worth_by(valuing)
        worths[part], found[key] = _valued(now, line, moves, valuing)
    return found


def _valued(
    now: Worth, line: CountedLine, moves: Iterable[StockMoved], valuing: Valuing
) -> tuple[Worth, LineValue]:
    """What the movements of a line are worth, and what the part is worth after them."""
    lost = found = unknown = 0
    for move in moves:
        now, carried = worth.moved(now, move, valuing)
        fen = worth.fen_of(carried)
        lost, found = (lost, found + fen) if is_inside(move.target) else (lost + fen, found)
        unknown += worth.unknown_in(carried)
    counted = line.counted
    return now, LineValue(counted.part, counted.place, lost, found, unknown)
