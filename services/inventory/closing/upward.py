"""月份逾期上报 (telling upward): approvers hear of a month of which the keeper was reminded."""

from dataclasses import dataclass

from services.inventory.periods import Closings
from shared.decider import Asked, Decision
from shared.events.closings import MonthDuty, MonthOverdue
from shared.events.values import At, BranchCode, Period, Role
from shared.fields import filled


@dataclass(frozen=True, slots=True)
class TellOfMonth:
    """月份逾期上报: the time is over that a keeper has after the reminder of a month; by timer."""

    store: BranchCode
    period: Period
    duty: MonthDuty
    due_at: At
    upward_at: At


def tell(command: TellOfMonth, closings: Closings, asked: Asked) -> Decision:
    """月份逾期上报: once a month and duty, while it still waits."""
    told = (command.duty, command.period) in closings.told_upward
    if told or not _waits(command, closings):
        return []
    fact = filled(MonthOverdue, command, told=Role.APPROVER)
    return asked.here(fact)


def _waits(command: TellOfMonth, closings: Closings) -> bool:
    """Whether the keeper was reminded of the month, and it is still to be counted or reported."""
    period = command.period
    if command.duty is MonthDuty.REPORTING:
        return period in closings.urged and period not in closings.sent
    return period == closings.reminded and not closings.has(period)
