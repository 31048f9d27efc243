"""上门的状态 (the state of a visit): what its facts add up to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeAlias

from shared.events.dispatch import (
    AppointmentConfirmed,
    Arrived,
    Departed,
    VisitCancelled,
    VisitEnded,
    VisitPlanned,
    VisitRescheduled,
)
from shared.events.order_sheet import VisitOutcome, VisitStage, Window

Fact: TypeAlias = (
    VisitPlanned
    | AppointmentConfirmed
    | VisitRescheduled
    | Departed
    | Arrived
    | VisitEnded
    | VisitCancelled
)
ON_THE_WAY = (VisitStage.DEPARTED, VisitStage.ARRIVED)
OPEN = (VisitStage.PLANNED, VisitStage.CONFIRMED, *ON_THE_WAY)
PREFIX = "visit-"


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

    @property
    def has_been_there(self) -> bool:
        """Whether somebody can have worked: he is there, or was and ended it as done."""
        done = self.ended is not None and self.ended.outcome is VisitOutcome.DONE
        return self.stage is VisitStage.ARRIVED or done


initial = Visit()


def evolve(visit: Visit, fact: Fact) -> Visit:  # noqa: PLR0911 - one return a fact
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


def visits_of(reads: Mapping[str, Any], order: str) -> Mapping[str, Visit]:
    """The visits made for an order among the streams that were read, by number, in their order."""
    found = {
        stream.removeprefix(PREFIX): visit
        for stream, visit in reads.items()
        if isinstance(visit, Visit) and visit.order == order
    }
    return dict(sorted(found.items(), key=lambda pair: _nth(pair[0])))


def open_visits(reads: Mapping[str, Any], order: str) -> Sequence[str]:
    """The numbers of those that are planned or under way."""
    return [number for number, visit in visits_of(reads, order).items() if visit.stage in OPEN]


def _nth(number: str) -> int:
    return int(number.rpartition("-V")[2])
