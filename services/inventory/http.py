"""配件库的接口 (HTTP of inventory): the forms of its steps, the catalogue, the stock, the notes."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter

from services.inventory import (
    ledger,
    part_register,
    part_store,
    stores,
    units,
)
from services.inventory.closing import PAPER as CLOSING
from services.inventory.closing import http as closing
from services.inventory.figures import http as figures
from services.inventory.issue_note import PAPER as ISSUE_NOTE
from services.inventory.issue_note import http as issue_note
from services.inventory.issue_note.state import IssueNote
from services.inventory.old_parts import PAPER as OLD_PARTS
from services.inventory.old_parts import http as old_parts
from services.inventory.own_use import PAPER as OWN_USE
from services.inventory.own_use import http as own_use
from services.inventory.part_register import ChangePart, RegisterPart
from services.inventory.part_store import EnterOpening, SetQuota
from services.inventory.purchase import PAPER as PURCHASE
from services.inventory.purchase import http as purchase
from services.inventory.quota import http as quota
from services.inventory.reading import READING
from services.inventory.replenishment import PAPER as REPLENISHMENT
from services.inventory.replenishment import http as replenishment
from services.inventory.shown.http import card_of
from services.inventory.stock_lists import http as stock_lists
from services.inventory.stock_lists.accounts import http as accounts
from services.inventory.stock_lists.serials import http as serials
from services.inventory.stocktake import PAPER as STOCKTAKE
from services.inventory.stocktake import http as stocktake
from services.inventory.transfer import PAPER as TRANSFER
from services.inventory.transfer import http as transfer
from services.inventory.views import parts
from services.inventory.waiting import tasks
from shared.decider import refuse_if
from shared.events.inventory import PartCard
from shared.events.order_sheet import Pieces
from shared.events.values import AllSerials, AmountText, Fen, Quantity
from shared.http import clocks as clocks_http
from shared.http import figures as figures_http
from shared.http import tasks as tasks_http
from shared.http import urging
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made
from shared.http.query import Single
from shared.http.registers import Registers
from shared.http.steps import add_steps, in_path

PartNumber = Annotated[str, in_path(part_register.NUMBER)]


def file_subject(registers: Registers, note: IssueNote) -> str:
    """Whose key seals the files of a note: that of the customer, as it sealed their order.

    Under any other key a file would outlive the customer's erasure.
    """
    return issue_note.customer_key(registers, note)


@dataclass(frozen=True, slots=True)
class Opening:
    """期初库存: what the shelves had when the book was opened."""

    quantity: Quantity | AmountText
    """Pieces, or the small unit of a divided part; as a text an amount as people write it."""
    serials: AllSerials = ()
    fen: Fen | None = None
    """What the pieces cost, all together; left out: it is unknown."""


@dataclass(frozen=True, slots=True)
class Quota:
    """定额: how many of the part the store should have."""

    quota: Pieces | AmountText
    """As `quantity` of an opening."""


def routes(api: RoomApi) -> APIRouter:
    """Every route of the room."""
    router = APIRouter(prefix="/v1")
    forms = {
        part_register.PAPER.prefix: PART_FORMS,
        part_store.PAPER.prefix: STORE_FORMS,
        ISSUE_NOTE.prefix: {**issue_note.FORMS, **urging.FORMS},
        PURCHASE.prefix: {**purchase.FORMS, **urging.FORMS},
        TRANSFER.prefix: {**transfer.FORMS, **urging.FORMS},
        REPLENISHMENT.prefix: {**replenishment.FORMS, **urging.FORMS},
        STOCKTAKE.prefix: {**stocktake.FORMS, **urging.FORMS},
        OWN_USE.prefix: {**own_use.FORMS, **urging.FORMS},
        OLD_PARTS.prefix: {**old_parts.FORMS, **urging.FORMS},
        CLOSING.prefix: {**closing.FORMS, **urging.FORMS},
    }
    add_steps(api, router, forms)
    issue_note.queries(api, router)
    purchase.queries(api, router)
    transfer.queries(api, router)
    replenishment.queries(api, router)
    quota.queries(api, router)
    stocktake.queries(api, router)
    own_use.queries(api, router)
    old_parts.queries(api, router)
    closing.queries(api, router)
    _parts(api, router)
    stock_lists.queries(api, router)
    tasks_http.routes(api, router, tasks, tasks.WAITING)
    figures_http.routes(api, router, figures.SOURCES)
    clocks_http.routes(api, router, figures.CLOCKS)
    accounts.queries(api, router)
    serials.queries(api, router)
    return router


def _registering(request: FormRequest, card: PartCard) -> Made:
    home = part_register.stream_of(card.id)
    branch = request.context.branch(request.named_branch)
    return Made(RegisterPart(card), home=home, branch=branch)


def _changing(request: FormRequest, card: PartCard) -> Made:
    recounts = part_register.recounts(card, request.state)
    had = ledger.stores_of(request.registers.names, card.id) if recounts else ()
    return Made(ChangePart(card, had), branch=request.context.branch(request.named_branch))


def _opening(request: FormRequest, body: Opening) -> Made:
    store, part = request.given["store"], request.given["part"]
    _must_be_there(request, store)
    count = _counted(request, part, body.quantity)
    others = stores.others_of(request.registers.names, store, part) if body.serials else ()
    return Made(EnterOpening(store, part, count, body.serials, body.fen, others), branch=store)


def _quota(request: FormRequest, body: Quota) -> Made:
    store, part = request.given["store"], request.given["part"]
    _must_be_there(request, store)
    return Made(SetQuota(store, part, _counted(request, part, body.quota)), branch=store)


def _counted(request: FormRequest, part: str, said: int | str) -> int:
    """How many the ledger counts. Raises Refused."""
    if isinstance(said, int):
        return said
    return units.counted(card_of(request.registers, part), said)


def _must_be_there(request: FormRequest, store: str) -> None:
    """A store belongs to a branch of the register that is active. Raises Problem, Refused."""
    request.context.needs_branches((store,))
    refuse_if(*stores.unusable(request.registers.branch(store), store))


PART_FORMS: Forms = {"/parts": Form(PartCard, _registering), "changes": Form(PartCard, _changing)}
STORE_FORMS: Forms = {"openings": Form(Opening, _opening), "quotas": Form(Quota, _quota)}


def _parts(api: RoomApi, router: APIRouter) -> None:
    api.listing(
        router,
        "/parts",
        parts,
        reads=READING["part"],
        said="配件目录: the parts there are.",
        named="list_parts",
        filters=("category", "active"),
    )

    @api.query(router, "/parts/{number:path}", reads=READING["part"], shows=parts.Row)
    def show_part(number: PartNumber) -> Single:
        """配件: one part of the catalogue."""
        return Single(parts, (number,))
