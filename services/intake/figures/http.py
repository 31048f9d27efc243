"""受理的指标 (figures of intake): what is counted of reports and complaints, week by week."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from services.intake.views import case_times, tasks
from services.intake.views.case_times import SPOKEN
from shared import clock_runs
from shared.alike import alike
from shared.events.values import Channel, Ending, ReportKind, WayIn
from shared.figures import Counted, FigureUnit, seconds
from shared.http.figures import ComparedSource, FigureSource, Source, by, due_within
from shared.http.query import Within
from shared.policy import Core
from shared.view import View

REPEAT, CONTACT, STAGE = "repeat", "first_contact", "stage"
MENDED = (Ending.REPAIRED, Ending.SOLVED_REMOTELY)
"""How a case ends in which the machine was put right."""
_LONGEST = timedelta(days=366)
"""No policy looks further back."""


def received(row: case_times.Row, _now: datetime) -> Iterator[Counted]:
    """Of the week in which a report was received: how soon we spoke, unless it was at once."""
    spoke = row.way_in is WayIn.A and row.channel in SPOKEN
    if spoke or row.channel is Channel.IMPORT or row.contact_at is None:
        return
    took = seconds(row.received_at, row.contact_at)
    yield Counted(row.branch, row.received_at, CONTACT, "", took, FigureUnit.SECONDS)


def repeats(
    rows: Sequence[case_times.Row],
    mended: Sequence[case_times.Row],
    policy_of: Callable[[str], Core],
) -> Iterator[Counted]:
    """Of the week in which a repair was asked for: whether the machine was put right before."""
    before = _by_machine(mended)
    for row in rows:
        if row.kind is ReportKind.REPAIR and row.ending is not Ending.DUPLICATE:
            days = timedelta(days=policy_of(row.branch).repeats.days)
            again = any(_came_back(row, each, days) for each in _of_same(row, before))
            yield Counted(row.branch, row.received_at, REPEAT, "", int(row.repeats or again))


def _by_machine(
    rows: Sequence[case_times.Row],
) -> Mapping[tuple[str, ...], Sequence[case_times.Row]]:
    found: dict[tuple[str, ...], list[case_times.Row]] = {}
    for row in rows:
        if row.kind is ReportKind.REPAIR and row.ending in MENDED:
            for name in _names(row):
                found.setdefault(name, []).append(row)
    return found


def _of_same(
    row: case_times.Row, before: Mapping[tuple[str, ...], Sequence[case_times.Row]]
) -> Iterator[case_times.Row]:
    for name in _names(row):
        yield from before.get(name, ())


def _names(row: case_times.Row) -> Iterator[tuple[str, ...]]:
    """By what a machine of the branch is the same: its number, or its model and serial number."""
    if row.machine:
        yield (row.branch, row.machine)
    model, serial = alike(row.model or ""), alike(row.serial_no or "")
    if model and serial:
        yield (row.branch, model, serial)


def _came_back(row: case_times.Row, before: case_times.Row, days: timedelta) -> bool:
    ended = before.closed_at
    return ended is not None and timedelta(0) <= row.received_at - ended <= days


def _ended_before(first: datetime, last: datetime) -> Mapping[str, object]:
    return {"closed_at": Within(first - _LONGEST, last)}


def closed(row: case_times.Row, _now: datetime) -> Iterator[Counted]:
    """Of the week in which a case was closed: how long it was at each stage."""
    if row.closed_at is None or row.kind is ReportKind.INQUIRY:
        return
    for stay in row.stays:
        stage, took = stay.stage.value, stay.seconds
        yield Counted(row.branch, row.closed_at, STAGE, stage, took, FigureUnit.SECONDS)


CLOCKS: Sequence[View] = (tasks.CLOCKS,)
"""Its views of clock runs."""
SOURCES: Sequence[Source] = (
    ComparedSource(case_times, by("received_at"), _ended_before, repeats),
    FigureSource(case_times, by("received_at"), received),
    FigureSource(case_times, by("closed_at"), closed),
    *(FigureSource(each, due_within, clock_runs.counted) for each in CLOCKS),
)
