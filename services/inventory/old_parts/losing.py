"""旧件报损 (losing): what of a list is found nowhere leaves the books, and who bears it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import transit_loss
from services.inventory.old_parts.listing import at
from services.inventory.old_parts.state import OldPartList
from shared.decider import Asked, Decision, number_of
from shared.events.consignments import TransitLoss
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
    short = at(old, OldPartsStage.SHORT, asked=asked)
    return transit_loss.ask(
        OldLossAsked, command.loss, old.shipment, old.losses, asked, number_of(asked.home), short
    )


def approve_loss(command: ApproveOldLoss, old: OldPartList, asked: Asked) -> Decision:
    """旧件在途报损批准: the pieces leave the book of base."""
    short = at(old, OldPartsStage.SHORT, asked=asked)
    return transit_loss.grant(
        OldLossApproved, command.number, old.shipment, old.losses, asked, short
    )


def refuse_loss(command: RefuseOldLoss, old: OldPartList, asked: Asked) -> Decision:
    """旧件在途报损驳回: also of what turned up meanwhile."""
    return transit_loss.refuse(OldLossRefused, command.number, command.because, old.losses, asked)


def reads_of_approval(command: ApproveOldLoss, old: OldPartList, _asked: Asked) -> Sequence[str]:
    """The receiver's book of the part, and where its serials are."""
    return transit_loss.reads_of_grant(old.losses, command.number, old.base)


def offered_losses(_number: str, old: OldPartList) -> Iterator[AskOldLoss]:
    """All that is missing, part by part."""
    if old.stage is OldPartsStage.SHORT and old.shipment:
        yield from map(AskOldLoss, transit_loss.offered(old.shipment))


def offered_loss_approvals(_number: str, old: OldPartList) -> Iterator[ApproveOldLoss]:
    """Of what waits."""
    yield from map(ApproveOldLoss, transit_loss.waiting(old.losses))


def offered_loss_refusals(_number: str, old: OldPartList) -> Iterator[RefuseOldLoss]:
    """Of what waits."""
    for number in transit_loss.waiting(old.losses):
        yield RefuseOldLoss(number, WORDS)
