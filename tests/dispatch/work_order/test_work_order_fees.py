"""费用 as stories: what the customer pays was quoted and agreed to, or granted by an approver."""

from dataclasses import replace
from typing import Any

import pytest

from services.dispatch import work_order
from services.dispatch.work_order import fees
from services.dispatch.work_order.closing import CloseRepair, to_be_signed_of
from services.dispatch.work_order.fees import ApproveFees, AskFees, RecordConsent, RefuseFees
from services.dispatch.work_order.state import WorkOrderFact
from services.dispatch.work_order.work import RecordWork, work_content_of
from shared.decider import Asked
from shared.events.dispatch import (
    ConsentGiven,
    FeesApproved,
    FeesAsked,
    FeesRefused,
    SignatureVoided,
    WorkOrderRecalled,
    WorkRecorded,
)
from shared.events.order_sheet import Fee, FeeDue, WorkResult
from shared.events.report_form import Agreement, Consent
from shared.events.values import Ending, RepairNature
from tests.dispatch.example import (
    ASSIGNED,
    AT,
    CHEN,
    CLERK,
    LIU,
    NUMBER,
    OPENED,
    SIGNED,
    TICKET,
)
from tests.dispatch.job import (
    CUSTOMER_SIGNED,
    CUSTOMER_SIGNS,
    DONE,
    DRAWN,
    ENDED,
    NOBODY_HOME,
    PAID,
    PAID_NOTED,
    PAID_REPORT,
    RECORD,
    RECORDED,
    SEEN_DONE,
    TAKEN,
    THERE,
    WORK,
    asks,
    order_of,
    visit_of,
)
from tests.spec import given

APPROVER, OTHER = "A-LIMING", "A-ZHAO"
HIS, SHOWN = asks(LIU), asks(LIU, visits=SEEN_DONE)
THERE_NOW = asks(LIU, visits=(visit_of(*THERE),))
LABOUR = Fee("labour", 20_000, quoted_fen=20_000, paid_how="转账", receipt_no="SJ-1")
TEST = FeeDue("inspection", 5_000)
ASK = AskFees((TEST,), "保修外检测，用户同意")
ASKED = FeesAsked(LIU, (TEST,), "保修外检测，用户同意")
GRANTED = FeesApproved(APPROVER, (TEST,), "保修外检测，用户同意")
FREE = FeesApproved(APPROVER, (), "上次维修有我方责任")
REFUSED = FeesRefused(APPROVER, (TEST,), "在保修期内")
CONSENT = Consent("王小明", "现场签字", AT)
AGREED = ConsentGiven(LIU, CONSENT, 20_000)
UNASKED = replace(PAID_NOTED, approved=replace(PAID_REPORT, agreement=Agreement("BJ-1", None)))
ON_SITE: tuple[WorkOrderFact, ...] = (UNASKED, *PAID[1:])
"""A paid repair whose customer is to agree on site."""
UNKNOWN_COST: tuple[WorkOrderFact, ...] = (
    replace(
        PAID_NOTED,
        approved=replace(PAID_REPORT, diagnosis=replace(PAID_REPORT.diagnosis, estimated_fen=None)),
    ),
    *PAID[1:],
)
"""A paid repair of which nobody knew before what it costs."""


def recorded(**changed: Any) -> WorkRecorded:
    """Work with these fees, as it is shown to the customer."""
    work = replace(WORK, no_fees=not changed.get("fees"), **changed)
    return WorkRecorded(work, work_content_of(NUMBER, OPENED.content, work))


def signing(*past: WorkOrderFact, work: WorkRecorded) -> Any:
    """The customer is to sign this work."""
    story = given(work_order, *past, work)
    return story.when(replace(CUSTOMER_SIGNS, content=work.content), SHOWN)


