"""配件库的指标 (figures of inventory): which clocks of the stores were met, week by week."""

from services.inventory.waiting import store_clocks
from shared import clock_runs
from shared.http.figures import FigureSource, due_within

CLOCKS = (store_clocks,)
"""Its views of clock runs."""
SOURCES = tuple(FigureSource(each, due_within, clock_runs.counted) for each in CLOCKS)
