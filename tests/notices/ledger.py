"""A ledger of budgets in memory, which the offices of several rooms may share."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.sender.budget import Place


@dataclass
class MemoryLedger:
    """额度帐: as the key store has it."""

    told: dict[Place, tuple[datetime, bytes]] = field(default_factory=dict)

    def take(
        self, address: bytes, place: Place, at: datetime, *, since: datetime, most: int
    ) -> bool:
        """As Ledger.take."""
        if place in self.told:
            return True
        if sum(when >= since and to == address for when, to in self.told.values()) >= most:
            return False
        self.told[place] = (at, address)
        return True

    def give_back(self, place: Place) -> None:
        """As Ledger.give_back."""
        self.told.pop(place, None)
