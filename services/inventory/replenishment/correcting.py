"""补库更正 (correcting): what really left of a parcel of base, or that nothing did."""

from collections.abc import Iterator, Sequence

from services.inventory import missent, on_order
from services.inventory.missent import ApproveSending, ConfirmSending, CorrectSending, SendingGrant
from services.inventory.replenishment.state import Replenishment, evolve, shipment_of
from shared.decider import Asked, Decision, number_of
from shared.events.consignments import SendingCorrected
from shared.events.replenishments import StockLossRefused


def ask(command: CorrectSending, request: Replenishment, asked: Asked) -> Decision:
    """实发更正申请: of a parcel of which something is in transit."""
    return missent.ask(command, asked, request)


def confirm(command: ConfirmSending, request: Replenishment, asked: Asked) -> Decision:
    """实发更正确认: what left instead is in transit."""
    return _granted(command, request, asked)


def approve(command: ApproveSending, request: Replenishment, asked: Asked) -> Decision:
    """实发更正批准: what never left, base has still to send."""
    return _granted(command, request, asked)


def _granted(command: SendingGrant, request: Replenishment, asked: Asked) -> Decision:
    """What is granted; what base has still to send, the store waits for again."""
    written = missent.grant(command, asked, request)
    said = [fact for _, fact in written if isinstance(fact, SendingCorrected)]
    if not said:
        return written
    left = {part: max(0, n) for part, n in evolve(request, said[0]).to_send.items()}
    granted = [*written, *on_order.waits(request.store, number_of(asked.home), left)]
    parcel = missent.parcel_of(command.number)
    of_it = {n: each for n, each in request.losses.items() if shipment_of(n) == parcel}
    return missent.with_losses(StockLossRefused, of_it, granted, request, asked)


def reads_of_grant(command: SendingGrant, request: Replenishment, asked: Asked) -> Sequence[str]:
    """As of any parcel, and what is on order."""
    books = missent.reads_of_grant(command, request, asked)
    return (*books, on_order.stream_of(request.store)) if books else ()


def offered(_number: str, request: Replenishment) -> Iterator[CorrectSending]:
    """That what is in transit never left, parcel by parcel."""
    for parcel in request.shipments.values():
        yield from missent.offered(parcel, request)