class TestWhatIsCharged:
    @pytest.mark.parametrize(
        ("past", "said"),
        [
            (PAID, LABOUR),
            ((*DRAWN, GRANTED), Fee("inspection", 5_000, None, "现金", "SJ-2")),
            ((*PAID, GRANTED), Fee("inspection", 5_000, 100, "现金", "SJ-2")),
            ((*ON_SITE, AGREED), LABOUR),
        ],
    )
    def test_what_was_quoted_or_granted_is_signed(
        self, past: tuple[WorkOrderFact, ...], said: Fee
    ) -> None:
        assert len(list(signing(*past, work=recorded(fees=(said,))).decision())) == 1

    @pytest.mark.parametrize(
        ("past", "said"),
        [
            (DRAWN, LABOUR),
            (PAID, replace(LABOUR, fen=999_900)),
            (PAID, replace(LABOUR, quoted_fen=None)),
            ((*DRAWN, GRANTED), Fee("inspection", 6_000, 6_000, "现金", "SJ-2")),
            ((*DRAWN, GRANTED), replace(LABOUR, kind="travel")),
            ((*ON_SITE, replace(AGREED, fen=19_999)), LABOUR),
            (PAID, replace(LABOUR, fen=30_001, quoted_fen=30_001)),
            ((replace(UNASKED, approved=replace(PAID_REPORT, agreement=None)), *PAID[1:]), LABOUR),
        ],
    )
    def test_nothing_else_is_charged(self, past: tuple[WorkOrderFact, ...], said: Fee) -> None:
        nature = order_of(*past).repair_nature
        signing(*past, work=recorded(fees=(said,))).refused_with(
            "fees-unfounded", fees=[said.kind], nature=nature, number=NUMBER
        )

    def test_who_pays_for_what_is_mended_is_charged(self) -> None:
        signing(*PAID, work=recorded()).refused("fees-owed")
        signing(*PAID, GRANTED, work=recorded()).refused("fees-owed")
        for past, work in (
            ((*PAID, FREE), recorded()),
            (PAID, recorded(result=WorkResult.NOT_FIXED)),
            (DRAWN, recorded()),
        ):
            assert len(list(signing(*past, work=work).decision())) == 1

    @pytest.mark.parametrize(
        ("past", "fee", "owed"),
        [
            (PAID, Fee("labour", 0, 0), 20_000),
            (PAID, replace(LABOUR, fen=100), 20_000),
            (PAID, replace(LABOUR, fen=100, quoted_fen=100), 20_000),
            (PAID, replace(LABOUR, fen=19_999, quoted_fen=19_999), 20_000),
            ((*ON_SITE, AGREED), replace(LABOUR, fen=1), 20_000),
            ((*ON_SITE, replace(AGREED, fen=1)), replace(LABOUR, fen=1, quoted_fen=1), 20_000),
            ((*ON_SITE, replace(AGREED, fen=20_001)), LABOUR, 20_001),
            (UNKNOWN_COST, Fee("labour", 0, 0), 1),
            (UNKNOWN_COST, replace(LABOUR, fen=19_999), 20_000),
        ],
    )
    def test_who_pays_for_what_is_mended_is_charged_no_less(
        self, past: tuple[WorkOrderFact, ...], fee: Fee, owed: int
    ) -> None:
        """Neither the technician's figure of the quote nor their word on site lowers it."""
        work = recorded(fees=(fee,))
        signing(*past, work=work).refused_with("fees-owed", number=NUMBER, fen=fee.fen, owed=owed)
        whole = replace(GRANTED, fees=(FeeDue("labour", fee.fen),))
        assert len(list(signing(*past, whole, work=work).decision())) == 1
        signing(*past, GRANTED, work=work).refused("fees-owed")
        unmended = recorded(fees=(fee,), result=WorkResult.NOT_FIXED)
        assert len(list(signing(*past, work=unmended).decision())) == 1

    def test_what_was_granted_once_is_charged_once(self) -> None:
        fee = Fee("inspection", 5_000, None, "现金", "SJ-2")
        five = recorded(fees=(fee,) * 5)
        record = RecordWork(five.work)
        given(work_order, *DRAWN, GRANTED).when(record, SHOWN).refused_with(
            "fee-twice", fees=["inspection"]
        )
        signing(*DRAWN, GRANTED, work=five).refused("fee-twice")
        signing(*PAID, work=recorded(fees=(replace(LABOUR, fen=10_000),) * 2)).refused("fee-twice")

    @pytest.mark.parametrize(("paid_how", "receipt_no"), [(None, "SJ-2"), ("现金", None)])
    def test_every_fee_says_how_it_was_paid_and_has_a_receipt(
        self, paid_how: str | None, receipt_no: str | None
    ) -> None:
        fee = Fee("inspection", 5_000, None, paid_how, receipt_no)
        for past in (DRAWN, PAID):
            signing(*past, GRANTED, work=recorded(fees=(fee,))).refused_with(
                "work-incomplete", fields=["fee_paid"]
            )


