"""库管清单的接口 (HTTP of the lists of the store): stock by account, and what is out of the store.

A part stands with its name, and days are those of the branch's calendar, by when we recorded it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from services.inventory.reading import OUT, READING
from services.inventory.shown.http import days_of, names_of
from services.inventory.stock_lists.next_step import PAPERS, Waiting, stream_of, waiting
from services.inventory.views import parts_out, stock
from services.inventory.views.parts_out import OutPlace
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.query import Before, Listed, Paged
from shared.http.registers import Registers
from shared.step import Step
from shared.view import ViewRow

MOST_DAYS = 3650
SHORT_DAY = timedelta(hours=23)
"""On the day on which summer time begins; no local day is shorter."""
Days = Annotated[int, Query(ge=0, le=MOST_DAYS)]


@dataclass(frozen=True, slots=True)
class StockListed(stock.Row):
    """库存一行: one account of a part, with the name of the part."""

    name: str | None = None
    """None: it is not in the catalogue."""


@dataclass(frozen=True, slots=True)
class NextOut:
    """下一步: which step of the paper ends it, and who may take it."""

    path: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutListed(parts_out.Row):
    """在外一行: what is out, since how many days, until when, and what has to be done."""

    name: str | None = None
    ticket: str | None = None
    """The repair that it is out for, if it is for one."""
    days: int = 0
    """Since it left, by the calendar of the store."""
    due: datetime | None = None
    next_step: NextOut | None = None
    """None: nothing to do here; the customer has not signed for it."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The lists that keepers act on."""

    @api.query(router, "/stock", reads=READING["stock"], shows=StockListed)
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
        return Listed(stock, page, where, told=lambda rows: list(_named(api.registers, rows)))

    @api.query(router, "/stock/out", reads=OUT, shows=OutListed)
    def list_out(  # noqa: PLR0913 - a filter for each question of a keeper
        page: Paged,
        *,
        store: str | None = None,
        technician: str | None = None,
        part: str | None = None,
        paper: str | None = None,
        place: OutPlace | None = None,
        longer_than: Days | None = None,
    ) -> Listed:
        """在外配件: what left the shelves, by whom, paper or place; `longer_than`: so many days."""
        now = api.registers.now()
        where = {
            "store": store,
            "technicians": technician,
            "part": part,
            "paper": paper,
            "places": place,
            "since": None if longer_than is None else Before(now - longer_than * SHORT_DAY),
        }
        days = days_of(api, now)

        def told(rows: Sequence[ViewRow]) -> Sequence[object]:
            out = list(_out(api, rows, days))
            return [row for row in out if longer_than is None or row.days > longer_than]

        return Listed(parts_out, page, where, told=told)


def _named(registers: Registers, rows: Sequence[stock.Row]) -> Iterator[StockListed]:
    names = names_of(registers, (row.part for row in rows))
    return (filled(StockListed, row, name=names.get(row.part)) for row in rows)


def _out(
    api: RoomApi, rows: Sequence[parts_out.Row], days: Callable[[str, datetime], int]
) -> Iterator[OutListed]:
    """The rows with what the cards and papers say of them, all read at once."""
    names = names_of(api.registers, (row.part for row in rows))
    streams = {row.paper: stream for row in rows if (stream := stream_of(row.paper))}
    papers = api.registers.states(list(streams.values()))
    for row in rows:
        found = papers[streams[row.paper]].state if row.paper in streams else None
        waits = Waiting(None, None)
        if found is not None:
            waits = waiting(found, row.parcel, in_hands=OutPlace.HANDS in row.places)
        released = getattr(found, "released", None)
        yield filled(
            OutListed,
            row,
            name=names.get(row.part),
            ticket=released.ticket or None if released else None,
            days=days(row.store, row.since),
            due=waits.due,
            next_step=_next(api, row.paper, waits.step),
        )


def _next(api: RoomApi, paper: str, step: str | None) -> NextOut | None:
    """The step with its address and the roles that may take it."""
    if step is None:
        return None
    of = PAPERS[paper.partition("-")[0]]
    row: Step[object, object] = next(
        each.step for each in api.steps[of.prefix] if each.step.path == step
    )
    address = of.address.path.format(number=paper)
    return NextOut(f"/v1{address}/{step}", tuple(sorted(row.by)))
