"""联系用户 (reaching the customer): every try that came to nothing is told by itself.

A case whose customer nobody reaches ends with the days on which they were tried: those of the
record. A closed door is a try too, and so are the calls that an appointment or the end of a visit
lists. Where parts are in their machine, or money was charged, an approver agrees to such an end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.dispatch.work_order.checks import asks_themselves
from services.dispatch.work_order.kinds import is_undone
from services.dispatch.work_order.state import WorkOrder
from shared.decider import (
    Asked,
    Decision,
    Fact,
    Rule,
    days_tried,
    number_of,
    reason,
    refuse_if,
)
from shared.events.dispatch import (
    ConsentGiven,
    CustomerSigned,
    SignatureRefused,
    UnreachedGranted,
)
from shared.events.intake import ContactAttempted
from shared.events.order_sheet import OrderStage, VisitOutcome
from shared.events.values import SEVERAL, Note, Personal, Text, TimeZone
from shared.events.visits import (
    AnotherTimeAsked,
    AppointmentConfirmed,
    VisitCancelled,
    VisitEnded,
    VisitRescheduled,
)
from shared.step import WORDS

NOT_MET = (VisitOutcome.NO_ACCESS, VisitOutcome.INTERRUPTED)
"""Visits that may end so though nobody met the customer."""


@dataclass(frozen=True, slots=True)
class AttemptContact:
    """联系未果: somebody tried to reach the customer: how, whom or where, and what came of it."""

    channel: Text
    whom: Personal
    result: Text


@dataclass(frozen=True, slots=True)
class UnreachedGrant:
    """准予联系不上结案: why the case may end though nobody reached the customer."""

    because: Note


@dataclass(frozen=True, slots=True)
class GrantUnreached(UnreachedGrant):
    """准予联系不上结案: though parts are with them, or money is charged; by the approver."""

    days_needed: int = 3
    """Obligation: on how many days a customer is tried whom nobody reaches."""
    time_zone: TimeZone = "UTC"
    """Obligation: where these days are counted."""


def attempt(command: AttemptContact, order: WorkOrder, asked: Asked) -> Decision:
    """联系未果: each try by itself, by whoever made it, while the case is open."""
    tried = ContactAttempted(asked.at, asked.actor, command.channel, command.whom, command.result)
    if tried in order.tried:
        return []
    refuse_if(*_open(order, asked))
    return asked.here(tried)


def grant(command: GrantUnreached, order: WorkOrder, asked: Asked) -> Decision:
    """准予联系不上结案: by an approver who did not do the job, once it was tried often enough."""
    granted = UnreachedGranted(asked.actor, command.because)
    if order.unreached_granted == granted:
        return []
    refuse_if(
        *_open(order, asked),
        asks_themselves(order, None, asked),
        few_days(tried_on(asked, command.time_zone), command.days_needed),
    )
    return asked.here(granted)


def unreached(order: WorkOrder, days: Sequence[date], needed: int) -> Iterator[Rule]:
    """A rule: they were tried on enough days; what weighs, an approver has agreed to."""
    yield few_days(days, needed)
    at_stake = weighs(order)
    granted = order.unreached_granted is not None
    yield bool(at_stake) and not granted, reason("unreached-not-granted", fields=at_stake)


def weighs(order: WorkOrder) -> Sequence[str]:
    """未了: what the customer has had of us, or has paid, without an approver's word on it.

    A signature that was waived is such a word: the approver knew that the customer had not signed.
    """
    if order.customer is not None and order.customer.word.waived_by is not None:
        return []
    lines = (line for noted in order.issue_notes.values() for line in noted.lines)
    used = order.used_before or any(line.used for line in lines)
    charged = order.paid or (order.work.work.fees if order.work else ())
    said = {"parts_used": bool(used), "fees": bool(charged)}
    return [name for name, is_so in said.items() if is_so]


def tried_on(asked: Asked, time_zone: str) -> Sequence[date]:
    """联系日期: the days on which they were tried, since they were heard last."""
    told = [each for facts in asked.happened.values() for each in facts]
    return days_tried(told, _is_tried, _is_heard, time_zone)


def few_days(days: Sequence[date], needed: int) -> Rule:
    """A rule: they were tried on enough different days."""
    return len(days) < needed, reason("too-few-days", days=len(days), needed=needed)


def named_days(days: Sequence[date]) -> tuple[date, ...]:
    """The last of them, as the ending names them."""
    return tuple(days[-SEVERAL:])


def offered_attempt(_number: str, order: WorkOrder) -> Iterator[AttemptContact]:
    """Once there is an order; not where it is mended, and signed: that ends without them."""
    mended = order.work is not None and not is_undone(order)
    if order.noted is not None and not (mended and order.customer):
        yield AttemptContact(WORDS, WORDS, WORDS)


def offered_grant(_number: str, order: WorkOrder) -> Iterator[UnreachedGrant]:
    """Where somebody tried to reach them, and something weighs."""
    if order.tried and weighs(order) and order.unreached_granted is None:
        yield UnreachedGrant(WORDS)


def _open(order: WorkOrder, asked: Asked) -> Iterator[Rule]:
    """A rule: there is an order, and its case is not over."""
    yield order.noted is None, reason("not-approved", ticket=asked.ticket or "")
    closed = order.stage is OrderStage.CLOSED
    yield closed, reason("closed-already", number=number_of(asked.home))


def _is_tried(fact: Fact) -> bool:
    match fact:
        case ContactAttempted() | SignatureRefused(absent=True):
            return True
        case VisitEnded(outcome=VisitOutcome.NO_ACCESS):
            return True
        case AppointmentConfirmed(confirmed=False, attempts=attempts):
            return bool(attempts)
        case VisitCancelled(customer_told_at=None):
            return True
        case _:
            return False


def _is_heard(fact: Fact) -> bool:
    """Whether the customer was met or spoken to, or has answered."""
    match fact:
        case CustomerSigned() | ConsentGiven() | SignatureRefused(absent=False):
            return True
        case AppointmentConfirmed(confirmed=True) | AnotherTimeAsked():
            return True
        case VisitRescheduled(customer_agreed=True):
            return True
        case VisitCancelled(customer_told_at=at):
            return at is not None
        case VisitEnded(outcome=outcome):
            return outcome not in NOT_MET
        case _:
            return False
