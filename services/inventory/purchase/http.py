"""采购单的接口 (HTTP of purchases): their numbers, what is looked up for a receipt, the lists."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter

from services.inventory import stores
from services.inventory.purchase import NUMBER, PAPER, SERIES, board
from services.inventory.purchase.asking import AskPurchase
from services.inventory.purchase.receiving import ReceiveGoods
from services.inventory.purchase.state import Purchase
from services.inventory.reading import READING
from shared.decider import refuse_if
from shared.events.purchases import GoodsLine, PurchaseLine, PurchaseStage
from shared.events.values import BranchCode, PartList, Text
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, NextNumber, next_in_series
from shared.http.query import Listed, Paged, Shown
from shared.http.steps import in_path

PurchaseNumber = Annotated[str, in_path(NUMBER)]


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """采购: what is bought for which store; `branch` may be left out by who has only one."""

    supplier: Text
    lines: PartList[PurchaseLine]
    due_on: date
    because: Text | None = None
    """Why a branch buys by itself; base need not say it."""
    branch: BranchCode | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """入库: what came with a delivery note, as it was counted."""

    delivery_note: Text
    lines: PartList[GoodsLine]


@dataclass(frozen=True, slots=True)
class PurchaseShown:
    """采购单: as it stands."""

    number: str
    purchase: Purchase


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show purchases."""

    @api.query(router, "/purchases", reads=READING["purchase"], shows=board.Row)
    def list_purchases(
        page: Paged,
        *,
        branch: str | None = None,
        stage: PurchaseStage | None = None,
        local: bool | None = None,
    ) -> Listed:
        """采购一览: what your stores buy, by stage, and by who buys it."""
        return Listed(board, page, {"branch": branch, "stage": stage, "is_local": local})

    @api.query(router, "/purchases/{number}", reads=READING["purchase"], shows=PurchaseShown)
    def show_purchase(number: PurchaseNumber) -> Shown:
        """采购单: one purchase, with every receipt."""
        seen = api.existing(PAPER.stream_of(number))
        shown = PurchaseShown(number, seen.state)
        return Shown(shown, number, seen.branch, seen.version, of=seen.state)


def _asking(request: FormRequest, body: NewPurchase) -> NextNumber:
    store = request.context.branch(body.branch)
    card = request.registers.branch(store)
    refuse_if(*stores.unusable(card, store))
    command = filled(AskPurchase, body, store=store)
    return next_in_series(SERIES, store, request.today(store), PAPER, command)


def _receiving(request: FormRequest, body: Receipt) -> ReceiveGoods:
    named = [line.part for line in body.lines if line.serials]
    others = stores.others_of(request.registers.names, request.state.store, *named)
    return filled(ReceiveGoods, body, stores=others)


FORMS: Forms = {"/purchases": Form(NewPurchase, _asking), "receipts": Form(Receipt, _receiving)}
