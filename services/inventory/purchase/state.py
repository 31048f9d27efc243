"""采购单的状态 (the state of a purchase): what is bought, and what has come in of it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from shared import urging
from shared.alike import alike, digits_alike
from shared.events.purchases import (
    GoodsLine,
    GoodsReceived,
    GoodsReturned,
    LocalPurchaseApproved,
    LocalPurchaseRefused,
    PurchaseAsked,
    PurchaseEnded,
    PurchaseLine,
    PurchaseStage,
    ReturnedLine,
)

Fact: TypeAlias = (
    PurchaseAsked
    | LocalPurchaseApproved
    | LocalPurchaseRefused
    | GoodsReceived
    | GoodsReturned
    | PurchaseEnded
)


@dataclass(frozen=True, slots=True)
class Purchase:
    """采购单: as it stands."""

    stage: PurchaseStage = PurchaseStage.NONE
    asked: PurchaseAsked | None = None
    """As it was asked for; None before that."""
    received: Mapping[str, int] = field(default_factory=dict)
    """How many of each part came in so far."""
    receipts: Mapping[str, GoodsReceived] = field(default_factory=dict)
    """Every receipt, by its number."""
    returns: tuple[GoodsReturned, ...] = ()
    """What went back, one return after the other."""
    decided_by: str | None = None
    """Who approved or refused it, if it waited for that."""
    approved_because: str | None = None
    """Why the approver let the branch buy."""
    decided_because: str | None = None
    """Why it was refused or ended."""
    urged_by_hand: urging.Last | None = None
    """As somebody urged its next step last."""

    @property
    def store(self) -> str:
        """The store that buys; empty before it is asked for."""
        return self.asked.store if self.asked else ""

    @property
    def lines(self) -> Mapping[str, PurchaseLine]:
        """What is bought, by part."""
        return {line.part: line for line in self.asked.lines} if self.asked else {}

    @property
    def fen(self) -> int:
        """What all of it costs."""
        return sum(line.fen for line in self.lines.values())

    def is_of(self, supplier: str) -> bool:
        """Whether it is bought from a supplier, however that is written."""
        return self.asked is not None and alike(self.asked.supplier) == alike(supplier)

    def open_of(self, part: str) -> int:
        """How many of a part are still to come in."""
        line = self.lines.get(part)
        return max(0, line.quantity - self.kept(part)) if line else 0

    def kept(self, part: str) -> int:
        """How many of a part came in and did not go back."""
        back = sum(line.quantity for line in self._back(part))
        return self.received.get(part, 0) - back

    def serials_of(self, part: str) -> frozenset[str]:
        """The serials of a part that came in and did not go back, or came again."""
        came = Counter(each for line in self._came(part) for each in line.serials)
        came.subtract(each for line in self._back(part) for each in line.serials)
        return frozenset(each for each, count in came.items() if count > 0)

    def went_back(self, part: str) -> frozenset[str]:
        """The serials of a part that went back and did not come again."""
        back = {each for line in self._back(part) for each in line.serials}
        return frozenset(back) - self.serials_of(part)

    def receipt_of(self, delivery_note: str) -> GoodsReceived | None:
        """What came with a delivery note last, however its number is written."""
        note = digits_alike(delivery_note)
        latest = reversed([*self.receipts.values()])
        return next((each for each in latest if digits_alike(each.delivery_note) == note), None)

    def paid_for(self, part: str) -> int:
        """What the pieces of a part cost that came in so far, in fen, less what was given back."""
        back = sum(line.fen for line in self._back(part))
        return sum(line.fen for line in self._came(part)) - back

    def _came(self, part: str) -> Iterator[GoodsLine]:
        came = (line for receipt in self.receipts.values() for line in receipt.lines)
        return (line for line in came if line.part == part)

    def _back(self, part: str) -> Iterator[ReturnedLine]:
        back = (line for each in self.returns for line in each.lines)
        return (line for line in back if line.part == part)


def evolve(purchase: Purchase, fact: Fact) -> Purchase:
    """The purchase after the fact. Asks no rule: facts are facts."""
    match fact:
        case PurchaseAsked(is_local=is_local):
            stage = PurchaseStage.ASKED if is_local else PurchaseStage.ORDERED
            return replace(purchase, stage=stage, asked=fact)
        case LocalPurchaseApproved(because=because, approved_by=person):
            ordered = replace(purchase, stage=PurchaseStage.ORDERED, decided_by=person)
            return replace(ordered, approved_because=because)
        case LocalPurchaseRefused(because=because, refused_by=person):
            refused = replace(purchase, stage=PurchaseStage.REFUSED, decided_by=person)
            return replace(refused, decided_because=because)
        case GoodsReceived():
            return _received(purchase, fact)
        case GoodsReturned():
            return _returned(purchase, fact)
        case PurchaseEnded(because=because):
            return replace(purchase, stage=PurchaseStage.ENDED, decided_because=because)


def _received(purchase: Purchase, fact: GoodsReceived) -> Purchase:
    received = dict(purchase.received)
    for line in fact.lines:
        received[line.part] = received.get(line.part, 0) + line.received
    receipts = {**purchase.receipts, fact.number: fact}
    after = replace(purchase, received=received, receipts=receipts)
    left = any(after.open_of(part) for part in after.lines)
    return after if left else replace(after, stage=PurchaseStage.RECEIVED)


def _returned(purchase: Purchase, fact: GoodsReturned) -> Purchase:
    """It waits for what went back, if all was here; what is ended stays ended."""
    after = replace(purchase, returns=(*purchase.returns, fact))
    waits = purchase.stage is PurchaseStage.RECEIVED and any(map(after.open_of, after.lines))
    return replace(after, stage=PurchaseStage.ORDERED) if waits else after
