"""上门 (visit): planned, agreed, set out on, made, and ended with an outcome; never edited.

The order it is made for and the other visits of the ticket are read beside it. Nobody sets out
before the order is taken, the journey is the approved one and the parts are in hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from services.dispatch.order_notes import not_in_hand
from services.dispatch.order_state import WorkOrder
from services.dispatch.visit_state import (
    PREFIX,
    Fact,
    Visit,
    evolve,
    initial,
    open_visits,
    visits_of,
)
from shared.decider import (
    Asked,
    Decision,
    Public,
    Reason,
    Rule,
    in_future,
    number_of,
    reason,
    refuse_if,
)
from shared.events.dispatch import (
    AppointmentConfirmed,
    Arrived,
    Departed,
    VisitCancelled,
    VisitEnded,
    VisitPlanned,
    VisitRescheduled,
)
from shared.events.order_sheet import (
    ContactTried,
    DoorAttempt,
    OrderStage,
    VisitOutcome,
    VisitStage,
    Window,
)
from shared.events.values import At, Note, Ref, Role, Text, Travel, TravelMode

__all__ = ["Visit", "decide", "evolve", "initial", "public"]

WAITED_MINUTES, KNOCKED = 5, 2
"""House: before a technician goes away from a closed door."""


@dataclass(frozen=True, slots=True)
class PlanVisit:
    """计划上门: for an order somebody has been given; by the clerk or that technician."""

    order: Ref
    window: Window
    travel_mode: TravelMode
    travel_at: At
    window_on: date
    """Obligation: the day of the window by the calendar of the branch."""


@dataclass(frozen=True, slots=True)
class ConfirmAppointment:
    """预约确认: the customer agreed, or could not be reached and every attempt is listed."""

    confirmed: bool
    attempts: tuple[ContactTried, ...] = ()


@dataclass(frozen=True, slots=True)
class RescheduleVisit:
    """改约: another window; the customer was asked with an apology, and agreed or did not."""

    window: Window
    travel_at: At
    because: Note
    customer_agreed: bool
    window_on: date
    """Obligation, as in `PlanVisit`."""


@dataclass(frozen=True, slots=True)
class Depart:
    """出发: set out, by these means; by the technician of the visit."""

    mode: TravelMode
    checklist: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrive:
    """到达: be at the customer's; the place may be said."""

    place: Text | None = None


@dataclass(frozen=True, slots=True)
class EndVisit:
    """上门结束: how it ended; what the outcome asks for is named when it is missing."""

    outcome: VisitOutcome
    because: Note | None = None
    next_step: Note | None = None
    door: DoorAttempt | None = None


@dataclass(frozen=True, slots=True)
class CancelVisit:
    """取消上门: before anybody has arrived; the customer was told; by the clerk."""

    because: Note
    customer_told_at: At


Command: TypeAlias = (
    PlanVisit | ConfirmAppointment | RescheduleVisit | Depart | Arrive | EndVisit | CancelVisit
)


def decide(  # noqa: PLR0911 - one return a command
    command: Command, visit: Visit, asked: Asked
) -> Decision:
    """What the command makes true. Nothing, when it is true already."""
    match command:
        case PlanVisit():
            return _plan(command, visit, asked)
        case ConfirmAppointment():
            return _confirm(command, visit, asked)
        case RescheduleVisit():
            return _reschedule(command, visit, asked)
        case Depart():
            return _depart(command, visit, asked)
        case Arrive():
            return _arrive(command, visit, asked)
        case EndVisit():
            return _end(command, visit, asked)
        case CancelVisit():
            return _cancel(command, visit, asked)


def public(_: Visit, fact: Fact) -> Public:
    """No fact of a visit is a milestone: others hear of it by its order."""
    raise NotImplementedError(f"{type(fact).__name__} is no milestone")


def _plan(command: PlanVisit, visit: Visit, asked: Asked) -> Decision:
    order, number = _order(asked.reads, command.order), number_of(asked.home)
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
    )
    if visit.planned == planned:
        return []
    others = open_visits(asked.reads, command.order)
    given = order.stage in (OrderStage.ASSIGNED, OrderStage.ACCEPTED)
    refuse_if(
        (visit.planned is not None, reason("planned-already", number=number)),
        (bool(skipped := _skipped(asked)), reason("visits-in-order", missing=skipped)),
        (not given, reason("nobody-to-go", order=command.order)),
        _by_him_or_the_clerk(order.technician, asked),
        (bool(others), reason("visit-open", visits=others)),
        *_window(command.window, command.travel_at),
    )
    return asked.here(planned)


def _confirm(command: ConfirmAppointment, visit: Visit, asked: Asked) -> Decision:
    made = visit.appointment
    if made and (made.confirmed, made.attempts) == (command.confirmed, command.attempts):
        return []
    unmade = not command.confirmed and not command.attempts
    refuse_if(
        *_at_stage(visit, asked, VisitStage.PLANNED, VisitStage.CONFIRMED),
        _by_him_or_the_clerk(visit.technician, asked),
        (unmade, reason("attempts-missing")),
        in_future(asked, **{f"attempts.{n}": e.at for n, e in enumerate(command.attempts)}),
    )
    assert visit.window is not None
    return asked.here(AppointmentConfirmed(visit.window, command.confirmed, command.attempts))


def _reschedule(command: RescheduleVisit, visit: Visit, asked: Asked) -> Decision:
    moved = VisitRescheduled(
        command.window,
        command.travel_at,
        command.window_on,
        command.because,
        command.customer_agreed,
    )
    if visit.rescheduled == moved:
        return []
    refuse_if(
        *_at_stage(visit, asked, VisitStage.PLANNED, VisitStage.CONFIRMED),
        _by_him_or_the_clerk(visit.technician, asked),
        *_window(command.window, command.travel_at),
    )
    return asked.here(moved)


