"""上门 (the journey): setting out, arriving, and how it ended; or it is called off.

Nobody sets out before the order is taken, the journey is the approved one and the parts are in
hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.dispatch.visit.checks import at_stage, by_its_technician
from services.dispatch.visit.state import Visit
from services.dispatch.work_order import PAPER as WORK_ORDER
from services.dispatch.work_order.checks import not_held
from services.dispatch.work_order.notes import not_in_hand
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import visits_of, visits_of_ticket
from shared.decider import Asked, Decision, Series, reason, refuse_if
from shared.events.dispatch import Arrived, Departed, VisitCancelled, VisitEnded
from shared.events.order_sheet import DoorAttempt, OrderStage, VisitOutcome, VisitStage
from shared.events.values import Note, Past, Ref, Several, Text, Travel, TravelMode

WAITED_MINUTES, KNOCKED = 5, 2
"""House: before a technician goes away from a closed door."""


@dataclass(frozen=True, slots=True)
class Depart:
    """出发: set out, by these means; by the technician of the visit."""

    mode: TravelMode
    checklist: Several[Ref] = ()


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
    customer_told_at: Past


NO_ACCESS_EXAMPLE = {
    "outcome": "no_access",
    "door": {"waited_minutes": 10, "knocked": 2, "card_left": True, "desk_told": True},
}
"""A body as it comes over the wire."""


def depart(command: Depart, visit: Visit, asked: Asked) -> Decision:
    """出发: the order is taken, the journey is the approved one, and the parts are in hand."""
    departed = Departed(command.mode, command.checklist)
    if visit.departed == departed:
        return []
    order = _order(visit, asked)
    accepted = order.stage is OrderStage.ACCEPTED and order.technician == visit.technician
    otherwise = _not_as_approved(command, visit, order, asked)
    lacking = not_in_hand(order, visit.window.start_at) if visit.window else []
    refuse_if(
        *at_stage(visit, asked, VisitStage.CONFIRMED),
        by_its_technician(visit, asked),
        (not accepted, reason("order-not-accepted", order=visit.order)),
        not_held(order),
        (bool(otherwise), reason("travel-not-approved", fields=otherwise)),
        (bool(lacking), reason("parts-not-in-hand", notes=lacking)),
    )
    return asked.here(departed)


def arrive(command: Arrive, visit: Visit, asked: Asked) -> Decision:
    """到达: after setting out."""
    arrived = Arrived(command.place)
    if visit.arrived == arrived:
        return []
    refuse_if(*at_stage(visit, asked, VisitStage.DEPARTED), by_its_technician(visit, asked))
    return asked.here(arrived)


def end(command: EndVisit, visit: Visit, asked: Asked) -> Decision:
    """上门结束: with all that the outcome asks for."""
    ended = VisitEnded(command.outcome, command.because, command.next_step, command.door)
    if visit.ended == ended:
        return []
    lacking = _missing_to_end(command)
    refuse_if(
        *at_stage(visit, asked, VisitStage.ARRIVED),
        by_its_technician(visit, asked),
        (bool(lacking), reason("outcome-incomplete", outcome=command.outcome, fields=lacking)),
    )
    return asked.here(ended)


def cancel(command: CancelVisit, visit: Visit, asked: Asked) -> Decision:
    """取消上门: while nobody has arrived."""
    cancelled = VisitCancelled(command.because, command.customer_told_at)
    if visit.cancelled == cancelled:
        return []
    before = (VisitStage.PLANNED, VisitStage.CONFIRMED, VisitStage.DEPARTED)
    refuse_if(
        *at_stage(visit, asked, *before),
    )
    return asked.here(cancelled)


def reads_of_departure(_command: Depart, visit: Visit, asked: Asked) -> tuple[str | Series, ...]:
    """The order it is made for, and the other visits of the ticket."""
    order = (WORK_ORDER.stream_of(visit.order),) if visit.planned else ()
    return (*order, visits_of_ticket(asked.home))


def offered_departure(_number: str, visit: Visit) -> Iterator[Depart]:
    """By the planned means."""
    if visit.planned:
        yield Depart(visit.planned.travel_mode)


def _order(visit: Visit, asked: Asked) -> WorkOrder:
    """The order it is made for; before it is planned, none."""
    order: WorkOrder = (
        asked.read(WORK_ORDER.stream_of(visit.order)) if visit.planned else WorkOrder()
    )
    return order


def _not_as_approved(
    command: Depart, visit: Visit, order: WorkOrder, asked: Asked
) -> Sequence[str]:
    """与批准不符: the mode; and the time too, if nobody has set out for this order before."""
    approved = order.travel or Travel()
    others = visits_of(asked, visit.order)
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
