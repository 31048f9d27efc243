"""旧件清单的状态 (the state of a list of old parts): what is on it, and where its pieces are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from services.inventory import ledger, missent, shipment, transit_loss
from services.inventory.missent import AskedSending
from services.inventory.shipment import Shipment
from services.inventory.transit_loss import AskedLoss
from shared import urging
from shared.content import content_hash
from shared.events.consignments import (
    Consignment,
    SendingCorrected,
    SendingCorrectionAsked,
    SendingCorrectionRefused,
    SentLine,
)
from shared.events.inventory import Movement
from shared.events.old_parts import (
    OldClass,
    OldLossApproved,
    OldLossAsked,
    OldLossRefused,
    OldPartJudged,
    OldPartLine,
    OldPartsEnded,
    OldPartSettled,
    OldPartsFound,
    OldPartsListed,
    OldPartsReceived,
    OldPartsSent,
    OldPartsStage,
)
from shared.events.values import Signature

OnTheWay: TypeAlias = OldPartsSent | OldPartsReceived | OldPartsFound
Losing: TypeAlias = OldLossAsked | OldLossApproved | OldLossRefused
Correcting: TypeAlias = SendingCorrectionAsked | SendingCorrected | SendingCorrectionRefused
Fact: TypeAlias = (
    OldPartsListed | OldPartsEnded | OnTheWay | Losing | Correcting | OldPartJudged | OldPartSettled
)
ACCOUNTS = {OldClass.WARRANTY: ledger.OLD_WARRANTY, OldClass.OTHER: ledger.OLD_OTHER}
"""Where old parts of a class lie, in every store."""


@dataclass(frozen=True, slots=True)
class OldPartList:
    """旧件明细清单: as it stands."""

    listed: OldPartsListed | None = None
    ended: OldPartsEnded | None = None
    base: str = ""
    """The store of base; empty before it is sent, unless the list is of that store itself."""
    consignment: Consignment | None = None
    shipment: Shipment | None = None
    """What was sent, and where each piece of it has come."""
    in_place: OldPartsReceived | None = None
    """Of base's own store: as it was counted where it lies."""
    keeper_sig: Signature | None = None
    """发出签字: of who sent it."""
    base_sig: Signature | None = None
    """点收签字: of who counted it at base."""
    losses: Mapping[str, AskedLoss] = field(default_factory=dict)
    """What was asked to be written off, by the number of the request."""
    corrections: Mapping[str, AskedSending] = field(default_factory=dict)
    """That it never left, as it was asked for, by the number of the request."""
    judged: Mapping[str, OldPartJudged] = field(default_factory=dict)
    """What base does with pieces, by the number of the judgement."""
    settled: Mapping[str, OldPartSettled] = field(default_factory=dict)
    """What came of them, by the number of the judgement."""
    urged_by_hand: urging.Last | None = None
    """As somebody urged its next step last."""

    @property
    def store(self) -> str:
        """The store whose old parts they are; empty before they are listed."""
        return self.listed.store if self.listed else ""

    @property
    def lines(self) -> Sequence[OldPartLine]:
        """What stands on it."""
        return self.listed.lines if self.listed else ()

    @property
    def account(self) -> str:
        """Where its pieces lie, at the store and at base."""
        return ACCOUNTS[self.listed.old_class] if self.listed else ""

    @property
    def is_at_base(self) -> bool:
        """Whether it is of base's own store, and goes nowhere."""
        return self.listed is not None and self.listed.at_base

    @property
    def stage(self) -> OldPartsStage:
        """How far it has come: settled once something came of every piece that did not get lost."""
        if self.listed is None:
            return OldPartsStage.NONE
        if self.ended is not None:
            return OldPartsStage.ENDED
        if self.in_place is None and (before := self._before_all_came()):
            return before
        if any(self.unjudged(line.part) for line in self.lines):
            return OldPartsStage.RECEIVED
        done = self.judged.keys() <= self.settled.keys()
        return OldPartsStage.SETTLED if done else OldPartsStage.JUDGED

    def parcel(self, number: str) -> Shipment | None:
        """Its parcel, if that is its number."""
        parcel = self.shipment
        return parcel if parcel is not None and parcel.number == number else None

    def permitted(self, _number: str) -> Mapping[str, int]:
        """How many of each part are in its parcel: all that is listed."""
        return {line.part: line.quantity for line in sent_lines(self.lines)}

    def _before_all_came(self) -> OldPartsStage | None:
        parcel = self.shipment
        if parcel is None:
            return OldPartsStage.LISTED
        if parcel.received is None:
            return OldPartsStage.SENT
        return None if parcel.is_whole else OldPartsStage.SHORT

    def unjudged(self, part: str) -> int:
        """How many pieces of a part are at base and were not judged."""
        known = (each for each in self.judged.values() if self.lines[each.line - 1].part == part)
        return self._came(part) - sum(each.quantity for each in known)

    def _came(self, part: str) -> int:
        """How many pieces of a part base has counted."""
        if self.in_place is not None:
            return sum(line.quantity for line in self.lines if line.part == part)
        return self.shipment.arrived.get(part, 0) if self.shipment else 0

    def left_of(self, line: int) -> int:
        """How many pieces of a line were not judged, wherever they are; the first line is 1."""
        known = (each.quantity for each in self.judged.values() if each.line == line)
        return self.lines[line - 1].quantity - sum(known)


