"""派工的提醒 (reminders of dispatch): whom its facts remind of an order or a claim."""

from shared.decider import Fact
from shared.events import dispatch
from shared.events.urging import (
    ApproversUrged,
    CashUrged,
    NextVisitUrged,
    PaperUrged,
    TechnicianUrged,
)
from shared.notices import reminders
from shared.notices.reminders import Whom
from shared.view import Key, Recorded

NAME = "reminders"
VERSION = 1
KEY = reminders.KEY
INDEXES = reminders.INDEXES
Row = reminders.Row


def reminds(fact: Fact) -> Whom | None:
    """提醒对象: whom a fact reminds; each of them is named by it."""
    match fact:
        case (
            dispatch.TakingUrged(technician=who)
            | dispatch.HandInUrged(technician=who)
            | NextVisitUrged(technician=who)
            | TechnicianUrged(technician=who)
            | PaperUrged(whom=who)
        ):
            return Whom((who,))
        case (
            dispatch.ClaimUrged(travellers=several)
            | dispatch.ClaimOverdue(told=several)
            | ApproversUrged(approvers=several)
            | CashUrged(told=several)
        ):
            return Whom(several)
        case _:
            return None


keys = reminders.keys_of("D", reminds)


def project(key: Key, row: reminders.Row | None, recorded: Recorded) -> reminders.Row | None:
    """One row a fact; it stays as it is."""
    return row or reminders.after(reminds, key, recorded)
