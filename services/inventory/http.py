"""配件库的接口 (HTTP of inventory): the forms of its steps, the catalogue, the stock, the notes."""

from collections.abc import Mapping
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
from services.inventory.reading import PIECES, READING, VALUES
from services.inventory.replenishment import PAPER as REPLENISHMENT
from services.inventory.replenishment import http as replenishment
from services.inventory.stock_lists import http as stock_lists
from services.inventory.stocktake import PAPER as STOCKTAKE
from services.inventory.stocktake import http as stocktake
from services.inventory.transfer import PAPER as TRANSFER
from services.inventory.transfer import http as transfer
from services.inventory.views import parts, pieces, stock_value
from shared.decider import refuse_if
from shared.events.inventory import PartCard, Unit, Valuing
from shared.events.order_sheet import Pieces
from shared.events.values import AllSerials, AmountText, Fen, Quantity
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made
from shared.http.query import Listed, Paged, Shown, Single
from shared.http.registers import Registers
from shared.http.steps import add_steps, in_path
from shared.step import PathField

PartNumber = Annotated[str, in_path(part_register.NUMBER)]
PieceSerial = Annotated[str, in_path(PathField("serial", max_length=64))]
StoreCode = Annotated[str, in_path(part_store.STORE_CODE)]


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


@dataclass(frozen=True, slots=True)
class StockShown:
    """库存: all accounts of a part in a store, as the record has them now; they add up to zero."""

    store: str
    part: str
    quota: int | None
    accounts: Mapping[str, int]
    serials: Mapping[str, str]
    """The account each serial is in."""
    unit: Unit
    amounts: Mapping[str, str]
    """The accounts as people write them: `2.5 米`."""


def routes(api: RoomApi) -> APIRouter:
    """Every route of the room."""
    router = APIRouter(prefix="/v1")
    forms = {
        part_register.PAPER.prefix: PART_FORMS,
        part_store.PAPER.prefix: STORE_FORMS,
        ISSUE_NOTE.prefix: issue_note.FORMS,
        PURCHASE.prefix: purchase.FORMS,
        TRANSFER.prefix: transfer.FORMS,
        REPLENISHMENT.prefix: replenishment.FORMS,
        STOCKTAKE.prefix: stocktake.FORMS,
        OWN_USE.prefix: own_use.FORMS,
        OLD_PARTS.prefix: old_parts.FORMS,
        CLOSING.prefix: closing.FORMS,
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
    _stock(api, router)
    _pieces(api, router)
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
    return units.counted(_card(request.registers, part), said)


def _card(registers: Registers, part: str) -> PartCard:
    """The card of a part; of one that nobody registered, what a part is by default."""
    card = registers.stream(part_register.stream_of(part)).state
    return card if isinstance(card, PartCard) else PartCard(part, part)


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


def _stock(api: RoomApi, router: APIRouter) -> None:
    @api.query(router, "/stock/values", reads=VALUES, shows=stock_value.Row)
    def list_stock_values(
        page: Paged,
        *,
        store: str | None = None,
        part: str | None = None,
        valuing: Valuing | None = None,
    ) -> Listed:
        """库存金额: what the pieces in every account cost, by the method of the policy."""
        by = valuing or api.policies(store or "", api.registers.now()).stock.valuing
        return Listed(stock_value, page, {"store": store, "part": part, "valuing": by.value})

    @api.query(router, "/stock/{store}/{part:path}", reads=READING["stock"], shows=StockShown)
    def show_stock(store: StoreCode, part: PartNumber) -> Shown:
        """台账: all accounts of one part in one store."""
        seen = api.existing(ledger.stream_of(store, part))
        held: ledger.Stock = seen.state
        card = _card(api.registers, part)
        amounts = {each: units.amount(card, count) for each, count in held.balances.items()}
        shown = StockShown(store, part, held.quota, held.balances, held.serials, card.unit, amounts)
        return Shown(shown, f"{store}:{part}", store, seen.version)


def _pieces(api: RoomApi, router: APIRouter) -> None:
    api.listing(
        router,
        "/serials",
        pieces,
        reads=PIECES,
        said="序列号一览: where the pieces with serials are.",
        named="list_pieces",
        filters=("part", "serial", "store", "account", "technician", "inside"),
    )

    @api.query(router, "/serials/{part:path}/{serial}", reads=PIECES, shows=pieces.Row)
    def show_piece(part: PartNumber, serial: PieceSerial, page: Paged) -> Listed:
        """序列号经历: where one piece is and how it came there, by each store that ever had it."""
        where = {"part": part, "serial": serial}
        return Listed(pieces, page, where, named=f"{part}/{serial}")
