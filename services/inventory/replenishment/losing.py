"""补库报损 (losing): what of a parcel of base is found nowhere, and who bears it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import transit_loss
from services.inventory.replenishment.state import Replenishment, shipment_of
from shared.decider import Asked, Decision
from shared.events.consignments import TransitLoss
from shared.events.replenishments import StockLossApproved, StockLossAsked, StockLossRefused
from shared.events.values import Note, Ref
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class AskStockLoss:
    """在途报损申请: what is missing from a parcel is found nowhere; the approver decides."""

    shipment: Ref
    loss: TransitLoss


@dataclass(frozen=True, slots=True)
class ApproveStockLoss:
    """在途报损批准: by somebody who neither asked for it nor bears it."""

    number: Ref


@dataclass(frozen=True, slots=True)
class RefuseStockLoss:
    """在途报损驳回: the pieces are still to be found."""

    number: Ref
    because: Note


def ask_loss(command: AskStockLoss, request: Replenishment, asked: Asked) -> Decision:
    """在途报损申请: of pieces that are missing, at their price, with who bears it."""
    parcel = request.shipments.get(command.shipment)
    return transit_loss.ask(
        StockLossAsked, command.loss, parcel, request.losses, asked, command.shipment
    )


def approve_loss(command: ApproveStockLoss, request: Replenishment, asked: Asked) -> Decision:
    """在途报损批准: the pieces leave the book of the store."""
    parcel = request.shipments.get(shipment_of(command.number))
    return transit_loss.grant(StockLossApproved, command.number, parcel, request.losses, asked)


def refuse_loss(command: RefuseStockLoss, request: Replenishment, asked: Asked) -> Decision:
    """在途报损驳回: also of what turned up meanwhile."""
    return transit_loss.refuse(
        StockLossRefused, command.number, command.because, request.losses, asked
    )


def reads_of_approval(
    command: ApproveStockLoss, request: Replenishment, _asked: Asked
) -> Sequence[str]:
    """The receiver's book of the part, and where its serials are."""
    return transit_loss.reads_of_grant(request.losses, command.number, request.store)


def offered_losses(_number: str, request: Replenishment) -> Iterator[AskStockLoss]:
    """All that is missing, parcel by parcel and part by part."""
    for parcel in request.shipments.values():
        if parcel.received is not None:
            for loss in transit_loss.offered(parcel):
                yield AskStockLoss(parcel.number, loss)


def offered_loss_approvals(_number: str, request: Replenishment) -> Iterator[ApproveStockLoss]:
    """Of what waits."""
    yield from map(ApproveStockLoss, transit_loss.waiting(request.losses))


def offered_loss_refusals(_number: str, request: Replenishment) -> Iterator[RefuseStockLoss]:
    """Of what waits."""
    for number in transit_loss.waiting(request.losses):
        yield RefuseStockLoss(number, WORDS)
