"""旧件实发更正 (correcting): a list of old parts never left, though it was told as sent.

A list goes as a whole or not at all. If only a part of it left, base counts what came; what is
missing is found or granted as lost, and of what was packed instead both stores take stock.
"""

from collections.abc import Iterator

from services.inventory import missent, shipment
from services.inventory.missent import ApproveSending, CorrectSending
from services.inventory.old_parts.listing import at
from services.inventory.old_parts.state import OldPartList
from shared.decider import Asked, Decision, Rule, number_of, reason
from shared.events.old_parts import OldLossRefused, OldPartsStage


def ask(command: CorrectSending, old: OldPartList, asked: Asked) -> Decision:
    """实发更正申请: of a parcel of which nothing left, and nothing was counted in."""
    return missent.ask(command, asked, old, _is_sent(old, asked), _whole(command, old, asked))


def approve(command: ApproveSending, old: OldPartList, asked: Asked) -> Decision:
    """实发更正批准: the list is as before it was sent, and is sent or ended; no loss waits."""
    granted = missent.grant(command, asked, old, _is_sent(old, asked))
    return missent.with_losses(OldLossRefused, old.losses, granted, old, asked)


def offered(_number: str, old: OldPartList) -> Iterator[CorrectSending]:
    """That nothing left, as long as nothing was counted in."""
    parcel = old.shipment
    if parcel is not None and not any((*parcel.arrived.values(), *parcel.lost.values())):
        yield from missent.offered(parcel, old)


def _is_sent(old: OldPartList, asked: Asked) -> Rule:
    """A rule: it was told as sent, and something of it is on the way still."""
    return at(old, OldPartsStage.SENT, OldPartsStage.SHORT, asked=asked)


def _whole(command: CorrectSending, old: OldPartList, asked: Asked) -> Rule:
    """A rule: it is said of the whole parcel that it never left."""
    parcel = old.parcel(command.shipment)
    left = parcel is not None and bool(shipment.corrected(parcel, command.lines).lines)
    return left, reason("old-list-whole", number=number_of(asked.home))