def _depart(command: Depart, visit: Visit, asked: Asked) -> Decision:
    departed = Departed(command.mode, command.checklist)
    if visit.departed == departed:
        return []
    order = _order(asked.reads, visit.order)
    accepted = order.stage is OrderStage.ACCEPTED and order.technician == visit.technician
    otherwise = _not_as_approved(command, visit, asked)
    lacking = not_in_hand(order, visit.window.start_at) if visit.window else []
    refuse_if(
        *_at_stage(visit, asked, VisitStage.CONFIRMED),
        _by_him(visit, asked),
        (not accepted, reason("order-not-accepted", order=visit.order)),
        (bool(otherwise), reason("travel-not-approved", fields=otherwise)),
        (bool(lacking), reason("parts-not-in-hand", notes=lacking)),
    )
    return asked.here(departed)


def _arrive(command: Arrive, visit: Visit, asked: Asked) -> Decision:
    arrived = Arrived(command.place)
    if visit.arrived == arrived:
        return []
    refuse_if(*_at_stage(visit, asked, VisitStage.DEPARTED), _by_him(visit, asked))
    return asked.here(arrived)


def _end(command: EndVisit, visit: Visit, asked: Asked) -> Decision:
    ended = VisitEnded(command.outcome, command.because, command.next_step, command.door)
    if visit.ended == ended:
        return []
    lacking = _missing_to_end(command)
    refuse_if(
        *_at_stage(visit, asked, VisitStage.ARRIVED),
        _by_him(visit, asked),
        (bool(lacking), reason("outcome-incomplete", outcome=command.outcome, fields=lacking)),
    )
    return asked.here(ended)


def _cancel(command: CancelVisit, visit: Visit, asked: Asked) -> Decision:
    cancelled = VisitCancelled(command.because, command.customer_told_at)
    if visit.cancelled == cancelled:
        return []
    before = (VisitStage.PLANNED, VisitStage.CONFIRMED, VisitStage.DEPARTED)
    refuse_if(
        *_at_stage(visit, asked, *before),
        in_future(asked, customer_told_at=command.customer_told_at),
    )
    return asked.here(cancelled)


def _order(reads: Any, number: str) -> WorkOrder:
    """The order as it was read; one that does not exist if it was not."""
    found = reads.get(f"work_order-{number}")
    return found if isinstance(found, WorkOrder) else WorkOrder()


def _at_stage(visit: Visit, asked: Asked, *allowed: VisitStage) -> Iterator[Rule]:
    if visit.stage not in allowed:
        yield True, _wrong_stage(visit, number_of(asked.home))


def _wrong_stage(visit: Visit, number: str) -> Reason:
    match visit.stage:
        case VisitStage.NONE:
            return reason("not-planned", number=number)
        case VisitStage.PLANNED:
            return reason("not-confirmed", number=number)
        case VisitStage.CONFIRMED:
            return reason("not-departed", number=number)
        case VisitStage.DEPARTED:
            return reason("departed-already", number=number)
        case VisitStage.ARRIVED:
            return reason("arrived-already", number=number)
        case VisitStage.ENDED | VisitStage.CANCELLED:
            return reason("visit-over", number=number)


def _by_him(visit: Visit, asked: Asked) -> Rule:
    foreign = visit.technician not in ("", asked.actor)
    return foreign, reason("not-your-visit", technician=visit.technician)


def _by_him_or_the_clerk(technician: str | None, asked: Asked) -> Rule:
    foreign = technician not in (None, "", asked.actor) and Role.CLERK not in asked.roles
    return foreign, reason("not-your-visit", technician=technician or "")


def _skipped(asked: Asked) -> Sequence[str]:
    """Numbers before this one that no visit has: visits of a ticket are numbered without gaps."""
    ticket, _, nth = number_of(asked.home).rpartition("-V")
    before = (f"{ticket}-V{n}" for n in range(1, int(nth)))
    none = Visit()
    return [number for number in before if not asked.reads.get(PREFIX + number, none).planned]


def _window(window: Window, travel_at: At) -> Iterator[Rule]:
    yield window.end_at <= window.start_at, reason("window-reversed")
    yield travel_at > window.end_at, reason("travel-after-window")


def _not_as_approved(command: Depart, visit: Visit, asked: Asked) -> Sequence[str]:
    """与批准不符: the mode; and the time too, if nobody has set out for this order before."""
    opened = _order(asked.reads, visit.order).opened
    approved = opened.travel if opened and opened.travel else Travel()
    others = visits_of(asked.reads, visit.order)
    first = not any(each.departed for each in others.values())
    otherwise = {
        "travel_mode": command.mode is not approved.mode,
        "travel_at": first and visit.travel_at != approved.at,
    }
    return [name for name, differs in otherwise.items() if differs]


def _missing_to_end(command: EndVisit) -> Sequence[str]:
    """未写明: what an outcome asks for; of a closed door, all that is tried there."""
    match command.outcome:
        case VisitOutcome.DONE:
            return []
        case VisitOutcome.NO_ACCESS:
            tried = command.door or DoorAttempt(0, 0, card_left=False, desk_told=False)
            lacking = {
                "waited_minutes": tried.waited_minutes < WAITED_MINUTES,
                "knocked": tried.knocked < KNOCKED,
                "card_left": not tried.card_left,
                "desk_told": not tried.desk_told,
            }
        case _:
            lacking = {"because": not command.because, "next_step": not command.next_step}
    return [name for name, is_missing in lacking.items() if is_missing]
