"""调拨在途 (travelling): the parcel is sent, counted against what was sent, and looked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import arrival, shipment
from services.inventory.transfer.asking import at
from services.inventory.transfer.state import Transfer, parcel_of
from shared.decider import Asked, Decision, number_of, refuse_if
from shared.events.consignments import (
    ArrivedLine,
    Consignment,
    FoundLine,
    SentLine,
    TransitFound,
)
from shared.events.inventory import Movement, Valuing
from shared.events.transfers import TransferReceived, TransferSent, TransferStage
from shared.events.values import PartList, Text
from shared.step import LONG_AGO, WORDS


@dataclass(frozen=True, slots=True)
class SendTransfer:
    """调拨发出: the parts leave the shelves of the sender; fewer only with words."""

    lines: PartList[SentLine]
    consignment: Consignment
    valuing: Valuing = Valuing.MOVING_AVERAGE
    """Obligation: by which method policy says what they cost."""


@dataclass(frozen=True, slots=True)
class ReceiveTransfer:
    """调拨到货: the parcel counted against what was sent; by another than who sent it."""

    lines: PartList[ArrivedLine]


@dataclass(frozen=True, slots=True)
class FindTransferred:
    """在途找到: pieces that were missing from the parcel have turned up."""

    lines: PartList[FoundLine]
    because: Text
    """Where they turned up."""


def send(command: SendTransfer, transfer: Transfer, asked: Asked) -> Decision:
    """调拨发出: what was let go, and no more than there is."""
    number = number_of(asked.home)
    fact = TransferSent(command.lines, command.consignment, asked.actor)
    if _is_sent(transfer, fact):
        return []
    stores = (transfer.sender, transfer.receiver)
    parcel = shipment.shipped(
        parcel_of(number), *stores, command.lines, asked.actor, Movement.TRANSFER
    )
    refuse_if(
        at(transfer, TransferStage.APPROVED, asked=asked),
        *shipment.sendable(parcel, command.lines, transfer.wanted, command.consignment, asked),
    )
    return [*asked.here(fact), *shipment.leaves(parcel, command.valuing, asked)]


def receive(command: ReceiveTransfer, transfer: Transfer, asked: Asked) -> Decision:
    """调拨到货: once, every part of the parcel; what is missing stays in transit."""
    parcel = transfer.shipment
    if arrival.is_counted(parcel, command.lines, asked):
        return []
    refuse_if(
        at(transfer, TransferStage.SENT, asked=asked),
        arrival.own_receipt(parcel, asked),
        *(arrival.countable(parcel, command.lines) if parcel else ()),
    )
    assert parcel is not None
    fact = TransferReceived(command.lines, asked.actor)
    return [*asked.here(fact), *shipment.arrives(parcel, command.lines)]


def find(command: FindTransferred, transfer: Transfer, asked: Asked) -> Decision:
    """在途找到: of what was missing when the parcel was counted."""
    short, number = at(transfer, TransferStage.SHORT, asked=asked), number_of(asked.home)
    return arrival.find(TransitFound, command, transfer.shipment, asked, number, short)


def reads_of_sending(command: SendTransfer, transfer: Transfer, _asked: Asked) -> Sequence[str]:
    """The cards, both books of each part, and where the serials are."""
    return shipment.reads_of_sending(transfer.sender, transfer.receiver, command.lines)


def reads_of_arrival(
    command: ReceiveTransfer | FindTransferred, transfer: Transfer, _asked: Asked
) -> Sequence[str]:
    """The receiver's book of each part."""
    parts = [line.part for line in command.lines]
    return shipment.reads_of_arrival(transfer.receiver, parts)


def offered_sending(_number: str, transfer: Transfer) -> Iterator[SendTransfer]:
    """All that was let go."""
    if transfer.stage is TransferStage.APPROVED:
        lines = tuple(SentLine(part, count) for part, count in transfer.wanted.items())
        yield SendTransfer(lines, Consignment(WORDS, WORDS, LONG_AGO, LONG_AGO))


def offered_receipt(_number: str, transfer: Transfer) -> Iterator[ReceiveTransfer]:
    """All that was sent."""
    if transfer.stage is TransferStage.SENT and transfer.shipment:
        yield ReceiveTransfer(arrival.as_sent(transfer.shipment))


def offered_finding(_number: str, transfer: Transfer) -> Iterator[FindTransferred]:
    """All that is missing."""
    if transfer.stage is TransferStage.SHORT and transfer.shipment:
        yield FindTransferred(arrival.missing(transfer.shipment), WORDS)


def _is_sent(transfer: Transfer, fact: TransferSent) -> bool:
    parcel = transfer.shipment
    if parcel is None:
        return False
    sent = {line.part: line for line in fact.lines if line.quantity}
    same = (parcel.lines, parcel.sent_by) == (sent, fact.sent_by)
    return same and transfer.consignment == fact.consignment
