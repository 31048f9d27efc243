"""差旅报销 as stories: submitted by who travelled, reviewed line by line, approved, paid once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.dispatch import claim, vouchers
from services.dispatch.claim.deciding import ApproveClaim, PayClaim, RejectClaim, WithdrawClaim
from services.dispatch.claim.reviewing import LineSaid, ReturnClaim, ReviewClaim
from services.dispatch.claim.state import ClaimFact
from services.dispatch.claim.submitting import ResubmitClaim
from services.dispatch.vouchers import Voucher
from shared.events.dispatch import TravelChangeApproved
from shared.events.order_sheet import Deviation, Journey, VisitOutcome
from shared.events.travel_claims import (
    ClaimPaid,
    ClaimSubmitted,
    ExpenseKind,
    ExpenseLine,
    VoucherFreed,
    VoucherUsed,
)
from shared.events.values import TravelMode
from shared.events.visits import Departed, DeviationDenied, DeviationGranted, VisitEnded
from tests.dispatch.claim.example import (
    APPROVED,
    BOSS,
    CHIEF,
    CLAIM,
    CUT,
    DAILY,
    DAY_RATE,
    FARE,
    L1,
    LINES,
    MONEY,
    NIGHT,
    NIGHT_RATE,
    OF_DAY,
    PAYMENT,
    REJECTED,
    RETURNED,
    REVIEW,
    REVIEWED,
    RULES,
    SAID,
    SUBMIT,
    SUBMITTED,
    TAKEN_UP,
    TRIP,
    VOUCHERS,
    WITHDRAWN,
    again,
    claim_of,
    on,
)
from tests.dispatch.example import CHEN, LIU, NUMBER, TRAVEL_AT
from tests.dispatch.job import (
    CLOSED,
    CONFIRMED,
    DAY,
    DONE,
    ENDED,
    HOME_AGAIN,
    PLANNED,
    V1,
    order_of,
    visit_of,
)
from tests.spec import given

USED, FREED = VoucherUsed(L1), VoucherFreed(L1)
DEVIATED = Departed(TravelMode.OWN_CAR, (), (Deviation.TRAVEL_MODE,))
OTHERWISE = visit_of(PLANNED, CONFIRMED, DEVIATED)
APPROVE = ApproveClaim(49_600, needed=("approver", "general_manager"))
PAY = PayClaim("FK-7", 49_600)
PAID = ClaimPaid("FK-7", 49_600, MONEY)
THERE_BY_CAR = (PLANNED, CONFIRMED, Departed(TravelMode.OWN_CAR, ()))


def also(fact: VoucherUsed | VoucherFreed) -> list[tuple[str, Any]]:
    """The same of each voucher, and of the day."""
    return [(stream, fact) for stream in TAKEN_UP]


class TestSubmitting:
    def test_who_travelled_claims_after_the_hand_in_and_the_report_goes_with_it(self) -> None:
        told = given(claim).when(SUBMIT, on(LIU))
        told.then_on((CLAIM, SUBMITTED), *also(USED))

    def test_twice_is_once(self) -> None:
        given(claim, SUBMITTED).when(SUBMIT, on(LIU)).then()

    def test_not_before_the_task_is_handed_in(self) -> None:
        order = order_of(*DONE)
        told = given(claim).when(SUBMIT, on(LIU, order=order))
        told.refused_with("not-handed-in", number=NUMBER)

    def test_a_case_that_ended_without_a_hand_in_is_claimed_as_well(self) -> None:
        order = order_of(*HOME_AGAIN, CLOSED)
        given(claim).when(SUBMIT, on(LIU, order=order)).then_on((CLAIM, SUBMITTED), *also(USED))

    def test_nobody_claims_a_journey_of_somebody_else(self) -> None:
        told = given(claim).when(SUBMIT, on(CHEN))
        told.refused_with("not-your-journey", visits=[V1])

    def test_only_journeys_that_were_made(self) -> None:
        planned = (visit_of(PLANNED, CONFIRMED),)
        told = given(claim).when(SUBMIT, on(LIU, visits=planned))
        told.refused_with("journey-not-made", visits=[V1], order=NUMBER)
        told = given(claim).when(SUBMIT, on(LIU, visits=()))
        told.refused("journey-not-made", "line-without-trip")

    def test_each_journey_is_told_once_and_ends_after_it_began(self) -> None:
        early = replace(TRIP, back_at=TRAVEL_AT - timedelta(hours=1))
        told = given(claim).when(replace(SUBMIT, trips=(early, early), lines=(FARE,)), on(LIU))
        told.refused("trip-twice", "back-before-leaving")

    def test_lines_belong_to_a_journey_and_to_its_days(self) -> None:
        later = DAY + timedelta(days=1)
        lines = (
            replace(FARE, visit="V-9"),
            replace(NIGHT, on=DAY - timedelta(days=1)),
            replace(FARE, on=later, voucher_no="Z-1"),
            replace(FARE, voucher_no=None),
        )
        told = given(claim).when(replace(SUBMIT, lines=lines), on(LIU))
        told.refused("line-without-trip", "expense-ahead", "beside-the-journey", "voucher-missing")
        given(claim).when(replace(SUBMIT, lines=()), on(LIU)).refused("claim-empty")

    @pytest.mark.parametrize(("days", "fits"), [(-90, True), (-91, False), (-800, False)])
    def test_a_fare_is_paid_near_its_journey(self, days: int, *, fits: bool) -> None:
        line = replace(FARE, on=DAY + timedelta(days=days))
        told = given(claim).when(replace(SUBMIT, lines=(line,)), on(LIU))
        if fits:
            assert (CLAIM, again(line)) in told.decision()
        else:
            told.refused_with("beside-the-journey", lines=["1"])

    def test_what_has_no_voucher_says_why(self) -> None:
        line = ExpenseLine(V1, ExpenseKind.LOCAL, DAY, 400, because="公交没有票")
        told = given(claim).when(replace(SUBMIT, lines=(line,)), on(LIU))
        told.then(again(line))

    def test_the_number_is_taken_meanwhile(self) -> None:
        other = replace(SUBMITTED, claimant=CHEN)
        given(claim, other).when(SUBMIT, on(LIU)).refused("number-taken")

    def test_the_mode_and_the_granted_change_stand_as_the_papers_say(self) -> None:
        wanted = Journey(TravelMode.RAIL, TRAVEL_AT, DAY)
        order = order_of(*HOME_AGAIN[:4], TravelChangeApproved(BOSS, wanted), *HOME_AGAIN[4:])
        told = given(claim).when(SUBMIT, on(LIU, order=order, visits=(OTHERWISE,)))
        ((_, fact), *_) = told.decision()
        assert isinstance(fact, ClaimSubmitted)
        (trip,) = fact.trips
        assert (trip.mode_approved, trip.mode_used) == (TravelMode.RAIL, TravelMode.OWN_CAR)
        assert (trip.change, trip.deviation) == (wanted, (Deviation.TRAVEL_MODE,))


class TestVouchers:
    def test_a_voucher_of_any_other_claim_is_refused_without_saying_whose(self) -> None:
        used = {VOUCHERS[0]: "BX-NB01-20261101-0001-L1"}
        told = given(claim).when(SUBMIT, on(LIU, used=used))
        told.refused_with("voucher-twice", vouchers=["E3301-088"])

    def test_nor_twice_in_one_claim_however_it_is_written(self) -> None:
        same = replace(FARE, voucher_no="e3301.088")
        told = given(claim).when(replace(SUBMIT, lines=(FARE, same)), on(LIU))
        told.refused("voucher-twice")
        wide = replace(FARE, voucher_no="Ｅ３３０１-088")
        told = given(claim).when(replace(SUBMIT, lines=(FARE, wide)), on(LIU))
        told.refused("voucher-twice")

    @pytest.mark.parametrize("book", [VOUCHERS[0], "voucher-Ｅ３３０１088"])
    def test_nor_in_another_width_by_whichever_name_it_was_kept(self, book: str) -> None:
        wide = replace(FARE, voucher_no="Ｅ３３０１-088")
        asked = on(LIU, used={book: "BX-NB01-20261101-0001-L1"})
        told = given(claim).when(replace(SUBMIT, lines=(wide,)), asked)
        told.refused_with("voucher-twice", vouchers=["Ｅ３３０１-088"])

    def test_one_allowance_a_person_and_day(self) -> None:
        told = given(claim).when(SUBMIT, on(LIU, used={OF_DAY: "X"}))
        told.refused_with("allowance-twice", days=["2026-11-24"])
        told = given(claim).when(replace(SUBMIT, lines=(DAILY, DAILY)), on(LIU))
        told.refused("allowance-twice")

    def test_what_is_rejected_or_withdrawn_is_free_again(self) -> None:
        reject = RejectClaim("不是本次差旅")
        told = given(claim, SUBMITTED, REVIEWED).when(reject, on(BOSS))
        told.then_on((CLAIM, REJECTED), *also(FREED))
        told = given(claim, SUBMITTED).when(WithdrawClaim("票据拿错了"), on(LIU))
        told.then_on((CLAIM, WITHDRAWN), *also(FREED))
        free = given(vouchers, USED, FREED).state
        assert free == vouchers.Voucher()

    def test_a_claim_that_comes_again_keeps_frees_and_takes(self) -> None:
        other = replace(FARE, voucher_no="E3301-099")
        command = ResubmitClaim((TRIP,), (other, NIGHT), "Asia/Shanghai")
        told = given(claim, SUBMITTED, RETURNED).when(
            command, on(LIU, used=dict.fromkeys(TAKEN_UP, L1))
        )
        told.then_on(
            (CLAIM, again(other, NIGHT)),
            (VOUCHERS[0], FREED),
            (OF_DAY, FREED),
            ("voucher-E3301099", USED),
        )


class TestResubmitting:
    AGAIN = ResubmitClaim((TRIP,), LINES, "Asia/Shanghai")

    def test_by_who_claims_after_finance_sent_it_back(self) -> None:
        mine = on(LIU, used=dict.fromkeys(TAKEN_UP, L1))
        given(claim, SUBMITTED, RETURNED).when(self.AGAIN, mine).then(SUBMITTED)
        given(claim, SUBMITTED, RETURNED, SUBMITTED).when(self.AGAIN, mine).then()

    def test_not_otherwise(self) -> None:
        mine = on(LIU, used=dict.fromkeys(TAKEN_UP, L1))
        given(claim, SUBMITTED, REVIEWED).when(self.AGAIN, mine).refused("claim-stage")
        given(claim).when(self.AGAIN, on(LIU)).refused("claim-stage")
        told = given(claim, SUBMITTED, RETURNED).when(replace(self.AGAIN, lines=(FARE,)), on(CHEN))
        told.refused("not-your-claim", "not-your-journey")


class TestDaysOfTheJourney:
    @pytest.mark.parametrize("kind", [ExpenseKind.LOCAL, ExpenseKind.LODGING])
    def test_what_a_rate_limits_by_the_day_is_of_a_day_of_the_journey(
        self, kind: ExpenseKind
    ) -> None:
        line = replace(FARE, kind=kind, on=DAY - timedelta(days=3))
        told = given(claim).when(replace(SUBMIT, lines=(line,)), on(LIU))
        told.refused_with("beside-the-journey", lines=["1"])

    def test_so_is_what_ones_own_car_costs_and_no_ticket(self) -> None:
        line = replace(FARE, on=DAY - timedelta(days=3))
        command = replace(SUBMIT, lines=(line,))
        told = given(claim).when(command, on(LIU, visits=(visit_of(*THERE_BY_CAR, ENDED),)))
        told.refused_with("beside-the-journey", lines=["1"])
        assert given(claim).when(command, on(LIU)).decision()


class TestReviewing:
    def test_each_line_is_allowed_or_cut_by_its_rule(self) -> None:
        told = given(claim, SUBMITTED).when(REVIEW, on(MONEY))
        spent = (NIGHT_RATE, VoucherUsed(L1, 35_000)), (DAY_RATE, VoucherUsed(L1, 10_000))
        told.then_on((CLAIM, REVIEWED), *spent)
        given(claim, SUBMITTED, REVIEWED).when(REVIEW, on(MONEY)).then()

    def test_not_by_who_claims(self) -> None:
        told = given(claim, replace(SUBMITTED, claimant=MONEY)).when(REVIEW, on(MONEY))
        told.refused_with("self-approval", person=MONEY)

    def test_each_line_once_and_no_more_than_was_spent(self) -> None:
        lines = (LineSaid(1, 5_000), LineSaid(1, 4_000, "重"), LineSaid(9, 0, "无"))
        told = given(claim, SUBMITTED).when(replace(REVIEW, lines=lines), on(MONEY))
        told.refused("lines-unreviewed", "beyond-claimed")

    def test_a_cut_has_its_reason_and_a_rate_its_bound(self) -> None:
        lines = (LineSaid(1, 0), LineSaid(2, 42_000), LineSaid(3, 10_000))
        told = given(claim, SUBMITTED).when(replace(REVIEW, lines=lines), on(MONEY))
        told.refused("cut-unexplained", "beyond-rate")

    def test_a_rate_holds_for_all_lines_of_its_day(self) -> None:
        two = again(NIGHT, replace(NIGHT, voucher_no="0551-8"))
        rules = tuple(replace(RULES[1], line=n) for n in (1, 2))
        said = (LineSaid(1, 20_000, CUT), LineSaid(2, 20_000, CUT))
        told = given(claim, two).when(ReviewClaim(said, rules=rules, policy="core@1"), on(MONEY))
        numbers = {"lines": ["1", "2"], "rule": "lodging", "day": "2026-11-24"}
        told.refused_with("beyond-rate", **numbers, limit_fen=35_000, other_fen=0)

    def test_a_rate_holds_for_all_claims_of_its_day(self) -> None:
        """Whoever has two claims of one day has one night."""
        gone = {NIGHT_RATE: Voucher(spent={"BX-1-L1": 20_000, L1: 35_000})}
        told = given(claim, SUBMITTED).when(REVIEW, on(MONEY, rates=gone))
        numbers = {"lines": ["2"], "rule": "lodging", "day": "2026-11-24"}
        told.refused_with("beyond-rate", **numbers, limit_fen=35_000, other_fen=20_000)
        less = replace(REVIEW, lines=(SAID[0], LineSaid(2, 15_000, CUT), SAID[2]))
        assert given(claim, SUBMITTED).when(less, on(MONEY, rates=gone)).decision()

    def test_what_is_not_paid_leaves_the_rate_to_another_claim(self) -> None:
        gone = {NIGHT_RATE: Voucher(spent={L1: 35_000})}
        reject = RejectClaim("不是本次差旅")
        told = given(claim, SUBMITTED, REVIEWED).when(reject, on(BOSS, rates=gone))
        told.then_on((CLAIM, REJECTED), *also(FREED), (NIGHT_RATE, FREED))

    def test_a_claim_of_which_nothing_is_left_goes_back(self) -> None:
        none = tuple(LineSaid(n, 0, "无效") for n in (1, 2, 3))
        told = given(claim, SUBMITTED).when(replace(REVIEW, lines=none), on(MONEY))
        told.refused("nothing-allowed")

    def test_it_is_sent_back_with_reasons(self) -> None:
        back = ReturnClaim(("车票不清",))
        given(claim, SUBMITTED).when(back, on(MONEY)).then(RETURNED)
        given(claim, SUBMITTED, RETURNED).when(back, on(MONEY)).then()
        given(claim, SUBMITTED).when(ReturnClaim(()), on(MONEY)).refused("reason-missing")
        given(claim, SUBMITTED, REVIEWED).when(back, on(MONEY)).refused("claim-stage")

    def test_but_not_by_who_claims_nor_for_them(self) -> None:
        """Nobody takes their own claim out of the hands of who reviews it."""
        back = ReturnClaim(("车票不清",))
        own = given(claim, replace(SUBMITTED, claimant=MONEY))
        for asked in (on(MONEY), replace(on(BOSS), acting_for=MONEY)):
            own.when(back, asked).refused_with("self-approval", person=MONEY)


class TestDeciding:
    PAST = (SUBMITTED, REVIEWED)

    def test_the_approver_lets_finance_pay_what_it_allowed(self) -> None:
        given(claim, *self.PAST).when(APPROVE, on(BOSS)).then(APPROVED)
        given(claim, *self.PAST, APPROVED).when(APPROVE, on(BOSS)).then()

    @pytest.mark.parametrize(
        "mine",
        [
            (replace(SUBMITTED, claimant=BOSS), REVIEWED),
            (SUBMITTED, replace(REVIEWED, reviewed_by=BOSS)),
        ],
    )
    def test_neither_who_claims_nor_who_has_reviewed_it(self, mine: tuple[Any, ...]) -> None:
        given(claim, *mine).when(APPROVE, on(BOSS)).refused("self-approval")
        given(claim, *mine).when(RejectClaim("不"), on(BOSS)).refused("self-approval")

    def test_a_large_sum_asks_for_the_general_manager(self) -> None:
        large = replace(APPROVE, needed=("general_manager",))
        told = given(claim, *self.PAST).when(large, on(BOSS))
        told.refused_with("claim-asks-more", needed=["general_manager"])
        given(claim, *self.PAST).when(large, on(CHIEF)).then(replace(APPROVED, approved_by=CHIEF))

    def test_for_the_sum_that_was_shown_and_only_after_the_review(self) -> None:
        told = given(claim, *self.PAST).when(replace(APPROVE, allowed_fen=1), on(BOSS))
        told.refused_with("claim-differs", fen=1, allowed_fen=49_600)
        given(claim, SUBMITTED).when(APPROVE, on(BOSS)).refused("claim-stage")
        given(claim, SUBMITTED).when(RejectClaim("不"), on(BOSS)).refused("claim-stage")

    def test_a_line_of_a_journey_otherwise_than_approved_waits_for_a_word(self) -> None:
        marked = on(BOSS, visits=(OTHERWISE,))
        told = given(claim, *self.PAST).when(APPROVE, marked)
        told.refused_with("line-marked", lines=["1", "2", "3"], number=L1)
        spite = replace(APPROVE, in_spite_of=(1, 2, 3))
        told = given(claim, *self.PAST).when(spite, marked)
        told.then(replace(APPROVED, in_spite_of=(1, 2, 3)))

    def test_a_granted_deviation_takes_the_mark_away_and_a_denied_one_does_not(self) -> None:
        granted = DeviationGranted(BOSS, (Deviation.TRAVEL_MODE,))
        denied = DeviationDenied(BOSS, (Deviation.TRAVEL_MODE,), "没说过")
        ended = VisitEnded(VisitOutcome.DONE, None, None, None)
        left = (PLANNED, CONFIRMED, DEVIATED)
        fine, wrong = visit_of(*left, granted, ended), visit_of(*left, denied, ended)
        given(claim, *self.PAST).when(APPROVE, on(BOSS, visits=(fine,))).then(APPROVED)
        given(claim, *self.PAST).when(APPROVE, on(BOSS, visits=(wrong,))).refused("line-marked")

    def test_a_line_that_was_cut_to_nothing_is_not_marked(self) -> None:
        said = (*REVIEWED.lines[:1], *(replace(each, allowed_fen=0) for each in REVIEWED.lines[1:]))
        cut = replace(REVIEWED, lines=said, allowed_fen=4_600)
        small = replace(APPROVE, allowed_fen=4_600, in_spite_of=(1,))
        told = given(claim, SUBMITTED, cut).when(small, on(BOSS, visits=(OTHERWISE,)))
        told.then(replace(APPROVED, allowed_fen=4_600, in_spite_of=(1,)))


class TestPaying:
    PAST = (SUBMITTED, REVIEWED, APPROVED)

    def test_once_with_a_reference(self) -> None:
        told = given(claim, *self.PAST).when(PAY, on(MONEY))
        told.then_on((CLAIM, PAID), (PAYMENT, USED))
        given(claim, *self.PAST, PAID).when(PAY, on(MONEY)).then()
        other = PayClaim("FK-8", 49_600)
        given(claim, *self.PAST, PAID).when(other, on(MONEY)).refused("claim-stage")

    def test_a_payment_pays_one_claim(self) -> None:
        told = given(claim, *self.PAST).when(PAY, on(MONEY, used={PAYMENT: "X"}))
        told.refused_with("payment-twice", reference="FK-7")

    def test_exactly_what_was_allowed_and_not_by_who_claims(self) -> None:
        given(claim, *self.PAST).when(replace(PAY, fen=56_600), on(MONEY)).refused("claim-differs")
        own = (replace(SUBMITTED, claimant=MONEY), *self.PAST[1:])
        given(claim, *own).when(PAY, on(MONEY)).refused("self-approval")


class TestWithdrawing:
    @pytest.mark.parametrize("past", [(), (RETURNED,), (REVIEWED,)])
    def test_by_who_claims_or_an_approver_in_their_place(self, past: tuple[object, ...]) -> None:
        for who in (LIU, BOSS):
            told = given(claim, SUBMITTED, *past).when(WithdrawClaim("票据拿错了"), on(who))
            told.then_on((CLAIM, replace(WITHDRAWN, withdrawn_by=who)), *also(FREED))
        given(claim, SUBMITTED, WITHDRAWN).when(WithdrawClaim("票据拿错了"), on(LIU)).then()

    def test_by_nobody_else_and_not_once_it_is_decided(self) -> None:
        given(claim, SUBMITTED).when(WithdrawClaim("换人"), on(CHEN)).refused("not-your-claim")
        past = (SUBMITTED, REVIEWED, APPROVED)
        given(claim, *past).when(WithdrawClaim("换人"), on(LIU)).refused("claim-stage")


def test_finance_has_the_report_while_the_claim_waits_to_be_decided() -> None:
    past: list[ClaimFact] = []
    for fact, has_it in (
        (SUBMITTED, True),
        (RETURNED, False),
        (SUBMITTED, True),
        (APPROVED, False),
    ):
        past.append(fact)
        document = claim.public(claim_of(*past), fact).document
        assert document.has_report is has_it, fact
