"""报销批准与付款 (deciding): the approver whom the ladder names decides, finance pays once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.dispatch import vouchers
from services.dispatch.claim.checks import (
    at_stage,
    is_theirs,
    kept_apart,
    no_stand_in,
    reviewed_by,
)
from services.dispatch.claim.reviewing import rates_of
from services.dispatch.claim.state import Claim
from services.dispatch.visit.state import Visit
from services.dispatch.work_order.visits import visits_of_ticket
from shared.decider import Asked, Decision, Reason, Series, number_of, reason, refuse_if
from shared.events.travel_claims import (
    ClaimApproved,
    ClaimPaid,
    ClaimRejected,
    ClaimStage,
    ClaimWithdrawn,
    LineNumber,
)
from shared.events.values import Fen, Note, Ref, Role, Several
from shared.events.visits import DeviationGranted
from shared.step import WORDS

DECIDERS = {Role.APPROVER, Role.GENERAL_MANAGER}
OPEN = (ClaimStage.SUBMITTED, ClaimStage.RETURNED, ClaimStage.REVIEWED)
"""Where a claim may be withdrawn."""


@dataclass(frozen=True, slots=True)
class Decide:
    """报销批准: for the sum that was shown; with the lines that count in spite of a deviation."""

    allowed_fen: Fen
    in_spite_of: Several[LineNumber] = ()


@dataclass(frozen=True, slots=True)
class ApproveClaim(Decide):
    """报销批准: let finance pay what it allowed; by who neither claims nor has reviewed it."""

    needed: tuple[Ref, ...] = field(kw_only=True)
    """Obligation: in which role this sum is approved, by the ladder of policy."""
    stand_ins: tuple[Ref, ...] = field(default=(), kw_only=True)
    """Obligation: who acts for whoever claims, or for whom they act, today."""


@dataclass(frozen=True, slots=True)
class RejectClaim:
    """报销驳回: nothing of it is paid, and why; by who neither claims nor has reviewed it."""

    because: Note


@dataclass(frozen=True, slots=True)
class PayClaim:
    """报销付款: the sum that was approved, and the reference of the payment; by finance, once."""

    reference: Ref
    fen: Fen


@dataclass(frozen=True, slots=True)
class WithdrawClaim:
    """报销撤回: it is not claimed any more, and why; by who claims, or an approver for them."""

    because: Note


def approve(command: ApproveClaim, claim: Claim, asked: Asked) -> Decision:
    """报销批准: a line of a journey left otherwise than approved needs a word."""
    fact = ClaimApproved(command.allowed_fen, command.in_spite_of, asked.actor)
    if claim.approved == fact:
        return []
    number, marked = number_of(asked.home), _marked(command, claim, asked)
    more = claim.reviewed is not None and not asked.roles & set(command.needed)
    other = claim.allowed_fen not in (None, command.allowed_fen)
    refuse_if(
        at_stage(claim, asked, ClaimStage.REVIEWED),
        kept_apart(asked, claim.claimant, *reviewed_by(claim, asked)),
        no_stand_in(command.stand_ins, claim, asked),
        (more, reason("claim-asks-more", needed=list(command.needed))),
        (other, _differs(command.allowed_fen, claim)),
        (bool(marked), reason("line-marked", lines=marked, number=number)),
    )
    return asked.here(fact)


def reject(command: RejectClaim, claim: Claim, asked: Asked) -> Decision:
    """报销驳回: its vouchers may be claimed anew."""
    fact = ClaimRejected(command.because, asked.actor)
    if claim.rejected == fact:
        return []
    refuse_if(
        at_stage(claim, asked, ClaimStage.REVIEWED),
        kept_apart(asked, claim.claimant, *reviewed_by(claim, asked)),
    )
    return [*asked.here(fact), *_freed(claim, asked)]


def pay(command: PayClaim, claim: Claim, asked: Asked) -> Decision:
    """报销付款: exactly what was approved, by a payment that paid no other claim."""
    fact = ClaimPaid(command.reference, command.fen, asked.actor)
    if claim.paid == fact:
        return []
    number, streams = number_of(asked.home), vouchers.streams_of_payment(command.reference)
    other = claim.allowed_fen not in (None, command.fen)
    again = bool(vouchers.taken(asked, number, streams))
    refuse_if(
        at_stage(claim, asked, ClaimStage.APPROVED),
        kept_apart(asked, claim.claimant),
        (other, _differs(command.fen, claim)),
        (again, reason("payment-twice", reference=command.reference)),
    )
    return [*asked.here(fact), *vouchers.used(number, streams)]


def withdraw(command: WithdrawClaim, claim: Claim, asked: Asked) -> Decision:
    """报销撤回: before it is decided; its vouchers may be claimed anew."""
    fact = ClaimWithdrawn(command.because, asked.actor)
    if claim.withdrawn == fact:
        return []
    refuse_if(
        at_stage(claim, asked, *OPEN),
        *(() if asked.roles & DECIDERS else (is_theirs(claim, asked),)),
    )
    return [*asked.here(fact), *_freed(claim, asked)]


def reads_journeys(_command: object, _claim: Claim, asked: Asked) -> Sequence[Series]:
    """The visits of the ticket: whether somebody has judged how their journeys began."""
    return (visits_of_ticket(asked.home),)


def reads_vouchers(_command: object, claim: Claim, _asked: Asked) -> Sequence[str]:
    """What is free again."""
    return sorted({*vouchers.streams_of(claim.submitted), *rates_of(claim)})


def reads_payment(command: PayClaim, _claim: Claim, _asked: Asked) -> Sequence[str]:
    """What the payment has paid."""
    return vouchers.streams_of_payment(command.reference)


def offered_approval(_number: str, claim: Claim) -> Iterator[Decide]:
    """Of what finance allowed."""
    if claim.stage is ClaimStage.REVIEWED and claim.allowed_fen is not None:
        yield Decide(claim.allowed_fen)


def offered_rejection(_number: str, claim: Claim) -> Iterator[RejectClaim]:
    """Of what finance has reviewed."""
    if claim.stage is ClaimStage.REVIEWED:
        yield RejectClaim(WORDS)


def offered_payment(_number: str, claim: Claim) -> Iterator[PayClaim]:
    """Of what was approved."""
    if claim.stage is ClaimStage.APPROVED and claim.allowed_fen is not None:
        yield PayClaim(WORDS, claim.allowed_fen)


def offered_withdrawal(_number: str, claim: Claim) -> Iterator[WithdrawClaim]:
    """Of what nobody has decided."""
    if claim.stage in OPEN:
        yield WithdrawClaim(WORDS)


def marked_visits(visits: Sequence[tuple[str, Visit]]) -> frozenset[str]:
    """偏差待认定: visits left otherwise than approved, to which no approver has agreed."""
    return frozenset(
        number
        for number, visit in visits
        if visit.departed
        and visit.departed.deviation
        and not isinstance(visit.judged, DeviationGranted)
    )


def _marked(command: ApproveClaim, claim: Claim, asked: Asked) -> Sequence[str]:
    """The lines that would be paid for such a visit, and on which nothing is said."""
    read = asked.read_series(visits_of_ticket(asked.home).prefix)
    visits = marked_visits([(number_of(stream), visit) for stream, visit in read.items()])
    return [
        str(number)
        for number, line in claim.lines.items()
        if line.visit in visits
        and number not in command.in_spite_of
        and number in claim.allowed
        and claim.allowed[number].allowed_fen
    ]


def _differs(fen: int, claim: Claim) -> Reason:
    return reason("claim-differs", fen=fen, allowed_fen=claim.allowed_fen or 0)


def _freed(claim: Claim, asked: Asked) -> Decision:
    number = number_of(asked.home)
    rates = [each for each in rates_of(claim) if number in asked.read(each).spent]
    return vouchers.freed(number, (*vouchers.streams_of(claim.submitted), *dict.fromkeys(rates)))
