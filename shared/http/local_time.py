"""当地时刻 (local time): a refusal tells a moment as the clocks of the branch show it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.decider import Reason

MOMENT = "since"
"""The number of a refusal that is a moment: since when something stands."""


def in_local_time(reasons: Sequence[Reason], zone: Callable[[], str]) -> list[Reason]:
    """These refusals with their moments in the branch's time zone; `zone` is asked if one has any.

    The moment stays the same, and so does its form: ISO 8601, with the offset of the branch.
    """
    return [_local(each, zone()) if each.numbers.get(MOMENT) else each for each in reasons]


def _local(told: Reason, zone: str) -> Reason:
    at = datetime.fromisoformat(str(told.numbers[MOMENT])).astimezone(ZoneInfo(zone))
    return replace(told, numbers={**told.numbers, MOMENT: at.isoformat(timespec="seconds")})