class TestWhatWasPaidBefore:
    """The technician who took the money lost the order before anybody signed for it."""

    PAST = (*PAID, recorded(fees=(LABOUR,)), WorkOrderRecalled(LIU, "住院"), ASSIGNED, SIGNED)

    def test_it_stands_on_the_record_of_whoever_goes_on(self) -> None:
        left_out = {"fees": ["labour"], "number": NUMBER}
        half = recorded(fees=(replace(LABOUR, fen=19_999),))
        for work in (recorded(result=WorkResult.NOT_FIXED), half):
            signing(*self.PAST, work=work).refused_with("fees-left-out", **left_out)
        whole = signing(*self.PAST, work=recorded(fees=(LABOUR,)))
        assert len(list(whole.decision())) == 1
        again = (*self.PAST, recorded(fees=()), *self.PAST[-3:])
        signing(*again, work=recorded(result=WorkResult.NOT_FIXED)).refused("fees-left-out")

    def test_the_case_does_not_end_without_it_unless_it_was_given_back(self) -> None:
        end = CloseRepair(Ending.WITHDRAWN, "用户不修了", AT)
        story = given(work_order, *self.PAST).when(end, asks(CLERK, visits=()))
        story.refused("work-unsigned", "not-reconciled")
        assert to_be_signed_of(order_of(*self.PAST)) == ["fees"]
        for granted in (FREE, replace(FREE, fees=(FeeDue("labour", 0),))):
            assert not to_be_signed_of(order_of(*self.PAST, granted))
            work = recorded(result=WorkResult.NOT_FIXED)
            assert len(list(signing(*self.PAST, granted, work=work).decision())) == 1

    def test_money_that_was_taken_is_not_written_away(self) -> None:
        """The same technician records the work again, and the receipt is gone."""
        less = recorded(fees=(replace(LABOUR, fen=100),))
        for again in (recorded(result=WorkResult.NOT_FIXED), less):
            past = (*PAID, recorded(fees=(LABOUR,)))
            signing(*past, work=again).refused("fees-left-out")
            assert "fees" in to_be_signed_of(order_of(*past, again))
        voided = (*PAID, recorded(fees=(LABOUR,)), CUSTOMER_SIGNED, SignatureVoided("写错"))
        signing(*voided, work=less).refused("fees-left-out")
        same = recorded(fees=(LABOUR,), cause_found="另有原因")
        assert len(list(signing(*PAID, recorded(fees=(LABOUR,)), work=same).decision())) == 1

    def test_once_it_is_signed_it_is_not_asked_for_again(self) -> None:
        past = (*self.PAST, recorded(fees=(LABOUR,)), CUSTOMER_SIGNED)
        assert not order_of(*past, SignatureVoided("写错")).paid


class TestOfAFurtherOrder:
    """What an earlier order of the ticket has charged is charged once, and owed no more."""

    LABOUR = replace(LABOUR, fen=15_000)

    @staticmethod
    def further(charged: Fee, *past: WorkOrderFact) -> Any:
        """The customer is to sign the second order; the first one has charged this."""
        first = recorded(fees=(charged,), result=WorkResult.NOT_FIXED, tested=False)
        before = order_of(*PAID, *past, first, CUSTOMER_SIGNED)
        again = f"work_order-{TICKET}-W2"
        assert SEEN_DONE[0].planned is not None
        plan = replace(SEEN_DONE[0].planned, order=f"{TICKET}-W2")
        return asks(
            LIU,
            again,
            {f"work_order-{NUMBER}": before},
            visits=(replace(SEEN_DONE[0], planned=plan),),
        )

    @staticmethod
    def signing(asked: Any, work: WorkRecorded, *past: WorkOrderFact) -> Any:
        story = given(work_order, *PAID, *past, work)
        return story.when(replace(CUSTOMER_SIGNS, content=work.content), asked)

    def test_what_is_left_is_owed(self) -> None:
        asked = self.further(replace(LABOUR, fen=5_000))
        whole = recorded(fees=(self.LABOUR,))
        assert len(list(self.signing(asked, whole).decision())) == 1
        less = recorded(fees=(replace(self.LABOUR, fen=14_999),))
        self.signing(asked, less).refused_with("fees-owed", number=NUMBER, fen=14_999, owed=15_000)

    def test_what_was_charged_in_full_is_owed_no_more(self) -> None:
        assert len(list(self.signing(self.further(LABOUR), recorded()).decision())) == 1

    def test_nothing_is_charged_twice(self) -> None:
        self.signing(self.further(LABOUR), recorded(fees=(LABOUR,))).refused(
            "fees-unfounded", "fee-charged-before"
        )

    def test_nor_is_a_fee_that_another_leaves_room_for(self) -> None:
        test = Fee("inspection", 5_000, 5_000, "现金", "SJ-1")
        twice = (test, replace(LABOUR, fen=10_000, quoted_fen=10_000))
        asked = self.further(test)
        self.signing(asked, recorded(fees=twice)).refused_with(
            "fee-charged-before", fees=["inspection"], number=NUMBER
        )
        granted = replace(GRANTED, fees=(TEST, FeeDue("labour", 10_000)))
        assert len(list(self.signing(asked, recorded(fees=twice), granted).decision())) == 1

    def test_what_an_approver_granted_on_the_first_is_beyond_its_quote(self) -> None:
        test = Fee("inspection", 5_000, None, "现金", "SJ-1")
        asked = self.further(test, GRANTED)
        assert len(list(self.signing(asked, recorded(fees=(LABOUR,))).decision())) == 1

    def test_of_a_cost_that_nobody_knew_each_quote_holds(self) -> None:
        asked, first = self.further(LABOUR), UNKNOWN_COST
        story = given(work_order, *first, work := recorded(fees=(LABOUR,)))
        signs = replace(CUSTOMER_SIGNS, content=work.content)
        story.when(signs, asked).refused("fee-charged-before")
        free = recorded()
        signs = replace(CUSTOMER_SIGNS, content=free.content)
        assert len(list(given(work_order, *first, free).when(signs, asked).decision())) == 1


