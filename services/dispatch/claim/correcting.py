"""报销纠错 (correcting): what is found wrong after the approval: taken back, or paid more or less.

Before the payment the approval is taken back, and the claim stands as finance reviewed it: it is
reviewed anew, approved anew or rejected. After it nothing is rewritten: a correction says how much
more was paid or was paid back, by which payment or receipt, and why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.dispatch import vouchers
from services.dispatch.claim.checks import (
    at_stage,
    decided_by,
    kept_apart,
    no_stand_in,
    reviewed_by,
)
from services.dispatch.claim.reviewing import LineRule, LineSaid, RateDay, days_of
from services.dispatch.claim.state import Claim
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if, too_many
from shared.events.travel_claims import (
    ClaimApprovalTakenBack,
    ClaimApproved,
    ClaimCorrected,
    ClaimPaid,
    ClaimStage,
    Moved,
)
from shared.events.values import SEVERAL, Note, Ref
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class TakeBackClaimApproval:
    """批准收回: it is not to be paid as it is, and why; before the payment."""

    because: Note


@dataclass(frozen=True, slots=True)
class Correct:
    """付款更正: how much more was paid, or was paid back, by which reference, and why."""

    reference: Ref
    fen: Moved
    because: Note


@dataclass(frozen=True, slots=True)
class CorrectClaim(Correct):
    """付款更正: after the payment; by who neither claims, nor has reviewed, approved or paid it."""

    rules: tuple[LineRule, ...] = field(kw_only=True)
    """Obligation: what policy says of each line: more than that is never paid."""
    needed: tuple[Ref, ...] = field(kw_only=True)
    """Obligation: in which role the larger of both sums is approved, by the ladder of policy."""
    holders: tuple[Ref, ...] = field(default=(), kw_only=True)
    """Obligation: who has one of these roles at the branch now."""
    stand_ins: tuple[Ref, ...] = field(default=(), kw_only=True)
    """Obligation: who acts for whoever claims, or for whom they act, today."""


def take_back(command: TakeBackClaimApproval, claim: Claim, asked: Asked) -> Decision:
    """批准收回: finance has the report again, until it is decided anew."""
    fact = ClaimApprovalTakenBack(command.because, asked.actor)
    if claim.stage is ClaimStage.REVIEWED and claim.taken_back == fact:
        return []
    refuse_if(
        at_stage(claim, asked, ClaimStage.APPROVED),
        kept_apart(asked, claim.claimant),
    )
    return asked.here(fact)


def correct(command: CorrectClaim, claim: Claim, asked: Asked) -> Decision:
    """付款更正: never below nothing nor above what was claimed, by a reference that is new.

    In the role that the ladder asks for. Where everybody who has it had a part in the payment,
    another approver does it: what was paid wrongly is never wrong for good.
    """
    fact = ClaimCorrected(command.reference, command.fen, command.because, asked.actor)
    if fact in claim.corrections:
        return []
    streams, paid = vouchers.streams_of_payment(command.reference), claim.paid
    used = any(asked.read(each).claim for each in streams)
    days = _days(command, claim)
    part = {
        claim.claimant,
        *reviewed_by(claim, asked),
        *decided_by(asked, ClaimApproved, ClaimPaid),
        *(each.approved_by for each in (claim.approved,) if each),
        *(each.paid_by for each in (paid,) if each),
    }
    refuse_if(
        at_stage(claim, asked, ClaimStage.PAID),
        kept_apart(asked, *part),
        no_stand_in(command.stand_ins, claim, asked),
        (
            paid is not None
            and not (asked.roles & {*command.needed} or part >= {*command.holders}),
            reason("claim-asks-more", needed=list(command.needed)),
        ),
        _beyond(command, claim, _most(days, claim, asked)),
        (used, reason("payment-twice", reference=command.reference)),
        too_many("corrections", len(claim.corrections) + 1, SEVERAL),
    )
    number = number_of(asked.home)
    return [
        *asked.here(fact),
        *vouchers.used(number, streams),
        *vouchers.spent(number, _held(days, command, claim, asked)),
    ]


def reads_correction(command: CorrectClaim, claim: Claim, _asked: Asked) -> Sequence[str]:
    """What the payment or receipt was used for, and what is gone of each day's rate."""
    days = (stream for day in _days(command, claim) for stream in day.streams)
    return (*vouchers.streams_of_payment(command.reference), *days)


def offered_taking_back(_number: str, claim: Claim) -> Iterator[TakeBackClaimApproval]:
    """Of what was approved and is not paid."""
    if claim.stage is ClaimStage.APPROVED:
        yield TakeBackClaimApproval(WORDS)


def offered_correction(_number: str, claim: Claim) -> Iterator[Correct]:
    """Of what was paid: to be paid back whole, as long as there is something."""
    if claim.stage is ClaimStage.PAID and claim.paid_fen:
        yield Correct(WORDS, -claim.paid_fen, WORDS)


def _days(command: CorrectClaim, claim: Claim) -> Sequence[RateDay]:
    """The days that a rate limits, each with all that was claimed for it."""
    claimed = [LineSaid(number, line.fen) for number, line in claim.lines.items()]
    return days_of(claimed, command.rules, claim)


def _held(
    days: Sequence[RateDay], command: CorrectClaim, claim: Claim, asked: Asked
) -> Mapping[str, int]:
    """How much of each day's rate the claim holds afterwards, where that is another sum.

    Never more than is paid, nor less than what is paid beyond the lines that no rate limits. So a
    correction leaves as much as it can to the other claims of these days.
    """
    number, paid = number_of(asked.home), (claim.paid_fen or 0) + command.fen
    gone = {day.stream: vouchers.spent_of_rate(day.streams, asked) for day in days}
    now = {stream: spent.get(number, 0) for stream, spent in gone.items()}
    free = sum(line.fen for line in claim.lines.values()) - sum(day.said_fen for day in days)
    wanted = min(max(sum(now.values()), paid - free), paid)
    held = {}
    for day in days:
        most = min(_left(day, asked), day.said_fen) if command.fen > 0 else now[day.stream]
        held[day.stream] = min(most, wanted)
        wanted -= held[day.stream]
    return {stream: fen for stream, fen in held.items() if fen != now[stream]}


def _left(day: RateDay, asked: Asked) -> int:
    """What the rate of a day leaves to this claim."""
    return max(0, day.limit_fen - vouchers.spent_by_others(day.streams, asked))


def _most(days: Sequence[RateDay], claim: Claim, asked: Asked) -> int:
    """The most that may be paid of what was claimed, by the rates of its days."""
    total = claim.submitted.total_fen if claim.submitted else 0
    return total - sum(max(0, day.said_fen - _left(day, asked)) for day in days)


def _beyond(command: CorrectClaim, claim: Claim, most: int) -> Rule:
    """A rule: it moves something, and what is paid stays between nothing and the most."""
    paid = claim.paid_fen
    told = reason("correction-beyond", fen=command.fen, paid_fen=paid or 0, total_fen=most)
    fits = paid is None or (command.fen < 0 <= paid + command.fen) or 0 < command.fen <= most - paid
    return not fits, told
