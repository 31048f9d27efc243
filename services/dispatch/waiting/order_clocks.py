"""维修单的另两个时限 (two more clocks of orders): the next visit, and what a journey has cost.

No fact says by when a visit is to be planned unless somebody was reminded: planned without that,
it was in time. Of a claim the hand-in says it, for everybody who travelled.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.dispatch.views import claims_due, next_visit
from shared import clock_runs
from shared.clock_runs import Run, ended, ended_first, is_open, with_runs
from shared.events.dispatch import TaskHandedIn
from shared.events.urging import NextVisitUrged
from shared.events.visits import VisitPlanned
from shared.view import Key, Recorded

NAME = "order_clocks"
VERSION = next_visit.VERSION + claims_due.VERSION
"""Another fold of one of these is another fold of this."""
KEY = ("ticket", "line")
INDEXES = clock_runs.BY_DUE
PLAN, CLAIM = "plans", "claims"
"""The clocks; of claims each order is a line of its own."""


@dataclass(frozen=True, slots=True)
class Row(clock_runs.Row):
    """维修单时限一行: every time that one thing of a ticket was due."""

    ticket: str
    lacking: next_visit.Row | None = None
    """Whether parts are out, and nobody is to go."""
    owing: claims_due.Row | None = None
    """Who has not claimed."""


def keys(recorded: Recorded) -> Iterable[Key]:
    """The clocks of a ticket that a fact begins or ends."""
    ticket = recorded.ticket
    if not ticket:
        return []
    plans = isinstance(recorded.fact, NextVisitUrged) or bool(tuple(next_visit.keys(recorded)))
    claims = (f"{CLAIM} {stream}" for (stream,) in claims_due.keys(recorded))
    return [(ticket, line) for line in (*((PLAN,) if plans else ()), *claims)]


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    line = str(key[1])
    row = row or clock_runs.blank(Row, line, recorded)
    after = _planning(row, recorded) if line == PLAN else _claiming(row, recorded)
    return after if after.runs or after.lacking or after.owing else None


def _planning(row: Row, recorded: Recorded) -> Row:
    """The next visit: a reminder that it waits for was missed; what ended it, ends the wait."""
    fact, at, runs = recorded.fact, recorded.recorded_at, row.runs
    if isinstance(fact, NextVisitUrged):
        begun = (*runs, Run(PLAN, fact.due_at, None))
        return with_runs(replace(row, stream=recorded.stream), begun, recorded)
    lacking = next_visit.project((row.ticket,), row.lacking, recorded)
    if not _waits(lacking):
        planned = _waits(row.lacking) and isinstance(fact, VisitPlanned)
        in_time = planned and not any(map(is_open, runs))
        runs = (*runs, Run(PLAN, at, at, unsaid=True)) if in_time else ended(runs, at)
    stream = lacking.stream if lacking else row.stream
    return with_runs(replace(row, stream=stream, lacking=lacking), runs, recorded)


def _waits(lacking: next_visit.Row | None) -> bool:
    return lacking is not None and lacking.since is not None


def _claiming(row: Row, recorded: Recorded) -> Row:
    """Claims: as many as travelled; a task that went back ends them, until it is brought again."""
    stream = row.line.partition(" ")[2]
    owing, at = claims_due.project((stream,), row.owing, recorded), recorded.recorded_at
    left = len(owing.travellers) if owing else 0
    if isinstance(recorded.fact, TaskHandedIn) and owing is not None:
        runs = (*ended(row.runs, at), *(Run(CLAIM, owing.due_at, None),) * left)
    else:
        waiting = sum(map(is_open, row.runs))
        runs = ended_first(row.runs, waiting - left, at)
    return with_runs(replace(row, stream=stream, owing=owing), runs, recorded)
