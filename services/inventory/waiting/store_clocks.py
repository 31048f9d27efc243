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
from shared import clock_runs
from shared.clock_runs import Run, ended, is_open, with_runs
from shared.events.closings import ClosingUrged, ConsumptionReportSent, PeriodClosed
from shared.events.old_parts import OldPartsUrged
from shared.events.replenishments import RefillDrafted, RefillUrged, ReplenishmentLate
from shared.view import Key, Recorded

NAME = "store_clocks"
VERSION = 1 + refills_due.VERSION + lists_due.VERSION
"""Another fold of one of these is another fold of this."""
KEY = ("stream", "line")
INDEXES = clock_runs.BY_DUE
SENDING, CLOSING, REPORT = "sendings", "closings", "consumption-reports"
DRAFT, LIST = "replenishments", "old-parts"
"""The clocks; of a month, or of a day of drafting, each is a line of its own."""


@dataclass(frozen=True, slots=True)
class Row(clock_runs.Row):
    """库房时限一行: every time that one thing of a store was due.

    Its branch is the store's; of what base sends, the store that waits for it.
    """

    sending: refills_due.Row | None = None
    """What base has still to send; None: it is ended, or has no clock."""
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
    row = row or clock_runs.blank(Row, line, recorded)
    if line == SENDING:
        return _sending(row, recorded)
    if line == LIST:
        return _listing(row, recorded)
    runs = _of_month_or_day(row, recorded.fact, recorded.recorded_at)
    return with_runs(row, runs, recorded) if runs else None


def _of_month_or_day(  # noqa: PLR0911 - one return a fact
    row: Row, fact: object, at: datetime
) -> tuple[Run, ...]:
    """The runs of a month, or of a day of drafting, after the fact."""
    runs = row.runs
    match fact:
        case RefillDrafted(figures=figures):
            return runs or ((Run(DRAFT, at, at, unsaid=True),) if figures.lacking else ())
        case RefillUrged(due_at=due_at):
            return (Run(DRAFT, due_at, None),)
        case ClosingUrged(due_at=due_at):
            return (Run(CLOSING, due_at, None),)
        case PeriodClosed() as closed if row.line.startswith(REPORT):
            return (Run(REPORT, closed.due_at, None),)
        case PeriodClosed():
            return ended(runs, at) or (Run(CLOSING, at, at, unsaid=True),)
        case ConsumptionReportSent():
            return ended(runs, at)
        case _:
            return runs


def _sending(row: Row, recorded: Recorded) -> Row | None:
    """What base sends: done while nothing is left, late or not."""
    if isinstance(recorded.fact, ReplenishmentLate):
        return row if row.runs else None
    left = refills_due.project((row.stream,), row.sending, recorded)
    runs, before, due = row.runs, _due(row.sending), _due(left)
    if before is None and due is not None:
        runs = (Run(SENDING, due, None),)
    elif before is not None and due is None:
        runs = ended(runs, recorded.recorded_at)
    return with_runs(replace(row, sending=left), runs, recorded) if runs else None


def _due(sending: refills_due.Row | None) -> datetime | None:
    return sending.due if sending else None


def _listing(row: Row, recorded: Recorded) -> Row | None:
    """Old pieces: done once all of a part are on lists; each reminder before that was missed."""
    at = recorded.recorded_at
    if isinstance(recorded.fact, OldPartsUrged):
        return with_runs(row, (*row.runs, Run(LIST, at, None)), recorded)
    waiting = lists_due.project((row.stream,), row.waiting, recorded)
    runs = row.runs
    if _waits(row.waiting) and not _waits(waiting):
        reminded = any(map(is_open, runs))
        runs = ended(runs, at) if reminded else (*runs, Run(LIST, at, at, unsaid=True))
    return with_runs(replace(row, waiting=waiting), runs, recorded)


def _waits(waiting: lists_due.Row | None) -> bool:
    return waiting is not None and waiting.since is not None
