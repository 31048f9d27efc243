"""补库报损 (losing): what of a parcel of base is found nowhere, and who bears it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import shipment, transit_loss
from services.inventory.part_register import card_of
from services.inventory.part_register import stream_of as card_stream
from services.inventory.replenishment.state import Replenishment, shipment_of
from services.inventory.transit_loss import LossState
from shared.decider import Asked, Decision, refuse_if
from shared.events.consignments import TransitBearer, TransitLoss
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
    loss, losses = command.loss, request.losses
    if transit_loss.is_asked(losses, loss, asked.actor):
        return []
    parcel, card = request.shipments.get(command.shipment), card_of(asked, loss.part)
    refuse_if(*transit_loss.losable(loss, parcel, losses, card))
    number = f"{command.shipment}-S{len(losses) + 1}"
    return asked.here(StockLossAsked(number, loss, asked.actor))


def approve_loss(command: ApproveStockLoss, request: Replenishment, asked: Asked) -> Decision:
    """在途报损批准: the pieces leave the book of the store."""
    found = request.losses.get(command.number)
    if found is not None and found.decided is LossState.GRANTED:
        return []
    parcel = request.shipments.get(shipment_of(command.number))
    refuse_if(*transit_loss.decidable(request.losses, command.number, parcel, asked))
    assert found is not None
    assert parcel is not None
    fact = StockLossApproved(found.number, found.loss, found.asked_by, asked.actor)
    return [*asked.here(fact), *shipment.is_lost(parcel, found.loss)]


def refuse_loss(command: RefuseStockLoss, request: Replenishment, asked: Asked) -> Decision:
    """在途报损驳回: also of what turned up meanwhile."""
    found = request.losses.get(command.number)
    if found and (found.decided, found.because) == (LossState.REFUSED, command.because):
        return []
    refuse_if(*transit_loss.refusable(request.losses, command.number, asked))
    return asked.here(StockLossRefused(command.number, command.because, asked.actor))


def reads_of_asking(command: AskStockLoss, _request: Replenishment, _asked: Asked) -> Sequence[str]:
    """The card of the part, for its price."""
    return (card_stream(command.loss.part),)


def reads_of_approval(
    command: ApproveStockLoss, request: Replenishment, _asked: Asked
) -> Sequence[str]:
    """The store's book of the part, and where its serials are."""
    found = request.losses.get(command.number)
    if found is None:
        return ()
    return shipment.reads_of_loss(request.store, found.loss.part, found.loss.serials)


def offered_losses(_number: str, request: Replenishment) -> Iterator[AskStockLoss]:
    """All that is missing, parcel by parcel and part by part."""
    for parcel in request.shipments.values():
        for part in parcel.lines if parcel.received is not None else ():
            if left := parcel.open_of(part):
                serials = tuple(sorted(parcel.open_serials(part)))
                bearer = TransitBearer.SENDER
                loss = TransitLoss(part, left, WORDS, bearer, 0, None, serials, fen_because=WORDS)
                yield AskStockLoss(parcel.number, loss)


def offered_loss_approvals(_number: str, request: Replenishment) -> Iterator[ApproveStockLoss]:
    """Of what waits."""
    yield from map(ApproveStockLoss, transit_loss.waiting(request.losses))


def offered_loss_refusals(_number: str, request: Replenishment) -> Iterator[RefuseStockLoss]:
    """Of what waits."""
    for number in transit_loss.waiting(request.losses):
        yield RefuseStockLoss(number, WORDS)
