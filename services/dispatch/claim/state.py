"""差旅报销单的状态 (the state of a claim): what is claimed, allowed, approved and paid."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from shared import urging
from shared.events import travel_claims as facts
from shared.events.travel_claims import ClaimStage, ExpenseLine, LineReviewed

ClaimFact: TypeAlias = (
    facts.ClaimSubmitted
    | facts.ClaimReturned
    | facts.ClaimReviewed
    | facts.ClaimApproved
    | facts.ClaimRejected
    | facts.ClaimPaid
    | facts.ClaimApprovalTakenBack
    | facts.ClaimCorrected
    | facts.ClaimWithdrawn
)
ClaimMilestone: TypeAlias = (
    facts.ClaimSubmitted
    | facts.ClaimReturned
    | facts.ClaimApproved
    | facts.ClaimRejected
    | facts.ClaimApprovalTakenBack
    | facts.ClaimWithdrawn
)
WITH_FINANCE = (ClaimStage.SUBMITTED, ClaimStage.REVIEWED)
"""Where a claim waits to be decided, and finance has the report."""


@dataclass(frozen=True, slots=True)
class Claim:
    """差旅报销单: a claim as its facts have made it; each part is the fact that said so last."""

    stage: ClaimStage = ClaimStage.NONE
    submitted: facts.ClaimSubmitted | None = None
    """As it was submitted last."""
    returned: facts.ClaimReturned | None = None
    reviewed: facts.ClaimReviewed | None = None
    """What finance allowed of it as it was submitted last."""
    reviewers: tuple[str, ...] = ()
    """Everybody of finance who has reviewed it as it was submitted last."""
    approved: facts.ClaimApproved | None = None
    rejected: facts.ClaimRejected | None = None
    taken_back: facts.ClaimApprovalTakenBack | None = None
    """That its approval was taken back last."""
    paid: facts.ClaimPaid | None = None
    corrections: tuple[facts.ClaimCorrected, ...] = ()
    withdrawn: facts.ClaimWithdrawn | None = None
    urged_by_hand: urging.Last | None = None
    """As somebody urged its next step last."""

    @property
    def claimant(self) -> str:
        """Whose it is; empty before it is submitted."""
        return self.submitted.claimant if self.submitted else ""

    @property
    def order(self) -> str:
        """The order for whose journeys it is; empty before it is submitted."""
        return self.submitted.order if self.submitted else ""

    @property
    def lines(self) -> Mapping[int, ExpenseLine]:
        """What was paid, by the number of the line."""
        return dict(enumerate(self.submitted.lines if self.submitted else (), start=1))

    @property
    def allowed(self) -> Mapping[int, LineReviewed]:
        """What finance said of each line, by its number."""
        return {each.line: each for each in (self.reviewed.lines if self.reviewed else ())}

    @property
    def allowed_fen(self) -> int | None:
        """What finance allowed altogether; None before that."""
        return self.reviewed.allowed_fen if self.reviewed else None

    @property
    def paid_fen(self) -> int | None:
        """What has been paid with every correction since; None before the payment."""
        return self.paid.fen + sum(each.fen for each in self.corrections) if self.paid else None


initial = Claim()


def evolve(claim: Claim, fact: ClaimFact) -> Claim:
    """Facts are facts: no rule is asked again when the past is replayed."""
    match fact:
        case facts.ClaimSubmitted():
            return Claim(ClaimStage.SUBMITTED, fact, returned=claim.returned)
        case facts.ClaimReturned():
            return replace(claim, stage=ClaimStage.RETURNED, returned=fact)
        case facts.ClaimReviewed():
            return _reviewed(claim, fact)
        case facts.ClaimApproved():
            return replace(claim, stage=ClaimStage.APPROVED, approved=fact)
        case facts.ClaimRejected():
            return replace(claim, stage=ClaimStage.REJECTED, rejected=fact)
        case facts.ClaimPaid():
            return replace(claim, stage=ClaimStage.PAID, paid=fact)
        case facts.ClaimApprovalTakenBack():
            return replace(claim, stage=ClaimStage.REVIEWED, approved=None, taken_back=fact)
        case facts.ClaimCorrected():
            return replace(claim, corrections=(*claim.corrections, fact))
        case facts.ClaimWithdrawn():
            return replace(claim, stage=ClaimStage.WITHDRAWN, withdrawn=fact)


def _reviewed(claim: Claim, fact: facts.ClaimReviewed) -> Claim:
    """As it was reviewed last; whoever reviewed it before has had a part in it as well."""
    reviewers = tuple(dict.fromkeys((*claim.reviewers, fact.reviewed_by)))
    return replace(claim, stage=ClaimStage.REVIEWED, reviewed=fact, reviewers=reviewers)


def shown(claim: Claim) -> Claim | None:
    """The claim as the page of its ticket shows it."""
    return claim if claim.submitted else None
