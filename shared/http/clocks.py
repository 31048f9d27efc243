"""时限的接口 (HTTP of clocks, alike in every room): when each step was due and when it was done."""

from collections.abc import Iterator, Sequence

from fastapi import APIRouter

from shared.clock_runs import ClockShown, Row, shown
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.figures import READS, rows_of
from shared.http.query import Several
from shared.view import View


def routes(api: RoomApi, router: APIRouter, views: Sequence[View]) -> None:
    """The clocks of a room. `views`: its clock runs."""

    @api.query(router, "/clocks", reads=READS, shows=ClockShown)
    def list_clocks(context: RequestContext, number: str) -> Several:
        """时限: of a ticket or a paper: when each step was due, when it was done, if late."""
        now = api.registers.now()
        rows = {(row.stream, row.line): row for row in _about(api, context, views, number)}
        told = [each for row in rows.values() for each in shown(row, now)]
        told.sort(key=lambda each: (each.due_at or each.met_at or now, each.number, each.clock))
        return Several(told, views=views)


def _about(
    api: RoomApi, context: RequestContext, views: Sequence[View], number: str
) -> Iterator[Row]:
    """Rows of the ticket with that number, or of the papers with it."""
    streams = tuple(f"{kind}-{number}" for kind in api.room.papers)
    for view in views:
        for where in ({"ticket": number}, {"stream": streams}):
            yield from rows_of(api, context, view, where)
