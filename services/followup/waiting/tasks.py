"""回访的待办 (tasks of followup): whom to call, what to file, which papers are due back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from services.followup.dossier import papers_lent
from shared import clock_runs, tasks
from shared.events import followup
from shared.events.urging import PaperUrged
from shared.events.values import Role
from shared.fields import filled
from shared.tasks import DueAnew, Left, Waits
from shared.view import Key, Recorded

NAME = "tasks"
VERSION = 3 + papers_lent.VERSION
"""Another fold of that list is another fold of this."""
KEY = tasks.KEY
INDEXES = tasks.INDEXES
CALL, FILING = "call", "filing"
"""The lines of work."""
LENT = "lent "
"""A paper that is out is a line by its number."""
_CLERK = (Role.CLERK.value,)
_ACCEPT = (Role.APPROVER.value, Role.GENERAL_MANAGER.value)


@dataclass(frozen=True, slots=True)
class Row(tasks.Row):
    """回访待办一行."""

    lent: papers_lent.Row | None = None
    """Of a paper that is out: who has it."""


def told(recorded: Recorded) -> Mapping[str, Left]:
    """What a fact leaves to be done."""
    match recorded.fact:
        case followup.CallBackScheduled(due_at=due_at):
            first = recorded.version == 1
            return {CALL: Waits("answers", _CLERK, due_at=due_at) if first else DueAnew(due_at)}
        case followup.CallBackAttempted(followup.Attempt(call_again_at=again)) if again:
            return {CALL: DueAnew(again)}
        case followup.SurveyAnswered() | followup.CallBackEnded():
            return {CALL: None}
        case followup.FilingDue(due_at):
            return {FILING: Waits("filings", _CLERK, due_at=due_at)}
        case followup.DossierFiled():
            return {FILING: None}
        case fact:
            return tasks.by_hand(fact, CALL, FILING, line_of=f"{LENT}{{}}".format)


_told_keys = tasks.keys_of(told)


def keys(recorded: Recorded) -> Iterable[Key]:
    """The lines of work that a fact touches."""
    out = ((stream, f"{LENT}{number}") for stream, number in papers_lent.keys(recorded))
    return (*_told_keys(recorded), *out)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    stream, line = key
    if not line.startswith(LENT) or isinstance(recorded.fact, PaperUrged):
        after = tasks.after(told, key, row, recorded)
        return filled(Row, after) if after is not None else None
    number = line.removeprefix(LENT)
    lent = papers_lent.project((stream, number), row.lent if row else None, recorded)
    return _out(key, row, lent, recorded) if lent is not None else None


def _out(key: Key, row: Row | None, lent: papers_lent.Row, recorded: Recorded) -> Row | None:
    after = tasks.after(lambda _: {str(key[1]): _back(lent)}, key, None, recorded)
    assert after is not None
    since = row.since if row and row.step == after.step else after.since
    urged = row.urged if row and row.step == after.step else None
    return replace(filled(Row, after, lent=lent), since=since, urged=urged)


def _back(lent: papers_lent.Row) -> Waits:
    """Whoever has the paper brings it back; of one that is not found an approver says so.

    A report that is attached to a claim lies with finance, which is no person.
    """
    if lent.missed:
        return Waits("loss-acceptances", _ACCEPT)
    due = min(each.until for each in lent.holders)
    if lent.to in set(Role):
        return Waits("returns", (lent.to,), due_at=due)
    return Waits("returns", person=lent.to, due_at=due)


CLOCKS = clock_runs.view_of(told, 2)
"""By when each of them was due, and when it was done."""
