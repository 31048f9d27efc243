"""配件库的接口 (HTTP of inventory): the catalogue, the stock, and the routes of the issue notes."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter

from services.inventory import api_notes, ledger, part_register, part_store
from services.inventory.api_terms import (
    EXAMPLES,
    READERS,
    PartNumber,
    StoreCode,
    person,
)
from services.inventory.part_register import ChangePart, RegisterPart
from services.inventory.part_store import EnterOpening, SetQuota
from services.inventory.views import low_stock, parts, stock
from shared.events.inventory import PartCard
from shared.events.order_sheet import Pieces
from shared.events.values import BranchCode, Quantity, Role, Text
from shared.handle import Order
from shared.http.door import Door
from shared.http.errand import Errand
from shared.http.query import Listed, Paged, Shown, Single

KEEPERS = (Role.STOREKEEPER, Role.BASE)


@dataclass(frozen=True, slots=True)
class Opening:
    """期初库存: what the shelves had when the book was opened."""

    quantity: Quantity
    serials: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Quota:
    """定额: how many of the part the store should have."""

    quota: Pieces


@dataclass(frozen=True, slots=True)
class StockShown:
    """库存: all accounts of a part in a store, as the record has them now; they add up to zero."""

    store: str
    part: str
    quota: int | None
    accounts: Mapping[str, int]
    serials: Mapping[str, str]
    """The account each serial is in."""


def routes(door: Door) -> APIRouter:
    """Every route of the room."""
    router = APIRouter(prefix="/v1")
    _catalogue(door, router)
    _store(door, router)
    api_notes.hang(door, router)
    _parts(door, router)
    _stock(door, router)
    return router


def is_active(door: Door, number: str) -> bool | None:
    """Whether a person may still act, by the newest card this room has; None: it has none."""
    card = person(door, number)
    return card.active if card else None


def _catalogue(door: Door, router: APIRouter) -> None:
    example = EXAMPLES["parts"]

    @door.command(router, "/parts", by=KEEPERS, example=example, location="/v1/parts/{id}")
    def register_part(errand: Errand, body: PartCard, branch: BranchCode | None = None) -> Order:
        """配件登记: a new part in the catalogue, which is the same for all branches."""
        home = part_register.stream_of(body.id)
        return errand.order(home, RegisterPart(body), branch=errand.branch(branch))

    @door.command(router, "/parts/{number}/changes", by=KEEPERS, example=example)
    def change_part(
        errand: Errand, number: PartNumber, body: PartCard, branch: BranchCode | None = None
    ) -> Order:
        """配件变更: the whole card as it is from now on."""
        home = part_register.stream_of(number)
        return errand.order(home, ChangePart(body), branch=errand.branch(branch))


def _store(door: Door, router: APIRouter) -> None:
    @door.command(
        router,
        "/stock/{store}/{part}/openings",
        by=(Role.STOREKEEPER,),
        example=EXAMPLES["openings"],
    )
    def enter_opening(errand: Errand, store: StoreCode, part: PartNumber, body: Opening) -> Order:
        """期初库存: what the store had when its book was opened; once for a part."""
        return _stock_order(errand, EnterOpening(store, part, body.quantity, body.serials))

    @door.command(router, "/stock/{store}/{part}/quotas", by=KEEPERS, example=EXAMPLES["quotas"])
    def set_quota(errand: Errand, store: StoreCode, part: PartNumber, body: Quota) -> Order:
        """定额: how many of the part the store should have; below it the stock is low."""
        return _stock_order(errand, SetQuota(store, part, body.quota))


def _stock_order(errand: Errand, command: part_store.Command) -> Order:
    home = ledger.stream_of(command.store, command.part)
    return errand.order(home, command, branch=command.store, reads=part_store.reads(command))


def _parts(door: Door, router: APIRouter) -> None:
    @door.query(router, "/parts", by=READERS, shows=parts.Row)
    def list_parts(
        page: Paged, *, category: str | None = None, active: bool | None = None
    ) -> Listed:
        """配件目录: the parts there are."""
        return Listed(parts, page, {"category": category, "active": active})

    @door.query(router, "/parts/{number}", by=READERS, shows=parts.Row)
    def show_part(number: PartNumber) -> Single:
        """配件: one part of the catalogue."""
        return Single(parts, (number,))


def _stock(door: Door, router: APIRouter) -> None:
    @door.query(router, "/stock", by=READERS, shows=stock.Row)
    def list_stock(
        page: Paged,
        *,
        store: str | None = None,
        technician: str | None = None,
        part: str | None = None,
        account: str | None = None,
        inside: bool | None = None,
    ) -> Listed:
        """库存: every account of every part, by store, technician, part or account."""
        where = {
            "store": store,
            "technician": technician,
            "part": part,
            "account": account,
            "inside": inside,
        }
        return Listed(stock, page, where)

    @door.query(router, "/stock/low", by=READERS, shows=low_stock.Row)
    def list_low_stock(
        page: Paged, *, store: str | None = None, part: str | None = None, low: bool | None = True
    ) -> Listed:
        """缺料: what is below its quota; `low=false` shows what is not."""
        return Listed(low_stock, page, {"store": store, "part": part, "is_low": low})

    @door.query(router, "/stock/{store}/{part}", by=READERS, shows=StockShown)
    def show_stock(store: StoreCode, part: PartNumber) -> Shown:
        """台账: all accounts of one part in one store."""
        seen = door.existing(ledger.stream_of(store, part))
        held: ledger.Stock = seen.state
        shown = StockShown(store, part, held.quota, held.balances, held.serials)
        return Shown(shown, store, seen.version)
