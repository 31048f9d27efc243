"""旧件报损 (losing): what of a list is found nowhere leaves the books, and who bears it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import shipment, transit_loss
from services.inventory.old_parts.listing import at
from services.inventory.old_parts.state import OldPartList
from services.inventory.part_register import card_of
from services.inventory.part_register import stream_of as card_stream
from services.inventory.transit_loss import LossState
from shared.decider import Asked, Decision, number_of, refuse_if
from shared.events.consignments import TransitBearer, TransitLoss
from shared.events.old_parts import OldLossApproved, OldLossAsked, OldLossRefused, OldPartsStage
from shared.events.values import Note, Ref
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class AskOldLoss:
    """旧件在途报损申请: what is missing from the parcel is found nowhere; the approver decides."""

    loss: TransitLoss


@dataclass(frozen=True, slots=True)
class ApproveOldLoss:
    """旧件在途报损批准: by somebody who neither asked for it nor bears it."""

    number: Ref


@dataclass(frozen=True, slots=True)
class RefuseOldLoss:
    """旧件在途报损驳回: the pieces are still to be found."""

    number: Ref
    because: Note


def ask_loss(command: AskOldLoss, old: OldPartList, asked: Asked) -> Decision:
    """旧件在途报损申请: of pieces that are missing, at their price, with who bears it."""
    loss, losses = command.loss, old.losses
    if transit_loss.is_asked(losses, loss, asked.actor):
        return []
    card = card_of(asked, loss.part)
    refuse_if(
        at(old, OldPartsStage.SHORT, asked=asked),
        *transit_loss.losable(loss, old.shipment, losses, card),
    )
    number = f"{number_of(asked.home)}-S{len(losses) + 1}"
    return asked.here(OldLossAsked(number, loss, asked.actor))


def approve_loss(command: ApproveOldLoss, old: OldPartList, asked: Asked) -> Decision:
    """旧件在途报损批准: the pieces leave the book of base."""
    found = old.losses.get(command.number)
    if found is not None and found.decided is LossState.GRANTED:
        return []
    refuse_if(
        at(old, OldPartsStage.SHORT, asked=asked),
        *transit_loss.decidable(old.losses, command.number, old.shipment, asked),
    )
    assert found is not None
    assert old.shipment is not None
    fact = OldLossApproved(found.number, found.loss, found.asked_by, asked.actor)
    return [*asked.here(fact), *shipment.is_lost(old.shipment, found.loss)]


def refuse_loss(command: RefuseOldLoss, old: OldPartList, asked: Asked) -> Decision:
    """旧件在途报损驳回: also of what turned up meanwhile."""
    found = old.losses.get(command.number)
    if found and (found.decided, found.because) == (LossState.REFUSED, command.because):
        return []
    refuse_if(*transit_loss.refusable(old.losses, command.number, asked))
    return asked.here(OldLossRefused(command.number, command.because, asked.actor))


def reads_of_asking(command: AskOldLoss, _old: OldPartList, _asked: Asked) -> Sequence[str]:
    """The card of the part, for its price."""
    return (card_stream(command.loss.part),)


def reads_of_approval(command: ApproveOldLoss, old: OldPartList, _asked: Asked) -> Sequence[str]:
    """The book of the part, and where its serials are."""
    found = old.losses.get(command.number)
    if found is None:
        return ()
    loss = found.loss
    return shipment.reads_of_loss(old.base, loss.part, loss.serials)


def offered_losses(_number: str, old: OldPartList) -> Iterator[AskOldLoss]:
    """All that is missing, part by part."""
    parcel = old.shipment
    if old.stage is not OldPartsStage.SHORT or parcel is None:
        return
    for part in parcel.lines:
        if left := parcel.open_of(part):
            serials = tuple(sorted(parcel.open_serials(part)))
            bearer = TransitBearer.SENDER
            loss = TransitLoss(part, left, WORDS, bearer, 0, None, serials, fen_because=WORDS)
            yield AskOldLoss(loss)


def offered_loss_approvals(_number: str, old: OldPartList) -> Iterator[ApproveOldLoss]:
    """Of what waits."""
    yield from map(ApproveOldLoss, transit_loss.waiting(old.losses))


def offered_loss_refusals(_number: str, old: OldPartList) -> Iterator[RefuseOldLoss]:
    """Of what waits."""
    for number in transit_loss.waiting(old.losses):
        yield RefuseOldLoss(number, WORDS)
