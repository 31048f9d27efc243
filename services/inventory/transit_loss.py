"""在途报损 (losses in transit): what was sent and is found nowhere; one asks, another grants.

The pieces are in the book of the receiver until then. Whoever bears a loss does not grant it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from services.inventory.part_register import below_price
from services.inventory.shipment import Shipment, transit_serials
from shared.decider import Asked, Rule, reason, too_many
from shared.events.consignments import (
    TransitBearer,
    TransitLoss,
    TransitLossApproved,
    TransitLossAsked,
    TransitLossRefused,
)
from shared.events.inventory import PartCard
from shared.events.old_parts import OldLossApproved, OldLossAsked, OldLossRefused
from shared.events.replenishments import (
    StockLossApproved,
    StockLossAsked,
    StockLossRefused,
)
from shared.events.values import SEVERAL

LossAsked: TypeAlias = TransitLossAsked | StockLossAsked | OldLossAsked
LossApproved: TypeAlias = TransitLossApproved | StockLossApproved | OldLossApproved
LossRefused: TypeAlias = TransitLossRefused | StockLossRefused | OldLossRefused


class LossState(StrEnum):
    """报损进度: whether somebody has decided it."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AskedLoss:
    """报损申请: as it was asked for, and what became of it."""

    number: str
    loss: TransitLoss
    asked_by: str
    decided: LossState = LossState.OPEN
    because: str | None = None
    """Why it was refused."""


def asked_for(losses: Mapping[str, AskedLoss], fact: LossAsked) -> Mapping[str, AskedLoss]:
    """The requests with a new one."""
    return {**losses, fact.number: AskedLoss(fact.number, fact.loss, fact.asked_by)}


def decided(
    losses: Mapping[str, AskedLoss], fact: LossApproved | LossRefused
) -> Mapping[str, AskedLoss]:
    """The requests after one was granted or refused."""
    found = losses[fact.number]
    if isinstance(fact, LossApproved):
        return {**losses, fact.number: replace(found, decided=LossState.GRANTED)}
    refused = replace(found, decided=LossState.REFUSED, because=fact.because)
    return {**losses, fact.number: refused}


def is_asked(losses: Mapping[str, AskedLoss], loss: TransitLoss, actor: str) -> bool:
    """Whether the same person asks for the same already, and it waits."""
    waits = (each for each in losses.values() if each.decided is LossState.OPEN)
    return any((each.loss, each.asked_by) == (loss, actor) for each in waits)


def losable(
    loss: TransitLoss,
    shipment: Shipment | None,
    losses: Mapping[str, AskedLoss],
    card: PartCard | None,
) -> Iterator[Rule]:
    """Rules: of pieces that are missing, with who bears it, at the catalogue's price."""
    yield from _missing(loss, shipment)
    person = loss.borne_by is TransitBearer.PERSON
    yield person != (loss.person is not None), reason("bearer-unclear", part=loss.part)
    yield from below_price(card, loss.quantity, loss.fen, loss.fen_because)
    yield too_many("loss", len(losses) + 1, SEVERAL)


def refusable(losses: Mapping[str, AskedLoss], number: str, asked: Asked) -> Iterator[Rule]:
    """Rules: there is such a request, it waits, and somebody else decides it."""
    found = losses.get(number)
    yield found is None, reason("request-unknown", number=number)
    if found is None:
        return
    yield found.decided is not LossState.OPEN, reason("request-decided", number=number)
    yield found.asked_by == asked.actor, reason("own-request", person=asked.actor)


def decidable(
    losses: Mapping[str, AskedLoss], number: str, shipment: Shipment | None, asked: Asked
) -> Iterator[Rule]:
    """Rules: as `refusable`, by somebody who does not bear it, of what is missing still."""
    yield from refusable(losses, number, asked)
    found = losses.get(number)
    if found is None:
        return
    bears = found.loss.person == asked.actor
    yield bears, reason("own-loss", person=asked.actor)
    yield from _missing(found.loss, shipment)


def waiting(losses: Mapping[str, AskedLoss]) -> Iterator[str]:
    """The numbers of the requests that nobody has decided."""
    return (each.number for each in losses.values() if each.decided is LossState.OPEN)


def _missing(loss: TransitLoss, shipment: Shipment | None) -> Iterator[Rule]:
    """A rule: no more is lost than is missing of a parcel that was counted."""
    uncounted = shipment is None or shipment.received is None
    yield uncounted, reason("parcel-uncounted", part=loss.part)
    if shipment is None or uncounted:
        return
    left = shipment.open_of(loss.part)
    told = reason("lost-beyond-missing", part=loss.part, asked=loss.quantity, left=left)
    yield loss.quantity > left, told
    yield from transit_serials(shipment, loss.part, loss.quantity, loss.serials)