def sent_lines(lines: Sequence[OldPartLine]) -> tuple[SentLine, ...]:
    """What a list sends of each part, over all its lines."""
    sent: dict[str, SentLine] = {}
    for line in lines:
        before = sent.get(line.part, SentLine(line.part, 0))
        serials = (*before.serials, *line.serials)
        sent[line.part] = SentLine(line.part, before.quantity + line.quantity, serials)
    return tuple(sent.values())


def parcel_of(old: OldPartList, number: str, base: str, person: str) -> Shipment:
    """Everything on the list, as it leaves the store for base."""
    lines = sent_lines(old.lines)
    left = shipment.shipped(f"{number}-P1", old.store, base, lines, person, Movement.OLD_LIST)
    return replace(left, shelf=old.account)


def list_content(old: OldPartList) -> str:
    """SHA-256 (hex) of the list, and once it is sent of how it travels."""
    return content_hash({"listed": old.listed, "base": old.base, "consignment": old.consignment})


def evolve(old: OldPartList, fact: Fact) -> OldPartList:
    """The list after the fact. Asks no rule: facts are facts."""
    match fact:
        case OldPartsListed():
            return replace(old, listed=fact, base=fact.store if fact.at_base else "")
        case OldPartsEnded():
            return replace(old, ended=fact)
        case OldPartsSent() | OldPartsReceived() | OldPartsFound():
            return _travelled(old, fact)
        case OldLossAsked() | OldLossApproved() | OldLossRefused():
            return _lost(old, fact)
        case SendingCorrectionAsked() | SendingCorrected() | SendingCorrectionRefused():
            return _corrected(old, fact)
        case OldPartJudged(number=number):
            return replace(old, judged={**old.judged, number: fact})
        case OldPartSettled(number=number):
            return replace(old, settled={**old.settled, number: fact})


def _travelled(old: OldPartList, fact: OnTheWay) -> OldPartList:
    if isinstance(fact, OldPartsSent):
        assert old.listed is not None
        parcel = parcel_of(old, old.listed.number, fact.base, fact.sent_by)
        sent = replace(old, base=fact.base, consignment=fact.consignment, shipment=parcel)
        return replace(sent, keeper_sig=fact.keeper_sig)
    if isinstance(fact, OldPartsReceived) and old.is_at_base:
        return replace(old, in_place=fact, base_sig=fact.signature)
    assert old.shipment is not None
    if isinstance(fact, OldPartsReceived):
        counted = shipment.counted(old.shipment, fact.lines, fact.received_by)
        return replace(old, shipment=counted, base_sig=fact.signature)
    return replace(old, shipment=shipment.found(old.shipment, fact))


def _lost(old: OldPartList, fact: Losing) -> OldPartList:
    if isinstance(fact, OldLossAsked):
        return replace(old, losses=transit_loss.asked_for(old.losses, fact))
    after = replace(old, losses=transit_loss.decided(old.losses, fact))
    if isinstance(fact, OldLossRefused):
        return after
    assert old.shipment is not None
    return replace(after, shipment=shipment.written_off(old.shipment, fact.loss))


def _corrected(old: OldPartList, fact: Correcting) -> OldPartList:
    """The list as before it was sent, once it is granted that nothing left."""
    after = replace(old, corrections=missent.told(old.corrections, fact))
    if not isinstance(fact, SendingCorrected):
        return after
    here = replace(after, base="", shipment=None, consignment=None)
    return replace(here, keeper_sig=None, base_sig=None)
