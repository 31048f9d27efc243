"""回访的待办 (tasks of followup): whom to call, which dossier to file, and by when."""

from collections.abc import Mapping

from shared import clock_runs, tasks
from shared.events import followup
from shared.events.values import Role
from shared.tasks import DueAnew, Left, Waits
from shared.view import Key, Recorded

NAME = "tasks"
VERSION = 1
KEY = tasks.KEY
INDEXES = tasks.INDEXES
Row = tasks.Row
CALL, FILING = "call", "filing"
"""The lines of work."""
_CLERK = (Role.CLERK.value,)


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
        case _:
            return {}


keys = tasks.keys_of(told)


def project(key: Key, row: tasks.Row | None, recorded: Recorded) -> tasks.Row | None:
    """The row after the fact."""
    return tasks.after(told, key, row, recorded)


CLOCKS = clock_runs.view_of(told, 1)
"""By when each of them was due, and when it was done."""
