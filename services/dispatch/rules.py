"""派工的规则 (rules of dispatch): what the registers and policy say, before anything is decided.

What comes out of here enters a command as an obligation and stands on its fact.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from shared.events.cards import PersonCard
from shared.events.travel_claims import ExpenseKind
from shared.events.urging import OrderClock
from shared.events.values import TravelMode, Warned
from shared.events.visits import LeaveRecorded
from shared.policy import Core, last_word, rung
from shared.policy.claiming import rate_of, rung_of
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


def claim_due(policy: Core, at: datetime) -> tuple[datetime | None, datetime | None]:
    """报销时限: by when who handed in then should have claimed, and from when an approver is told.

    None: no time is set.
    """
    clock = policy.claiming.clock
    if clock is None:
        return None, None
    first = due(clock, policy.calendar, at)
    return first, due(clock, policy.calendar, first)


def visit_lacking(policy: Core, since: datetime) -> datetime | None:
    """安排上门时限: until when parts may be out with nobody to go; None: no time is set."""
    if policy.next_visit is None:
        return None
    return due(policy.next_visit.clock, policy.calendar, since)


def upward(policy: Core, clock: OrderClock, was_due: datetime) -> datetime | None:
    """上报时限: when the approvers are told of what was due then; None: they are not."""
    rule = {
        OrderClock.TAKING: policy.taking,
        OrderClock.NEXT_VISIT: policy.next_visit,
        OrderClock.HAND_IN: policy.handing_in,
    }[clock]
    then = rule.clock.then if rule else None
    return due(then, policy.calendar, was_due) if then else None


def cash_due(policy: Core, since: datetime) -> datetime | None:
    """当日结清: the end of the branch's day on which it was taken; None: policy asks for none."""
    if not policy.fees.settle_same_day:
        return None
    zone = policy.calendar.zone
    after = since.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(after, time(), zone).astimezone(UTC)


def cash_upward(policy: Core, was_due: datetime) -> datetime | None:
    """交款上报: when the approvers are told of money that was due then; None: they are not."""
    then = policy.fees.upward if policy.fees.settle_same_day else None
    return due(then, policy.calendar, was_due) if then else None


def asked_beside(
    policy: Core, estimated: int | None, before: int | None, after: int | None
) -> tuple[str, ...]:
    """追加后的审批档: as what a repair must be approved that costs more by these parts.

    `before`, `after`: what supplements cost without them and with them; None: the catalogue has no
    price of a part, and a cost that nobody knows is on the top rung. Nothing, if the rung is the
    same: then whoever approves supplements grants it.
    """
    if estimated is None:
        return ()
    ladder = policy.approval.ladder
    needed = rung(ladder, None if after is None else estimated + after).all
    known = rung(ladder, None if before is None else estimated + before).all
    return () if set(needed) == set(known) else tuple(needed)


def judged_as(policy: Core, cost_fen: int | None) -> tuple[str, ...]:
    """超批认定档: as what somebody judges use of this cost; nothing: as any other use is judged.

    None: the catalogue has no price of a part. Then it is as what the last rung adds.
    """
    return () if cost_fen is not None else tuple(last_word(policy.approval.ladder))


def claim_asked(policy: Core, allowed_fen: int | None) -> tuple[str, ...]:
    """报销审批档: in which role somebody approves a claim of this sum; one of these."""
    return tuple(rung_of(policy.claiming.ladder, allowed_fen).any)


def rate(policy: Core, kind: ExpenseKind, mode: TravelMode | None) -> tuple[str, int | None, str]:
    """费用标准: the row of the policy table for such an expense, and the most of it for a day.

    And under what a day of it is counted, which stays where the row is given another name.
    """
    row = rate_of(policy.claiming.rates, kind, mode)
    return row.id, row.day_fen, row.counts_as


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


def traveller(who: str, approved: Sequence[str]) -> tuple[Warned, ...]:
    """派出人员提醒: the technician is none of those who were approved to travel."""
    other = bool(approved) and who not in approved
    return (Warned("traveller-not-approved", tuple(sorted(approved))),) if other else ()


def leave(leaves: Sequence[LeaveRecorded]) -> tuple[Warned, ...]:
    """请假提醒: the technician is away on the day, by the last day of each leave."""
    until = {each.until_on.isoformat() for each in leaves}
    return (Warned("on-leave-that-day", tuple(sorted(until))),) if until else ()


def expected(visits: Sequence[str], *, elsewhere: bool) -> tuple[Warned, ...]:
    """待上门提醒: whoever will be away is expected for these visits; of others' as below."""
    here = Warned("expected-then", tuple(sorted(visits)))
    there = Warned("expected-elsewhere-then", ())
    return (*([here] if visits else ()), *([there] if elsewhere else ()))


def double_booked(others: Sequence[str], *, elsewhere: bool) -> tuple[Warned, ...]:
    """重复预约提醒: other open visits of the technician whose windows overlap this one.

    With the numbers of those at the branch; of the others only that there are some.
    """
    here = Warned("double-booked", tuple(sorted(others)))
    there = Warned("double-booked-elsewhere", ())
    return (*([here] if others else ()), *([there] if elsewhere else ()))


def window(
    over_at: datetime, at: datetime, on: date, approved_on: date | None
) -> tuple[Warned, ...]:
    """时段提醒: the window is over already, or lies on another day than the approved journey."""
    past = over_at < at
    other = approved_on is not None and on != approved_on
    return (
        *([Warned("window-is-over", ())] if past else ()),
        *([Warned("window-not-as-approved", (str(approved_on),))] if other else ()),
    )


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
