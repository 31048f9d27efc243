"""定额的接口 (HTTP of quotas): what is below them, with what is coming, and what use suggests."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path

from fastapi import APIRouter

from services.inventory import on_order
from services.inventory.ledger import STORE
from services.inventory.on_order import OnOrder
from services.inventory.quota.suggestion import QuotaRule, Suggested, suggest, whole_weeks
from services.inventory.reading import PIECES, READING
from services.inventory.stocktake.blind.http import Hides, hides_from
from services.inventory.views import low_stock, part_use
from services.inventory.views.part_use import WeekUse
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.query import Listed, Paged
from shared.http.registers import Registers
from shared.policy import Suggesting

SENTENCES = Path(__file__).with_name("sentences.toml")


@dataclass(frozen=True, slots=True)
class Explained:
    """说明: why so many, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class QuotaSuggestion:
    """定额建议一行: what a store has as its quota of a part, and what its use suggests."""

    store: str
    part: str
    branch: str
    """The store's."""
    quota: int | None
    """What is set; None: nobody has set one."""
    suggested: int | None
    """What use suggests; None: nothing. It is applied by nobody but whoever sets the quota."""
    rule: QuotaRule
    by: Suggested
    """The figures of the rule."""
    weeks: tuple[WeekUse, ...]
    """The weeks that were looked at, oldest first; each begins on a Monday, by UTC."""
    because: Explained


def suggestion(row: part_use.Row, policy: Suggesting, today: date) -> QuotaSuggestion:
    """定额建议: of a part in a store, by what policy says of weeks."""
    used = {each.begins_on: each.used for each in row.weeks}
    weeks = whole_weeks(row.since, today, policy.weeks)
    found = suggest(weeks, used, policy.cover_weeks)
    return QuotaSuggestion(
        store=row.store,
        part=row.part,
        branch=row.branch,
        quota=row.quota,
        suggested=found.quota,
        rule=found.rule,
        by=found,
        weeks=tuple(WeekUse(week, used.get(week, 0)) for week in weeks),
        because=_explained(found),
    )


def _explained(found: Suggested) -> Explained:
    said, numbers = sentences()[found.rule.value], asdict(found)
    return Explained(said["zh"].format(**numbers), said["en"].format(**numbers))


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """The sentences, by the code of the rule."""
    return tomllib.loads(SENTENCES.read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Waited:
    """在购一笔: how many pieces a request or a purchase of the store still waits for."""

    paper: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LowStock:
    """缺料一行: one part of one store: on hand, in transit, on order, and what is still to ask."""

    store: str
    part: str
    branch: str
    """The store's."""
    quota: int | None
    """None: nobody has set one, and nothing is too little."""
    on_hand: int | None
    """None, as what follows from it: the shelves are counted just now, by a count that is blind."""
    in_transit: int
    on_order: int
    """What requests and purchases of the store wait for, and nobody has sent."""
    waits: tuple[Waited, ...]
    """On which papers it is on order."""
    lacking: int | None
    """How many fewer than the quota are on hand."""
    to_ask: int | None
    """How many fewer than the quota are on hand, in transit and on order."""
    is_low: bool | None
    is_drafted: bool
    """Whether the calendar drafted it last time."""
    counting: bool
    """在盘: whether the figures are hidden from whoever may count the shelves."""


def with_orders(row: low_stock.Row, book: OnOrder, *, counting: bool = False) -> LowStock:
    """A row with what is on order by the book of its store, and without what nobody is told."""
    waits = tuple(Waited(paper, count) for paper, count in book.by_paper(row.part))
    count = sum(each.quantity for each in waits)
    to_ask = max(0, row.to_ask - count)
    shown = filled(LowStock, row, on_order=count, waits=waits, to_ask=to_ask, counting=counting)
    if not counting:
        return shown
    return replace(shown, on_hand=None, lacking=None, to_ask=None, is_low=None)


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show what is below its quota, and what use suggests."""

    @api.query(router, "/stock/low", reads=READING["stock"], shows=LowStock)
    def list_low_stock(
        context: RequestContext,
        page: Paged,
        *,
        store: str | None = None,
        part: str | None = None,
        low: bool | None = True,
    ) -> Listed:
        """缺料: what is below its quota; `low=false` shows what is not."""
        where, hides = (
            {"store": store, "part": part, "is_low": low},
            hides_from(api.registers, context),
        )
        return Listed(low_stock, page, where, told=partial(_with_orders, api.registers, hides))

    @api.query(router, "/stock/quota-suggestions", reads=PIECES, shows=QuotaSuggestion)
    def list_quota_suggestions(
        page: Paged, *, store: str | None = None, part: str | None = None
    ) -> Listed:
        """定额建议: what the use of whole weeks suggests as quota, and why; it sets none."""
        where = {"store": store, "part": part}
        return Listed(part_use, page, where, told=partial(_suggested, api))


def _with_orders(
    registers: Registers, hides: Hides, rows: Sequence[low_stock.Row]
) -> Sequence[LowStock]:
    """The rows with what is on order, as the record has it now."""
    books = {row.store: on_order.stream_of(row.store) for row in rows}
    read = registers.states(tuple(books.values()))
    return [
        with_orders(row, read[books[row.store]].state, counting=hides(row.store, row.part, STORE))
        for row in rows
    ]


def _suggested(api: RoomApi, rows: Sequence[part_use.Row]) -> Sequence[QuotaSuggestion]:
    """Each row with the quota that policy makes of it today."""
    now = api.registers.now()
    return [
        suggestion(row, api.policies(row.store, now).stock.suggesting, now.date()) for row in rows
    ]
