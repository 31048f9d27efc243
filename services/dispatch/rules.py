"""派工的规则 (rules of dispatch): what the registers and policy say, before anything is decided.

What comes out of here enters a command as an obligation and stands on its fact.
"""

from collections.abc import Sequence
from datetime import datetime

from shared.events.cards import PersonCard
from shared.events.values import Warned
from shared.policy import Core
from shared.policy.clocks import due


def taking_due(policy: Core, at: datetime) -> datetime | None:
    """接单时限: by when an order given at that moment should be taken; None: no time is set."""
    if policy.taking is None:
        return None
    return due(policy.taking.clock, policy.calendar, at)


def handing_in_due(policy: Core, at: datetime) -> datetime | None:
    """交销时限: by when a task the customer signed then should be brought; None: no time is set."""
    if policy.handing_in is None:
        return None
    return due(policy.handing_in.clock, policy.calendar, at)


def load(policy: Core, others: Sequence[str], elsewhere: int) -> tuple[Warned, ...]:
    """当日工作量提醒: the technician has so many other orders on the day.

    With the numbers of those at the branch of the order; of the others only that there are some.
    """
    bound = policy.warnings.orders_on_one_day
    if bound is None or len(others) + elsewhere < bound:
        return ()
    here = Warned("many-orders-that-day", tuple(sorted(others)))
    there = Warned("orders-elsewhere-that-day", ())
    return (*([here] if others else ()), *([there] if elsewhere else ()))


def skill(policy: Core, card: PersonCard | None, model: str | None) -> tuple[Warned, ...]:
    """技能提醒: the technician's card does not name the skill that machines of this model ask for.

    The model is the one on the approved report, the only thing said of the machine there that says
    what kind it is; policy has the skill for it. Somebody without a card is refused elsewhere.
    """
    fits = [row for row in policy.warnings.skills if model and model.startswith(row.model)]
    if card is None or not fits:
        return ()
    asked = max(fits, key=lambda row: len(row.model)).skill
    return () if asked in card.skills else (Warned("skill-missing", (asked,)),)


def area(policy: Core, card: PersonCard | None, region: str | None) -> tuple[Warned, ...]:
    """区域提醒: the machine stands in a region that is none of those on the technician's card.

    A card that names no region goes wherever its branches go; an unknown region is nobody's.
    """
    if not policy.warnings.other_area or card is None or not card.regions or region is None:
        return ()
    return () if region in card.regions else (Warned("other-area", (region,)),)
