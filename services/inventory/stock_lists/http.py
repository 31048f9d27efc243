"""库管清单的接口 (HTTP of the lists of the store): stock by account, and what is out of the store.

A part stands with its name, and days are those of the branch's calendar, by when we recorded it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Annotated

from fastapi import APIRouter, Query

from services.inventory.issue_note.state import IssueNote
from services.inventory.reading import OUT, READING
from services.inventory.shown.http import NextStep, days_of, names_of, next_of
from services.inventory.stock_lists.next_step import PAPERS, Waiting, stream_of, waiting
from services.inventory.stocktake.blind.http import Hides, hides_from
from services.inventory.views import parts_out, stock
from services.inventory.views.parts_out import OutPlace
from shared.events.order_sheet import WorkOrderDocument
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.query import Before, Listed, Paged
from shared.http.registers import Registers
from shared.policy.clocks import due
from shared.view import ViewRow

MOST_DAYS = 3650
SHORT_DAY = timedelta(hours=23)
"""On the day on which summer time begins; no local day is shorter."""
Days = Annotated[int, Query(ge=0, le=MOST_DAYS)]


@dataclass(frozen=True, slots=True)
class StockListed:
    """库存一行: one account of a part, with the name of the part."""

    store: str
    part: str
    account: str
    branch: str
    """The store's."""
    inside: bool
    """Whether the store answers for the pieces."""
    technician: str | None
    """Whose hands, if it is somebody's account."""
    quantity: int | None
    """None: it is counted just now, by a count that is blind."""
    serials: tuple[str, ...]
    paper: str | None
    """What moved it last; None for the opening stock."""
    changed_at: datetime
    counting: bool
    """在盘: whether the figure is hidden from whoever may count it."""
    name: str | None = None
    """None: it is not in the catalogue."""


@dataclass(frozen=True, slots=True)
class OutListed(parts_out.Row):
    """在外一行: what is out, since how many days, until when, and what has to be done."""

    name: str | None = None
    ticket: str | None = None
    """The repair that it is out for, if it is for one."""
    days: int = 0
    """Since it left, by the calendar of the store."""
    due: datetime | None = None
    """Of a parcel: when it should be there; in hands: by when it is to be reconciled."""
    next_step: NextStep | None = None
    """None: nothing to do here; the customer has not signed for it."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The lists that keepers act on."""

    @api.query(router, "/stock", reads=READING["stock"], shows=StockListed)
    def list_stock(  # noqa: PLR0913 - a filter for each question of a keeper
        context: RequestContext,
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
        told = partial(_stock, api.registers, hides_from(api.registers, context))
        return Listed(stock, page, where, told=told)

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


def _stock(registers: Registers, hides: Hides, rows: Sequence[stock.Row]) -> Sequence[StockListed]:
    """The accounts, without the figures that are not told."""
    names, listed = names_of(registers, (row.part for row in rows)), list[StockListed]()
    for row in rows:
        hidden = hides(row.store, row.part, row.account)
        nothing = {"quantity": None, "serials": ()} if hidden else {}
        name = names.get(row.part)
        listed.append(filled(StockListed, row, name=name, counting=hidden, **nothing))
    return listed


def _out(
    api: RoomApi, rows: Sequence[parts_out.Row], days: Callable[[str, datetime], int]
) -> Iterator[OutListed]:
    """The rows with what the cards and papers say of them, all read at once."""
    names = names_of(api.registers, (row.part for row in rows))
    streams = {row.paper: stream for row in rows if (stream := stream_of(row.paper))}
    papers = api.registers.states(list(streams.values()))
    by_when = _reconciled_by(api)
    for row in rows:
        found = papers[streams[row.paper]].state if row.paper in streams else None
        waits, in_hands = Waiting(None, None), OutPlace.HANDS in row.places
        if found is not None:
            waits = waiting(found, row.parcel, in_hands=in_hands)
        released = getattr(found, "released", None)
        yield filled(
            OutListed,
            row,
            name=names.get(row.part),
            ticket=released.ticket or None if released else None,
            days=days(row.store, row.since),
            due=by_when(found, row.store) if in_hands else waits.due,
            next_step=_next(api, row.paper, waits.step),
        )


def _next(api: RoomApi, paper: str, step: str | None) -> NextStep | None:
    """The step with its address and the roles that may take it."""
    if step is None:
        return None
    return next_of(api, PAPERS[paper.partition("-")[0]], paper, step)


def _reconciled_by(api: RoomApi) -> Callable[[object, str], datetime | None]:
    """By when the parts of a note are to be accounted for; None before its customer has signed.

    The time is the same in which the task is handed in, by policy, from the signature on.
    """

    @cache
    def due_of(order: str, store: str) -> datetime | None:
        stream = f"work_order-{order}"
        word = api.registers.document("dispatch", stream, WorkOrderDocument)
        if word is None or (at := _signed_at(word)) is None:
            return None
        policy = api.policies(store, at)
        return due(policy.handing_in.clock, policy.calendar, at) if policy.handing_in else None

    def by_when(note: object, store: str) -> datetime | None:
        released = note.released if isinstance(note, IssueNote) else None
        return due_of(released.order, store) if released else None

    return by_when


def _signed_at(order: WorkOrderDocument) -> datetime | None:
    """When the customer signed; where that was waived, when the work was done."""
    if order.customer is None:
        return None
    if order.customer.signature is not None:
        return order.customer.signature.signed_at
    return order.work.finished_at if order.work else None
