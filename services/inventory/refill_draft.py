"""补库算式与草稿 (the formula of refilling): what a store lacks of a part, drafted on its day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from services.inventory import on_order
from services.inventory.ledger import IN_TRANSIT, STORE, Stock
from services.inventory.part_register import card_of
from services.inventory.part_register import stream_of as card_stream
from shared.decider import Asked, Decision
from shared.events.replenishments import Figures, RefillDrafted, RefillUrged
from shared.events.values import At, BranchCode, PartNumber, Role


class OfPart(Protocol):
    """A command about a part of a store."""

    @property
    def store(self) -> str:
        """The branch of the store."""

    @property
    def part(self) -> str:
        """The number of the part."""


@dataclass(frozen=True, slots=True)
class DraftRefill:
    """补库草稿: the day has come on which the store asks base for what it lacks."""

    store: BranchCode
    part: PartNumber
    day: date


@dataclass(frozen=True, slots=True)
class UrgeRefill:
    """督促补库: the time is over in which the store asks for what was drafted on that day."""

    store: BranchCode
    part: PartNumber
    day: date
    due_at: At


def figures(stock: Stock, waits: int) -> Figures:
    """补库算式: by the book of the part in the store, and what is on order of it."""
    return Figures(stock.quota or 0, stock.holds(STORE), stock.holds(IN_TRANSIT), waits)


def draft(command: DraftRefill, stock: Stock, asked: Asked) -> Decision:
    """补库草稿: once a day, of a part that is bought; what is lacking no more is said once."""
    before = stock.drafted
    if before is not None and before.drafted_on >= command.day:
        return []
    found = _found(command, stock, asked)
    if not found.lacking and (before is None or not before.figures.lacking):
        return []
    return asked.here(RefillDrafted(command.store, command.part, command.day, found))


def urge(command: UrgeRefill, stock: Stock, asked: Asked) -> Decision:
    """督促补库: once a draft, of which nobody has asked for anything, while it is lacking."""
    drafted = stock.drafted
    told = drafted is None or drafted.drafted_on != command.day or stock.draft_urged == command.day
    if told or drafted is None:
        return []
    if not (lacking := left_to_ask(command, stock, asked)):
        return []
    fact = RefillUrged(
        store=command.store,
        part=command.part,
        drafted_on=command.day,
        due_at=command.due_at,
        lacking=lacking,
        owed_by=Role.STOREKEEPER,
    )
    return asked.here(fact)


def left_to_ask(of: OfPart, stock: Stock, asked: Asked) -> int:
    """还应补: what is lacking of the part, if nobody has asked for any of the last draft."""
    found = _found(of, stock, asked)
    if stock.drafted is None or found.on_order > stock.drafted.figures.on_order:
        return 0
    return found.lacking


def _found(of: OfPart, stock: Stock, asked: Asked) -> Figures:
    """The figures of a part that is bought; of another one the quota is none."""
    card, waits = card_of(asked, of.part), on_order.of_store(asked, of.store)
    found = figures(stock, waits.of(of.part))
    return found if card is not None and card.active else replace(found, quota=0)


def reads(of: OfPart, _stock: Stock, _asked: Asked) -> Sequence[str]:
    """The card of the part, and what is on order."""
    return (card_stream(of.part), on_order.stream_of(of.store))