class TestConsentOnSite:
    def test_nobody_works_before_who_pays_has_agreed(self) -> None:
        given(work_order, *ON_SITE).when(RECORD, SHOWN).refused("consent-missing")
        given(work_order, *ON_SITE, RECORDED).when(CUSTOMER_SIGNS, SHOWN).refused("fees-owed")
        for more in (AGREED, GRANTED):
            given(work_order, *ON_SITE, more).when(RECORD, SHOWN).then(RECORDED)
        for past in (PAID, DRAWN):
            given(work_order, *past).when(RECORD, SHOWN).then(RECORDED)

    def test_what_nobody_told_dispatch_of_is_not_asked_for(self) -> None:
        untold = replace(UNASKED, approved=replace(PAID_REPORT, agreement=None))
        given(work_order, untold, *PAID[1:]).when(RECORD, SHOWN).then(RECORDED)

    def test_the_technician_tells_that_they_agreed(self) -> None:
        agree = RecordConsent(CONSENT, 20_000)
        given(work_order, *ON_SITE).when(agree, THERE_NOW).then(AGREED)
        given(work_order, *ON_SITE, AGREED).when(agree, HIS).then()
        foreign = asks(CHEN, visits=())
        given(work_order, *ON_SITE).when(agree, foreign).refused("not-your-order")
        given(work_order, *TAKEN).when(agree, THERE_NOW).refused("nothing-to-agree-to")
        given(work_order, *ON_SITE[:3]).when(agree, THERE_NOW).refused("not-accepted")

    @pytest.mark.parametrize(
        ("past", "seen", "agreed"),
        [
            ((*ON_SITE, replace(AGREED, fen=100), RECORDED), THERE_NOW, 100),
            ((*ON_SITE, replace(AGREED, fen=100)), SHOWN, 100),
            ((*ON_SITE, GRANTED, RECORDED), THERE_NOW, 0),
            (ON_SITE, SHOWN, 0),
            ((*PAID, RECORDED), THERE_NOW, 20_000),
        ],
    )
    def test_what_is_done_nobody_agrees_to_a_higher_price_for(
        self, past: tuple[WorkOrderFact, ...], seen: Asked, agreed: int
    ) -> None:
        more = RecordConsent(CONSENT, agreed + 1)
        given(work_order, *past).when(more, seen).refused_with(
            "consent-after-work", number=NUMBER, fen=agreed + 1, agreed=agreed
        )
        given(work_order, *past).when(replace(more, fen=agreed), seen).decision()
        given(work_order, *past).when(ASK, seen).then(ASKED)

    def test_far_above_the_estimate_is_the_word_of_nobody_alone(self) -> None:
        """Ten times by policy; where nobody knew the cost, nothing is compared."""
        most = RecordConsent(CONSENT, 200_000, most_times=10)
        given(work_order, *ON_SITE).when(most, THERE_NOW).decision()
        absurd = replace(most, fen=20_000_000)
        given(work_order, *ON_SITE).when(absurd, THERE_NOW).refused_with(
            "consent-beyond-estimate", number=NUMBER, fen=20_000_000, estimated=20_000, times=10
        )
        given(work_order, *UNKNOWN_COST).when(absurd, THERE_NOW).decision()

    def test_before_the_work_they_may_agree_to_more(self) -> None:
        less, more = replace(AGREED, fen=100), RecordConsent(CONSENT, 20_000)
        again = asks(LIU, visits=(visit_of(*THERE, ENDED), visit_of(*THERE)))
        nobody_home = asks(LIU, visits=(visit_of(*THERE, NOBODY_HOME),))
        for seen in (THERE_NOW, again, nobody_home):
            given(work_order, *ON_SITE, less).when(more, seen).then(AGREED)

    def test_another_nature_asks_for_another_word(self) -> None:
        free = replace(PAID_REPORT.diagnosis, repair_nature=RepairNature.GOODWILL)
        changed = replace(UNASKED, version=9, approved=replace(PAID_REPORT, diagnosis=free))
        alike = replace(UNASKED, version=9)
        assert order_of(*ON_SITE, AGREED, GRANTED, changed).consent is None
        assert order_of(*ON_SITE, AGREED, GRANTED, changed).fees_granted is None
        assert order_of(*ON_SITE, AGREED, GRANTED, alike).consent == AGREED

    def test_it_is_offered_while_it_is_missing(self) -> None:
        assert [each.fen for each in fees.offered_consent(NUMBER, order_of(*ON_SITE))] == [0]
        for past in ((*ON_SITE, AGREED), PAID, DRAWN):
            assert list(fees.offered_consent(NUMBER, order_of(*past))) == []


