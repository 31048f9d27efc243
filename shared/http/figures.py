"""指标的接口 (HTTP of figures, alike in every room): what a room counts, by branch and ISO week."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from shared.decider import reason
from shared.events.values import Role
from shared.figures import WEEK, Counted, Figure, Week, summed
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.problem import Problem
from shared.http.query import LIMIT, Before, Several, Wanted, Within
from shared.policy import Core, time_zone
from shared.view import View, ViewRow
from shared.visibility import same_for

READS = same_for((Role.CLERK, Role.APPROVER, Role.GENERAL_MANAGER, Role.AUDITOR))
MOST_WEEKS = 13
"""So many weeks are told at once: a quarter."""
USUAL_WEEKS = 4
_ANY_ZONE = timedelta(hours=26)
"""No two places on earth are further apart by their clocks."""
_NEVER = datetime.max.replace(tzinfo=UTC)
WeekNamed = Annotated[str, Query(pattern=r"^\d{4}-W\d{2}$", description="ISO 周 week: 2026-W48")]
Span: TypeAlias = Callable[[datetime, datetime], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class FigureSource:
    """来源: rows of a view, and what of each counts."""

    view: View
    rows: Span
    """From the first and the last moment that is asked for: which rows may count."""
    counted: Callable[[ViewRow, datetime], Iterable[Counted]]
    """From a row and now to what of it counts."""


@dataclass(frozen=True, slots=True)
class ComparedSource:
    """对照来源: rows that count by what other rows of the view say, those of the same branches."""

    view: View
    rows: Span
    """Which may count."""
    others: Span
    """With which they are compared."""
    counted: Callable[
        [Sequence[ViewRow], Sequence[ViewRow], Callable[[str], Core]], Iterable[Counted]
    ]
    """From both, and the policy of a branch."""


Source: TypeAlias = FigureSource | ComparedSource


def by(column: str) -> Span:
    """Rows with a moment in the span."""
    return lambda first, last: {column: Within(first, last)}


def due_within(first: datetime, last: datetime) -> Mapping[str, object]:
    """Rows of clock runs of which some may have been due in the span."""
    return {"last_due_at": Within(first, _NEVER), "first_due_at": Before(last)}


def routes(api: RoomApi, router: APIRouter, sources: Sequence[Source]) -> None:
    """The figures of a room."""

    @api.query(router, "/figures", reads=READS, shows=Figure)
    def list_figures(
        context: RequestContext,
        *,
        branch: str | None = None,
        figure: str | None = None,
        from_week: WeekNamed | None = None,
        until_week: WeekNamed | None = None,
    ) -> Several:
        """指标: of your branches by ISO week, 13 weeks at most; the last four, if none is named."""
        now = api.registers.now()
        weeks = _weeks(from_week, until_week, now)
        counted = _counted(api, context, sources, weeks, branch)
        told = summed(counted, weeks, _zones(api, now))
        wanted = [each for each in told if figure in (None, each.figure)]
        return Several(wanted, views=[each.view for each in sources])


def _weeks(from_week: str | None, until_week: str | None, now: datetime) -> Sequence[Week]:
    """The weeks that are asked for, in their order. Raises Problem."""
    last = _named("until_week", until_week) or Week.of((now + _ANY_ZONE / 2).date())
    usual = Week.of(last.monday - (USUAL_WEEKS - 1) * WEEK)
    first = _named("from_week", from_week) or usual
    count = (last.monday - first.monday) // WEEK + 1
    if not 0 < count <= MOST_WEEKS:
        raise _no_week("from_week", f"{Week.of(last.monday - (MOST_WEEKS - 1) * WEEK)}…{last}")
    return [Week.of(first.monday + n * WEEK) for n in range(count)]


def _named(parameter: str, text: str | None) -> Week | None:
    if text is None:
        return None
    try:
        return Week.named(text)
    except ValueError:
        raise _no_week(parameter, "2026-W48") from None


def _no_week(parameter: str, expected: str) -> Problem:
    refused = reason("parameter", parameter=parameter, expected=expected)
    return Problem(400, "request", refused)


def _counted(
    api: RoomApi,
    context: RequestContext,
    sources: Sequence[Source],
    weeks: Sequence[Week],
    branch: str | None,
) -> Iterator[Counted]:
    """What counts, a page of rows at a time."""
    first = datetime.combine(weeks[0].monday, time.min, UTC) - _ANY_ZONE
    last = datetime.combine(weeks[-1].monday + WEEK, time.min, UTC) + _ANY_ZONE
    now, of_branch = api.registers.now(), {"branch": branch} if branch else {}

    def rows(source: Source, span: Span) -> Iterator[ViewRow]:
        return rows_of(api, context, source.view, {**span(first, last), **of_branch})

    for source in sources:
        if isinstance(source, ComparedSource):
            both = list(rows(source, source.rows)), list(rows(source, source.others))
            yield from source.counted(*both, cache(lambda where: api.policies(where, now)))
            continue
        for row in rows(source, source.rows):
            yield from source.counted(row, now)


def rows_of(
    api: RoomApi, context: RequestContext, view: View, where: Mapping[str, object]
) -> Iterator[ViewRow]:
    """All rows of the caller's branches that are so, a page at a time."""
    after: str | None = None
    while True:
        wanted = Wanted(where, context.walls, LIMIT, after, newest_first=False)
        page = api.dependencies.views.page(view, wanted)
        yield from page.rows
        if (after := page.next) is None:
            return


def _zones(api: RoomApi, now: datetime) -> Callable[[str], ZoneInfo]:
    @cache
    def zone_of(branch: str) -> ZoneInfo:
        return ZoneInfo(time_zone(api.policies(branch, now), api.registers.branch(branch)))

    return zone_of
