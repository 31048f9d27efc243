"""采购单的接口 (HTTP of purchases): their numbers, what is looked up for a receipt, the lists."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter

from services.inventory import ledger, stores
from services.inventory.purchase import NUMBER, PAPER, SERIES, board, deliveries, serving
from services.inventory.purchase.asking import AskPurchase
from services.inventory.purchase.receiving import ReceiveGoods
from services.inventory.purchase.returning import on_shelf
from services.inventory.purchase.serving import TimeLimit
from services.inventory.purchase.state import Purchase
from services.inventory.reading import READING
from services.inventory.replenishment.state import Replenishment
from services.inventory.shown.http import NextStep, day_of, names_of, next_of
from services.inventory.stocktake.blind.http import Hides, hides_from
from shared.alike import digits_alike
from shared.decider import number_of, refuse_if
from shared.events.purchases import (
    GoodsLine,
    PurchaseLine,
    PurchaseStage,
    ReturnedLine,
    ServedLine,
)
from shared.events.values import PARTS, BranchCode, PartList, Text
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import Form, FormRequest, Forms, NextNumber, next_in_series
from shared.http.query import Before, Listed, Paged, Shown
from shared.http.steps import in_path
from shared.policy import local_day

PurchaseNumber = Annotated[str, in_path(NUMBER)]
NEXT = {PurchaseStage.ASKED: "approvals", PurchaseStage.ORDERED: "receipts"}
"""What brings a purchase on, by its stage."""
FURTHEST_EAST = timedelta(hours=14)
"""No calendar is further ahead of universal time."""


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """采购: what is bought for which store; `branch` may be left out by who has only one."""

    supplier: Text
    lines: PartList[PurchaseLine]
    due_on: date
    because: Text | None = None
    """Why a branch buys by itself, or base too late for a request; else base need not say it."""
    branch: BranchCode | None = None
    serves: PartList[ServedLine] = ()
    """为申请: for which requests to base, by their numbers, and how many of each part."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """入库: what came with a delivery note, as it was counted."""

    delivery_note: Text
    lines: PartList[GoodsLine]
    same_note_because: Text | None = None
    """Why this delivery note, which came in by another purchase too, is for this one as well."""


@dataclass(frozen=True, slots=True)
class PurchaseShown:
    """采购单: as it stands."""

    number: str
    purchase: Purchase
    returnable: tuple[ReturnedLine, ...]
    """可退: what came in and lies on the shelf; without what is counted blindly just now."""


@dataclass(frozen=True, slots=True)
class PurchaseListed(board.Row):
    """采购一行: with the names of its parts, and by how many days it is late."""

    names: Mapping[str, str] = field(default_factory=dict)
    """By the number of the part."""
    days_late: int = 0
    """By the calendar of the store; of what is ordered and not all here."""
    next_step: NextStep | None = None
    """None: it is all here, refused or ended."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show purchases."""

    @api.query(router, "/purchases", reads=READING["purchase"], shows=PurchaseListed)
    def list_purchases(
        page: Paged,
        *,
        branch: str | None = None,
        stage: PurchaseStage | None = None,
        local: bool | None = None,
        late: bool | None = None,
    ) -> Listed:
        """采购一览: what your stores buy, by stage and by who buys it; `late=true` what is late."""
        now = api.registers.now()
        due = Before((now + FURTHEST_EAST).date()) if late else None
        where = {"branch": branch, "stage": stage, "is_local": local, "due_on": due}
        day = day_of(api, now)

        def told(rows: Sequence[board.Row]) -> Sequence[PurchaseListed]:
            names = names_of(api.registers, (line.part for row in rows for line in row.lines))
            listed = [_listed(api, row, names, day(row.branch, now)) for row in rows]
            return [each for each in listed if late is None or (each.days_late > 0) is late]

        return Listed(board, page, where, told=told)

    @api.query(router, "/purchases/{number}", reads=READING["purchase"], shows=PurchaseShown)
    def show_purchase(context: RequestContext, number: PurchaseNumber) -> Shown:
        """采购单: one purchase, with every receipt, and what of it may go back."""
        seen = api.existing(PAPER.stream_of(number))
        returnable = _returnable(api, seen.state, hides_from(api.registers, context))
        shown = PurchaseShown(number, seen.state, tuple(returnable))
        return Shown(shown, number, seen.branch, seen.version, of=seen.state)


def _returnable(api: RoomApi, purchase: Purchase, hides: Hides) -> Iterator[ReturnedLine]:
    store = purchase.store
    streams = {part: ledger.stream_of(store, part) for part in purchase.lines}
    seen = api.registers.states(tuple(streams.values()))
    for line in on_shelf(purchase, lambda part: seen[streams[part]].state):
        if not hides(store, line.part, ledger.STORE):
            yield line


def _listed(api: RoomApi, row: board.Row, names: Mapping[str, str], today: date) -> PurchaseListed:
    mine = {line.part: names[line.part] for line in row.lines if line.part in names}
    late = (today - row.due_on).days if row.stage is PurchaseStage.ORDERED else 0
    step = NEXT.get(row.stage)
    coming = next_of(api, PAPER, row.number, step) if step else None
    return filled(PurchaseListed, row, names=mine, days_late=max(0, late), next_step=coming)


def _asking(request: FormRequest, body: NewPurchase) -> NextNumber:
    store = request.context.branch(body.branch)
    card = request.registers.branch(store)
    refuse_if(*stores.unusable(card, store))
    limits = tuple(_limits(request, serving.requests_of(body.serves)))
    today, at_base = request.today(store), card is not None and card.is_base
    command = filled(AskPurchase, body, store=store, limits=limits, on=today, at_base=at_base)
    return next_in_series(SERIES, store, today, PAPER, command)


def _limits(request: FormRequest, numbers: Iterable[str]) -> Iterator[TimeLimit]:
    """Until which day, where the store is that asks, base has to have sent what they ask for."""
    for number in numbers:
        found = request.registers.stream(serving.stream_of(number)).state
        if isinstance(found, Replenishment) and found.asked and found.due_at:
            card, policy = request.registers.branch(found.store), request.policy(found.store)
            until = local_day(policy, card, found.due_at)
            yield TimeLimit(number, until, found.asked.within or "")


def _receiving(request: FormRequest, body: Receipt) -> ReceiveGoods:
    named = [line.part for line in body.lines if line.serials]
    others = stores.others_of(request.registers.names, request.state.store, *named)
    purchases = tuple(_with_note(request, body.delivery_note))[:PARTS]
    return filled(ReceiveGoods, body, stores=others, purchases=purchases)


def _with_note(request: FormRequest, delivery_note: str) -> Iterator[str]:
    """The other purchases of this supplier by which the store took in this delivery note."""
    where = {"branch": request.state.store, "note": digits_alike(delivery_note)}
    rows = request.registers.rows(deliveries, where)
    streams = dict.fromkeys(PAPER.stream_of(row.purchase) for row in rows)
    streams.pop(PAPER.stream_of(request.number), None)
    supplier = request.state.asked.supplier if request.state.asked else ""
    for stream, seen in request.registers.states(tuple(streams)).items():
        if seen.state.is_of(supplier):
            yield number_of(stream)


FORMS: Forms = {"/purchases": Form(NewPurchase, _asking), "receipts": Form(Receipt, _receiving)}
