"""出发 (setting out): as approved; or, told afterwards, as it was, with what was otherwise.

Nobody sets out before the order is taken, the journey is the approved one and the parts are in
hand. But what is told afterwards has happened: it is recorded, each deviation is named, and the
approver grants or denies it later.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from services.dispatch.visit.checks import at_stage, by_its_technician
from services.dispatch.visit.state import Visit
from services.dispatch.work_order import PAPER as WORK_ORDER
from services.dispatch.work_order.checks import not_held, own_request, too_late
from services.dispatch.work_order.grounds import drawn
from services.dispatch.work_order.notes import not_in_hand
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import (
    VisitSeen,
    visits_of,
    visits_of_ticket,
    was_interrupted,
)
from shared.decider import (
    CLOCKS_DIFFER,
    Asked,
    Decision,
    Rule,
    Series,
    number_of,
    reason,
    refuse_if,
)
from shared.events.order_sheet import Deviation, OrderStage, VisitStage
from shared.events.values import Note, Ref, Several, Travel, TravelMode
from shared.events.visits import Departed, DeviationDenied, DeviationGranted
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class Departure:
    """出发: by which means, and what was checked before."""

    mode: TravelMode
    checklist: Several[Ref] = ()


@dataclass(frozen=True, slots=True)
class Depart(Departure):
    """出发: set out, by these means; by the technician of the visit."""

    left_on: date | None = None
    """Obligation: the day of the departure by the calendar of the branch."""
    zone: Ref = "UTC"
    """Obligation: the time zone of the branch."""
    due: tuple[Ref, ...] = ()
    """Obligation: what is to be checked before anybody sets out, by policy."""
    told_on: date | None = None
    """Obligation: the day on which it is told, by the same calendar."""
    is_told_late: bool = False
    """Obligation: whether it happened so long ago that it is recorded as it was."""


@dataclass(frozen=True, slots=True)
class GrantDeviation:
    """偏差准许: agree to how the technician had left."""


@dataclass(frozen=True, slots=True)
class DenyDeviation:
    """偏差不准: do not agree to how the technician had left, and say why."""

    because: Note


def depart(command: Depart, visit: Visit, asked: Asked) -> Decision:
    """出发: the order is taken; all else is as it should be, or was told too late to be stopped."""
    departed = visit.departed
    if departed and (departed.mode, departed.checklist) == (command.mode, command.checklist):
        return []
    order = _order(visit, asked)
    others = visits_of(asked, visit.order).values()
    planned = _planned_day(visit, command.zone) if any(map(made_it, others)) else None
    otherwise = _otherwise(command, visit, order, others, asked)
    refuse_if(
        *at_stage(visit, asked, VisitStage.CONFIRMED),
        by_its_technician(visit, asked),
        _order_is_taken(visit, order),
        *(() if command.is_told_late else _refused(otherwise, order, visit.order, planned)),
    )
    deviation = tuple(each for each in Deviation if otherwise.get(each))
    return asked.here(Departed(command.mode, command.checklist, deviation))


def _order_is_taken(visit: Visit, order: WorkOrder) -> Rule:
    """A rule: whose visit it is has signed the order, and the customer has not signed the work."""
    number, is_theirs = visit.order, order.technician == visit.technician
    if order.stage is OrderStage.ACCEPTED and not is_theirs:
        holder = order.technician or ""
        return True, reason("order-of-another", order=number, technician=holder)
    if order.stage in (OrderStage.SIGNED, OrderStage.HANDED_IN, OrderStage.CLOSED):
        return True, too_late(order, number)
    return order.stage is not OrderStage.ACCEPTED, reason("order-not-accepted", order=number)


def grant(_: GrantDeviation, visit: Visit, asked: Asked) -> Decision:
    """偏差准许: by an approver who neither made the visit nor did anything of the job."""
    if isinstance(visit.judged, DeviationGranted):
        return []
    refuse_if(*_to_be_judged(visit, asked))
    return asked.here(DeviationGranted(asked.actor, visit.deviation))


def deny(command: DenyDeviation, visit: Visit, asked: Asked) -> Decision:
    """偏差不准: by an approver who neither made the visit nor did anything of the job."""
    match visit.judged:
        case DeviationDenied(because=before) if before == command.because:
            return []
        case _:
            pass
    refuse_if(*_to_be_judged(visit, asked))
    return asked.here(DeviationDenied(asked.actor, visit.deviation, command.because))


def reads_of_departure(_command: Depart, visit: Visit, asked: Asked) -> tuple[str | Series, ...]:
    """The order it is made for, and the other visits of the ticket."""
    order = (WORK_ORDER.stream_of(visit.order),) if visit.planned else ()
    return (*order, visits_of_ticket(asked.home))


def reads_of_judging(_command: object, visit: Visit, _asked: Asked) -> tuple[str, ...]:
    """The order it was made for: who did the job grants nothing of it."""
    return (WORK_ORDER.stream_of(visit.order),) if visit.planned else ()


def offered_departure(_number: str, visit: Visit) -> Iterator[Departure]:
    """By the planned means."""
    if visit.planned:
        yield Departure(visit.planned.travel_mode)


def offered_grant(_number: str, visit: Visit) -> Iterator[GrantDeviation]:
    """Of what was otherwise, while nobody has judged."""
    if visit.deviation:
        yield GrantDeviation()


def offered_denial(_number: str, visit: Visit) -> Iterator[DenyDeviation]:
    """Of what was otherwise, while nobody has judged."""
    if visit.deviation:
        yield DenyDeviation(WORDS)


def approved_day(order: WorkOrder, zone: str) -> date | None:
    """The day of the journey in force by the calendar of the branch, in its time zone."""
    if order.travel_on is not None or order.travel is None or order.travel.at is None:
        return order.travel_on
    return order.travel.at.astimezone(ZoneInfo(zone)).date()


def _planned_day(visit: Visit, zone: str) -> date | None:
    """计划出发日: on which to leave as planned last, by the calendar of the branch."""
    return visit.travel_at.astimezone(ZoneInfo(zone)).date() if visit.travel_at else None


def _order(visit: Visit, asked: Asked) -> WorkOrder:
    """The order it is made for; before it is planned, none."""
    order: WorkOrder = (
        asked.read(WORK_ORDER.stream_of(visit.order)) if visit.planned else WorkOrder()
    )
    return order


def _otherwise(
    command: Depart,
    visit: Visit,
    order: WorkOrder,
    others: Collection[VisitSeen],
    asked: Asked,
) -> Mapping[Deviation, Sequence[str]]:
    """偏差: in what it is otherwise than it should be, each with what is told of it."""
    approved = order.travel or Travel()
    is_first, zone = not any(map(made_it, others)), command.zone
    day = approved_day(order, zone) if is_first else _planned_day(visit, zone)
    unseen = command.is_told_late and command.told_on != command.left_on
    other = day is not None and command.left_on != day
    late = command.left_on is not None and (other or unseen)
    lacking = not_in_hand(order, visit.window.start_at) if visit.window else []
    since = drawn(asked)
    if not lacking and since is not None and since - CLOCKS_DIFFER > asked.at:
        lacking = [note.number for note in order.notes]
    return {
        Deviation.TRAVEL_MODE: ["travel_mode"] if command.mode is not approved.mode else [],
        Deviation.TRAVEL_AT: ["travel_at"] if late else [],
        Deviation.TRAVELLERS: ["travellers"] if _is_unapproved(visit, order, others) else [],
        Deviation.PARTS: lacking,
        Deviation.CHECKLIST: [each for each in command.due if each not in command.checklist],
    }


def made_it(visit: VisitSeen) -> bool:
    """Whether a journey was made: nobody called it off on the way, and nobody turned back."""
    return visit.departed is not None and visit.cancelled is None and not was_interrupted(visit)


def _is_unapproved(visit: Visit, order: WorkOrder, others: Iterable[VisitSeen]) -> bool:
    """Whether somebody else leaves than was approved.

    Whom base sends, and who goes on where another had to break off, an approver has heard of.
    """
    approved = order.travel.travellers if order.travel else ()
    sent = {each.technician for each in order.sent}
    known = visit.technician in approved or visit.technician in sent
    return bool(approved) and not known and not any(map(was_interrupted, others))


def _refused(
    otherwise: Mapping[Deviation, Sequence[str]],
    order: WorkOrder,
    number: str,
    planned: date | None,
) -> Iterator[Rule]:
    """Rules: no change of the report or of the journey waits, and all is as it should be.

    `planned`: the day of a further journey, whose visit is moved with the customer.
    """
    day, mode = otherwise[Deviation.TRAVEL_AT], otherwise[Deviation.TRAVEL_MODE]
    travel = [*mode, *day] if planned is None else mode
    notes, unchecked = otherwise[Deviation.PARTS], otherwise[Deviation.CHECKLIST]
    said = planned.isoformat() if planned else ""
    yield not_held(order)
    yield order.travel_asked is not None, reason("travel-change-open", number=number)
    yield bool(travel), reason("travel-not-approved", fields=travel, order=number)
    yield bool(planned and day), reason("not-the-planned-day", day=said)
    yield bool(notes), reason("parts-not-in-hand", notes=notes)
    yield bool(unchecked), reason("checklist-incomplete", items=unchecked)


def _to_be_judged(visit: Visit, asked: Asked) -> Iterator[Rule]:
    number = number_of(asked.home)
    yield not visit.deviation, reason("nothing-to-judge", number=number)
    yield own_request(asked, visit.technician, *_order(visit, asked).people)
