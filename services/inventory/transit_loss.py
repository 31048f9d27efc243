"""在途报损 (losses in transit): what was sent and is found nowhere; one asks, another grants.

The pieces are in the book of the receiver until then. Whoever bears a loss does not grant it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, TypeAlias

from services.inventory.arrival import missing, transit_serials
from services.inventory.checks import own_request
from services.inventory.part_register import as_priced, card_of
from services.inventory.part_register import stream_of as card_stream
from services.inventory.shipment import (
    Shipment,
    is_lost,
    reads_of_loss,
)
from shared.decider import Asked, Decision, Rule, reason, refuse_if, too_many
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
from shared.step import WORDS

LossAsked: TypeAlias = TransitLossAsked | StockLossAsked | OldLossAsked
LossApproved: TypeAlias = TransitLossApproved | StockLossApproved | OldLossApproved
LossRefused: TypeAlias = TransitLossRefused | StockLossRefused | OldLossRefused


class AsksLoss(Protocol):
    """报损申请: a command with the loss that it asks for."""

    @property
    def loss(self) -> TransitLoss:
        """What is lost."""


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


def ask(
    kind: Callable[[str, TransitLoss, str], LossAsked],
    loss: TransitLoss,
    shipment: Shipment | None,
    losses: Mapping[str, AskedLoss],
    asked: Asked,
    stem: str,
    *rules: Rule,
) -> Decision:
    """在途报损申请: of pieces that are missing, at their price, with who bears it."""
    if is_asked(losses, loss, asked.actor):
        return []
    refuse_if(*rules, *losable(loss, shipment, losses, card_of(asked, loss.part)))
    number = f"{stem}-S{len(losses) + 1}"
    return asked.here(kind(number, loss, asked.actor))


def grant(
    kind: Callable[[str, TransitLoss, str, str], LossApproved],
    number: str,
    shipment: Shipment | None,
    losses: Mapping[str, AskedLoss],
    asked: Asked,
    *rules: Rule,
) -> Decision:
    """在途报损批准: the pieces leave the book of the receiver."""
    found = losses.get(number)
    if found is not None and found.decided is LossState.GRANTED:
        return []
    refuse_if(*rules, *decidable(losses, number, shipment, asked))
    assert found is not None
    assert shipment is not None
    fact = kind(found.number, found.loss, found.asked_by, asked.actor)
    return [*asked.here(fact), *is_lost(shipment, found.loss)]


def refuse(
    kind: Callable[[str, str, str], LossRefused],
    number: str,
    because: str,
    losses: Mapping[str, AskedLoss],
    asked: Asked,
) -> Decision:
    """在途报损驳回: also of what turned up meanwhile."""
    found = losses.get(number)
    if found and (found.decided, found.because) == (LossState.REFUSED, because):
        return []
    refuse_if(*refusable(losses, number, asked))
    return asked.here(kind(number, because, asked.actor))


def ended(
    kind: Callable[[str, str, str], LossRefused],
    losses: Mapping[str, AskedLoss],
    never_left: Iterable[str],
    asked: Asked,
) -> Decision:
    """报损终止: of what never left nothing is lost; what was asked for ends with it, and why.

    Else it would wait for ever, or be granted of another parcel that has the same number.
    """
    numbers = [*waiting(losses)]
    return asked.here(*(kind(each, why, asked.actor) for why in never_left for each in numbers))


def reads_of_asking(command: AsksLoss, _paper: object, _asked: Asked) -> Sequence[str]:
    """The card of the part, for its price."""
    return (card_stream(command.loss.part),)


def reads_of_grant(losses: Mapping[str, AskedLoss], number: str, receiver: str) -> Sequence[str]:
    """The receiver's book of the part, and where its serials are."""
    found = losses.get(number)
    if found is None:
        return ()
    return reads_of_loss(receiver, found.loss.part, found.loss.serials)


def offered(shipment: Shipment) -> Iterator[TransitLoss]:
    """All that is missing of a parcel, part by part, at the sender's cost."""
    for line in missing(shipment):
        bearer = TransitBearer.SENDER
        part, left = line.part, line.quantity
        yield TransitLoss(part, left, WORDS, bearer, 0, None, line.serials, fen_because=WORDS)


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
    yield from as_priced(card, loss.quantity, loss.fen, loss.fen_because)
    yield too_many("loss", len(losses) + 1, SEVERAL)


def refusable(losses: Mapping[str, AskedLoss], number: str, asked: Asked) -> Iterator[Rule]:
    """Rules: there is such a request, it waits, and somebody else decides it."""
    found = losses.get(number)
    yield found is None, reason("request-unknown", number=number)
    if found is None:
        return
    yield found.decided is not LossState.OPEN, reason("request-decided", number=number)
    yield own_request(asked, found.asked_by)


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
