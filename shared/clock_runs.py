"""时限记录 (clock runs): by when each step was due, and when it was done; of facts alone.

They are the tasks that had a clock (`shared.tasks`): what ended one has met it or missed it,
whether the step was taken or the paper was withdrawn.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TypeVar

from shared.figures import Counted
from shared.tasks import DueAnew, Given, HandedOn, Left, Told, Urged, Waits, keys_of
from shared.view import Key, Recorded

MOST = 50
"""So many runs of one line of work are kept, the newest."""
FIGURE = "clock"
BY_DUE = (("branch", "last_due_at"), ("last_due_at",), ("ticket",), ("stream",))
"""The indexes of every view of clock runs."""


@dataclass(frozen=True, slots=True)
class Run:
    """时限一次: a step that was due."""

    step: str
    due_at: datetime
    done_at: datetime | None
    """None: it still waits."""
    unsaid: bool = False
    """No fact says by when, since nobody was reminded: it counts as due when it is done."""


@dataclass(frozen=True, slots=True)
class Row:
    """时限一行: every time that a step of one line of work was due."""

    stream: str
    line: str
    branch: str
    ticket: str | None
    runs: tuple[Run, ...]
    first_due_at: datetime | None
    """None: nothing was due yet."""
    last_due_at: datetime | None
    changed_at: datetime


@dataclass(eq=False, slots=True)
class ClockRuns:
    """时限记录: the view of a room, made of what its facts leave to be done."""

    keys: Callable[[Recorded], Iterable[Key]]
    project: Callable[[Key, Row | None, Recorded], Row | None]
    VERSION: int
    """One higher where what the facts leave has changed."""
    NAME: str = "clock_runs"
    KEY: tuple[str, ...] = ("stream", "line")
    INDEXES: tuple[tuple[str, ...], ...] = BY_DUE
    Row: type[Row] = Row


R = TypeVar("R", bound=Row)


def blank(kind: type[R], line: str, recorded: Recorded) -> R:
    """A row of a line of work of which nothing was due yet."""
    return kind(
        stream=recorded.stream,
        line=line,
        branch=recorded.branch,
        ticket=recorded.ticket,
        runs=(),
        first_due_at=None,
        last_due_at=None,
        changed_at=recorded.recorded_at,
    )


def with_runs(row: R, runs: tuple[Run, ...], recorded: Recorded) -> R:
    """The row with these runs, the newest of them, after the fact."""
    dues = [run.due_at for run in runs]
    return replace(
        row,
        runs=runs[-MOST:],
        first_due_at=min(dues, default=None),
        last_due_at=max(dues, default=None),
        changed_at=recorded.recorded_at,
    )


def is_open(run: Run) -> bool:
    """Whether it still waits."""
    return run.done_at is None


def ended(runs: tuple[Run, ...], at: datetime) -> tuple[Run, ...]:
    """The runs, all of them done: those that waited by now."""
    return tuple(_done(run, at) if is_open(run) else run for run in runs)


def ended_first(
    runs: tuple[Run, ...], count: int, at: datetime, due_at: datetime | None = None
) -> tuple[Run, ...]:
    """The runs, of which so many of those that waited are done, the oldest of them.

    `due_at`: of those alone that were due then. One that is no longer kept is not missed.
    """
    waiting = (n for n, run in enumerate(runs) if is_open(run) and due_at in (None, run.due_at))
    done = {*islice(waiting, max(0, count))}
    return tuple(_done(run, at) if n in done else run for n, run in enumerate(runs))


def _done(run: Run, at: datetime) -> Run:
    return replace(run, done_at=at, due_at=at if run.unsaid else run.due_at)


def view_of(told: Told, version: int) -> ClockRuns:
    """The view of clock runs of a room."""

    def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
        line = str(key[1])
        runs = _runs(row.runs if row else (), told(recorded)[line], recorded.recorded_at)
        if not runs:
            return None
        row = replace(row, branch=recorded.branch) if row else blank(Row, line, recorded)
        return with_runs(row, runs, recorded)

    return ClockRuns(keys_of(told), project, version)


def _runs(runs: tuple[Run, ...], left: Left, at: datetime) -> tuple[Run, ...]:
    match left:
        case Given() | HandedOn() | Urged():
            return runs
        case DueAnew(due_at):
            anew = (replace(r, due_at=due_at, unsaid=False) if is_open(r) else r for r in runs)
            return tuple(anew)
        case Waits(step=step, due_at=due_at, is_timed=timed):
            unsaid = due_at is None
            begun = (Run(step, due_at or at, None, unsaid),) if timed or not unsaid else ()
            return (*ended(runs, at), *begun)
        case None:
            return ended(runs, at)


@dataclass(frozen=True, slots=True)
class ClockShown:
    """时限: of one step of a paper: by when it was due, and when it was done."""

    paper: str
    number: str
    ticket: str | None
    branch: str
    clock: str
    """The last word of the step."""
    due_at: datetime | None
    """None: no fact says it, since nobody had to be reminded."""
    met_at: datetime | None
    """None: it is not done yet."""
    is_late: bool
    """Whether it was done after it was due, or is due and not done."""


def shown(row: Row, now: datetime) -> Iterator[ClockShown]:
    """Each time that a step of the row was due, the first of them at the top."""
    paper, _, number = row.stream.partition("-")
    for run in row.runs:
        yield ClockShown(
            paper=paper,
            number=number,
            ticket=row.ticket,
            branch=row.branch,
            clock=run.step,
            due_at=None if run.unsaid else run.due_at,
            met_at=run.done_at,
            is_late=not _is_unasked(run) and (run.done_at or now) > run.due_at,
        )


def _is_unasked(run: Run) -> bool:
    """Whether it waits, and nobody was reminded yet."""
    return run.unsaid and is_open(run)


def counted(row: Row, now: datetime) -> Iterator[Counted]:
    """Of each time that was due or done by now: whether the clock was met; by when it was due."""
    for run in row.runs:
        if _is_unasked(run) or (is_open(run) and run.due_at > now):
            continue
        met = run.done_at is not None and run.done_at <= run.due_at
        yield Counted(row.branch, run.due_at, FIGURE, run.step, int(met))
