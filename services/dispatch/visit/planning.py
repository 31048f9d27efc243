"""约定 (planning): a visit is planned, agreed with the customer, and moved to another window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.dispatch.visit.checks import at_stage, by_its_technician_or_a_clerk
from services.dispatch.visit.state import Visit, has_agreed
from services.dispatch.work_order import PAPER as WORK_ORDER
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import open_visits, visits_of_ticket
from shared.decider import Asked, Decision, Rule, Series, number_of, reason, refuse_if
from shared.events.order_sheet import ContactTried, OrderStage, VisitStage, Window
from shared.events.values import At, Note, Ref, Several, TravelMode, Warned
from shared.events.visits import (
    AppointmentConfirmed,
    VisitPlanned,
    VisitReassigned,
    VisitRescheduled,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """计划上门: for which order, how and when its technician goes, and when they are expected."""

    order: Ref
    window: Window
    travel_mode: TravelMode
    travel_at: At


@dataclass(frozen=True, slots=True)
class PlanVisit(Plan):
    """计划上门: plan the next visit of a ticket, numbered on from the one before."""

    window_on: date
    """Obligation: the day of the window by the calendar of the branch."""
    warnings: tuple[Warned, ...] = ()
    """Obligation: what the plan should be noticed for."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """预约确认: the customer agreed, or could not be reached and every attempt is listed."""

    confirmed: bool
    attempts: Several[ContactTried] = ()


@dataclass(frozen=True, slots=True)
class ConfirmAppointment(Confirmation):
    """预约确认: the customer agreed, or could not be reached and every attempt is listed."""

    warnings: tuple[Warned, ...] = ()
    """Obligation, as in `PlanVisit`."""


@dataclass(frozen=True, slots=True)
class Rescheduling:
    """改约: another window, why, and whether the customer, asked with an apology, agreed."""

    window: Window
    travel_at: At
    because: Note
    customer_agreed: bool


@dataclass(frozen=True, slots=True)
class RescheduleVisit(Rescheduling):
    """改约: another window; what the customer did not agree to is confirmed anew."""

    window_on: date
    """Obligation, as in `PlanVisit`."""
    warnings: tuple[Warned, ...] = ()
    """Obligation, as in `PlanVisit`."""


@dataclass(frozen=True, slots=True)
class Reassignment:
    """上门转派: why somebody else makes the visit."""

    because: Note


@dataclass(frozen=True, slots=True)
class ReassignVisit(Reassignment):
    """上门转派: let whoever has the order now make the visit as it was agreed; by the clerk."""

    warnings: tuple[Warned, ...] = ()
    """Obligation, as in `PlanVisit`."""


PLAN_EXAMPLE = {
    "order": "BX-HZ01-20261123-0001-W1",
    "window": {
        "start_at": "2026-11-24T10:00:00+08:00",
        "end_at": "2026-11-24T12:00:00+08:00",
    },
    "travel_mode": "company_car",
    "travel_at": "2026-11-24T09:00:00+08:00",
}
RESCHEDULING_EXAMPLE = {
    "window": {
        "start_at": "2026-11-25T10:00:00+08:00",
        "end_at": "2026-11-25T12:00:00+08:00",
    },
    "travel_at": "2026-11-25T09:00:00+08:00",
    "because": "用户改时间 the customer asked for another day",
    "customer_agreed": True,
}
"""Bodies as they come over the wire."""


def plan(command: PlanVisit, visit: Visit, asked: Asked) -> Decision:
    """计划上门: the next of its ticket, one open visit of an order at a time."""
    order: WorkOrder = asked.read(WORK_ORDER.stream_of(command.order))
    number = number_of(asked.home)
    planned = VisitPlanned(
        number=number,
        ticket=asked.ticket or "",
        branch=asked.branch,
        order=command.order,
        technician=order.technician or "",
        window=command.window,
        travel_mode=command.travel_mode,
        travel_at=command.travel_at,
        window_on=command.window_on,
        warnings=command.warnings,
    )
    before = visit.planned
    if before is not None and replace(planned, warnings=before.warnings) == before:
        return []
    others = open_visits(asked, command.order)
    given = order.stage in (OrderStage.ASSIGNED, OrderStage.ACCEPTED)
    refuse_if(
        (visit.planned is not None, reason("planned-already", number=number)),
        (bool(skipped := _skipped(asked)), reason("visits-in-order", missing=skipped)),
        (not given, reason("nobody-to-go", order=command.order)),
        (given and not order.on_site, reason("no-visit-needed", order=command.order)),
        by_its_technician_or_a_clerk(order.technician, asked),
        (bool(others), reason("visit-open", visits=others)),
        *_window(command.window, command.travel_at),
    )
    return asked.here(planned)


def confirm(command: ConfirmAppointment, visit: Visit, asked: Asked) -> Decision:
    """预约确认: while nobody has set out; what the customer agreed to stands until it is moved."""
    made = visit.appointment
    agreed = has_agreed(visit) and visit.stage is VisitStage.CONFIRMED
    if made and (made.confirmed, made.attempts) == (command.confirmed, command.attempts):
        return []
    if agreed and command.confirmed:
        return []
    unmade = not command.confirmed and not command.attempts
    refuse_if(
        *at_stage(visit, asked, VisitStage.PLANNED, VisitStage.CONFIRMED),
        by_its_technician_or_a_clerk(visit.technician, asked),
        (unmade, reason("attempts-missing")),
        (agreed, reason("agreed-already", number=number_of(asked.home))),
    )
    assert visit.window is not None
    said = AppointmentConfirmed(visit.window, command.confirmed, command.attempts, command.warnings)
    return asked.here(said)


def reschedule(command: RescheduleVisit, visit: Visit, asked: Asked) -> Decision:
    """改约: while nobody has set out."""
    moved = VisitRescheduled(
        command.window,
        command.travel_at,
        command.window_on,
        command.because,
        command.customer_agreed,
        command.warnings,
    )
    before = visit.rescheduled
    if before is not None and replace(moved, warnings=before.warnings) == before:
        return []
    refuse_if(
        *at_stage(visit, asked, VisitStage.PLANNED, VisitStage.CONFIRMED),
        by_its_technician_or_a_clerk(visit.technician, asked),
        *_window(command.window, command.travel_at),
    )
    return asked.here(moved)


def reassign(command: ReassignVisit, visit: Visit, asked: Asked) -> Decision:
    """上门转派: while nobody has set out, to the technician who has the order by now."""
    order: WorkOrder = (
        asked.read(WORK_ORDER.stream_of(visit.order)) if visit.planned else WorkOrder()
    )
    before = visit.reassigned
    same = order.technician == visit.technician
    if same and before and before.because == command.because:
        return []
    refuse_if(
        *at_stage(visit, asked, VisitStage.PLANNED, VisitStage.CONFIRMED),
        (order.technician is None, reason("nobody-to-go", order=visit.order)),
        (same, reason("their-visit-already", technician=visit.technician, order=visit.order)),
    )
    assert order.technician is not None
    return asked.here(VisitReassigned(order.technician, command.because, command.warnings))


def reads_of_reassigning(
    _command: ReassignVisit, visit: Visit, _asked: Asked
) -> tuple[str | Series, ...]:
    """The order it is made for."""
    return (WORK_ORDER.stream_of(visit.order),) if visit.planned else ()


def reads_of_planning(command: PlanVisit, _visit: Visit, asked: Asked) -> tuple[str | Series, ...]:
    """The order it is made for, and the visits of the ticket."""
    return (WORK_ORDER.stream_of(command.order), visits_of_ticket(asked.home))


def _skipped(asked: Asked) -> Sequence[str]:
    """Numbers before this one that no visit has: visits of a ticket are numbered without gaps."""
    ticket, _, nth = number_of(asked.home).rpartition("-V")
    planned = {number_of(stream) for stream in asked.read_series(f"visit-{ticket}-V")}
    before = (f"{ticket}-V{n}" for n in range(1, int(nth)))
    return [number for number in before if number not in planned]


def _window(window: Window, travel_at: At) -> Iterator[Rule]:
    yield window.end_at <= window.start_at, reason("window-reversed")
    yield travel_at > window.end_at, reason("travel-after-window")
