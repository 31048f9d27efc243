"""旅程变更 (a change of the journey): another mode or day than the approved, asked for and granted.

The customer may move the appointment within the approved day: that is no change of the journey.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from services.dispatch.work_order.checks import asks_themselves, at_stage
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import visits_of
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.dispatch import TravelChangeApproved, TravelChangeAsked, TravelChangeRefused
from shared.events.order_sheet import Journey, OrderStage, VisitStage
from shared.events.report_form import ListedField
from shared.events.values import At, Fen, Note, Role, TravelMode
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class TravelChange:
    """旅程变更申请: how and when instead of the approved, why, and what it costs more."""

    mode: TravelMode
    travel_at: At
    because: Note
    more_fen: Fen | None = None


@dataclass(frozen=True, slots=True)
class AskTravelChange(TravelChange):
    """旅程变更申请: ask the approver for another journey, before departure."""

    on: date = field(kw_only=True)
    """Obligation: the day of the journey by the calendar of the branch."""
    is_hidden: bool = field(kw_only=True)
    """Obligation: whether the branch chooses this mode no more, as far as this room has heard."""


@dataclass(frozen=True, slots=True)
class ApproveTravelChange:
    """旅程变更批准: grant the journey that was asked for, as the approver was shown it."""

    mode: TravelMode
    travel_at: At


@dataclass(frozen=True, slots=True)
class RefuseTravelChange:
    """旅程变更不准: the approved journey stands; say why."""

    because: Note


TRAVEL_CHANGE_EXAMPLE = {
    "mode": "rail",
    "travel_at": "2026-11-25T08:00:00+08:00",
    "because": "车坏了，用户同意改到次日 the car broke down; the customer agreed to the day after",
    "more_fen": 12000,
}
"""A body as it comes over the wire."""


def ask_travel_change(command: AskTravelChange, order: WorkOrder, asked: Asked) -> Decision:
    """旅程变更申请: while nobody is on the way; the newest one waits for the approver."""
    wanted = Journey(command.mode, command.travel_at, command.on)
    open_ = order.travel_asked
    if open_ is not None and (open_.wanted, open_.because) == (wanted, command.because):
        return []
    before = journey_of(order)
    same = before is not None and (before.mode, before.on) == (wanted.mode, wanted.on)
    foreign = order.technician not in (None, asked.actor) and Role.CLERK not in asked.roles
    told = reason("not-your-order", number=number_of(asked.home), technician=order.technician or "")
    refuse_if(
        *at_stage(order, asked, OrderStage.ACCEPTED),
        (foreign, told),
        (not order.on_site, reason("no-journey", number=number_of(asked.home))),
        (same, reason("travel-unchanged", day=command.on.isoformat())),
        _hidden(command, before, asked),
        *_nobody_is_out(asked),
    )
    more = command.more_fen
    return asked.here(TravelChangeAsked(asked.actor, before, wanted, command.because, more))


def approve_travel_change(command: ApproveTravelChange, order: WorkOrder, asked: Asked) -> Decision:
    """旅程变更批准: by the approver, who neither asked for it nor travels."""
    waits, granted = order.travel_asked, order.travel_granted
    seen = (command.mode, command.travel_at)
    if waits is None and granted is not None and _said(granted.granted) == seen:
        return []
    other = waits is not None and _said(waits.wanted) != seen
    refuse_if(
        *at_stage(order, asked, OrderStage.ACCEPTED),
        (waits is None, reason("travel-change-not-asked", number=number_of(asked.home))),
        (other, reason("changed-since-asked", number=number_of(asked.home))),
        *_nobody_is_out(asked),
        asks_themselves(order, waits.by if waits else None, asked),
    )
    assert waits is not None
    return asked.here(TravelChangeApproved(asked.actor, waits.wanted))


def refuse_travel_change(command: RefuseTravelChange, order: WorkOrder, asked: Asked) -> Decision:
    """旅程变更不准: by the approver."""
    waits, refused = order.travel_asked, order.travel_refused
    if waits is None and refused is not None and refused.because == command.because:
        return []
    refuse_if(
        (waits is None, reason("travel-change-not-asked", number=number_of(asked.home))),
        asks_themselves(order, waits.by if waits else None, asked),
    )
    assert waits is not None
    return asked.here(TravelChangeRefused(asked.actor, waits.wanted, command.because))


def journey_of(order: WorkOrder) -> Journey | None:
    """旅程: as approved last; None if nothing was approved or its day is not known."""
    travel, day = order.travel, order.travel_on
    if travel is None or travel.mode is None or travel.at is None or day is None:
        return None
    return Journey(travel.mode, travel.at, day)


def offered_change(_number: str, order: WorkOrder) -> Iterator[TravelChange]:
    """The journey as it is: whoever asks says what is to be otherwise."""
    if order.travel_asked is None and (before := journey_of(order)) is not None:
        yield TravelChange(before.mode, before.at, WORDS)


def offered_approval(_number: str, order: WorkOrder) -> Iterator[ApproveTravelChange]:
    """What was asked for."""
    if order.travel_asked is not None:
        yield ApproveTravelChange(order.travel_asked.wanted.mode, order.travel_asked.wanted.at)


def offered_refusal(_number: str, order: WorkOrder) -> Iterator[RefuseTravelChange]:
    """Of what was asked for."""
    if order.travel_asked is not None:
        yield RefuseTravelChange(WORDS)


def _hidden(command: AskTravelChange, before: Journey | None, asked: Asked) -> Rule:
    """A rule: what is hidden at the branch is not chosen anew. The approved mode stays."""
    is_new = command.is_hidden and (before is None or before.mode is not command.mode)
    named = ListedField.TRAVEL_MODE
    return is_new, reason("value-hidden", field=named, value=command.mode, branch=asked.branch)


def _nobody_is_out(asked: Asked) -> Iterator[Rule]:
    """A rule: nobody is on the way, or there: a journey that is made is changed no more."""
    for number, visit in visits_of(asked, number_of(asked.home)).items():
        yield visit.stage is VisitStage.DEPARTED, reason("departed-already", number=number)
        yield visit.stage is VisitStage.ARRIVED, reason("arrived-already", number=number)


def _said(journey: Journey) -> tuple[TravelMode, datetime]:
    return journey.mode, journey.at
