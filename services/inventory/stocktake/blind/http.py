"""盲盘 (blind counting): what lists and pages do not tell whoever counts, while a store counts.

Until a place is counted, and as long as its second count waits, whoever may count in the store is
not told what the books have there. The accounts outside are hidden with it: all accounts of a part
add up to zero.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias

from services.inventory.ledger import is_inside
from services.inventory.reading import COUNT
from services.inventory.stocktake import PAPER, board
from services.inventory.stocktake.counting import SHELVES
from services.inventory.stocktake.state import Stocktake, key_of
from shared.events.stocktakes import StocktakeStage
from shared.http.context import RequestContext
from shared.http.registers import Registers

Hides: TypeAlias = Callable[[str, str, str], bool]
"""Whether an account of a part in a store is not told: `hides(store, part, account)`."""


def hides_from(registers: Registers, context: RequestContext) -> Hides:
    """盲盘: what is not told to who asks; nothing is hidden from those who only decide."""
    if not context.caller.roles.intersection(COUNT):
        return lambda _store, _part, _account: False

    @cache
    def counting(store: str) -> Sequence[Stocktake]:
        where = {"branch": store, "stage": StocktakeStage.COUNTING}
        rows = registers.rows(board, where)
        seen = registers.states([PAPER.stream_of(row.number) for row in rows])
        return [each.state for each in seen.values() if is_blind(each.state)]

    def hides(store: str, part: str, account: str) -> bool:
        places = (account,) if is_inside(account) else SHELVES
        return any(is_uncounted(each, part, at) for each in counting(store) for at in places)

    return hides


def is_blind(taking: Stocktake) -> bool:
    """Whether it is counted, and nobody was shown its figures."""
    return taking.stage is StocktakeStage.COUNTING and not taking.shown


def is_uncounted(taking: Stocktake, part: str, place: str) -> bool:
    """Whether a place of the shelves is still to be counted, or any place a second time."""
    line = taking.lines.get(key_of(place, part))
    return place in SHELVES if line is None else line.needs_second
