"""旧件在途 (travelling): the list goes to base in one parcel, which base counts against it.

What lies in the store of base itself goes nowhere (`in_place.py`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.inventory import arrival, shipment
from services.inventory.checks import stale
from services.inventory.old_parts import in_place
from services.inventory.old_parts.in_place import there
from services.inventory.old_parts.listing import at
from services.inventory.old_parts.state import OldPartList, list_content, parcel_of, sent_lines
from services.inventory.signing import Sheet, signed
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.consignments import ArrivedLine, Consignment, FoundLine
from shared.events.inventory import Valuing
from shared.events.old_parts import OldPartsFound, OldPartsReceived, OldPartsSent, OldPartsStage
from shared.events.values import BranchCode, ContentHash, PartList, Role, Text
from shared.step import LONG_AGO, WORDS

STRANGE = ("beyond-sent", "serials-not-sent", "not-sent-so")
"""What is said of pieces that were not sent with a parcel."""


@dataclass(frozen=True, slots=True)
class SendOldParts:
    """旧件发出: everything on the list leaves for base; what is not there is not on the list."""

    base: BranchCode
    consignment: Consignment
    content: ContentHash
    """What was shown: `to_sign` of the list says it."""
    valuing: Valuing = Valuing.MOVING_AVERAGE
    """Obligation: by which method policy says what pieces cost."""


@dataclass(frozen=True, slots=True)
class ReceiveOldParts:
    """旧件点收: the parcel counted against the list; by another than who sent it.

    Of base's own store what lies there; by another than who listed it.
    """

    lines: PartList[ArrivedLine]
    content: ContentHash
    """What was shown: `to_sign` of the list says it."""


@dataclass(frozen=True, slots=True)
class FindOldParts:
    """旧件找到: pieces that were missing from the parcel have turned up."""

    lines: PartList[FoundLine]
    because: Text
    """Where they turned up."""


def send(command: SendOldParts, old: OldPartList, asked: Asked) -> Decision:
    """旧件发出: all of the list, as it lies there."""
    before = old.shipment
    said = (command.base, command.consignment, asked.actor)
    if before and (old.base, old.consignment, before.sent_by) == said:
        return []
    refuse_if(
        at(old, OldPartsStage.LISTED, asked=asked),
        (old.is_at_base, reason("not-sent-from-base", number=number_of(asked.home))),
        (
            command.base == old.store and not old.is_at_base,
            reason("sent-to-itself", store=command.base),
        ),
        *_as_shown(command.content, old, OldPartsStage.LISTED, asked),
    )
    parcel = parcel_of(old, number_of(asked.home), command.base, asked.actor)
    refuse_if(*there(old, asked))
    refuse_if(*shipment.leaving(parcel, command.consignment, asked))
    signature = signed(command.content, asked, Role.STOREKEEPER)
    fact = OldPartsSent(command.base, command.consignment, asked.actor, signature)
    return [*asked.here(fact), *shipment.leaves(parcel, command.valuing, asked)]


def receive(command: ReceiveOldParts, old: OldPartList, asked: Asked) -> Decision:
    """旧件点收: once, every part of the list; what is missing is on the way still."""
    if old.is_at_base:
        return in_place.count(old, asked, command.lines, command.content)
    parcel = old.shipment
    if arrival.is_counted(parcel, command.lines, asked):
        return []
    countable = list(arrival.countable(parcel, command.lines)) if parcel else []
    refuse_if(
        at(old, OldPartsStage.SENT, asked=asked),
        arrival.own_receipt(parcel, asked),
        *countable,
        _differs(countable, asked),
        *_as_shown(command.content, old, OldPartsStage.SENT, asked),
    )
    assert parcel is not None
    signature = signed(command.content, asked, Role.BASE)
    fact = OldPartsReceived(command.lines, asked.actor, signature)
    return [*asked.here(fact), *shipment.arrives(parcel, command.lines)]


def find(command: FindOldParts, old: OldPartList, asked: Asked) -> Decision:
    """旧件找到: of what was missing when the parcel was counted."""
    short, number = at(old, OldPartsStage.SHORT, asked=asked), number_of(asked.home)
    inbound = arrival.inbound(old.shipment, command.lines) if old.shipment else ()
    differs = _differs(inbound, asked)
    return arrival.find(OldPartsFound, command, old.shipment, asked, number, short, differs)


def _differs(rules: Iterable[Rule], asked: Asked) -> Rule:
    """A rule: of what is not on the list, both stores take stock: it stays as it was signed."""
    strange = any(is_broken and why.code in STRANGE for is_broken, why in rules)
    return strange, reason("old-parcel-differs", number=number_of(asked.home))


def to_sign(old: OldPartList) -> tuple[Sheet, ...]:
    """待签: the list, before it is sent and once it is to be counted."""
    steps = {OldPartsStage.LISTED: "sendings", OldPartsStage.SENT: "receipts"}
    step = "receipts" if old.is_at_base else steps.get(old.stage, "")
    waits = old.stage in steps and step
    return (Sheet(step, list_content(old)),) if waits else ()


def _as_shown(content: str, old: OldPartList, stage: OldPartsStage, asked: Asked) -> Iterator[Rule]:
    """A rule: whoever sends or counts it signs for the list as it is."""
    if old.stage is stage and not old.is_at_base:
        yield stale(content, list_content(old), asked)


def reads_of_sending(command: SendOldParts, old: OldPartList, _asked: Asked) -> Sequence[str]:
    """The cards, both books of each part, and where the serials are."""
    return shipment.reads_of_sending(old.store, command.base, sent_lines(old.lines))


def reads_of_receipt(command: ReceiveOldParts, old: OldPartList, asked: Asked) -> Sequence[str]:
    """The book of each part that is counted; of what goes nowhere, of all that is listed."""
    if old.is_at_base:
        return shipment.reads_of_arrival(old.base, [line.part for line in old.lines])
    return reads_of_arrival(command, old, asked)


def reads_of_arrival(
    command: ReceiveOldParts | FindOldParts, old: OldPartList, _asked: Asked
) -> Sequence[str]:
    """The book of each part at base."""
    return shipment.reads_of_arrival(old.base, [line.part for line in command.lines])


def offered_sending(_number: str, old: OldPartList) -> Iterator[SendOldParts]:
    """All of the list; where base is, whoever sends it says."""
    if old.stage is OldPartsStage.LISTED and not old.is_at_base:
        travels = Consignment(WORDS, WORDS, LONG_AGO, LONG_AGO)
        yield SendOldParts("BASE", travels, list_content(old))


def offered_receipt(_number: str, old: OldPartList) -> Iterator[ReceiveOldParts]:
    """All that was sent, or lies at base already."""
    if old.stage is OldPartsStage.LISTED and old.is_at_base:
        yield ReceiveOldParts(in_place.as_listed(old), list_content(old))
    if old.stage is OldPartsStage.SENT and old.shipment:
        yield ReceiveOldParts(arrival.as_sent(old.shipment), list_content(old))


def offered_finding(_number: str, old: OldPartList) -> Iterator[FindOldParts]:
    """All that is missing."""
    if old.stage is OldPartsStage.SHORT and old.shipment:
        yield FindOldParts(arrival.missing(old.shipment), WORDS)
