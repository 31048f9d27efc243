"""回访的指标 (figures of followup): what customers said of us, week by week."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.followup.survey import board
from services.followup.waiting import lent_clocks, tasks
from shared import clock_runs
from shared.events.followup import Satisfied
from shared.figures import Counted, FigureUnit
from shared.http.figures import FigureSource, by, due_within
from shared.view import View

SATISFACTION, SCORE = "satisfaction", "score"


def answered(row: board.Row, _now: datetime) -> Iterator[Counted]:
    """Of the week in which a customer answered: whether they are satisfied, and their score."""
    if row.answered_at is None or row.satisfied is None:
        return
    for each in Satisfied:
        is_so = int(row.satisfied is each)
        yield Counted(row.branch, row.answered_at, SATISFACTION, each.value, is_so)
    if row.score is not None:
        yield Counted(row.branch, row.answered_at, SCORE, "", row.score, FigureUnit.HUNDREDTHS)


CLOCKS: Sequence[View] = (tasks.CLOCKS, lent_clocks)
"""Its views of clock runs."""
SOURCES = (
    FigureSource(board, by("answered_at"), answered),
    *(FigureSource(each, due_within, clock_runs.counted) for each in CLOCKS),
)
