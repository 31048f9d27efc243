"""采购 (buying): base orders; a branch asks to buy by itself, and an approver decides."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.inventory import on_order
from services.inventory.checks import own_request
from services.inventory.part_register import card_of, each_once, unusable
from services.inventory.part_register import stream_of as card_stream
from services.inventory.purchase import serving
from services.inventory.purchase.serving import TimeLimit
from services.inventory.purchase.state import Purchase, evolve
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.purchases import (
    LocalPurchaseApproved,
    LocalPurchaseRefused,
    PurchaseAsked,
    PurchaseEnded,
    PurchaseLine,
    PurchaseStage,
    ServedLine,
)
from shared.events.values import BranchCode, Fen, Note, PartList, Role, Text
from shared.fields import filled
from shared.step import WORDS

GRANTERS = {Role.APPROVER, Role.GENERAL_MANAGER}


@dataclass(frozen=True, slots=True)
class AskPurchase:
    """采购: order parts from a supplier; a branch that buys by itself says why."""

    store: BranchCode
    supplier: Text
    lines: PartList[PurchaseLine]
    due_on: date
    because: Text | None = None
    serves: PartList[ServedLine] = ()
    """For which requests to base, and how many of each part."""
    limits: PartList[TimeLimit] = ()
    """Obligation: until when base has to have sent what these requests ask for."""
    on: date | None = None
    """Obligation: the day on which it is asked for, where the store is; None: nobody looked."""
    at_base: bool = False
    """Obligation: whether the store is that of base itself, as its card says."""


@dataclass(frozen=True, slots=True)
class ApproveLocalPurchase:
    """自购批准: let the branch buy for the sum that was shown, and why; not by who asked."""

    fen: Fen
    because: Note


@dataclass(frozen=True, slots=True)
class RefuseLocalPurchase:
    """自购驳回: the branch does not buy these parts, and why."""

    because: Note


@dataclass(frozen=True, slots=True)
class EndPurchase:
    """采购终止: what has not come in is not waited for any more, and why."""

    because: Note


def ask(command: AskPurchase, purchase: Purchase, asked: Asked) -> Decision:
    """采购: of parts of the catalogue, each on one line; base orders, a branch asks."""
    parts, is_local = [line.part for line in command.lines], _is_local(command, asked)
    number = number_of(asked.home)
    fact = filled(PurchaseAsked, command, number=number, is_local=is_local, asked_by=asked.actor)
    if purchase.asked == fact:
        return []
    lacking = is_local and command.because is None
    refuse_if(
        (purchase.asked is not None, reason("number-taken", number=number)),
        *each_once(parts),
        *(rule for part in parts for rule in unusable(card_of(asked, part), part)),
        (lacking, reason("local-purchase-unexplained", store=command.store)),
        *_still_to_come(command),
        *serving.servable(fact, command.limits, asked),
    )
    after = evolve(purchase, fact)
    waits = () if is_local else serving.waits(number, after)
    return [*asked.here(fact), *serving.written(number, purchase, after, asked), *waits]


def approve(command: ApproveLocalPurchase, purchase: Purchase, asked: Asked) -> Decision:
    """自购批准: by somebody else than who asked for it, who saw its sum and says why."""
    fact = LocalPurchaseApproved(command.fen, asked.actor, command.because)
    said = (purchase.decided_by, purchase.approved_because)
    if purchase.stage is PurchaseStage.ORDERED and said == (asked.actor, command.because):
        return []
    refuse_if(
        at(purchase, PurchaseStage.ASKED, asked=asked),
        _own(purchase, asked),
        (command.fen != purchase.fen, reason("sum-differs", asked=command.fen, fen=purchase.fen)),
    )
    return [*asked.here(fact), *serving.waits(number_of(asked.home), purchase)]


def refuse(command: RefuseLocalPurchase, purchase: Purchase, asked: Asked) -> Decision:
    """自购驳回: by somebody else than who asked for it."""
    said = (purchase.stage, purchase.decided_because)
    if said == (PurchaseStage.REFUSED, command.because):
        return []
    refuse_if(
        at(purchase, PurchaseStage.ASKED, asked=asked),
        _own(purchase, asked),
    )
    return asked.here(LocalPurchaseRefused(command.because, asked.actor))


def end(command: EndPurchase, purchase: Purchase, asked: Asked) -> Decision:
    """采购终止: of one that has not wholly come in."""
    said = (purchase.stage, purchase.decided_because)
    if said == (PurchaseStage.ENDED, command.because):
        return []
    refuse_if(at(purchase, PurchaseStage.ASKED, PurchaseStage.ORDERED, asked=asked))
    number, fact = number_of(asked.home), PurchaseEnded(command.because, asked.actor)
    told = serving.written(number, purchase, purchase, asked, over=True)
    was_ordered = purchase.stage is PurchaseStage.ORDERED
    waits = serving.waits(number, purchase, over=True) if was_ordered else ()
    return [*asked.here(fact), *told, *waits]


def reads_of_asking(command: AskPurchase, _purchase: Purchase, _asked: Asked) -> Sequence[str]:
    """The cards of the parts, what is on order, and the requests that it is for."""
    cards = dict.fromkeys(card_stream(line.part) for line in command.lines)
    served = map(serving.stream_of, serving.requests_of(command.serves))
    return (*cards, on_order.stream_of(command.store), *served)


def reads_served(_command: object, purchase: Purchase, _asked: Asked) -> Sequence[str]:
    """What is on order, and the requests that it is for."""
    return serving.reads(purchase)


def at(purchase: Purchase, *stages: PurchaseStage, asked: Asked) -> Rule:
    """A rule: the purchase stands at one of these stages."""
    told = reason("purchase-stage", number=number_of(asked.home), stage=purchase.stage.value)
    return purchase.stage not in stages, told


def _is_local(command: AskPurchase, asked: Asked) -> bool:
    """Whether an approver is asked: base orders alone for its own store, and for what it refills.

    Into the store of a branch nobody orders alone who keeps a store as well.
    """
    if Role.BASE not in asked.roles:
        return True
    if command.at_base:
        return False
    return Role.STOREKEEPER in asked.roles or not _for_requests_alone(command)


def _for_requests_alone(command: AskPurchase) -> bool:
    """Whether requests to base have asked for every piece of it."""
    served = Counter[str]()
    for line in command.serves:
        served[line.part] += line.quantity
    return all(line.quantity <= served[line.part] for line in command.lines)


def _still_to_come(command: AskPurchase) -> Iterator[Rule]:
    """A rule: it is due today or later, so that nothing is late on the day it is asked for."""
    due, today = command.due_on, command.on
    if today is not None:
        yield due < today, reason("due-day-over", due_on=str(due), today=str(today))


def _own(purchase: Purchase, asked: Asked) -> Rule:
    """A rule: nobody decides what they asked for."""
    return own_request(asked, purchase.asked.asked_by if purchase.asked else None)


def offered_approval(_number: str, purchase: Purchase) -> Collection[ApproveLocalPurchase]:
    """Of what waits."""
    return (ApproveLocalPurchase(purchase.fen, WORDS),) if _waits(purchase) else ()


def offered_refusal(_number: str, purchase: Purchase) -> Collection[RefuseLocalPurchase]:
    """Of what waits."""
    return (RefuseLocalPurchase(WORDS),) if _waits(purchase) else ()


def _waits(purchase: Purchase) -> bool:
    """Whether an approver is asked."""
    return purchase.stage is PurchaseStage.ASKED
