"""补库单的状态 (the state of a request): what is asked, agreed, sent, and what came of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from services.inventory import missent, shipment, transit_loss
from services.inventory.missent import AskedSending
from services.inventory.shipment import Shipment
from services.inventory.transit_loss import AskedLoss
from shared import urging
from shared.events.consignments import (
    SendingCorrected,
    SendingCorrectionAsked,
    SendingCorrectionRefused,
)
from shared.events.inventory import Movement
from shared.events.replenishments import (
    BoughtLine,
    LatenessApproved,
    RefillBought,
    ReplenishmentAsked,
    ReplenishmentChecked,
    ReplenishmentEnded,
    ReplenishmentLate,
    ReplenishmentStage,
    StockFound,
    StockLossApproved,
    StockLossAsked,
    StockLossRefused,
    StockReceived,
    StockSent,
)
from shared.events.values import Signature

Deciding: TypeAlias = ReplenishmentAsked | ReplenishmentChecked | ReplenishmentEnded
Lateness: TypeAlias = ReplenishmentLate | LatenessApproved
OnTheWay: TypeAlias = StockSent | StockReceived | StockFound
Losing: TypeAlias = StockLossAsked | StockLossApproved | StockLossRefused
Correcting: TypeAlias = SendingCorrectionAsked | SendingCorrected | SendingCorrectionRefused
Fact: TypeAlias = Deciding | Lateness | OnTheWay | Losing | Correcting | RefillBought


@dataclass(frozen=True, slots=True)
class Replenishment:
    """补库单: as it stands."""

    stage: ReplenishmentStage = ReplenishmentStage.NONE
    asked: ReplenishmentAsked | None = None
    checked: ReplenishmentChecked | None = None
    sent: Mapping[str, StockSent] = field(default_factory=dict)
    """What base sent, by the number of the parcel."""
    shipments: Mapping[str, Shipment] = field(default_factory=dict)
    """Where each piece of every parcel has come."""
    signed: Mapping[str, Signature] = field(default_factory=dict)
    """到货签字: of who counted it, by the number of the parcel."""
    losses: Mapping[str, AskedLoss] = field(default_factory=dict)
    corrections: Mapping[str, AskedSending] = field(default_factory=dict)
    """What was asked to be put right of what was sent, by the number of the request."""
    bought: Mapping[str, RefillBought] = field(default_factory=dict)
    """What is bought for it, by the number of the purchase."""
    from_stock: Mapping[str, int] = field(default_factory=dict)
    """How many of each part base sent when fewer had come in for it: these lay on its shelves."""
    ended: ReplenishmentEnded | None = None
    late: ReplenishmentLate | None = None
    lateness: LatenessApproved | None = None
    """What the general manager says of it."""
    urged_by_hand: urging.Last | None = None
    """As somebody urged its next step last."""

    @property
    def store(self) -> str:
        """The store that asks; empty before it does."""
        return self.asked.store if self.asked else ""

    @property
    def base(self) -> str:
        """The store of base that sends; empty before base has checked."""
        return self.checked.base if self.checked else ""

    @property
    def due_at(self) -> datetime | None:
        """By when base sends everything."""
        return self.asked.due_at if self.asked else None

    @property
    def let_go(self) -> Mapping[str, int]:
        """How many of each part base sends; as many as were asked for, before it has checked."""
        if self.checked is not None:
            return {line.part: line.agreed for line in self.checked.lines}
        return {line.part: line.asked for line in self.asked.lines} if self.asked else {}

    @property
    def lacking(self) -> Mapping[str, int]:
        """待补: how many of each part the store still lacks, of every part of the request."""
        if self.ended is not None:
            return dict.fromkeys(self.let_go, 0)
        return {part: max(0, count - self.had(part)) for part, count in self.let_go.items()}

    @property
    def to_send(self) -> Mapping[str, int]:
        """待发: how many of each part base has still to send: not what a supplier brings."""
        if self.ended is not None:
            return self.lacking
        return {part: count - self._underway(part) for part, count in self.lacking.items()}

    @property
    def to_buy(self) -> Mapping[str, int]:
        """待购: how many of each part may be bought: what neither a purchase nor a shelf covers."""
        if self.ended is not None:
            return self.lacking
        return {
            part: max(0, count - self._ordered(part) - self.from_stock.get(part, 0))
            for part, count in self.let_go.items()
        }

    def went(self, part: str) -> int:
        """How many of a part base has sent."""
        found = (each.lines.get(part) for each in self.shipments.values())
        return sum(line.quantity for line in found if line is not None)

    def came_to(self, store: str, part: str) -> int:
        """How many of a part came in for it at one of the two stores."""
        return sum(line.arrived for line in self._lines(part, store))

    def had(self, part: str) -> int:
        """How many of a part base has sent, or a supplier brought to the store that asks."""
        return self.went(part) + self.came_to(self.store, part)

    def parcel(self, number: str) -> Shipment | None:
        """One of its parcels, by its number."""
        return self.shipments.get(number)

    def permitted(self, number: str) -> Mapping[str, int]:
        """How many of each part may be in a parcel: what is in it, and what is still to be sent."""
        parcel = self.shipments.get(number)
        sent = {part: line.quantity for part, line in parcel.lines.items()} if parcel else {}
        return {part: sent.get(part, 0) + max(0, left) for part, left in self.to_send.items()}

    def _underway(self, part: str) -> int:
        """How many a supplier brings to the store that asks."""
        return sum(line.ordered - line.arrived for line in self._lines(part, self.store))

    def _ordered(self, part: str) -> int:
        return sum(line.ordered for line in self._lines(part))

    def _lines(self, part: str, store: str | None = None) -> Iterator[BoughtLine]:
        for each in self.bought.values():
            if store in (None, each.store):
                yield from (line for line in each.lines if line.part == part)


def shipment_of(number: str) -> str:
    """The parcel that a loss or a finding is of: `BK-…-P1` of `BK-…-P1-S1`."""
    return number.rpartition("-")[0]


def evolve(request: Replenishment, fact: Fact) -> Replenishment:
    """The request after the fact. Asks no rule: facts are facts."""
    match fact:
        case ReplenishmentAsked() | ReplenishmentChecked() | ReplenishmentEnded():
            return _decided(request, fact)
        case ReplenishmentLate():
            return replace(request, late=fact)
        case LatenessApproved():
            return replace(request, lateness=fact)
        case RefillBought(purchase=number):
            return _settled(replace(request, bought={**request.bought, number: fact}))
        case StockSent() | StockReceived() | StockFound():
            return _travelled(request, fact)
        case StockLossAsked() | StockLossApproved() | StockLossRefused():
            return _lost(request, fact)
        case SendingCorrectionAsked() | SendingCorrected() | SendingCorrectionRefused():
            return _corrected(request, fact)


def _decided(request: Replenishment, fact: Deciding) -> Replenishment:
    match fact:
        case ReplenishmentAsked():
            return replace(request, stage=ReplenishmentStage.ASKED, asked=fact)
        case ReplenishmentChecked():
            return _settled(replace(request, stage=ReplenishmentStage.CHECKED, checked=fact))
        case ReplenishmentEnded():
            return _settled(replace(request, ended=fact))


def _travelled(request: Replenishment, fact: OnTheWay) -> Replenishment:
    match fact:
        case StockSent(shipment=number, lines=lines, sent_by=person):
            left = shipment.shipped(
                number, request.base, request.store, lines, person, Movement.REFILL
            )
            sent = replace(request, sent={**request.sent, number: fact})
            return _from_stock(_with(sent, left))
        case StockReceived():
            return _received(request, fact)
        case StockFound(number=number):
            parcel = request.shipments[shipment_of(number)]
            return _with(request, shipment.found(parcel, fact))


def _received(request: Replenishment, fact: StockReceived) -> Replenishment:
    number, signature = fact.shipment, fact.keeper_sig
    parcel = shipment.counted(request.shipments[number], fact.lines, fact.received_by)
    named = {number: signature} if signature else {}
    return _with(replace(request, signed={**request.signed, **named}), parcel)


def _lost(request: Replenishment, fact: Losing) -> Replenishment:
    if isinstance(fact, StockLossAsked):
        return replace(request, losses=transit_loss.asked_for(request.losses, fact))
    after = replace(request, losses=transit_loss.decided(request.losses, fact))
    if isinstance(fact, StockLossRefused):
        return after
    parcel = request.shipments[shipment_of(fact.number)]
    return _with(after, shipment.written_off(parcel, fact.loss))


def _corrected(request: Replenishment, fact: Correcting) -> Replenishment:
    """The request with what really left; the rest of what base agreed to is still to be sent."""
    after = replace(request, corrections=missent.told(request.corrections, fact))
    if not isinstance(fact, SendingCorrected):
        return after
    number = missent.parcel_of(fact.number)
    parcel = shipment.corrected(request.shipments[number], fact.lines)
    sent = request.sent[number]
    lines = {line.part: line for line in (*sent.lines, *fact.lines)}
    named = replace(sent, lines=tuple(lines.values()))
    return _with(replace(after, sent={**request.sent, number: named}), parcel)


def _with(request: Replenishment, parcel: Shipment) -> Replenishment:
    """The request with a parcel as it is now."""
    shipments = {**request.shipments, parcel.number: parcel}
    return _settled(replace(request, shipments=shipments))


def _from_stock(request: Replenishment) -> Replenishment:
    """The request after a parcel left: what it holds beyond what came in for it was in stock."""
    before, base = request.from_stock, request.base
    beyond = {part: request.went(part) - request.came_to(base, part) for part in request.let_go}
    more = {part: count for part, count in beyond.items() if count > before.get(part, 0)}
    return replace(request, from_stock={**before, **more})


def _settled(request: Replenishment) -> Replenishment:
    """Over, once nothing is to be sent and nothing in transit."""
    travels = any(not each.is_whole for each in request.shipments.values())
    if travels or any(request.lacking.values()):
        return request
    came = any(map(request.had, request.let_go)) and request.ended is None
    stage = ReplenishmentStage.RECEIVED if came else ReplenishmentStage.ENDED
    return replace(request, stage=stage)
