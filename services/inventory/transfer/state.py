"""调拨单的状态 (the state of a transfer): what was asked for, let go, sent, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from services.inventory import missent, shipment, transit_loss
from services.inventory.missent import AskedSending
from services.inventory.shipment import Shipment
from services.inventory.transit_loss import AskedLoss
from shared import urging
from shared.events.consignments import (
    Consignment,
    SendingCorrected,
    SendingCorrectionAsked,
    SendingCorrectionRefused,
    TransitFound,
    TransitLossApproved,
    TransitLossAsked,
    TransitLossRefused,
)
from shared.events.inventory import Movement
from shared.events.transfers import (
    TransferApproved,
    TransferAsked,
    TransferCancelled,
    TransferReceived,
    TransferRefused,
    TransferSent,
    TransferStage,
)

Deciding: TypeAlias = TransferAsked | TransferApproved | TransferRefused | TransferCancelled
OnTheWay: TypeAlias = TransferSent | TransferReceived | TransitFound
Losing: TypeAlias = TransitLossAsked | TransitLossApproved | TransitLossRefused
Correcting: TypeAlias = SendingCorrectionAsked | SendingCorrected | SendingCorrectionRefused
Fact: TypeAlias = Deciding | OnTheWay | Losing | Correcting


@dataclass(frozen=True, slots=True)
class Transfer:
    """调拨单: as it stands."""

    stage: TransferStage = TransferStage.NONE
    asked: TransferAsked | None = None
    """As it was asked for; None before that."""
    decided_by: str | None = None
    """Who let the parts go, or did not."""
    ended_because: str | None = None
    """Why it was refused or cancelled."""
    consignment: Consignment | None = None
    """How it travels; None before it is sent."""
    shipment: Shipment | None = None
    """What was sent, and where each piece of it has come."""
    losses: Mapping[str, AskedLoss] = field(default_factory=dict)
    """What was asked to be written off, by the number of the request."""
    urged_by_hand: urging.Last | None = None
    """As somebody urged its next step last."""
    corrections: Mapping[str, AskedSending] = field(default_factory=dict)
    """What was asked to be put right of what was sent, by the number of the request."""

    @property
    def sender(self) -> str:
        """The store that sends; empty before it is asked."""
        return self.asked.sender if self.asked else ""

    @property
    def receiver(self) -> str:
        """The store that asks and receives; empty before it is asked."""
        return self.asked.receiver if self.asked else ""

    @property
    def wanted(self) -> Mapping[str, int]:
        """How many of each part are asked for."""
        return {line.part: line.quantity for line in self.asked.lines} if self.asked else {}

    def parcel(self, number: str) -> Shipment | None:
        """Its parcel, if that is its number."""
        parcel = self.shipment
        return parcel if parcel is not None and parcel.number == number else None

    def permitted(self, _number: str) -> Mapping[str, int]:
        """How many of each part may leave: what was asked for, and let go."""
        return self.wanted


def parcel_of(number: str) -> str:
    """The number of what is sent: a transfer sends one parcel."""
    return f"{number}-P1"


def evolve(transfer: Transfer, fact: Fact) -> Transfer:
    """The transfer after the fact. Asks no rule: facts are facts."""
    match fact:
        case TransferAsked() | TransferApproved() | TransferRefused() | TransferCancelled():
            return _decided(transfer, fact)
        case TransferSent() | TransferReceived() | TransitFound():
            return _travelled(transfer, fact)
        case TransitLossAsked() | TransitLossApproved() | TransitLossRefused():
            return _lost(transfer, fact)
        case SendingCorrectionAsked() | SendingCorrected() | SendingCorrectionRefused():
            return _corrected(transfer, fact)


def _decided(transfer: Transfer, fact: Deciding) -> Transfer:
    match fact:
        case TransferAsked():
            return replace(transfer, stage=TransferStage.ASKED, asked=fact)
        case TransferApproved(approved_by=person):
            return replace(transfer, stage=TransferStage.APPROVED, decided_by=person)
        case TransferRefused(because=because, refused_by=person):
            refused = replace(transfer, stage=TransferStage.REFUSED, decided_by=person)
            return replace(refused, ended_because=because)
        case TransferCancelled(because=because):
            return replace(transfer, stage=TransferStage.CANCELLED, ended_because=because)


def _travelled(transfer: Transfer, fact: OnTheWay) -> Transfer:
    asked, parcel = transfer.asked, transfer.shipment
    match fact:
        case TransferSent(lines=lines, consignment=consignment, sent_by=person):
            assert asked is not None
            number = parcel_of(asked.number)
            left = shipment.shipped(
                number, asked.sender, asked.receiver, lines, person, Movement.TRANSFER
            )
            sent = replace(transfer, stage=TransferStage.SENT, shipment=left)
            return replace(sent, consignment=consignment)
        case TransferReceived(lines=lines, received_by=person):
            assert parcel is not None
            return _after(transfer, shipment.counted(parcel, lines, person))
        case TransitFound():
            assert parcel is not None
            return _after(transfer, shipment.found(parcel, fact))


def _lost(transfer: Transfer, fact: Losing) -> Transfer:
    if isinstance(fact, TransitLossAsked):
        return replace(transfer, losses=transit_loss.asked_for(transfer.losses, fact))
    after = replace(transfer, losses=transit_loss.decided(transfer.losses, fact))
    if isinstance(fact, TransitLossRefused):
        return after
    assert transfer.shipment is not None
    return _after(after, shipment.written_off(transfer.shipment, fact.loss))


def _corrected(transfer: Transfer, fact: Correcting) -> Transfer:
    """The transfer with what really left; as it was let go, if nothing did."""
    after = replace(transfer, corrections=missent.told(transfer.corrections, fact))
    if not isinstance(fact, SendingCorrected):
        return after
    assert transfer.shipment is not None
    parcel = shipment.corrected(transfer.shipment, fact.lines)
    if not parcel.lines:
        return replace(after, stage=TransferStage.APPROVED, shipment=None, consignment=None)
    return _after(after, parcel) if parcel.received else replace(after, shipment=parcel)


def _after(transfer: Transfer, parcel: Shipment) -> Transfer:
    """The transfer with its parcel as it is now: received once nothing of it is missing."""
    stage = TransferStage.RECEIVED if parcel.is_whole else TransferStage.SHORT
    return replace(transfer, stage=stage, shipment=parcel)
