"""旧件提醒 (reminding of old parts): what has waited too long on no list, once a month."""

from dataclasses import dataclass

from services.inventory.ledger import Stock
from shared.decider import Asked, Decision
from shared.events.old_parts import OldClass, OldPartsUrged
from shared.events.values import BranchCode, PartNumber, Period, Role


@dataclass(frozen=True, slots=True)
class UrgeOldParts:
    """督促旧件列单: a month has begun, and old pieces of the part have waited too long."""

    store: BranchCode
    part: PartNumber
    period: Period


def urge(command: UrgeOldParts, stock: Stock, asked: Asked) -> Decision:
    """督促旧件列单: once a month, while the book of the part has pieces on no list."""
    waits = sum(map(stock.old.waiting, OldClass))
    if stock.old_urged == command.period or waits <= 0:
        return []
    fact = OldPartsUrged(command.store, command.part, command.period, waits, Role.STOREKEEPER)
    return asked.here(fact)
