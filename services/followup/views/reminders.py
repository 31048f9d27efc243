"""回访的提醒 (reminders of followup): whom its facts remind of a call, a filing or a paper lent."""

from shared.decider import Fact
from shared.events import custody, followup
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


def reminds(fact: Fact) -> Whom | None:
    """提醒对象: whom a fact reminds; of a paper that is lent, whoever has it by the tasks."""
    match fact:
        case followup.CallBackUrged() | followup.FilingUrged():
            return Whom(roles=(Role.CLERK,))
        case followup.CallBackOverdue(told) | followup.FilingOverdue(told):
            return Whom(roles=(told,))
        case custody.PaperReturnUrged(paper=paper):
            return Whom(line=f"lent {paper.number}")
        case custody.PaperReturnOverdue(told=told):
            return Whom(roles=(told,))
        case PaperUrged(whom=whom):
            return Whom((whom,))
        case _:
            return None


keys = reminders.keys_of("F", reminds)


def project(key: Key, row: reminders.Row | None, recorded: Recorded) -> reminders.Row | None:
    """One row a fact; it stays as it is."""
    return row or reminders.after(reminds, key, recorded)
