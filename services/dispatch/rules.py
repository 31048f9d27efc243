"""派工的规则 (rules of dispatch): what the registers and policy say, before anything is decided.

What comes out of here enters a command as an obligation and stands on its fact.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.events.dispatch import Standing
from shared.events.intake import BranchCard, PersonCard

HOME_ZONE = "Asia/Shanghai"
"""The calendar of a branch whose card has not come yet."""


def standing(person: str, card: PersonCard | None) -> Standing:
    """任职情况: what the newest card of a person says of him; nothing, if there is none."""
    if card is None:
        return Standing(person, known=False)
    return Standing(
        person, known=True, active=card.active, roles=card.roles, branches=card.branches
    )


def local_day(at: datetime | None, branch: BranchCard | None) -> date | None:
    """当地日期: the day a moment falls on by the calendar of the branch."""
    if at is None:
        return None
    return at.astimezone(ZoneInfo(branch.time_zone if branch else HOME_ZONE)).date()
