"""定额建议 (a suggestion of quota): how many of a part a store should have, by what it has used.

It is computed when somebody asks, from whole weeks of use, and is applied by nobody: a quota is
set by an approver or by base (`SetQuota`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

WEEK = timedelta(days=7)


class QuotaRule(StrEnum):
    """建议依据: which rule gave the suggestion."""

    AVERAGE = "average"
    """平均用量: the mean of the weeks, for as many weeks as it is to last."""
    BUSIEST_WEEK = "busiest_week"
    """最忙一周: the mean would not have lasted through the week with the greatest use."""
    NOT_USED = "not_used"
    """没有用过: nothing was used in these weeks."""
    TOO_NEW = "too_new"
    """时间太短: the store has not had the part for a whole week, so nothing is suggested."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """建议数: how many, by which rule, and the figures that it was computed from."""

    rule: QuotaRule
    quota: int | None
    """None: nothing is suggested."""
    weeks: int
    """How many whole weeks were looked at."""
    used: int
    """How many pieces were used in them, less what corrections brought back."""
    busiest: int
    """How many were used in the week with the greatest use."""
    cover_weeks: int
    needed: int
    """What the mean of the weeks asks for so many weeks, rounded up."""


def whole_weeks(since: date, today: date, most: int) -> Sequence[date]:
    """The newest whole weeks that are over, oldest first, none before the store had the part.

    `since`: the week in which it first had it, which counts no more as whole than that of today.
    """
    last = today - timedelta(days=today.weekday())
    weeks = [last - n * WEEK for n in range(most, 0, -1)]
    return [each for each in weeks if each > since]


def suggest(weeks: Sequence[date], used: Mapping[date, int], cover_weeks: int) -> Suggested:
    """定额建议: what the mean of the weeks asks for, and at least the use of the busiest one."""
    each_week = [used.get(week, 0) for week in weeks]
    total, busiest = max(0, sum(each_week)), max(0, *each_week, 0)
    needed = -(-total * cover_weeks // len(weeks)) if weeks else 0
    rule = _rule(len(weeks), total, needed, busiest)
    quota = None if rule is QuotaRule.TOO_NEW else max(needed, busiest) if total else 0
    return Suggested(rule, quota, len(weeks), total, busiest, cover_weeks, needed)


def _rule(weeks: int, total: int, needed: int, busiest: int) -> QuotaRule:
    if not weeks:
        return QuotaRule.TOO_NEW
    if not total:
        return QuotaRule.NOT_USED
    return QuotaRule.AVERAGE if needed >= busiest else QuotaRule.BUSIEST_WEEK
