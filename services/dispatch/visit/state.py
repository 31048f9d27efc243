"""上门的状态 (the state of a visit): what its facts add up to."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias

from shared.events import visits as facts
from shared.events.order_sheet import Deviation, VisitStage, Window

VisitFact: TypeAlias = (
    facts.VisitPlanned
    | facts.AppointmentConfirmed
    | facts.AppointmentLinkMade
    | facts.AnotherTimeAsked
    | facts.VisitRescheduled
    | facts.VisitReassigned
    | facts.Departed
    | facts.DeviationGranted
    | facts.DeviationDenied
    | facts.Arrived
    | facts.VisitEnded
    | facts.VisitCancelled
)
VisitMilestone: TypeAlias = (
    facts.AppointmentConfirmed
    | facts.VisitRescheduled
    | facts.VisitReassigned
    | facts.Departed
    | facts.Arrived
    | facts.VisitEnded
    | facts.VisitCancelled
)


@dataclass(frozen=True, slots=True)
class Visit:
    """上门: a visit as its facts have made it; each part is the fact that said so last."""

    stage: VisitStage = VisitStage.NONE
    planned: facts.VisitPlanned | None = None
    window: Window | None = None
    """As agreed last."""
    travel_at: datetime | None = None
    window_on: date | None = None
    appointment: facts.AppointmentConfirmed | None = None
    link: facts.AppointmentLinkMade | None = None
    """The link by which the customer may answer, while it is good for that."""
    another_time: facts.AnotherTimeAsked | None = None
    """What the customer asked for by their link, until the visit is moved or agreed on."""
    rescheduled: facts.VisitRescheduled | None = None
    reassigned: facts.VisitReassigned | None = None
    departed: facts.Departed | None = None
    judged: facts.DeviationGranted | facts.DeviationDenied | None = None
    """What the approver said of a departure that was told afterwards and was otherwise."""
    arrived: facts.Arrived | None = None
    ended: facts.VisitEnded | None = None
    cancelled: facts.VisitCancelled | None = None

    @property
    def order(self) -> str:
        """The number of the work order it is made for; empty before it is planned."""
        return self.planned.order if self.planned else ""

    @property
    def technician(self) -> str:
        """Who makes it; empty before it is planned."""
        if self.reassigned is not None:
            return self.reassigned.technician
        return self.planned.technician if self.planned else ""

    @property
    def deviation(self) -> tuple[Deviation, ...]:
        """偏差: in what it was left otherwise than it should have been, while nobody has judged."""
        departed = self.departed
        return departed.deviation if departed and self.judged is None else ()


initial = Visit()


def evolve(visit: Visit, fact: VisitFact) -> Visit:
    """Facts are facts: no rule is asked again when the past is replayed."""
    match fact:
        case facts.VisitPlanned():
            return replace(
                visit,
                stage=VisitStage.PLANNED,
                planned=fact,
                window=fact.window,
                travel_at=fact.travel_at,
                window_on=fact.window_on,
            )
        case facts.AppointmentConfirmed():
            made = replace(visit, stage=VisitStage.CONFIRMED, appointment=fact)
            return replace(made, link=None, another_time=None) if fact.confirmed else made
        case facts.AppointmentLinkMade():
            return replace(visit, link=fact)
        case facts.AnotherTimeAsked():
            return replace(visit, link=None, another_time=fact)
        case facts.VisitRescheduled():
            moved = replace(visit, window=fact.window, travel_at=fact.travel_at)
            moved = replace(moved, window_on=fact.window_on, rescheduled=fact)
            moved = replace(moved, link=None, another_time=None)
            if fact.customer_agreed:
                return moved
            return replace(moved, stage=VisitStage.PLANNED, appointment=None)
        case facts.VisitReassigned():
            return replace(visit, reassigned=fact, link=None)
        case facts.Departed():
            return replace(visit, stage=VisitStage.DEPARTED, departed=fact)
        case facts.DeviationGranted() | facts.DeviationDenied():
            return replace(visit, judged=fact)
        case facts.Arrived():
            return replace(visit, stage=VisitStage.ARRIVED, arrived=fact)
        case facts.VisitEnded():
            return replace(visit, stage=VisitStage.ENDED, ended=fact)
        case facts.VisitCancelled():
            return replace(visit, stage=VisitStage.CANCELLED, cancelled=fact)


def has_agreed(visit: Visit) -> bool:
    """Whether the customer agreed to the window."""
    return visit.appointment is not None and visit.appointment.confirmed


def shown(visit: Visit) -> Visit | None:
    """The visit as the page of its ticket shows it."""
    return visit if visit.planned else None
