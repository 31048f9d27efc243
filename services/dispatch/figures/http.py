"""派工的指标 (figures of dispatch): what is counted of orders and visits, week by week."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.dispatch.views import case_work
from services.dispatch.waiting import order_clocks, tasks
from shared import clock_runs
from shared.events.values import Ending
from shared.figures import Counted, FigureUnit
from shared.http.figures import FigureSource, by, due_within
from shared.view import View

FIRST_TIME_FIX, ORDER_STAGE = "first_time_fix", "order_stage"


def closed(row: case_work.Row, _now: datetime) -> Iterator[Counted]:
    """Of the week in which a case was closed: whether one visit was enough; how long it took."""
    if row.closed_at is None:
        return
    if row.ending is Ending.REPAIRED and row.visits:
        fixed = row.done and row.visits == 1 and row.orders == 1
        yield Counted(row.branch, row.closed_at, FIRST_TIME_FIX, "", int(fixed))
    for stay in row.stays:
        stage, took = stay.stage.value, stay.seconds
        yield Counted(row.branch, row.closed_at, ORDER_STAGE, stage, took, FigureUnit.SECONDS)


CLOCKS: Sequence[View] = (tasks.CLOCKS, order_clocks)
"""Its views of clock runs."""
SOURCES = (
    FigureSource(case_work, by("closed_at"), closed),
    *(FigureSource(each, due_within, clock_runs.counted) for each in CLOCKS),
)
