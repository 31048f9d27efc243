"""受理的提醒 (reminders of intake): whom its facts remind of a report or a complaint."""

from shared.decider import Fact
from shared.events import complaints, intake
from shared.events.urging import PaperUrged
from shared.events.values import Role
from shared.notices import reminders
from shared.notices.reminders import Whom
from shared.view import Key, Recorded

NAME = "reminders"
VERSION = 1
KEY = reminders.KEY
INDEXES = reminders.INDEXES
Row = reminders.Row
_CLERKS = Whom(roles=(Role.CLERK,))
_REPORT = "report"
"""Its line of work among the tasks."""


def reminds(fact: Fact) -> Whom | None:  # noqa: PLR0911 - one return a fact
    """提醒对象: whom a fact reminds; those above a late complaint are told with the fact itself."""
    match fact:
        case intake.ApprovalUrged():
            return Whom(line=_REPORT, named=True)
        case intake.DecisionUrged():
            return Whom(line=_REPORT)
        case complaints.ComplaintOverdue(owner=owner):
            return Whom((owner,))
        case complaints.ComplaintCallUrged() | complaints.ComplaintClosingUrged():
            return _CLERKS
        case complaints.ComplaintCallOverdue(told) | complaints.ComplaintClosingOverdue(told):
            return Whom(roles=(told,))
        case PaperUrged(whom=whom):
            return Whom((whom,))
        case _:
            return None


keys = reminders.keys_of("I", reminds)


def project(key: Key, row: reminders.Row | None, recorded: Recorded) -> reminders.Row | None:
    """One row a fact; it stays as it is."""
    return row or reminders.after(reminds, key, recorded)
