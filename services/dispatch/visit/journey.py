"""到达与结束 (being there): arriving, and how the visit ended; or it is called off."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.dispatch.visit.checks import at_stage, by_its_technician
from services.dispatch.visit.state import Visit
from shared.decider import Asked, Decision, reason, refuse_if
from shared.events.dispatch import Arrived, VisitCancelled, VisitEnded
from shared.events.order_sheet import DoorAttempt, VisitOutcome, VisitStage
from shared.events.values import Note, Past, Text

WAITED_MINUTES, KNOCKED = 5, 2
"""House: before a technician goes away from a closed door."""


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
