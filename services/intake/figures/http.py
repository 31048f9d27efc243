"""受理的指标 (figures of intake): what is counted of reports and complaints, week by week."""

from collections.abc import Iterator
from datetime import datetime

from services.intake.views import case_times, tasks
from shared import clock_runs
from shared.events.values import Ending, ReportKind, WayIn
from shared.figures import Counted, FigureUnit, seconds
from shared.http.figures import FigureSource, by, due_within

REPEAT, CONTACT, STAGE = "repeat", "first_contact", "stage"


def received(row: case_times.Row, _now: datetime) -> Iterator[Counted]:
    """Of the week in which a report was received: whether it repeats; how soon we spoke."""
    if row.kind is ReportKind.REPAIR and row.ending is not Ending.DUPLICATE:
        yield Counted(row.branch, row.received_at, REPEAT, "", int(row.repeats))
    if row.way_in is WayIn.B and row.contact_at is not None:
        took = seconds(row.received_at, row.contact_at)
        yield Counted(row.branch, row.received_at, CONTACT, "", took, FigureUnit.SECONDS)


def closed(row: case_times.Row, _now: datetime) -> Iterator[Counted]:
    """Of the week in which a case was closed: how long it was at each stage."""
    if row.closed_at is None or row.kind is ReportKind.INQUIRY:
        return
    for stay in row.stays:
        stage, took = stay.stage.value, stay.seconds
        yield Counted(row.branch, row.closed_at, STAGE, stage, took, FigureUnit.SECONDS)


SOURCES = (
    FigureSource(case_times, by("received_at"), received),
    FigureSource(case_times, by("closed_at"), closed),
    FigureSource(tasks.CLOCKS, due_within, clock_runs.counted),
)
