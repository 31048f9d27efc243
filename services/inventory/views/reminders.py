"""配件库的提醒 (reminders of inventory): whom its facts remind of a paper, a month or a part.

A store has many parts: whoever is reminded of several of them is told once a day.
"""

from shared.decider import Fact
from shared.events import closings, old_parts, replenishments
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
_REFILL = "replenishment"
"""Its line of work among the tasks."""


def reminds(fact: Fact) -> Whom | None:  # noqa: PLR0911 - one return a fact
    """提醒对象: whom a fact reminds; of what base has not sent, who sends it and who accepts it."""
    match fact:
        case replenishments.RefillDrafted():
            return Whom(roles=(Role.STOREKEEPER,), daily="K")
        case replenishments.RefillUrged(owed_by=role) | old_parts.OldPartsUrged(owed_by=role):
            return Whom(roles=(role,), daily="K")
        case replenishments.KeeperOverdue(told=role):
            return Whom(roles=(role,), daily="U")
        case closings.MonthOverdue(told=role):
            return Whom(roles=(role,))
        case replenishments.ReplenishmentLate():
            return Whom(line=_REFILL, roles=(Role.GENERAL_MANAGER,))
        case (
            closings.ClosingUrged(owed_by=role, told=who)
            | closings.ConsumptionReportUrged(owed_by=role, told=who)
        ):
            return Whom((who,), roles=(role,))
        case PaperUrged(whom=who):
            return Whom((who,))
        case _:
            return None


keys = reminders.keys_of("S", reminds)


def project(key: Key, row: reminders.Row | None, recorded: Recorded) -> reminders.Row | None:
    """One row a fact, or a day; it stays as it is."""
    return row or reminders.after(reminds, key, recorded)
