"""报销提交 (submitting): who travelled says what it cost, after the hand-in, and once a voucher."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.dispatch import vouchers
from services.dispatch.claim.checks import at_stage, is_theirs
from services.dispatch.claim.claimed import Expenses, TripTold, claimed
from services.dispatch.claim.state import Claim
from services.dispatch.work_order import PAPER as WORK_ORDER
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import visits_of_ticket
from shared.decider import Asked, Decision, Series, number_of, reason, refuse_if
from shared.events.order_sheet import OrderStage
from shared.events.travel_claims import ClaimStage, ExpenseKind, ExpenseLine
from shared.events.values import Ref, TimeZone
from shared.step import LONG_AGO, WORDS, Offer, ticket_of


@dataclass(frozen=True, slots=True)
class NewClaim(Expenses):
    """报销提交: for which order, and what its journeys cost."""

    order: Ref


@dataclass(frozen=True, slots=True)
class SubmitClaim(NewClaim):
    """报销提交: say what the journeys of an order cost; by who travelled, after the hand-in."""

    time_zone: TimeZone = "UTC"
    """Obligation: where the days of a journey are counted."""


@dataclass(frozen=True, slots=True)
class ResubmitClaim(Expenses):
    """报销重报: say anew what it cost, after finance sent the claim back."""

    time_zone: TimeZone = "UTC"
    """Obligation, as in `SubmitClaim`."""


EXAMPLE = {
    "order": "BX-HZ01-20261123-0001-W1",
    "trips": [
        {
            "visit": "BX-HZ01-20261123-0001-V1",
            "from_place": "杭州",
            "to_place": "绍兴",
            "back_at": "2026-11-24T18:00:00+08:00",
        }
    ],
    "lines": [
        {
            "visit": "BX-HZ01-20261123-0001-V1",
            "kind": "fare",
            "on": "2026-11-24",
            "fen": 4600,
            "voucher_no": "E3301-08812345",
        }
    ],
}
"""A body as it comes over the wire."""
EXAMPLE_AGAIN = {name: EXAMPLE[name] for name in ("trips", "lines")}


def submit(command: SubmitClaim, claim: Claim, asked: Asked) -> Decision:
    """报销提交: once the order is handed in or its case is over; each voucher counts once."""
    said = claimed(command, command.order, command.time_zone, asked)
    if claim.submitted == said.fact:
        return []
    number = number_of(asked.home)
    refuse_if(
        (claim.submitted is not None, reason("number-taken", number=number)),
        *said.broken(asked),
    )
    return [*asked.here(said.fact), *vouchers.used(number, vouchers.streams_of(said.fact))]


def resubmit(command: ResubmitClaim, claim: Claim, asked: Asked) -> Decision:
    """报销重报: under its number; what is not claimed any more is free again."""
    if claim.submitted is None:
        refuse_if(at_stage(claim, asked, ClaimStage.RETURNED))
    before = claim.submitted
    assert before is not None
    said = claimed(command, before.order, command.time_zone, asked)
    if claim.stage is ClaimStage.SUBMITTED and before == said.fact:
        return []
    refuse_if(
        at_stage(claim, asked, ClaimStage.RETURNED),
        is_theirs(claim, asked),
        *said.broken(asked),
    )
    old, new = vouchers.streams_of(before), vouchers.streams_of(said.fact)
    number = number_of(asked.home)
    return [
        *asked.here(said.fact),
        *vouchers.freed(number, (each for each in old if each not in new)),
        *vouchers.used(number, (each for each in new if each not in old)),
    ]


def reads_of_submitting(
    command: SubmitClaim, _claim: Claim, asked: Asked
) -> Sequence[str | Series]:
    """The order, the visits of its ticket, and what its vouchers count for."""
    return _reads(command, command.order, (), asked)


def reads_of_resubmitting(
    command: ResubmitClaim, claim: Claim, asked: Asked
) -> Sequence[str | Series]:
    """The same; and the vouchers that it named before."""
    before = claim.submitted
    if before is None:
        return ()
    return _reads(command, before.order, vouchers.streams_of(before), asked)


def offered_submitting(number: str, order: WorkOrder) -> Iterator[Offer]:
    """Of an order that came home: its first claim, with the first visit of the ticket."""
    if order.stage is OrderStage.HANDED_IN and order.on_site:
        ticket = ticket_of(number)
        visit = f"{ticket}-V1"
        trip = TripTold(visit, WORDS, WORDS, LONG_AGO)
        line = ExpenseLine(visit, ExpenseKind.FARE, LONG_AGO.date(), 1, WORDS)
        yield Offer(NewClaim((trip,), (line,), number), f"{ticket}-L1")


def offered_resubmitting(_number: str, claim: Claim) -> Iterator[Expenses]:
    """As it was, to be put right."""
    if claim.stage is ClaimStage.RETURNED and claim.submitted is not None:
        told = claim.submitted
        yield Expenses(
            tuple(TripTold(t.visit, t.from_place, t.to_place, t.back_at) for t in told.trips),
            told.lines,
        )


def _reads(
    told: Expenses, order: str, before: Sequence[str], asked: Asked
) -> Sequence[str | Series]:
    numbers = (each.voucher_no for each in told.lines if each.voucher_no)
    named = {stream for each in numbers for stream in vouchers.streams_named(each)}
    daily = {
        vouchers.stream_of_day(asked.actor, each.on)
        for each in told.lines
        if each.kind is ExpenseKind.ALLOWANCE
    }
    streams = sorted({*named, *daily, *before})
    return (WORK_ORDER.stream_of(order), visits_of_ticket(asked.home), *streams)
