"""节奏 (pacing): when a notice may go: not at night, not too often, and later after each failure.

Pure functions of the policy, a moment and a time zone.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.policy.notices import Notices


def retry_at(
    policy: Notices, tries: int, now: datetime, until: datetime, after: timedelta | None = None
) -> datetime | None:
    """When it is tried again after so many tries in vain; None: it is dead.

    `after`: how long the other side asks to be left alone. What would be tried only when it is of
    no use any more is dead at once.
    """
    if tries >= policy.attempts:
        return None
    doubled = policy.first_pause * 2 ** min(tries - 1, 20)
    again = now + max(min(doubled, policy.longest_pause), after or timedelta())
    return again if again < until else None


def quiet_until(policy: Notices, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours end that this moment is in; None: it is in none."""
    local = now.astimezone(zone)
    begins, ends, clock = policy.quiet_from, policy.quiet_until, local.time()
    over_midnight = begins > ends
    inside = begins <= clock or clock < ends if over_midnight else begins <= clock < ends
    if not inside:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and clock >= begins else 0)
    return datetime.combine(day, ends, zone).astimezone(UTC)


def next_day(now: datetime, zone: ZoneInfo) -> datetime:
    """When the local day after this one begins: then the budget is whole again."""
    return _midnight(now.astimezone(zone).date() + timedelta(days=1), zone)


def day_began(now: datetime, zone: ZoneInfo) -> datetime:
    """When the local day of a moment began."""
    return _midnight(now.astimezone(zone).date(), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