class TestAsking:
    def test_it_is_asked_for_and_granted_by_somebody_else(self) -> None:
        given(work_order, *DRAWN).when(ASK, HIS).then(ASKED)
        given(work_order, *DRAWN, ASKED).when(ASK, HIS).then()
        grant = ApproveFees((TEST,))
        given(work_order, *DRAWN, ASKED).when(grant, asks(APPROVER)).then(GRANTED)
        given(work_order, *DRAWN, ASKED, GRANTED).when(grant, asks(APPROVER)).then()
        given(work_order, *DRAWN).when(ASK, asks(CLERK)).then(replace(ASKED, by=CLERK))

    def test_that_nothing_is_charged_is_asked_for_too(self) -> None:
        ask, asked = AskFees((), "我方责任"), FeesAsked(LIU, (), "我方责任")
        given(work_order, *PAID).when(ask, HIS).then(asked)
        given(work_order, *PAID, asked).when(ApproveFees(()), asks(APPROVER)).then(
            replace(FREE, because="我方责任")
        )

    def test_it_is_refused_with_a_reason(self) -> None:
        refuse = RefuseFees("在保修期内")
        given(work_order, *DRAWN, ASKED).when(refuse, asks(APPROVER)).then(REFUSED)
        given(work_order, *DRAWN, ASKED, REFUSED).when(refuse, asks(APPROVER)).then()
        given(work_order, *DRAWN).when(refuse, asks(APPROVER)).refused("fees-not-asked")
        given(work_order, *DRAWN, ASKED, REFUSED).when(ASK, HIS).then(ASKED)

    def test_nobody_grants_what_they_asked_for_or_what_was_exchanged(self) -> None:
        grant, other = ApproveFees((TEST,)), ApproveFees((replace(TEST, fen=1),))
        by_the_clerk = replace(ASKED, by=CLERK)
        for past, who in ((by_the_clerk, CLERK), (by_the_clerk, LIU), (ASKED, LIU)):
            given(work_order, *DRAWN, past).when(grant, asks(who)).refused("own-request")
            given(work_order, *DRAWN, past).when(RefuseFees("x"), asks(who)).refused("own-request")
        given(work_order, *DRAWN, ASKED).when(other, asks(OTHER)).refused("changed-since-asked")
        given(work_order, *DRAWN).when(grant, asks(OTHER)).refused("fees-not-asked")

    def test_it_is_asked_for_before_the_customer_signs(self) -> None:
        given(work_order, *DONE).when(ASK, HIS).refused("signed-already")
        twice = AskFees((TEST, TEST), "两次")
        given(work_order, *DRAWN).when(twice, HIS).refused_with("fee-twice", fees=["inspection"])

    def test_only_what_waits_is_offered(self) -> None:
        for past, n in ((DRAWN, 0), ((*DRAWN, ASKED), 1), ((*DRAWN, ASKED, GRANTED), 0)):
            order = order_of(*past)
            assert len(list(fees.offered_approval(NUMBER, order))) == n
            assert len(list(fees.offered_refusal(NUMBER, order))) == n
