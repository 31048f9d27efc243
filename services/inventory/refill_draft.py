"""补库算式与草稿 (the formula of refilling): what a store lacks of a part, drafted on its day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.inventory import on_order
from services.inventory.ledger import IN_TRANSIT, STORE, Stock
from services.inventory.part_register import card_of
from services.inventory.part_register import stream_of as card_stream
from shared.decider import Asked, Decision
from shared.events.replenishments import Figures, RefillDrafted
from shared.events.values import BranchCode, PartNumber


@dataclass(frozen=True, slots=True)
class DraftRefill:
    """补库草稿: the day has come on which the store asks base for what it lacks."""

    store: BranchCode
    part: PartNumber
    day: date


def figures(stock: Stock, waits: int) -> Figures:
    """补库算式: by the book of the part in the store, and what is on order of it."""
    return Figures(stock.quota or 0, stock.holds(STORE), stock.holds(IN_TRANSIT), waits)


def draft(command: DraftRefill, stock: Stock, asked: Asked) -> Decision:
    """补库草稿: once a day, of a part that is bought; what is lacking no more is said once."""
    card, waits = card_of(asked, command.part), on_order.of_store(asked, command.store)
    before = stock.drafted
    if before is not None and before.drafted_on >= command.day:
        return []
    found = figures(stock, waits.of(command.part))
    if card is None or not card.active:
        found = replace(found, quota=0)
    if not found.lacking and (before is None or not before.figures.lacking):
        return []
    return asked.here(RefillDrafted(command.store, command.part, command.day, found))


def reads(command: DraftRefill, _stock: Stock, _asked: Asked) -> Sequence[str]:
    """The card of the part, and what is on order."""
    return (card_stream(command.part), on_order.stream_of(command.store))
