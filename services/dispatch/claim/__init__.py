"""差旅报销单 (travel claim): what a journey cost who made it, from the hand-in to the payment.

submitted → reviewed → approved → paid; returned, rejected, withdrawn. An approval is taken back
before the payment; after it there are corrections (`correcting.py`). Who claims, who of finance
reviews and who approves are three people. The approved report is with finance while the claim
waits to be decided (`document.py`); `vouchers.py` keeps each voucher from counting twice.
"""

from collections.abc import Sequence

from services.dispatch.claim import board, correcting, deciding, reviewing, submitting
from services.dispatch.claim.document import public
from services.dispatch.claim.state import Claim, initial, shown
from services.dispatch.claim.state import evolve as evolve_paper
from shared import urging
from shared.events.dispatch import RepairContinued, TaskHandedIn
from shared.events.intake import RepairClosed
from shared.events.travel_claims import (
    ClaimApproved,
    ClaimPaid,
    ClaimReturned,
    ClaimReviewed,
    ClaimStage,
    ClaimSubmitted,
)
from shared.events.values import TICKET_FORM, Role
from shared.ground import first_of, last_of, nothing_before
from shared.step import (
    Address,
    PaperType,
    PathField,
    Step,
    by_command,
    naming,
    offering,
    ticket_of,
)
from shared.view import View

__all__ = ["PAPER", "STEPS", "Claim", "decide", "evolve", "initial", "public"]

NUMBER = PathField(described="报销单号 BX-…-L1", pattern=rf"^{TICKET_FORM}-L[1-9][0-9]?$")
PAPER: PaperType[Claim] = PaperType(
    prefix="claim",
    address=Address("/claims/{number}", (NUMBER,)),
    ticket_of=ticket_of,
    shown=shown,
    open_to=lambda claim: (claim.claimant,),
    named=lambda claim: naming(Role.TECHNICIAN, claim.claimant),
)
FINANCE = {Role.FINANCE}

_STEPS = (
    Step(
        "/claims",
        submitting.SubmitClaim,
        submitting.submit,
        by={Role.TECHNICIAN},
        begins=True,
        reads=submitting.reads_of_submitting,
        rests_on=first_of(TaskHandedIn, RepairClosed, RepairContinued),
        since={"trips.back_at": nothing_before},
        location="/v1/claims/{id}",
        offer=offering(),  # on the page of its order, where it is offered as what follows
        example=submitting.EXAMPLE,
    ),
    Step(
        "resubmissions",
        submitting.ResubmitClaim,
        submitting.resubmit,
        by={Role.TECHNICIAN},
        reads=submitting.reads_of_resubmitting,
        rests_on=last_of(ClaimReturned),
        since={"trips.back_at": nothing_before},
        offer=submitting.offered_resubmitting,
        example=submitting.EXAMPLE_AGAIN,
    ),
    Step(
        "reviews",
        reviewing.ReviewClaim,
        reviewing.review,
        by=FINANCE,
        reads=reviewing.reads_rates,
        rests_on=last_of(ClaimSubmitted),
        until=ClaimStage.REVIEWED,
        offer=reviewing.offered_review,
        example={"lines": [{"line": 1, "allowed_fen": 4600}]},
    ),
    Step(
        "returns",
        reviewing.ReturnClaim,
        reviewing.send_back,
        by=FINANCE,
        rests_on=last_of(ClaimSubmitted),
        until=ClaimStage.SUBMITTED,
        offer=reviewing.offered_return,
        example={"reasons": ["车票不清 the ticket cannot be read"]},
    ),
    Step(
        "approvals",
        deciding.ApproveClaim,
        deciding.approve,
        by=deciding.DECIDERS,
        reads=deciding.reads_journeys,
        rests_on=last_of(ClaimReviewed),
        until=ClaimStage.REVIEWED,
        offer=deciding.offered_approval,
        example={"allowed_fen": 4600},
    ),
    Step(
        "rejections",
        deciding.RejectClaim,
        deciding.reject,
        by=deciding.DECIDERS,
        reads=deciding.reads_vouchers,
        rests_on=last_of(ClaimReviewed),
        until=ClaimStage.REVIEWED,
        offer=deciding.offered_rejection,
        example={"because": "不是本次差旅 it belongs to another journey"},
    ),
    Step(
        "payments",
        deciding.PayClaim,
        deciding.pay,
        by=FINANCE,
        reads=deciding.reads_payment,
        rests_on=last_of(ClaimApproved),
        until=ClaimStage.APPROVED,
        offer=deciding.offered_payment,
        example={"reference": "FK-2026-1130-07", "fen": 4600},
    ),
    Step(
        "approval-withdrawals",
        correcting.TakeBackClaimApproval,
        correcting.take_back,
        by={Role.FINANCE, *deciding.DECIDERS},
        rests_on=last_of(ClaimApproved),
        until=ClaimStage.APPROVED,
        offer=correcting.offered_taking_back,
        example={"because": "第二行核错了 the second line was reviewed wrongly"},
    ),
    Step(
        "corrections",
        correcting.CorrectClaim,
        correcting.correct,
        by=deciding.DECIDERS,
        reads=correcting.reads_correction,
        rests_on=last_of(ClaimPaid),
        until=ClaimStage.PAID,
        offer=correcting.offered_correction,
        example={
            "reference": "SK-2026-1205-01",
            "fen": -1000,
            "because": "住宿多付了十元 ten yuan too much for the night",
        },
    ),
    Step(
        "withdrawals",
        deciding.WithdrawClaim,
        deciding.withdraw,
        by={Role.TECHNICIAN, *deciding.DECIDERS},
        nobody_apart="it gives up what was claimed and lets nobody have anything",
        reads=deciding.reads_vouchers,
        rests_on=last_of(ClaimSubmitted),
        until=ClaimStage.REVIEWED,
        offer=deciding.offered_withdrawal,
        example={"because": "票据拿错了 the wrong vouchers"},
    ),
)


_WAITS = {
    ClaimStage.SUBMITTED: "reviews",
    ClaimStage.RETURNED: "resubmissions",
    ClaimStage.REVIEWED: "approvals",
    ClaimStage.APPROVED: "payments",
}
"""What is waited for at which stage."""


def _awaited(claim: Claim) -> Sequence[urging.Awaited]:
    """Of whom: who claims, of what came back; who approves by the ladder; nobody kept apart."""
    step = _WAITS.get(claim.stage)
    if step is None:
        return ()
    if claim.stage is ClaimStage.RETURNED:
        return (urging.Awaited(step, person=claim.claimant),)
    if claim.stage is ClaimStage.REVIEWED and claim.reviewed is not None:
        apart, needed = (claim.claimant, *claim.reviewers), claim.reviewed.needed
        return (urging.Awaited(step, roles=needed or None, without=apart),)
    return (urging.Awaited(step, without=(claim.claimant,)),)


_URGED = urging.Urgeable(_STEPS, urging.no_stage, beside=_awaited)
_URGINGS = urging.urgings(
    _URGED,
    by={Role.TECHNICIAN, *FINANCE, *deciding.DECIDERS},
    rests_on=last_of(ClaimSubmitted),
    until=ClaimStage.APPROVED,
)
STEPS = (*_STEPS, _URGINGS)
decide = by_command(STEPS)
evolve = urging.remembering(evolve_paper)
VIEWS: Sequence[View] = (board,)
