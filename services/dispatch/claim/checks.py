"""差旅报销单的共同检查 (rules that several steps of a claim share)."""

from collections.abc import Sequence

from services.dispatch.claim.state import Claim
from shared.decider import Asked, Rule, number_of, reason
from shared.events.travel_claims import ClaimReviewed, ClaimStage, ClaimSubmitted


def at_stage(claim: Claim, asked: Asked, *allowed: ClaimStage) -> Rule:
    """A rule: the claim stands at one of these stages."""
    told = reason("claim-stage", number=number_of(asked.home), stage=claim.stage.value)
    return claim.stage not in allowed, told


def is_theirs(claim: Claim, asked: Asked) -> Rule:
    """A rule: only who claims it."""
    foreign = claim.claimant not in ("", asked.actor)
    told = reason("not-your-claim", number=number_of(asked.home), claimant=claim.claimant)
    return foreign, told


def reviewed_by(claim: Claim, asked: Asked) -> frozenset[str]:
    """Who has reviewed it as it was submitted last, and in whose place: neither approves it."""
    told = asked.happened.get(asked.home, ())
    submitted = [n for n, each in enumerate(told) if isinstance(each.fact, ClaimSubmitted)]
    since = told[submitted[-1] :] if submitted else ()
    people = (each.people for each in since if isinstance(each.fact, ClaimReviewed))
    return frozenset(claim.reviewers).union(*people)


def decided_by(asked: Asked, *kinds: type) -> frozenset[str]:
    """Who has said something of these kinds of the claim, and in whose place."""
    told = asked.happened.get(asked.home, ())
    return frozenset[str]().union(*(each.people for each in told if isinstance(each.fact, kinds)))


def kept_apart(asked: Asked, *others: str) -> Rule:
    """回避: who claims, who reviews and who approves are three people."""
    return asked.actor in others, reason("self-approval", person=asked.actor)


def no_stand_in(stand_ins: Sequence[str], claim: Claim, asked: Asked) -> Rule:
    """代行回避: who acts for whoever claims, or for whom they act, is on their side."""
    told = reason("stands-in-for-claimant", person=asked.actor, claimant=claim.claimant)
    return asked.actor in stand_ins, told
