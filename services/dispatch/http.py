"""派工的接口 (HTTP of dispatch): steps and questions of orders, visits, claims and leaves."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter

from services.dispatch import leave
from services.dispatch.claim import PAPER as CLAIM
from services.dispatch.claim import http as claim
from services.dispatch.figures import http as figures
from services.dispatch.leave import CancelLeave, Leave, RecordLeave
from services.dispatch.reading import READING
from services.dispatch.views import away, unplanned
from services.dispatch.views.unplanned import NothingPlanned
from services.dispatch.visit import PAPER as VISIT
from services.dispatch.visit import http as visit
from services.dispatch.waiting import tasks
from services.dispatch.work_order import PAPER as WORK_ORDER
from services.dispatch.work_order import http as work_order
from shared.events.order_sheet import standing_of
from shared.fields import filled
from shared.http import clocks as clocks_http
from shared.http import figures as figures_http
from shared.http import tasks as tasks_http
from shared.http import urging
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import Form, FormRequest, Forms, Made
from shared.http.problem import unknown
from shared.http.query import Listed, Paged, Shown
from shared.http.steps import add_steps, in_path
from shared.policy import local_day

PersonNumber = Annotated[str, in_path(leave.NUMBER)]


@dataclass(frozen=True, slots=True)
class Cancellation:
    """销假: nothing more is said of it."""


def routes(api: RoomApi) -> APIRouter:
    """Every route of the room."""
    router = APIRouter(prefix="/v1", tags=["派工 dispatch"])
    forms = {
        WORK_ORDER.prefix: work_order.FORMS,
        VISIT.prefix: visit.FORMS,
        CLAIM.prefix: {**claim.FORMS, **urging.FORMS},
        leave.PAPER.prefix: LEAVE_FORMS,
    }
    add_steps(api, router, forms)
    work_order.queries(api, router)
    visit.queries(api, router)
    claim.queries(api, router)
    _leaves(api, router)
    _unplanned(api, router)
    tasks_http.routes(api, router, tasks, tasks.WAITING)
    figures_http.routes(api, router, figures.SOURCES)
    clocks_http.routes(api, router, figures.CLOCKS)
    return router


def _leaves(api: RoomApi, router: APIRouter) -> None:
    path, reads = leave.PAPER.address.path, READING[leave.PAPER.prefix]
    api.listing(
        router,
        "/leaves",
        away,
        reads=reads,
        said="请假日历: who is away on which day, by day, branch or person.",
        named="list_leaves",
        filters=("branch", "on", "person"),
    )

    @api.query(router, path, reads=reads, shows=leave.Leaves)
    def show_leaves(context: RequestContext, number: PersonNumber) -> Shown:
        """请假: when a person is away, as it was recorded at your branches."""
        seen = api.existing(leave.PAPER.stream_of(number))
        theirs = seen.state.within(context.within)
        if not theirs.recorded:
            raise unknown(number)
        branch = theirs.recorded[max(theirs.recorded)].branch
        return Shown(theirs, number, branch, seen.version)


def _unplanned(api: RoomApi, router: APIRouter) -> None:
    @api.query(router, "/visits-to-plan", reads=READING["board"], shows=unplanned.Row)
    def list_visits_to_plan(
        page: Paged,
        *,
        branch: str | None = None,
        technician: str | None = None,
        ticket: str | None = None,
        order: str | None = None,
        why: NothingPlanned | None = None,
    ) -> Listed:
        """待排上门: orders that nobody went to, or whose last visit was not done, and none goes."""
        where = {
            "branch": branch,
            "technician": technician,
            "ticket": ticket,
            "order": order,
            "why": why or tuple(NothingPlanned),
        }
        return Listed(unplanned, page, where)


def _recording(request: FormRequest, body: Leave) -> Made:
    who = request.number
    card = request.registers.person(who)
    if card is None or not request.context.may_know(card.branches):
        raise unknown(who)
    branch = request.context.branch(request.named_branch)
    today = local_day(request.policy(branch), request.registers.branch(branch), request.context.now)
    days = (body.from_on, body.until_on)
    made = filled(
        RecordLeave,
        body,
        standing=standing_of(who, card),
        recorded_on=today,
        warnings=visit.expected(request, who, branch, *days),
    )
    return Made(made, branch=branch)


def _cancellation(request: FormRequest, _: Cancellation) -> Made:
    which: int = request.given["which"]
    given = request.state.recorded.get(which)
    if given is None or not request.context.within(given.branch):
        raise unknown(request.number)
    return Made(CancelLeave(which), branch=given.branch)


LEAVE_FORMS: Forms = {
    leave.PAPER.address.path: Form(Leave, _recording),
    "{which}/revocations": Form(Cancellation, _cancellation),
}
