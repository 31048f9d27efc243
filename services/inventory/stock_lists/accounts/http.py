"""台账的接口 (HTTP of the accounts of a part): what they hold and what it cost.

While a store counts blindly, whoever may count is not told what is to be counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter

from services.inventory import ledger, part_register, part_store, units
from services.inventory.reading import READING, VALUES
from services.inventory.shown.http import card_of
from services.inventory.stocktake.blind.http import Hides, hides_from
from services.inventory.stocktake.counting import SHELVES
from services.inventory.views import stock_value
from shared.events.inventory import PartCard, Unit, Valuing
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.query import Listed, Paged, Shown
from shared.http.steps import in_path

PartNumber = Annotated[str, in_path(part_register.NUMBER)]
StoreCode = Annotated[str, in_path(part_store.STORE_CODE)]


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
    counting: bool
    """在盘: whether accounts are hidden from whoever may count them."""


@dataclass(frozen=True, slots=True)
class ValueListed:
    """库存金额一行: a part of a store by one method, over all accounts inside."""

    store: str
    part: str
    valuing: str
    branch: str
    """The store's."""
    quantity: int | None
    """None, as what it cost: it is counted just now, by a count that is blind."""
    fen: int | None
    unknown: int | None
    """Of how many pieces nobody said what they cost."""
    accounts: tuple[stock_value.AccountValue, ...]
    changed_at: datetime
    counting: bool
    """在盘: whether the figures are hidden from whoever may count the shelves."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show accounts and what they cost."""

    @api.query(router, "/stock/values", reads=VALUES, shows=ValueListed)
    def list_stock_values(
        context: RequestContext,
        page: Paged,
        *,
        store: str | None = None,
        part: str | None = None,
        valuing: Valuing | None = None,
    ) -> Listed:
        """库存金额: what the pieces in every account cost, by the method of the policy."""
        by = valuing or api.policies(store or "", api.registers.now()).stock.valuing
        where = {"store": store, "part": part, "valuing": by.value}
        return Listed(
            stock_value, page, where, told=partial(_values, hides_from(api.registers, context))
        )

    @api.query(router, "/stock/{store}/{part:path}", reads=READING["stock"], shows=StockShown)
    def show_stock(context: RequestContext, store: StoreCode, part: PartNumber) -> Shown:
        """台账: all accounts of one part in one store."""
        seen = api.existing(ledger.stream_of(store, part))
        held: ledger.Stock = seen.state
        card = card_of(api.registers, part)
        shown = _shown(store, part, held, card, hides_from(api.registers, context))
        return Shown(shown, f"{store}:{part}", store, seen.version)


def _shown(store: str, part: str, held: ledger.Stock, card: PartCard, hides: Hides) -> StockShown:
    """The accounts that may be told."""
    told = {each: n for each, n in held.balances.items() if not hides(store, part, each)}
    serials = {each: at for each, at in held.serials.items() if not hides(store, part, at)}
    amounts = {each: units.amount(card, count) for each, count in told.items()}
    counting = any(hides(store, part, each) for each in SHELVES)
    return StockShown(store, part, held.quota, told, serials, card.unit, amounts, counting)


def _values(hides: Hides, rows: Sequence[stock_value.Row]) -> Sequence[ValueListed]:
    """What it cost, where no shelf of the part is counted just now."""
    listed = list[ValueListed]()
    for row in rows:
        hidden = any(hides(row.store, row.part, each) for each in SHELVES)
        nothing = dict.fromkeys(("quantity", "fen", "unknown")) | {"accounts": ()}
        listed.append(filled(ValueListed, row, counting=hidden, **(nothing if hidden else {})))
    return listed
