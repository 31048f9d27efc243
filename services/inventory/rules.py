"""配件库的规则 (rules of inventory): readers, the day of refilling."""

from datetime import date, datetime

from shared.events.closings import MonthDuty
from shared.events.replenishments import KeeperDuty
from shared.events.values import Role
from shared.policy import Core
from shared.policy.clocks import Clock, Occurrence, due, last_occurrence

READERS = frozenset(Role) - {Role.CUSTOMER, Role.OPERATOR}
"""Who reads of parts, stock and notes."""


def is_refill_day(policy: Core, day: date) -> bool:
    """补库日: whether stores ask base on that local day; on any, if policy names none."""
    refilling = policy.refilling
    return refilling is None or refilling.schedule.falls_on(day, policy.calendar)


def refill_due(policy: Core, at: datetime) -> datetime | None:
    """补库时限: by when base sends what was asked then, bought or not; None: no time is set."""
    if policy.refilling is None:
        return None
    return due(policy.refilling.clock, policy.calendar, at)


def asking_due(policy: Core, at: datetime) -> datetime | None:
    """申请时限: by when a store asks for what was drafted then; None: no time is set."""
    if policy.refilling is None or policy.refilling.asking is None:
        return None
    return due(policy.refilling.asking, policy.calendar, at)


def upward(policy: Core, duty: KeeperDuty | MonthDuty, was_due: datetime) -> datetime | None:
    """上报时限: when approvers are told of what the keeper was to do by then; None: never.

    Of old parts it runs from the reminder, since no moment is set for them.
    """
    then = _then(policy, duty)
    return due(then, policy.calendar, was_due) if then else None


def _then(policy: Core, duty: KeeperDuty | MonthDuty) -> Clock | None:
    """The clock of the approvers, after that of the keeper."""
    match duty:
        case KeeperDuty.ASKING:
            asking = policy.refilling.asking if policy.refilling else None
            return asking.then if asking else None
        case KeeperDuty.LISTING:
            return policy.stock.old_parts_upward
        case MonthDuty.CLOSING:
            return policy.stocktaking.clock.then if policy.stocktaking else None
        case MonthDuty.REPORTING:
            return policy.closing.clock.then


def report_due(policy: Core, ends_at: datetime) -> datetime:
    """应报时限: by when the consumption report of a month is sent that ends then."""
    return due(policy.closing.clock, policy.calendar, ends_at)


def stocktake_due(policy: Core, ends_at: datetime) -> datetime | None:
    """盘点时限: by when a month that ends then is counted and closed; None: no time is set."""
    if policy.stocktaking is None:
        return None
    return due(policy.stocktaking.clock, policy.calendar, ends_at)


def refill_within(policy: Core) -> str | None:
    """补库时限: how long base may take, as policy writes it: `P7D`; None: no time is set."""
    return None if policy.refilling is None else policy.refilling.clock.written


def last_refill_day(policy: Core, until: datetime) -> Occurrence | None:
    """补库日: the newest up to a moment; None: policy names none."""
    if policy.refilling is None:
        return None
    return last_occurrence(policy.refilling.schedule, policy.calendar, until)
