"""差旅报销单的公开文档 (the public document of a claim): what of it other rooms may hear."""

from services.dispatch.claim.state import WITH_FINANCE, Claim, ClaimMilestone
from shared.decider import Public
from shared.events.travel_claims import TravelClaimDocument
from shared.fields import filled


def public(claim: Claim, _: ClaimMilestone) -> Public:
    """The claim's public document right after the milestone."""
    submitted = claim.submitted
    assert submitted is not None
    document = filled(
        TravelClaimDocument,
        submitted,
        stage=claim.stage,
        has_report=claim.stage in WITH_FINANCE,
        allowed_fen=claim.allowed_fen,
    )
    return Public(document, {})
