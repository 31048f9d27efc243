"""到达与结束 (being there): arriving, and how the visit ended; or it is called off."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.dispatch.visit.checks import (
    at_stage,
    by_its_technician,
    by_its_technician_or_a_clerk,
)
from services.dispatch.visit.state import Visit
from services.dispatch.work_order.checks import not_in_role, not_ours
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.order_sheet import (
    ContactTried,
    DoorAttempt,
    Standing,
    VisitCard,
    VisitOutcome,
    VisitStage,
)
from shared.events.values import Note, Past, Ref, Role, Several, Text
from shared.events.visits import Arrived, VisitCancelled, VisitEnded

WAITED_MINUTES, KNOCKED = 5, 2
"""House: before a technician goes away from a closed door."""


@dataclass(frozen=True, slots=True)
class Arrive:
    """到达: be at the customer's; the place may be said."""

    place: Text | None = None


@dataclass(frozen=True, slots=True)
class VisitEnding:
    """上门结束: how it ended, and what the outcome asks for; interrupted, also by a clerk."""

    outcome: VisitOutcome
    because: Note | None = None
    next_step: Note | None = None
    door: DoorAttempt | None = None
    said_by: Ref | None = None
    approver_told: Ref | None = None
    whom_to_call: Ref | None = None
    """On the card at a closed door: somebody of ours; None: the branch."""


@dataclass(frozen=True, slots=True)
class EndVisit(VisitEnding):
    """上门结束: what the outcome asks for is named when it is missing."""

    teller: Standing | None = None
    """Obligation: what the register of people says of who said so."""
    told: Standing | None = None
    """Obligation: the same of the approver who was told."""
    called: Standing | None = None
    """Obligation: the same of whom the customer is to call."""


@dataclass(frozen=True, slots=True)
class CancelVisit:
    """取消上门: before anybody has arrived; the customer was told, or every try is listed."""

    because: Note
    customer_told_at: Past | None = None
    attempts: Several[ContactTried] = ()


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
    """上门结束: with all that the outcome asks for; a clerk may say that it was interrupted."""
    ended = VisitEnded(
        command.outcome,
        command.because,
        command.next_step,
        command.door,
        command.said_by,
        command.approver_told,
        _card(command, asked),
    )
    if visit.ended == ended:
        return []
    lacking = _missing_to_end(command)
    refuse_if(
        *_who_and_when(command, visit, asked),
        (bool(lacking), reason("outcome-incomplete", outcome=command.outcome, fields=lacking)),
        *((not_ours(command.called),) if command.called is not None else ()),
    )
    return asked.here(ended)


def cancel(command: CancelVisit, visit: Visit, asked: Asked) -> Decision:
    """取消上门: while nobody has arrived."""
    told_at, attempts = command.customer_told_at, command.attempts
    cancelled = VisitCancelled(command.because, told_at, attempts)
    if visit.cancelled == cancelled:
        return []
    before = (VisitStage.PLANNED, VisitStage.CONFIRMED, VisitStage.DEPARTED)
    refuse_if(
        *at_stage(visit, asked, *before),
        (told_at is None and not attempts, reason("customer-untold")),
    )
    return asked.here(cancelled)


def _card(command: EndVisit, asked: Asked) -> VisitCard | None:
    """留言条: of a door that stayed closed; a visit leaves one card at most."""
    if command.door is None or not command.door.card_left:
        return None
    came_at = max((each.at for each in asked.of_kind(Arrived)), default=asked.at)
    return VisitCard(f"{number_of(asked.home)}-K1", came_at, command.whom_to_call)


def _who_and_when(command: EndVisit, visit: Visit, asked: Asked) -> Iterator[Rule]:
    """Only who is there says how it ended; where they cannot, a clerk says no more than that."""
    if command.outcome is VisitOutcome.INTERRUPTED:
        yield from at_stage(visit, asked, VisitStage.DEPARTED, VisitStage.ARRIVED)
        yield by_its_technician_or_a_clerk(visit.technician, asked)
        if command.teller is not None and command.teller.person != visit.technician:
            yield not_ours(command.teller)  # whoever is on site may have left us by now
        if command.told is not None:
            yield not_in_role(command.told, Role.APPROVER, asked.branch)
    else:
        yield from at_stage(visit, asked, VisitStage.ARRIVED)
        yield by_its_technician(visit, asked)


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
        case VisitOutcome.INTERRUPTED:
            lacking = {
                "because": not command.because,
                "next_step": not command.next_step,
                "said_by": not command.said_by,
                "approver_told": not command.approver_told,
            }
        case _:
            lacking = {"because": not command.because, "next_step": not command.next_step}
    return [name for name, is_missing in lacking.items() if is_missing]
