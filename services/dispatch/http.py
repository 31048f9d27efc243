"""派工的接口 (HTTP of dispatch): the steps and questions of its orders and its visits."""

from fastapi import APIRouter

from services.dispatch.visit import PAPER as VISIT
from services.dispatch.visit import http as visit
from services.dispatch.work_order import PAPER as WORK_ORDER
from services.dispatch.work_order import http as work_order
from shared.http.api import RoomApi
from shared.http.steps import add_steps


def routes(api: RoomApi) -> APIRouter:
    """Every route of the room."""
    router = APIRouter(prefix="/v1", tags=["派工 dispatch"])
    forms = {WORK_ORDER.prefix: work_order.FORMS, VISIT.prefix: visit.FORMS}
    add_steps(api, router, forms)
    work_order.queries(api, router)
    visit.queries(api, router)
    return router
