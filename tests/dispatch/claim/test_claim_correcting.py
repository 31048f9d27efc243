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
from services.dispatch.vouchers import Voucher
from shared.events.travel_claims import (
    ClaimApprovalTakenBack,
    ClaimCorrected,
    ClaimPaid,
    ClaimStage,
    LineReviewed,
    VoucherFreed,
    VoucherUsed,
)
from tests.dispatch.claim.example import (
    APPROVED,
    BOSS,
    CHIEF,
    CLAIM,
    DAY_RATE,
    L1,
    MONEY,
    NIGHT_RATE,
    PAYMENT,
    REVIEW,
    REVIEWED,
    RULES,
    SUBMITTED,
    claim_of,
    on,
)
from tests.dispatch.example import LIU
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
CORRECT = CorrectClaim("SK-1", -1_000, "多付", rules=RULES, needed=("approver", "general_manager"))
CORRECTED = ClaimCorrected("SK-1", -1_000, "多付", CHIEF)
LESS_PAID = ClaimPaid("FK-7", 44_600, MONEY)
RECEIPT = "voucher-paid:SK1"


def spent(night: int, day: int) -> list[tuple[str, VoucherUsed]]:
    """So much of each day's rate is gone for the claim."""
    return [(NIGHT_RATE, VoucherUsed(L1, night)), (DAY_RATE, VoucherUsed(L1, day))]


class TestReviewingAnew:
    def test_finance_corrects_its_review_until_it_is_approved(self) -> None:
        told = given(claim, SUBMITTED, REVIEWED).when(LESS, on(MONEY))
        told.then_on((CLAIM, LOWER), *spent(35_000, 5_000))
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
        told = given(claim, *past).when(LESS, on(MONEY))
        told.then_on((CLAIM, LOWER), *spent(35_000, 5_000))
        given(claim, *past).when(APPROVE, on(BOSS)).then(APPROVED)
        assert given(claim, *past).when(RejectClaim("不"), on(BOSS)).decision()

    def test_finance_has_the_report_again(self) -> None:
        state = claim_of(*self.PAST, TAKEN_BACK)
        document: Any = claim.public(state, TAKEN_BACK).document
        assert (document.stage, document.has_report) == (ClaimStage.REVIEWED, True)


class TestCorrecting:
    PAST: Sequence[ClaimFact] = (SUBMITTED, REVIEWED, APPROVED, PAID)

    def test_some_is_paid_back_or_more_is_paid_with_a_reference_of_its_own(self) -> None:
        told = given(claim, *self.PAST).when(CORRECT, on(CHIEF))
        told.then_on((CLAIM, CORRECTED), (RECEIPT, VoucherUsed(L1)))
        assert claim_of(*self.PAST, CORRECTED).paid_fen == 48_600
        past = (SUBMITTED, LOWER, replace(APPROVED, allowed_fen=44_600), LESS_PAID)
        told = given(claim, *past).when(replace(CORRECT, fen=5_000), on(CHIEF))
        told.then_on(
            (CLAIM, replace(CORRECTED, fen=5_000)),
            (RECEIPT, VoucherUsed(L1)),
            (NIGHT_RATE, VoucherUsed(L1, 35_000)),
            (DAY_RATE, VoucherUsed(L1, 10_000)),
        )

    def test_it_leaves_the_rates_of_the_days_to_other_claims_as_far_as_it_can(self) -> None:
        """What a line without a rate may have been is none of a night, nor what was paid back."""
        cut = LineReviewed(1, 1_000, "as-paid", "退票")
        less = replace(REVIEWED, lines=(cut, *REVIEWED.lines[1:]), allowed_fen=46_000)
        past = (SUBMITTED, less, replace(APPROVED, allowed_fen=46_000), replace(PAID, fen=46_000))
        held = {
            NIGHT_RATE: Voucher(spent={L1: 35_000}),
            DAY_RATE: Voucher(spent={L1: 10_000}),
        }
        more = given(claim, *past).when(replace(CORRECT, fen=3_600), on(CHIEF, rates=held))
        more.then_on((CLAIM, replace(CORRECTED, fen=3_600)), (RECEIPT, VoucherUsed(L1)))
        back = given(claim, *past).when(replace(CORRECT, fen=-46_000), on(CHIEF, rates=held))
        back.then_on(
            (CLAIM, replace(CORRECTED, fen=-46_000)),
            (RECEIPT, VoucherUsed(L1)),
            (NIGHT_RATE, VoucherUsed(L1, 0)),
            (DAY_RATE, VoucherUsed(L1, 0)),
        )

    def test_twice_is_once(self) -> None:
        given(claim, *self.PAST, CORRECTED).when(CORRECT, on(CHIEF)).then()

    @pytest.mark.parametrize("fen", [0, -49_601, 1])
    def test_between_nothing_and_what_was_claimed_and_the_rates_allow(self, fen: int) -> None:
        told = given(claim, *self.PAST).when(replace(CORRECT, fen=fen), on(CHIEF))
        told.refused_with("correction-beyond", fen=fen, paid_fen=49_600, total_fen=49_600)

    def test_also_with_what_was_corrected_before(self) -> None:
        rest = replace(CORRECT, reference="SK-2", fen=-48_601)
        told = given(claim, *self.PAST, CORRECTED).when(rest, on(CHIEF))
        told.refused_with("correction-beyond", fen=-48_601, paid_fen=48_600, total_fen=49_600)

    @pytest.mark.parametrize("stream", [RECEIPT, PAYMENT])
    def test_by_no_payment_that_counts_already_not_even_for_this_claim(self, stream: str) -> None:
        reference = "SK-1" if stream == RECEIPT else "FK-7"
        command = replace(CORRECT, reference=reference)
        told = given(claim, *self.PAST).when(command, on(CHIEF, used={stream: L1}))
        told.refused_with("payment-twice", reference=reference)

    def test_only_what_was_paid(self) -> None:
        given(claim, *self.PAST[:-1]).when(CORRECT, on(CHIEF)).refused("claim-stage")

    def test_by_the_ladder(self) -> None:
        large = replace(CORRECT, needed=("general_manager",), holders=(CHIEF,))
        told = given(claim, *self.PAST).when(large, on(BOSS))
        told.refused("self-approval", "claim-asks-more")
        assert given(claim, *self.PAST).when(large, on(CHIEF)).decision()

    def test_where_the_only_one_of_the_ladder_had_a_part_another_approver_does_it(self) -> None:
        """A large payment that the only general manager approved is never wrong for good."""
        large = replace(CORRECT, needed=("general_manager",), holders=(CHIEF,))
        past = (SUBMITTED, REVIEWED, replace(APPROVED, approved_by=CHIEF), PAID)
        given(claim, *past).when(large, on(CHIEF)).refused("self-approval")
        told = given(claim, *past).when(large, on(BOSS))
        told.then_on((CLAIM, replace(CORRECTED, corrected_by=BOSS)), (RECEIPT, VoucherUsed(L1)))
        two = replace(large, holders=(CHIEF, "G-TWO"))
        told = given(claim, *past).when(two, on(BOSS))
        told.refused_with("claim-asks-more", needed=["general_manager"])
        own = (replace(past[0], claimant=BOSS), *past[1:])
        given(claim, *own).when(large, on(BOSS)).refused("self-approval")

    @pytest.mark.parametrize(
        "past",
        [
            (replace(SUBMITTED, claimant=CHIEF), REVIEWED, APPROVED, PAID),
            (SUBMITTED, replace(REVIEWED, reviewed_by=CHIEF), APPROVED, PAID),
            (SUBMITTED, REVIEWED, replace(APPROVED, approved_by=CHIEF), PAID),
            (SUBMITTED, REVIEWED, APPROVED, replace(PAID, paid_by=CHIEF)),
        ],
    )
    def test_nobody_who_has_had_a_part_in_it(self, past: tuple[Any, ...]) -> None:
        given(claim, *past).when(CORRECT, on(CHIEF)).refused_with("self-approval", person=CHIEF)

    def test_no_more_often_than_a_list_is_long(self) -> None:
        many = [replace(CORRECTED, reference=f"SK-{n}", fen=-1) for n in range(100, 120)]
        told = given(claim, *self.PAST, *many).when(CORRECT, on(CHIEF))
        told.refused_with("too-many", field="corrections", limit=20)


