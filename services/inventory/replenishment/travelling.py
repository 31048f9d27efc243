"""补库在途 (travelling): base sends one parcel or several; each is counted as it comes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import arrival, on_order, shipment
from services.inventory.checks import stale
from services.inventory.replenishment.asking import at
from services.inventory.replenishment.state import Replenishment
from services.inventory.shipment import Shipment
from services.inventory.signing import Sheet, signed
from shared.content import content_hash
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if, too_many
from shared.events.consignments import ArrivedLine, Consignment, FoundLine, SentLine
from shared.events.inventory import Movement, Valuing
from shared.events.replenishments import ReplenishmentStage, StockFound, StockReceived, StockSent
from shared.events.values import SEVERAL, ContentHash, PartList, Ref, Role, Text
from shared.step import LONG_AGO, WORDS


@dataclass(frozen=True, slots=True)
class SendStock:
    """补库发出: parts leave the shelves of base; what base lacks goes later, in another parcel."""

    lines: PartList[SentLine]
    consignment: Consignment
    valuing: Valuing = Valuing.MOVING_AVERAGE
    """Obligation: by which method policy says what they cost."""


@dataclass(frozen=True, slots=True)
class ReceiveStock:
    """补库到货: a parcel counted against what was sent; by another than who sent it."""

    shipment: Ref
    lines: PartList[ArrivedLine]
    content: ContentHash
    """What was shown: `to_sign` of the request says it."""


@dataclass(frozen=True, slots=True)
class FindStock:
    """在途找到: pieces that were missing from a parcel of base have turned up."""

    shipment: Ref
    lines: PartList[FoundLine]
    because: Text
    """Where they turned up."""


def send(command: SendStock, request: Replenishment, asked: Asked) -> Decision:
    """补库发出: of what was agreed, and no more than there is."""
    said = (command.lines, command.consignment, asked.actor)
    if said in [(each.lines, each.consignment, each.sent_by) for each in request.sent.values()]:
        return []
    number, nth = number_of(asked.home), len(request.shipments) + 1
    parcel = shipment.shipped(
        f"{number}-P{nth}",
        request.base,
        request.store,
        command.lines,
        asked.actor,
        Movement.REFILL,
    )
    named = {line.part for line in command.lines}
    let_go = {part: left for part, left in request.to_send.items() if part in named and left}
    rules = shipment.sendable(parcel, command.lines, let_go, command.consignment, asked)
    refuse_if(
        at(request, ReplenishmentStage.CHECKED, asked=asked),
        too_many("shipments", nth, SEVERAL),
        *(rules if request.checked else ()),
    )
    left = dict(request.to_send)
    for line in command.lines:
        left[line.part] -= line.quantity
    fact = StockSent(parcel.number, command.lines, command.consignment, asked.actor)
    waits = on_order.waits(request.store, number, left)
    return [*asked.here(fact), *shipment.leaves(parcel, command.valuing, asked), *waits]


def receive(command: ReceiveStock, request: Replenishment, asked: Asked) -> Decision:
    """补库到货: each parcel once, every part of it; what is missing stays in transit."""
    parcel = request.shipments.get(command.shipment)
    if arrival.is_counted(parcel, command.lines, asked):
        return []
    counted = parcel is not None and parcel.received is not None
    refuse_if(
        _known(parcel, command.shipment),
        (counted, reason("parcel-counted", number=command.shipment)),
        arrival.own_receipt(parcel, asked),
        *(arrival.countable(parcel, command.lines) if parcel and not counted else ()),
        *_as_shown(command, request, asked),
    )
    assert parcel is not None
    signature = signed(command.content, asked, Role.STOREKEEPER)
    fact = StockReceived(command.shipment, command.lines, asked.actor, signature)
    return [*asked.here(fact), *shipment.arrives(parcel, command.lines)]


def find(command: FindStock, request: Replenishment, asked: Asked) -> Decision:
    """在途找到: of what was missing when the parcel was counted."""
    parcel = request.shipments.get(command.shipment)
    uncounted = parcel is not None and parcel.received is None
    rules = (
        _known(parcel, command.shipment),
        *((uncounted, reason("parcel-uncounted", part=line.part)) for line in command.lines[:1]),
    )
    return arrival.find(StockFound, command, parcel, asked, command.shipment, *rules)


def parcel_content(sent: StockSent) -> str:
    """SHA-256 (hex) of a parcel as it was sent."""
    return content_hash({"sent": sent})


def to_sign(request: Replenishment) -> tuple[Sheet, ...]:
    """待签: every parcel that was not counted."""
    return tuple(
        Sheet("receipts", parcel_content(sent), number)
        for number, sent in request.sent.items()
        if request.shipments[number].received is None and request.shipments[number].lines
    )


def _as_shown(command: ReceiveStock, request: Replenishment, asked: Asked) -> Iterator[Rule]:
    """A rule: who counts signs for the parcel as it was sent."""
    sent = request.sent.get(command.shipment)
    if sent is not None:
        yield stale(command.content, parcel_content(sent), asked)


def _known(parcel: Shipment | None, number: str) -> Rule:
    """A rule: base sent such a parcel."""
    return parcel is None, reason("parcel-unknown", number=number)


def reads_of_sending(command: SendStock, request: Replenishment, _asked: Asked) -> Sequence[str]:
    """The cards, both books of each part, where the serials are, and what is on order."""
    if request.checked is None:
        return ()
    books = shipment.reads_of_sending(request.base, request.store, command.lines)
    return (*books, on_order.stream_of(request.store))


def reads_of_arrival(
    command: ReceiveStock | FindStock, request: Replenishment, _asked: Asked
) -> Sequence[str]:
    """The store's book of each part."""
    return shipment.reads_of_arrival(request.store, [line.part for line in command.lines])


def offered_sending(_number: str, request: Replenishment) -> Iterator[SendStock]:
    """All that is still to be sent."""
    lines = tuple(SentLine(part, left) for part, left in request.to_send.items() if left)
    if request.stage is ReplenishmentStage.CHECKED and lines:
        yield SendStock(lines, Consignment(WORDS, WORDS, LONG_AGO, LONG_AGO))


def offered_receipts(_number: str, request: Replenishment) -> Iterator[ReceiveStock]:
    """Every parcel that was not counted, with all that is in it."""
    for sheet in to_sign(request):
        parcel = request.shipments[sheet.shipment or ""]
        yield ReceiveStock(parcel.number, arrival.as_sent(parcel), sheet.content)


def offered_findings(_number: str, request: Replenishment) -> Iterator[FindStock]:
    """All that is missing of every parcel that was counted."""
    for parcel in request.shipments.values():
        if parcel.received is not None and not parcel.is_whole:
            yield FindStock(parcel.number, arrival.missing(parcel), WORDS)
