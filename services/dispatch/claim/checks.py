"""差旅报销单的共同检查 (rules that several steps of a claim share)."""

from services.dispatch.claim.state import Claim
from shared.decider import Asked, Rule, number_of, reason
from shared.events.travel_claims import ClaimStage


def at_stage(claim: Claim, asked: Asked, *allowed: ClaimStage) -> Rule:
    """A rule: the claim stands at one of these stages."""
    told = reason("claim-stage", number=number_of(asked.home), stage=claim.stage.value)
    return claim.stage not in allowed, told


def is_theirs(claim: Claim, asked: Asked) -> Rule:
    """A rule: only who claims it."""
    foreign = claim.claimant not in ("", asked.actor)
    told = reason("not-your-claim", number=number_of(asked.home), claimant=claim.claimant)
    return foreign, told


def kept_apart(asked: Asked, *others: str) -> Rule:
    """回避: who claims, who reviews and who approves are three people."""
    return asked.actor in others, reason("self-approval", person=asked.actor)
