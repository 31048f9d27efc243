"""报销纠错 as stories: a review, an approval or a payment that was wrong is put right."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.dispatch import claim
from services.dispatch.claim.correcting import CorrectClaim, TakeBackClaimApproval
from services.dispatch.claim.deciding import ApproveClaim, PayClaim, RejectClaim
from services.dispatch.claim.reviewing import LineSaid
from services.dispatch.claim.state import ClaimFact
from shared.events.travel_claims import (
    ClaimApprovalTakenBack,
    ClaimCorrected,
    ClaimPaid,
    ClaimStage,
    LineReviewed,
    VoucherUsed,
)
from tests.dispatch.claim.example import (
    APPROVED,
    BOSS,
    CHIEF,
    CLAIM,
    L1,
    MONEY,
    PAYMENT,
    REVIEW,
    REVIEWED,
    SUBMITTED,
    claim_of,
    on,
)
from tests.spec import given

APPROVE = ApproveClaim(49_600, needed=("approver", "general_manager"))
PAID = ClaimPaid("FK-7", 49_600, MONEY)
LESS = replace(REVIEW, lines=(*REVIEW.lines[:2], LineSaid(3, 5_000, "半天")))
LOWER = replace(
    REVIEWED,
    lines=(*REVIEWED.lines[:2], LineReviewed(3, 5_000, "allowance", "半天")),
    allowed_fen=44_600,
)
TAKE_BACK = TakeBackClaimApproval("第二行核错了")
TAKEN_BACK = ClaimApprovalTakenBack("第二行核错了", BOSS)
CORRECT = CorrectClaim("SK-1", -1_000, "多付", needed=("approver", "general_manager"))
CORRECTED = ClaimCorrected("SK-1", -1_000, "多付", BOSS)
RECEIPT = "voucher-paid:SK1"


class TestReviewingAnew:
    def test_finance_corrects_its_review_until_it_is_approved(self) -> None:
        given(claim, SUBMITTED, REVIEWED).when(LESS, on(MONEY)).then(LOWER)
        given(claim, SUBMITTED, REVIEWED, LOWER).when(LESS, on(MONEY)).then()
        told = given(claim, SUBMITTED, REVIEWED, APPROVED).when(LESS, on(MONEY))
        told.refused("claim-stage")

    def test_every_line_is_reviewed_anew(self) -> None:
        some = replace(REVIEW, lines=REVIEW.lines[:2])
        given(claim, SUBMITTED, REVIEWED).when(some, on(MONEY)).refused("lines-unreviewed")

    def test_the_last_review_is_what_is_approved(self) -> None:
        told = given(claim, SUBMITTED, REVIEWED, LOWER).when(APPROVE, on(BOSS))
        told.refused_with("claim-differs", fen=49_600, allowed_fen=44_600)

    def test_whoever_reviewed_it_before_does_not_decide_it(self) -> None:
        past = (SUBMITTED, replace(REVIEWED, reviewed_by=BOSS), LOWER)
        approve = replace(APPROVE, allowed_fen=44_600)
        for command in (approve, RejectClaim("不")):
            told = given(claim, *past).when(command, on(BOSS))
            told.refused_with("self-approval", person=BOSS)


class TestTakingBack:
    PAST = (SUBMITTED, REVIEWED, APPROVED)

    @pytest.mark.parametrize("who", [BOSS, CHIEF, MONEY])
    def test_before_the_payment_by_who_approves_or_by_finance(self, who: str) -> None:
        fact = replace(TAKEN_BACK, taken_back_by=who)
        given(claim, *self.PAST).when(TAKE_BACK, on(who)).then(fact)
        given(claim, *self.PAST, fact).when(TAKE_BACK, on(who)).then()

    def test_not_by_who_claims_and_not_otherwise(self) -> None:
        own = (replace(SUBMITTED, claimant=BOSS), REVIEWED, APPROVED)
        given(claim, *own).when(TAKE_BACK, on(BOSS)).refused_with("self-approval", person=BOSS)
        given(claim, SUBMITTED, REVIEWED).when(TAKE_BACK, on(BOSS)).refused("claim-stage")
        given(claim, *self.PAST, PAID).when(TAKE_BACK, on(BOSS)).refused("claim-stage")

    def test_then_it_is_not_paid_but_reviewed_approved_or_rejected_anew(self) -> None:
        past = (*self.PAST, TAKEN_BACK)
        given(claim, *past).when(PayClaim("FK-7", 49_600), on(MONEY)).refused("claim-stage")
        given(claim, *past).when(LESS, on(MONEY)).then(LOWER)
        given(claim, *past).when(APPROVE, on(BOSS)).then(APPROVED)
        assert given(claim, *past).when(RejectClaim("不"), on(BOSS)).decision()

    def test_finance_has_the_report_again(self) -> None:
        state = claim_of(*self.PAST, TAKEN_BACK)
        document: Any = claim.public(state, TAKEN_BACK).document
        assert (document.stage, document.has_report) == (ClaimStage.REVIEWED, True)


class TestCorrecting:
    PAST: Sequence[ClaimFact] = (SUBMITTED, REVIEWED, APPROVED, PAID)

    def test_some_is_paid_back_or_more_is_paid_with_a_reference_of_its_own(self) -> None:
        told = given(claim, *self.PAST).when(CORRECT, on(BOSS))
        told.then_on((CLAIM, CORRECTED), (RECEIPT, VoucherUsed(L1)))
        more = replace(CORRECT, fen=7_000)
        told = given(claim, *self.PAST).when(more, on(BOSS))
        told.then_on((CLAIM, replace(CORRECTED, fen=7_000)), (RECEIPT, VoucherUsed(L1)))
        assert claim_of(*self.PAST, CORRECTED).paid_fen == 48_600

    def test_twice_is_once(self) -> None:
        given(claim, *self.PAST, CORRECTED).when(CORRECT, on(BOSS)).then()

    @pytest.mark.parametrize("fen", [0, -49_601, 7_001])
    def test_between_nothing_and_what_was_claimed(self, fen: int) -> None:
        told = given(claim, *self.PAST).when(replace(CORRECT, fen=fen), on(BOSS))
        told.refused_with("correction-beyond", fen=fen, paid_fen=49_600, total_fen=56_600)

    def test_also_with_what_was_corrected_before(self) -> None:
        rest = replace(CORRECT, reference="SK-2", fen=-48_601)
        told = given(claim, *self.PAST, CORRECTED).when(rest, on(BOSS))
        told.refused_with("correction-beyond", fen=-48_601, paid_fen=48_600, total_fen=56_600)

    @pytest.mark.parametrize("stream", [RECEIPT, PAYMENT])
    def test_by_no_payment_that_counts_already_not_even_for_this_claim(self, stream: str) -> None:
        reference = "SK-1" if stream == RECEIPT else "FK-7"
        command = replace(CORRECT, reference=reference)
        told = given(claim, *self.PAST).when(command, on(BOSS, used={stream: L1}))
        told.refused_with("payment-twice", reference=reference)

    def test_only_what_was_paid(self) -> None:
        given(claim, *self.PAST[:-1]).when(CORRECT, on(BOSS)).refused("claim-stage")

    def test_by_the_ladder(self) -> None:
        large = replace(CORRECT, needed=("general_manager",))
        told = given(claim, *self.PAST).when(large, on(BOSS))
        told.refused_with("claim-asks-more", needed=["general_manager"])
        assert given(claim, *self.PAST).when(large, on(CHIEF)).decision()

    @pytest.mark.parametrize(
        "past",
        [
            (replace(SUBMITTED, claimant=BOSS), REVIEWED, APPROVED, PAID),
            (SUBMITTED, replace(REVIEWED, reviewed_by=BOSS), APPROVED, PAID),
            (SUBMITTED, REVIEWED, APPROVED, replace(PAID, paid_by=BOSS)),
        ],
    )
    def test_neither_who_claims_nor_who_reviewed_or_paid_it(self, past: tuple[Any, ...]) -> None:
        given(claim, *past).when(CORRECT, on(BOSS)).refused_with("self-approval", person=BOSS)

    def test_no_more_often_than_a_list_is_long(self) -> None:
        many = [replace(CORRECTED, reference=f"SK-{n}", fen=-1) for n in range(100, 120)]
        told = given(claim, *self.PAST, *many).when(CORRECT, on(BOSS))
        told.refused_with("too-many", field="corrections", limit=20)
