"""A ledger of budgets in memory, which the offices of several rooms may share."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.sender.budget import NoticeTry


@dataclass
class MemoryLedger:
    """额度帐: as the key store has it."""

    told: dict[NoticeTry, tuple[datetime, bytes]] = field(default_factory=dict)

    def take(
        self, address: bytes, place: NoticeTry, at: datetime, *, since: datetime, most: int
    ) -> bool:
        """As Ledger.take."""
        if place in self.told:
            return True
        if sum(when >= since and to == address for when, to in self.told.values()) >= most:
            return False
        self.told[place] = (at, address)
        return True

    def give_back(self, place: NoticeTry) -> None:
        """As Ledger.give_back."""
        self.told.pop(place, None)
