"""派工的查询 (questions to dispatch): the board, what awaits its order, the visits, one paper."""

from datetime import date

from fastapi import APIRouter

from services.dispatch.api_terms import (
    READERS,
    OrderNumber,
    VisitNumber,
    order_stream,
    visit_stream,
)
from services.dispatch.order_state import document_of
from services.dispatch.views import awaiting, board, visits
from services.dispatch.visit_state import Visit
from shared.events.order_sheet import OrderStage, VisitStage, WorkOrderDocument
from shared.http.door import Door
from shared.http.problem import unknown
from shared.http.query import Listed, Paged, Shown


def hang(door: Door, router: APIRouter) -> None:
    """The routes that answer questions of orders and visits."""
    _orders(door, router)
    _visits(door, router)


def _orders(door: Door, router: APIRouter) -> None:
    @door.query(router, "/work-orders", by=READERS, shows=board.Row)
    def list_work_orders(  # noqa: PLR0913 - the filters of the board
        page: Paged,
        *,
        technician: str | None = None,
        travel_on: date | None = None,
        stage: OrderStage | None = None,
        branch: str | None = None,
        ticket: str | None = None,
        newest_first: bool = False,
    ) -> Listed:
        """派工板: work orders by technician, day, stage, branch or ticket."""
        where = {
            "technician": technician,
            "travel_on": travel_on,
            "stage": stage,
            "branch": branch,
            "ticket": ticket,
        }
        return Listed(board, page, where, newest_first=newest_first)

    @door.query(router, "/work-orders/awaiting", by=READERS, shows=awaiting.Row)
    def list_awaiting(page: Paged, *, branch: str | None = None) -> Listed:
        """待开单: approved reports that have no work order yet, as the clerk copies them."""
        return Listed(awaiting, page, {"branch": branch})

    @door.query(router, "/work-orders/{number}", by=READERS, shows=WorkOrderDocument)
    def show_work_order(number: OrderNumber) -> Shown:
        """维修单: one work order in full, with the hashes whoever signs it has to name.

        `content` is what the technician signs, `work_content` what the customer does.
        """
        seen = door.existing(order_stream(number))
        if seen.state.noted is None:
            raise unknown(number)
        return Shown(document_of(seen.state), seen.branch, seen.version)


def _visits(door: Door, router: APIRouter) -> None:
    @door.query(router, "/visits", by=READERS, shows=visits.Row)
    def list_visits(  # noqa: PLR0913 - the filters of the calendar
        page: Paged,
        *,
        technician: str | None = None,
        window_on: date | None = None,
        stage: VisitStage | None = None,
        branch: str | None = None,
        ticket: str | None = None,
        order: str | None = None,
    ) -> Listed:
        """上门日程: visits by technician, day, stage, branch, ticket or order."""
        where = {
            "technician": technician,
            "window_on": window_on,
            "stage": stage,
            "branch": branch,
            "ticket": ticket,
            "order": order,
        }
        return Listed(visits, page, where)

    @door.query(router, "/visits/{number}", by=READERS, shows=Visit)
    def show_visit(number: VisitNumber) -> Shown:
        """上门: one visit as it stands."""
        seen = door.existing(visit_stream(number))
        return Shown(seen.state, seen.branch, seen.version)