class TestStandingIn:
    """Who acts for whoever claims, or for whom they act, is on their side: also in their name."""

    @pytest.mark.parametrize(
        ("past", "command", "who"),
        [
            ((SUBMITTED,), replace(REVIEW, stand_ins=(MONEY,)), MONEY),
            ((SUBMITTED, REVIEWED), replace(APPROVE, stand_ins=(BOSS,)), BOSS),
            ((SUBMITTED, REVIEWED, APPROVED, PAID), replace(CORRECT, stand_ins=(CHIEF,)), CHIEF),
        ],
    )
    def test_they_neither_review_nor_approve_nor_correct_it(
        self, past: tuple[Any, ...], command: Any, who: str
    ) -> None:
        told = given(claim, *past).when(command, on(who))
        told.refused_with("stands-in-for-claimant", person=who, claimant=LIU)
        other = replace(command, stand_ins=("A-OTHER",))
        assert given(claim, *past).when(other, on(who)).decision()


class TestRowsOfOtherNames:
    NAMED = tuple(replace(each, counts_as=f"as:{each.rule}:any") for each in RULES)
    COUNTED = f"voucher-rate:as:lodging:any:{LIU}:2026-11-24"
    ANEW = replace(REVIEW, rules=NAMED)

    def test_a_night_counts_once_whatever_its_row_is_called(self) -> None:
        renamed = tuple(replace(e, rule=f"new-{e.rule}") for e in self.NAMED)
        gone = {self.COUNTED: Voucher(spent={"BX-1-L1": 20_000})}
        for rules in (self.NAMED, renamed):
            command = replace(self.ANEW, rules=rules)
            told = given(claim, SUBMITTED).when(command, on(MONEY, rates=gone))
            told.refused("beyond-rate")

    def test_what_was_counted_under_its_name_before_counts_too(self) -> None:
        gone = {NIGHT_RATE: Voucher(spent={"BX-1-L1": 20_000})}
        told = given(claim, SUBMITTED).when(self.ANEW, on(MONEY, rates=gone))
        told.refused("beyond-rate")
        both = {**gone, self.COUNTED: Voucher(spent={"BX-1-L1": 0})}
        told = given(claim, SUBMITTED).when(self.ANEW, on(MONEY, rates=both))
        facts = dict(told.decision())
        assert facts[self.COUNTED] == VoucherUsed(L1, 35_000)
        assert NIGHT_RATE not in facts

    def test_a_claim_that_is_rejected_leaves_it_under_both(self) -> None:
        lines = tuple(replace(e, counts_as=f"as:{e.rule}:any") for e in REVIEWED.lines)
        held = {each: Voucher(spent={L1: 35_000}) for each in (NIGHT_RATE, self.COUNTED)}
        past = (SUBMITTED, replace(REVIEWED, lines=lines))
        told = given(claim, *past).when(RejectClaim("不"), on(BOSS, rates=held))
        freed = {stream for stream, fact in told.decision() if fact == VoucherFreed(L1)}
        assert freed >= {NIGHT_RATE, self.COUNTED}
