"""待补单据 (awaited papers): differences that finance left to a paper, until something moves there.

Nothing was posted for them, so the books still say what they said; a movement of the place after
the decision is the paper that was meant, or shows that somebody has been there.
"""

from collections.abc import Mapping
from datetime import datetime

from services.inventory.ledger import stream_of
from services.inventory.stocktake.state import Stocktake, key_of
from shared.events.inventory import StockMoved
from shared.events.stocktakes import StocktakeApproved, Treatment
from shared.http.registers import Registers


def awaiting(registers: Registers, home: str, taking: Stocktake) -> frozenset[str]:
    """待补单据: the lines, by their keys, that were left to a paper that has not come."""
    left = {
        key: line.counted
        for key, line in taking.lines.items()
        if line.judged is not None and line.judged.treatment is Treatment.CORRECT_ENTRY
    }
    if not left:
        return frozenset()
    since = _decided(registers, home)
    return frozenset(
        key
        for key, line in left.items()
        if not _moved(registers, stream_of(taking.store, line.part), line.place, since[key])
    )


def _decided(registers: Registers, home: str) -> Mapping[str, datetime]:
    """When each line was decided."""
    return {
        key_of(judged.place, judged.part): each.recorded_at
        for each in registers.recorded_in(home)
        if each.stream == home and isinstance(each.fact, StocktakeApproved)
        for judged in each.fact.lines
    }


def _moved(registers: Registers, stream: str, place: str, since: datetime) -> bool:
    """Whether anything moved in a place of a part after a moment."""
    return any(
        each.stream == stream
        and isinstance(each.fact, StockMoved)
        and each.recorded_at > since
        and place in (each.fact.source, each.fact.target)
        for each in registers.recorded_in(stream)
    )
