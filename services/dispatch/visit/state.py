"""上门的状态 (the state of a visit): what its facts add up to."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias

from shared.events.dispatch import (
    AppointmentConfirmed,
    Arrived,
    Departed,
    VisitCancelled,
    VisitEnded,
    VisitPlanned,
    VisitRescheduled,
)
from shared.events.order_sheet import VisitStage, Window

VisitFact: TypeAlias = (
    VisitPlanned
    | AppointmentConfirmed
    | VisitRescheduled
    | Departed
    | Arrived
    | VisitEnded
    | VisitCancelled
)


@dataclass(frozen=True, slots=True)
class Visit:
    """上门: a visit as its facts have made it; each part is the fact that said so last."""

    stage: VisitStage = VisitStage.NONE
    planned: VisitPlanned | None = None
    window: Window | None = None
    """As agreed last."""
    travel_at: datetime | None = None
    window_on: date | None = None
    appointment: AppointmentConfirmed | None = None
    rescheduled: VisitRescheduled | None = None
    departed: Departed | None = None
    arrived: Arrived | None = None
    ended: VisitEnded | None = None
    cancelled: VisitCancelled | None = None

    @property
    def order(self) -> str:
        """The number of the work order it is made for; empty before it is planned."""
        return self.planned.order if self.planned else ""

    @property
    def technician(self) -> str:
        """Who makes it; empty before it is planned."""
        return self.planned.technician if self.planned else ""


initial = Visit()


def evolve(visit: Visit, fact: VisitFact) -> Visit:  # noqa: PLR0911 - one return a fact
    """Facts are facts: no rule is asked again when the past is replayed."""
    match fact:
        case VisitPlanned():
            return replace(
                visit,
                stage=VisitStage.PLANNED,
                planned=fact,
                window=fact.window,
                travel_at=fact.travel_at,
                window_on=fact.window_on,
            )
        case AppointmentConfirmed():
            return replace(visit, stage=VisitStage.CONFIRMED, appointment=fact)
        case VisitRescheduled():
            moved = replace(visit, window=fact.window, travel_at=fact.travel_at)
            moved = replace(moved, window_on=fact.window_on, rescheduled=fact)
            if fact.customer_agreed:
                return moved
            return replace(moved, stage=VisitStage.PLANNED, appointment=None)
        case Departed():
            return replace(visit, stage=VisitStage.DEPARTED, departed=fact)
        case Arrived():
            return replace(visit, stage=VisitStage.ARRIVED, arrived=fact)
        case VisitEnded():
            return replace(visit, stage=VisitStage.ENDED, ended=fact)
        case VisitCancelled():
            return replace(visit, stage=VisitStage.CANCELLED, cancelled=fact)


def shown(visit: Visit) -> Visit | None:
    """The visit as the page of its ticket shows it."""
    return visit if visit.planned else None
