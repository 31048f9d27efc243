"""上门日程 (visits): who is expected where and when, for whoever plans and whoever goes."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from shared.events import visits as facts
from shared.events.order_sheet import VisitOutcome, VisitStage
from shared.events.values import TravelMode
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "visits"
VERSION = 3
KEY = ("number",)
INDEXES = (("technician", "window_on"), ("branch", "stage"))


@dataclass(frozen=True, slots=True)
class Row:
    """上门一行: one visit; the customer's address stands on the board with its order."""

    number: str
    ticket: str
    branch: str
    order: str
    technician: str
    window_on: date
    start_at: datetime
    end_at: datetime
    travel_mode: TravelMode
    travel_at: datetime
    stage: VisitStage
    confirmed: bool | None
    """Whether the customer agreed; None: they were not asked yet."""
    another_time: bool
    """Whether they asked for another time by their link, and nobody has moved it since."""
    outcome: VisitOutcome | None
    next_step: str | None
    because: str | None
    departed_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    version: int
    changed_at: datetime


keys = keys_by_number("visit")


def project(  # noqa: PLR0911 - one return a fact
    _: Key, row: Row | None, recorded: Recorded
) -> Row | None:
    """The row after the fact."""
    if isinstance(recorded.fact, facts.VisitPlanned):
        return _planned(recorded, recorded.fact)
    if row is None:
        return None
    row, at = replace(row, version=recorded.version), recorded.occurred_at
    row = replace(row, changed_at=recorded.recorded_at)
    match recorded.fact:
        case facts.VisitReassigned(technician):
            return replace(row, technician=technician)
        case facts.Departed(mode):
            return replace(row, stage=VisitStage.DEPARTED, travel_mode=mode, departed_at=at)
        case facts.Arrived():
            return replace(row, stage=VisitStage.ARRIVED, arrived_at=at)
        case facts.VisitEnded(outcome, because, next_step):
            ended = replace(row, stage=VisitStage.ENDED, outcome=outcome, ended_at=at)
            return replace(ended, because=because, next_step=next_step)
        case facts.VisitCancelled(because):
            return replace(row, stage=VisitStage.CANCELLED, because=because, ended_at=at)
        case _:
            return _agreed(row, recorded.fact)


def _agreed(row: Row, fact: object) -> Row:
    """The row after a fact of what is agreed with the customer; any other leaves it as it is."""
    match fact:
        case facts.AppointmentConfirmed(_, confirmed):
            waits = row.another_time and not confirmed
            row = replace(row, stage=VisitStage.CONFIRMED, another_time=waits)
            return replace(row, confirmed=confirmed)
        case facts.AnotherTimeAsked():
            return replace(row, another_time=True)
        case facts.VisitRescheduled() as moved:
            return _moved(row, moved)
        case _:
            return row


def _moved(row: Row, moved: facts.VisitRescheduled) -> Row:
    window = moved.window
    row = replace(row, window_on=moved.window_on, travel_at=moved.travel_at)
    row = replace(row, another_time=False)
    row = replace(row, start_at=window.start_at, end_at=window.end_at, because=moved.because)
    if moved.customer_agreed:
        return row
    return replace(row, stage=VisitStage.PLANNED, confirmed=None)


def _planned(recorded: Recorded, planned: facts.VisitPlanned) -> Row:
    return first_row(
        Row,
        planned,
        planned.window,
        stage=VisitStage.PLANNED,
        another_time=False,
        version=recorded.version,
        changed_at=recorded.recorded_at,
    )
