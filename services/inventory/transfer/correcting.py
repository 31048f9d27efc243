"""调拨更正 (correcting): what really left of a transfer, or that nothing did."""

from collections.abc import Iterator

from services.inventory import missent
from services.inventory.missent import ApproveSending, ConfirmSending, CorrectSending
from services.inventory.transfer.asking import at
from services.inventory.transfer.state import Transfer
from shared.decider import Asked, Decision, Rule
from shared.events.consignments import TransitLossRefused
from shared.events.transfers import TransferStage


def ask(command: CorrectSending, transfer: Transfer, asked: Asked) -> Decision:
    """实发更正申请: while something of it is in transit."""
    return missent.ask(command, asked, transfer, _is_sent(transfer, asked))


def confirm(command: ConfirmSending, transfer: Transfer, asked: Asked) -> Decision:
    """实发更正确认: what left instead is in transit."""
    return missent.grant(command, asked, transfer, _is_sent(transfer, asked))


def approve(command: ApproveSending, transfer: Transfer, asked: Asked) -> Decision:
    """实发更正批准: if nothing left, it is as it was let go, and no loss waits."""
    granted = missent.grant(command, asked, transfer, _is_sent(transfer, asked))
    return missent.with_losses(TransitLossRefused, transfer.losses, granted, transfer, asked)


def offered(_number: str, transfer: Transfer) -> Iterator[CorrectSending]:
    """That what is in transit never left."""
    if transfer.shipment is not None:
        yield from missent.offered(transfer.shipment, transfer)


def _is_sent(transfer: Transfer, asked: Asked) -> Rule:
    """A rule: there is a parcel; whether anything of it may be put right the parcel says."""
    sent = (TransferStage.SENT, TransferStage.SHORT, TransferStage.RECEIVED)
    return at(transfer, *sent, asked=asked)
