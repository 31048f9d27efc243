"""调拨报损 (losing): what of a transfer is found nowhere leaves the books, and who bears it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import transit_loss
from services.inventory.transfer.asking import at
from services.inventory.transfer.state import Transfer
from shared.decider import Asked, Decision, number_of
from shared.events.consignments import (
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
    short = at(transfer, TransferStage.SHORT, asked=asked)
    return transit_loss.ask(
        TransitLossAsked,
        command.loss,
        transfer.shipment,
        transfer.losses,
        asked,
        number_of(asked.home),
        short,
    )


def approve_loss(command: ApproveTransferLoss, transfer: Transfer, asked: Asked) -> Decision:
    """在途报损批准: the pieces leave the book of the receiver."""
    short = at(transfer, TransferStage.SHORT, asked=asked)
    return transit_loss.grant(
        TransitLossApproved, command.number, transfer.shipment, transfer.losses, asked, short
    )


def refuse_loss(command: RefuseTransferLoss, transfer: Transfer, asked: Asked) -> Decision:
    """在途报损驳回: also of what turned up meanwhile."""
    return transit_loss.refuse(
        TransitLossRefused, command.number, command.because, transfer.losses, asked
    )


def reads_of_approval(
    command: ApproveTransferLoss, transfer: Transfer, _asked: Asked
) -> Sequence[str]:
    """The receiver's book of the part, and where its serials are."""
    return transit_loss.reads_of_grant(transfer.losses, command.number, transfer.receiver)


def offered_losses(_number: str, transfer: Transfer) -> Iterator[AskTransferLoss]:
    """All that is missing, part by part."""
    if transfer.stage is TransferStage.SHORT and transfer.shipment:
        yield from map(AskTransferLoss, transit_loss.offered(transfer.shipment))


def offered_loss_approvals(_number: str, transfer: Transfer) -> Iterator[ApproveTransferLoss]:
    """Of what waits."""
    yield from map(ApproveTransferLoss, transit_loss.waiting(transfer.losses))


def offered_loss_refusals(_number: str, transfer: Transfer) -> Iterator[RefuseTransferLoss]:
    """Of what waits."""
    for number in transit_loss.waiting(transfer.losses):
        yield RefuseTransferLoss(number, WORDS)
