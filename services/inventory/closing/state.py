"""截帐的状态 (the state of closings): the last month that is closed, and the reports sent."""

from dataclasses import replace
from typing import TypeAlias

from services.inventory.periods import Closings
from shared.events.closings import (
    ClosingUrged,
    ConsumptionReportSent,
    ConsumptionReportUrged,
    MonthOverdue,
    PeriodClosed,
)

Reminder: TypeAlias = ConsumptionReportUrged | ClosingUrged | MonthOverdue
Fact: TypeAlias = PeriodClosed | ConsumptionReportSent | Reminder


def evolve(closings: Closings, fact: Fact) -> Closings:
    """How far the store is closed after the fact. Asks no rule: facts are facts."""
    match fact:
        case PeriodClosed(period=period):
            return replace(closings, last=fact, first=closings.first or period)
        case ConsumptionReportSent(period=period):
            return replace(closings, sent={**closings.sent, period: fact})
        case ConsumptionReportUrged(period=period):
            return replace(closings, urged=closings.urged | {period})
        case ClosingUrged(period=period):
            return replace(closings, reminded=period)
        case MonthOverdue(duty=duty, period=period):
            return replace(closings, told_upward=closings.told_upward | {(duty, period)})
