"""补库单的接口 (HTTP of requests to base): their numbers, what policy says, the lists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter

from services.inventory import missent, rules, stores
from services.inventory.ledger import STORE
from services.inventory.missent import SendingNumber
from services.inventory.reading import READING
from services.inventory.replenishment import NUMBER, PAPER, SERIES, board
from services.inventory.replenishment.asking import (
    AskReplenishment,
    CheckReplenishment,
    WantedLine,
)
from services.inventory.replenishment.shown.http import RefillShown, shown_of
from services.inventory.replenishment.state import Replenishment
from services.inventory.replenishment.travelling import SendStock, to_sign
from services.inventory.signing import Sheet
from services.inventory.stocktake.blind.http import Hides, hides_from
from services.inventory.views import refill_drafts
from shared.decider import refuse_if
from shared.events.consignments import Consignment, SentLine
from shared.events.replenishments import AgreedLine, ReplenishmentStage
from shared.events.values import BranchCode, PartList, Text
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import Form, FormRequest, Forms, Made, NextNumber, next_in_series
from shared.http.query import Listed, Paged, Shown
from shared.http.steps import in_path
from shared.policy import local_day

ReplenishmentNumber = Annotated[str, in_path(NUMBER)]


@dataclass(frozen=True, slots=True)
class NewReplenishment:
    """补库申请: what your store lacks; `branch` may be left out by who has only one."""

    lines: PartList[WantedLine]
    because: Text | None = None
    """Why on another day than policy says."""
    branch: BranchCode | None = None


@dataclass(frozen=True, slots=True)
class Checking:
    """补库核定: how many of each part base sends, and from which store."""

    base: BranchCode
    lines: PartList[AgreedLine]


@dataclass(frozen=True, slots=True)
class StockSending:
    """补库发出: the parts that leave the shelves of base, and how they travel."""

    lines: PartList[SentLine]
    consignment: Consignment


@dataclass(frozen=True, slots=True)
class ReplenishmentShown:
    """补库单: as it stands."""

    number: str
    replenishment: RefillShown
    lacking: Mapping[str, int]
    """How many of each part the store still lacks."""
    to_send: Mapping[str, int]
    """How many of each part base has to send: not what a supplier brings to the store itself."""
    to_buy: Mapping[str, int]
    """How many of each part may be bought for it: what no purchase covers and base did not send."""
    to_sign: tuple[Sheet, ...]
    """待签: the parcels that are to be counted, each with the hash of what was sent."""


@dataclass(frozen=True, slots=True)
class DraftListed:
    """补库草稿一行: how many of a part to ask for, and the figures that say so."""

    store: str
    part: str
    branch: str
    """The store's."""
    drafted_on: date
    quota: int
    on_hand: int | None
    """None, as what is lacking: the shelves are counted just now, by a count that is blind."""
    in_transit: int
    on_order: int
    lacking: int | None
    """quota − on hand − in transit − on order."""
    counting: bool
    """在盘: whether the figures are hidden from whoever may count the shelves."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show requests."""

    @api.query(router, "/replenishments", reads=READING["replenishment"], shows=board.Row)
    def list_replenishments(
        page: Paged,
        *,
        store: str | None = None,
        stage: ReplenishmentStage | None = None,
        late: bool | None = None,
    ) -> Listed:
        """补库一览: what your stores ask of base, by stage, and what stands against base."""
        return Listed(board, page, {"store": store, "stage": stage, "is_late": late})

    @api.query(
        router,
        "/replenishments/{number}",
        reads=READING["replenishment"],
        shows=ReplenishmentShown,
    )
    def show_replenishment(context: RequestContext, number: ReplenishmentNumber) -> Shown:
        """补库单: one request, with every parcel."""
        seen = api.existing(PAPER.stream_of(number))
        state: Replenishment = seen.state
        shown = ReplenishmentShown(
            number,
            shown_of(state, hides_from(api.registers, context)),
            state.lacking,
            state.to_send,
            state.to_buy,
            to_sign(state),
        )
        others = (state.base,) if state.base else ()
        return Shown(shown, number, state.store, seen.version, of=state, branches=others)

    @api.query(router, "/refill-drafts", reads=READING["replenishment"], shows=DraftListed)
    def list_refill_drafts(
        context: RequestContext, page: Paged, *, store: str | None = None
    ) -> Listed:
        """补库草稿: what the calendar drafted last for each part that a store lacks."""
        told = partial(_drafts, hides_from(api.registers, context))
        return Listed(refill_drafts, page, {"store": store}, told=told)


def _drafts(hides: Hides, rows: Sequence[refill_drafts.Row]) -> Sequence[DraftListed]:
    """The drafts, without figures of shelves that are counted just now."""
    drafts = list[DraftListed]()
    for row in rows:
        hidden = hides(row.store, row.part, STORE)
        figures = {"on_hand": None, "lacking": None} if hidden else {}
        drafts.append(filled(DraftListed, row, counting=hidden, **figures))
    return drafts


def _asking(request: FormRequest, body: NewReplenishment) -> NextNumber:
    store = request.context.branch(body.branch)
    card = request.registers.branch(store)
    refuse_if(*stores.unusable(card, store))
    policy, now = request.policy(store), request.registers.now()
    day = local_day(policy, card, now)
    command = AskReplenishment(
        store=store,
        asked_on=day,
        lines=body.lines,
        because=body.because,
        due_at=rules.refill_due(policy, now),
        within=rules.refill_within(policy),
        is_day=rules.is_refill_day(policy, day),
        counting=tuple(dict.fromkeys(_counting(request, store, body.lines))),
    )
    return next_in_series(SERIES, store, day, PAPER, command, policy.label)


def _counting(request: FormRequest, store: str, lines: Sequence[WantedLine]) -> Iterator[str]:
    """The parts of which the shelf is counted just now."""
    hides = hides_from(request.registers, request.context)
    return (line.part for line in lines if hides(store, line.part, STORE))


def _checking(request: FormRequest, body: Checking) -> Made:
    card = request.registers.branch(body.base)
    refuse_if(*stores.unusable(card, body.base), stores.not_base(card, body.base))
    return Made(filled(CheckReplenishment, body), also_of=(body.base,))


def _sending(request: FormRequest, body: StockSending) -> Made:
    policy = request.policy(request.state.base)
    return Made(filled(SendStock, body, valuing=policy.stock.valuing), policy=policy.label)


def _granting(kind: type[missent.SendingGrant], request: FormRequest, body: SendingNumber) -> Made:
    policy = request.policy(request.state.base)
    return Made(filled(kind, body, valuing=policy.stock.valuing), policy=policy.label)


FORMS: Forms = {
    "/replenishments": Form(NewReplenishment, _asking),
    "checks": Form(Checking, _checking),
    "sending-confirmations": Form(SendingNumber, partial(_granting, missent.ConfirmSending)),
    "sending-correction-approvals": Form(SendingNumber, partial(_granting, missent.ApproveSending)),
    "sendings": Form(StockSending, _sending),
}
