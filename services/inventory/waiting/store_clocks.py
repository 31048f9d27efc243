"""库房时限 (clocks of the stores): by when each thing was due, and whether it was done by then.

What base sends, and the report of a month, have their moment on the fact that begins them. Of a
draft, of old parts and of a closing it stands on the reminder alone: where nobody had to be
reminded, the clock was met when it was done.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.inventory.old_parts import lists_due
from services.inventory.replenishment import refills_due
from shared.clock_runs import MOST, Run
from shared.events.closings import ClosingUrged, ConsumptionReportSent, PeriodClosed
from shared.events.old_parts import OldPartsUrged
from shared.events.replenishments import RefillDrafted, RefillUrged, ReplenishmentLate
from shared.view import Key, Recorded

NAME = "store_clocks"
VERSION = refills_due.VERSION + lists_due.VERSION
"""Another fold of one of these is another fold of this."""
KEY = ("stream", "line")
INDEXES = (("branch", "last_due_at"), ("last_due_at",))
SENDING, CLOSING, REPORT = "sendings", "closings", "consumption-reports"
DRAFT, LIST = "replenishments", "old-parts"
"""The clocks; of a month, or of a day of drafting, each is a line of its own."""


@dataclass(frozen=True, slots=True)
class Row:
    """库房时限一行: every time that one thing of a store was due."""

    stream: str
    line: str
    branch: str
    """The store's; of what base sends, the store that waits for it."""
    runs: tuple[Run, ...]
    first_due_at: datetime | None
    """None: nothing was due yet."""
    last_due_at: datetime | None
    changed_at: datetime
    sending: refills_due.Row | None = None
    """What base has still to send; None: it is late, ended, or has no clock."""
    waiting: lists_due.Row | None = None
    """The old pieces that are on no list."""


def keys(recorded: Recorded) -> Iterable[Key]:
    """The clocks that a fact begins or ends."""
    return [(recorded.stream, line) for line in _lines(recorded)]


def _lines(recorded: Recorded) -> Iterable[str]:
    match recorded.fact:
        case PeriodClosed(period=period):
            return (f"{CLOSING} {period}", f"{REPORT} {period}")
        case ClosingUrged(period=period):
            return (f"{CLOSING} {period}",)
        case ConsumptionReportSent(period=period):
            return (f"{REPORT} {period}",)
        case RefillDrafted(drafted_on=day) | RefillUrged(drafted_on=day):
            return (f"{DRAFT} {day}",)
        case OldPartsUrged():
            return (LIST,)
        case _:
            sent = bool(tuple(refills_due.keys(recorded)))
            listed = bool(tuple(lists_due.keys(recorded)))
            return (*((SENDING,) if sent else ()), *((LIST,) if listed else ()))


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    line = str(key[1])
    row = row or _blank(key, recorded)
    if line == SENDING:
        return _sending(row, recorded)
    if line == LIST:
        return _listing(row, recorded)
    runs = _of_month_or_day(row, recorded.fact, recorded.recorded_at)
    return _with(row, runs, recorded) if runs else None


def _of_month_or_day(  # noqa: PLR0911 - one return a fact
    row: Row, fact: object, at: datetime
) -> tuple[Run, ...]:
    """The runs of a month, or of a day of drafting, after the fact."""
    runs = row.runs
    match fact:
        case RefillDrafted(figures=figures):
            return runs or ((Run(DRAFT, at, at),) if figures.lacking else ())
        case RefillUrged(due_at=due_at):
            return (Run(DRAFT, due_at, None),)
        case ClosingUrged(due_at=due_at):
            return (Run(CLOSING, due_at, None),)
        case PeriodClosed() as closed if row.line.startswith(REPORT):
            return (Run(REPORT, closed.due_at, None),)
        case PeriodClosed():
            return _done(runs, at) or (Run(CLOSING, at, at),)
        case ConsumptionReportSent():
            return _done(runs, at)
        case _:
            return runs


def _sending(row: Row, recorded: Recorded) -> Row | None:
    """What base sends: done while nothing is left; once it is late, it was missed."""
    left = refills_due.project((row.stream,), row.sending, recorded)
    runs, before, due = row.runs, _due(row.sending), _due(left)
    if before is None and due is not None:
        runs = (Run(SENDING, due, None),)
    elif before is not None and due is None:
        late = isinstance(recorded.fact, ReplenishmentLate)
        runs = runs if late else _done(runs, recorded.recorded_at)
    return _with(replace(row, sending=left), runs, recorded) if runs else None


def _due(sending: refills_due.Row | None) -> datetime | None:
    return sending.due if sending else None


def _listing(row: Row, recorded: Recorded) -> Row | None:
    """Old pieces: done once all of a part are on lists; each reminder before that was missed."""
    at = recorded.recorded_at
    if isinstance(recorded.fact, OldPartsUrged):
        return _with(row, (*row.runs, Run(LIST, at, None)), recorded)
    waiting = lists_due.project((row.stream,), row.waiting, recorded)
    runs = row.runs
    if _waits(row.waiting) and not _waits(waiting):
        reminded = any(run.done_at is None for run in runs)
        runs = _done(runs, at) if reminded else (*runs, Run(LIST, at, at))
    return _with(replace(row, waiting=waiting), runs, recorded)


def _waits(waiting: lists_due.Row | None) -> bool:
    return waiting is not None and waiting.since is not None


def _done(runs: tuple[Run, ...], at: datetime) -> tuple[Run, ...]:
    return tuple(replace(run, done_at=run.done_at or at) for run in runs)


def _blank(key: Key, recorded: Recorded) -> Row:
    stream, line = map(str, key)
    return Row(stream, line, recorded.branch, (), None, None, recorded.recorded_at)


def _with(row: Row, runs: tuple[Run, ...], recorded: Recorded) -> Row:
    dues = [run.due_at for run in runs]
    return replace(
        row,
        runs=runs[-MOST:],
        first_due_at=min(dues, default=None),
        last_due_at=max(dues, default=None),
        changed_at=recorded.recorded_at,
    )
