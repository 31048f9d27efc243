"""调拨报损 (losing): what of a transfer is found nowhere leaves the books, and who bears it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import shipment, transit_loss
from services.inventory.part_register import card_of
from services.inventory.part_register import stream_of as card_stream
from services.inventory.transfer.asking import at
from services.inventory.transfer.state import Transfer
from services.inventory.transit_loss import LossState
from shared.decider import Asked, Decision, number_of, refuse_if
from shared.events.consignments import (
    TransitBearer,
    TransitLoss,
    TransitLossApproved,
    TransitLossAsked,
    TransitLossRefused,
)
from shared.events.transfers import TransferStage
from shared.events.values import Note, Ref
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class AskTransferLoss:
    """在途报损申请: what is missing from the parcel is found nowhere; the approver decides."""

    loss: TransitLoss


@dataclass(frozen=True, slots=True)
class ApproveTransferLoss:
    """在途报损批准: by somebody who neither asked for it nor bears it."""

    number: Ref


@dataclass(frozen=True, slots=True)
class RefuseTransferLoss:
    """在途报损驳回: the pieces are still to be found."""

    number: Ref
    because: Note


def ask_loss(command: AskTransferLoss, transfer: Transfer, asked: Asked) -> Decision:
    """在途报损申请: of pieces that are missing, at their price, with who bears it."""
    loss, losses = command.loss, transfer.losses
    if transit_loss.is_asked(losses, loss, asked.actor):
        return []
    card = card_of(asked, loss.part)
    refuse_if(
        at(transfer, TransferStage.SHORT, asked=asked),
        *transit_loss.losable(loss, transfer.shipment, losses, card),
    )
    number = f"{number_of(asked.home)}-S{len(losses) + 1}"
    return asked.here(TransitLossAsked(number, loss, asked.actor))


def approve_loss(command: ApproveTransferLoss, transfer: Transfer, asked: Asked) -> Decision:
    """在途报损批准: the pieces leave the book of the receiver."""
    found = transfer.losses.get(command.number)
    if found is not None and found.decided is LossState.GRANTED:
        return []
    refuse_if(
        at(transfer, TransferStage.SHORT, asked=asked),
        *transit_loss.decidable(transfer.losses, command.number, transfer.shipment, asked),
    )
    assert found is not None
    assert transfer.shipment is not None
    fact = TransitLossApproved(found.number, found.loss, found.asked_by, asked.actor)
    return [*asked.here(fact), *shipment.is_lost(transfer.shipment, found.loss)]


def refuse_loss(command: RefuseTransferLoss, transfer: Transfer, asked: Asked) -> Decision:
    """在途报损驳回: also of what turned up meanwhile."""
    found = transfer.losses.get(command.number)
    if found and (found.decided, found.because) == (LossState.REFUSED, command.because):
        return []
    refuse_if(*transit_loss.refusable(transfer.losses, command.number, asked))
    return asked.here(TransitLossRefused(command.number, command.because, asked.actor))


def reads_of_asking(command: AskTransferLoss, _transfer: Transfer, _asked: Asked) -> Sequence[str]:
    """The card of the part, for its price."""
    return (card_stream(command.loss.part),)


def reads_of_approval(
    command: ApproveTransferLoss, transfer: Transfer, _asked: Asked
) -> Sequence[str]:
    """The receiver's book of the part, and where its serials are."""
    found = transfer.losses.get(command.number)
    if found is None:
        return ()
    loss = found.loss
    return shipment.reads_of_loss(transfer.receiver, loss.part, loss.serials)


def offered_losses(_number: str, transfer: Transfer) -> Iterator[AskTransferLoss]:
    """All that is missing, part by part."""
    parcel = transfer.shipment
    if transfer.stage is not TransferStage.SHORT or parcel is None:
        return
    for part in parcel.lines:
        if left := parcel.open_of(part):
            serials = tuple(sorted(parcel.open_serials(part)))
            bearer = TransitBearer.SENDER
            loss = TransitLoss(part, left, WORDS, bearer, 0, None, serials, fen_because=WORDS)
            yield AskTransferLoss(loss)


def offered_loss_approvals(_number: str, transfer: Transfer) -> Iterator[ApproveTransferLoss]:
    """Of what waits."""
    yield from map(ApproveTransferLoss, transit_loss.waiting(transfer.losses))


def offered_loss_refusals(_number: str, transfer: Transfer) -> Iterator[RefuseTransferLoss]:
    """Of what waits."""
    for number in transit_loss.waiting(transfer.losses):
        yield RefuseTransferLoss(number, WORDS)
