"""款项结清 as stories: others receive what was taken, on its day where policy asks for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.dispatch import reactions, work_order
from services.dispatch.views import cash_due, reminders
from services.dispatch.work_order.cash import (
    Cash,
    SettleCash,
    Settling,
    UrgeCash,
    offered,
    settled,
)
from services.dispatch.work_order.continuing import ContinueRepair
from services.dispatch.work_order.sheet import sheet_of
from services.dispatch.work_order.state import WorkOrderFact
from services.dispatch.work_order.work import work_content_of
from shared.decider import Asked
from shared.events.dispatch import CashSettled, WorkOrderRecalled, WorkRecorded
from shared.events.order_sheet import Fee
from shared.events.urging import CashUrged
from shared.events.values import Ending, Role
from shared.notices.reminders import Whom
from shared.policy import BranchPolicy, Core, Fees, OwnFees
from shared.policy.clocks import Clock, Hours
from shared.policy.source import read
from shared.step import WORDS
from tests.dispatch.example import ASSIGNED, CHEN, CLERK, HOME, LIU, NUMBER, OPENED, SIGNED
from tests.dispatch.job import (
    CLOSE,
    CLOSED,
    CUSTOMER_SIGNED,
    HANDED_IN,
    LATER,
    PAID,
    PAID_NOTED,
    SETTLED,
    TAKEN,
    WORK,
    asks,
    order_of,
)
from tests.dispatch.seen import recorded
from tests.seen import fold_view
from tests.shared.http_desk import POLICIES
from tests.spec import given

MONEY, BOSS = "F-MONEY", "A-ZHAOLEI"
LABOUR = Fee("labour", 20_000, quoted_fen=20_000, paid_how="现金", receipt_no="SJ-1")
CHARGED = replace(WORK, fees=(LABOUR,), no_fees=False)
RECORDED = WorkRecorded(CHARGED, work_content_of(NUMBER, OPENED.content, CHARGED))
FREE = WorkRecorded(WORK, work_content_of(NUMBER, OPENED.content, WORK))
BY_BOSS = replace(PAID_NOTED, approved=replace(PAID_NOTED.approved, approved_by=(BOSS,)))
CHARGING: tuple[WorkOrderFact, ...] = (BY_BOSS, *PAID[1:], RECORDED)
BROUGHT: tuple[WorkOrderFact, ...] = (*CHARGING, CUSTOMER_SIGNED, SETTLED, HANDED_IN)
SETTLE = SettleCash(20_000, "CW-1", finance=(MONEY,))
RECEIVED = CashSettled(MONEY, (LIU,), 20_000, 20_000, "CW-1")
DECIDERS = ("approver", "general_manager")
MIDNIGHT = datetime(2026, 11, 24, 16, tzinfo=UTC)
"""The end of the day in Hangzhou on which it was taken."""
UPWARD = MIDNIGHT + timedelta(days=1)
URGED = CashUrged((LIU,), (LIU,), 20_000, MIDNIGHT)
TOLD = CashUrged((LIU,), (BOSS,), 20_000, MIDNIGHT, UPWARD)
SHIPPED = read(POLICIES / "core.toml", Core)
ON = Fees(settle_same_day=True, upward=Clock(timedelta(days=1), Hours.ALWAYS))
POLICY = msgspec.structs.replace(SHIPPED, fees=ON)


RECALLED: tuple[WorkOrderFact, ...] = (*CHARGING, WorkOrderRecalled(CLERK, "用户改期"))
PASSED_ON: tuple[WorkOrderFact, ...] = (
    *RECALLED,
    replace(ASSIGNED, technician=CHEN),
    replace(SIGNED, signature=replace(SIGNED.signature, by=CHEN)),
)
"""The order was taken back from who took the money, and somebody else has it now."""
WHEREVER: tuple[tuple[WorkOrderFact, ...], ...] = (
    RECALLED,
    (*RECALLED, ASSIGNED),
    (*CHARGING, CUSTOMER_SIGNED),
    BROUGHT,
    (*BROUGHT, CLOSED),
)
"""Where else an order stands with money that was taken for it."""


def on(person: str, *roles: Role) -> Asked:
    return replace(asks(person, visits=()), roles=frozenset(roles))


OF_FINANCE, AS_BOSS = on(MONEY, Role.FINANCE), on("A-LIMING", Role.APPROVER)
AS_MANAGER = on("M-QIAN", Role.GENERAL_MANAGER)


class TestSettling:
    def test_finance_receives_what_was_taken(self) -> None:
        given(work_order, *CHARGING).when(SETTLE, OF_FINANCE).then(RECEIVED)
        given(work_order, *CHARGING, RECEIVED).when(SETTLE, OF_FINANCE).then()

    @pytest.mark.parametrize("past", WHEREVER)
    def test_wherever_the_order_stands(self, past: tuple[WorkOrderFact, ...]) -> None:
        given(work_order, *past).when(SETTLE, OF_FINANCE).then(RECEIVED)
        given(work_order, *past).when(SETTLE, on(LIU, Role.FINANCE)).refused("own-request")

    def test_and_not_before_it_is_made_out(self) -> None:
        given(work_order, BY_BOSS).when(SETTLE, OF_FINANCE).refused("not-opened")

    def test_the_page_of_an_order_that_is_over_offers_it_while_it_waits(self) -> None:
        assert [*offered(NUMBER, order_of(*BROUGHT, CLOSED))] == [Settling(20_000, WORDS)]
        assert not [*offered(NUMBER, order_of(*BROUGHT, CLOSED, RECEIVED))]

    def test_what_was_not_taken_is_not_settled_nor_twice(self) -> None:
        given(work_order, *TAKEN).when(SETTLE, OF_FINANCE).refused("no-cash")
        again = replace(SETTLE, receipt_no="CW-2")
        given(work_order, *CHARGING, RECEIVED).when(again, OF_FINANCE).refused("no-cash")

    def test_what_differs_an_approver_says_with_a_reason(self) -> None:
        less = replace(SETTLE, fen=19_000)
        story = given(work_order, *CHARGING)
        story.when(less, OF_FINANCE).refused_with(
            "receipt-differs", number=NUMBER, fen=19_000, taken=20_000
        )
        why = replace(less, because="少收一张，从工资扣回")
        story.when(why, OF_FINANCE).refused("receipt-differs")
        said = replace(RECEIVED, by="A-LIMING", fen=19_000, because=why.because)
        story.when(why, AS_BOSS).then(said)

    def test_a_receipt_is_asked_for_where_something_came_and_not_where_nothing_did(self) -> None:
        story = given(work_order, *CHARGING)
        without = replace(SETTLE, receipt_no=None)
        story.when(without, OF_FINANCE).refused_with("receipt-missing", number=NUMBER, fen=20_000)
        nothing = replace(without, fen=0, because="用户报警，款被抢走")
        said = CashSettled("A-LIMING", (LIU,), 0, 20_000, because=nothing.because)
        story.when(nothing, AS_BOSS).then(said)
        given(work_order, *CHARGING, said).when(nothing, AS_BOSS).then()

    def test_an_approver_settles_where_nobody_of_finance_is_or_with_a_reason(self) -> None:
        story = given(work_order, *CHARGING)
        story.when(SETTLE, AS_BOSS).refused_with(
            "finance-settles", number=NUMBER, settlers=(MONEY,)
        )
        alone = replace(SETTLE, finance=())
        story.when(alone, AS_BOSS).then(replace(RECEIVED, by="A-LIMING"))
        away = replace(SETTLE, because="收款人住院，由家属送来")
        said = replace(RECEIVED, by="A-LIMING", because=away.because)
        story.when(away, AS_BOSS).then(said)
        story.when(away, AS_MANAGER).then(replace(said, by="M-QIAN"))
        story.when(alone, AS_MANAGER).then(replace(RECEIVED, by="M-QIAN"))
        of_job = replace(SETTLE, finance=(LIU,))
        story.when(of_job, AS_BOSS).then(replace(RECEIVED, by="A-LIMING"))

    def test_nobody_settles_what_they_took(self) -> None:
        his = on(LIU, Role.FINANCE)
        given(work_order, *CHARGING).when(SETTLE, his).refused("own-request")

    def test_what_is_written_otherwise_later_is_settled_anew(self) -> None:
        more = replace(LABOUR, fen=25_000, quoted_fen=25_000)
        work = replace(CHARGED, fees=(more,))
        past = (*CHARGING, RECEIVED, replace(RECORDED, work=work))
        anew = replace(SETTLE, fen=25_000)
        said = replace(RECEIVED, fen=25_000, taken_fen=25_000)
        given(work_order, *past).when(anew, OF_FINANCE).then(said)

    def test_the_sheet_says_what_was_taken_and_what_came(self) -> None:
        waits = Cash((LIU,), 20_000, is_settled=False, settled_by=None, received_fen=None,
                     receipt_no=None, because=None)  # fmt: skip
        assert sheet_of(order_of(*CHARGING)).cash == waits
        done = replace(
            waits, is_settled=True, settled_by=MONEY, received_fen=20_000, receipt_no="CW-1"
        )
        assert sheet_of(order_of(*CHARGING, RECEIVED)).cash == done
        assert sheet_of(order_of(*TAKEN)).cash is None


class TestClosing:
    def test_a_case_with_money_that_is_not_settled_stays_open_where_policy_says_so(self) -> None:
        asked = replace(CLOSE, settlers=(MONEY,))
        given(work_order, *BROUGHT).when(asked, asks(CLERK, visits=())).refused_with(
            "cash-not-settled", number=NUMBER, fen=20_000, technicians=(LIU,), settlers=(MONEY,)
        )
        alone = replace(asked, settlers=())
        given(work_order, *BROUGHT).when(alone, asks(CLERK, visits=())).refused_with(
            "cash-not-settled", number=NUMBER, fen=20_000, technicians=(LIU,), settlers=DECIDERS
        )
        given(work_order, *BROUGHT, RECEIVED).when(asked, asks(CLERK, visits=())).then(CLOSED)

    def test_it_ends_as_before_where_policy_does_not(self) -> None:
        given(work_order, *BROUGHT).when(CLOSE, asks(CLERK, visits=())).then(CLOSED)

    def test_neither_does_a_further_order_go_on(self) -> None:
        command = ContinueRepair("拉回车间再修", settlers=(MONEY,))
        story = given(work_order, *CHARGING)
        reads = {"work_order-" + NUMBER[:-1] + "2": work_order.initial}
        asked = asks(CLERK, reads=reads, visits=())
        story.when(command, asked).refused("work-unsigned", "not-reconciled", "cash-not-settled")
        story.when(replace(command, settlers=None), asked).refused(
            "work-unsigned", "not-reconciled"
        )

    def test_whoever_gives_up_hears_it_too(self) -> None:
        command = replace(CLOSE, ending=Ending.WITHDRAWN, papers_checked=(), settlers=(MONEY,))
        found = given(work_order, *CHARGING).when(command, asks(CLERK, visits=()))
        found.refused("work-unsigned", "closing-incomplete", "not-reconciled", "cash-not-settled")


class TestWhoTookIt:
    def test_it_is_who_had_the_order_and_not_who_signs_it_afterwards(self) -> None:
        story = given(work_order, *PASSED_ON)
        story.when(SETTLE, OF_FINANCE).then(RECEIVED)
        story.when(UrgeCash(MIDNIGHT), asks("timer:urge", visits=())).then(URGED)
        found = sheet_of(order_of(*PASSED_ON)).cash
        assert found is not None
        assert found.technicians == (LIU,)
        _, told = settled(order_of(*PASSED_ON), (MONEY,), OF_FINANCE)
        assert told.numbers["technicians"] == (LIU,)

    def test_who_writes_it_down_again_with_what_they_took_is_named_beside_them(self) -> None:
        test = Fee("inspection", 5_000, paid_how="现金", receipt_no="SJ-2")
        more = replace(RECORDED, work=replace(CHARGED, fees=(LABOUR, test)))
        story = given(work_order, *PASSED_ON, more)
        urged = CashUrged((LIU, CHEN), (LIU, CHEN), 25_000, MIDNIGHT)
        story.when(UrgeCash(MIDNIGHT), asks("timer:urge", visits=())).then(urged)


class TestUrging:
    def test_who_took_it_is_reminded_once_and_then_who_approved_the_job(self) -> None:
        first, then = UrgeCash(MIDNIGHT), UrgeCash(MIDNIGHT, UPWARD)
        by_timer = asks("timer:urge", visits=())
        given(work_order, *CHARGING).when(first, by_timer).then(URGED)
        given(work_order, *CHARGING, URGED).when(first, by_timer).then()
        given(work_order, *CHARGING, URGED).when(then, by_timer).then(TOLD)
        given(work_order, *CHARGING, URGED, TOLD).when(then, by_timer).then()
        given(work_order, *CHARGING, URGED, TOLD).when(first, by_timer).then()
        given(work_order, *CHARGING).when(then, by_timer).then()

    @pytest.mark.parametrize("past", WHEREVER[:-1])
    def test_until_the_order_is_over(self, past: tuple[WorkOrderFact, ...]) -> None:
        by_timer = asks("timer:urge", visits=())
        given(work_order, *past).when(UrgeCash(MIDNIGHT), by_timer).then(URGED)
        given(work_order, *past, URGED).when(UrgeCash(MIDNIGHT), by_timer).then()
        given(work_order, *BROUGHT, CLOSED).when(UrgeCash(MIDNIGHT), by_timer).then()

    def test_not_of_an_earlier_day(self) -> None:
        by_timer, next_day = asks("timer:urge", visits=()), replace(URGED, due_at=UPWARD)
        story = given(work_order, *CHARGING, URGED, next_day)
        story.when(UrgeCash(MIDNIGHT), by_timer).then()
        story.when(UrgeCash(MIDNIGHT, UPWARD), by_timer).then()

    @pytest.mark.parametrize("after", [(RECEIVED,), (URGED, RECEIVED)])
    def test_nobody_is_of_what_is_settled(self, after: tuple[Any, ...]) -> None:
        by_timer = asks("timer:urge", visits=())
        given(work_order, *CHARGING, *after).when(UrgeCash(MIDNIGHT), by_timer).then()
        given(work_order, *CHARGING, *after).when(UrgeCash(MIDNIGHT, UPWARD), by_timer).then()

    def test_the_day_is_that_of_the_branch(self) -> None:
        row = fold_view(cash_due, [recorded(RECORDED, 1)])[HOME,]
        day_over = reactions.cash_day_over
        end = datetime(2026, 11, 23, 16, tzinfo=UTC)
        assert day_over(POLICY, row, end - timedelta(seconds=1)) is None
        found = day_over(POLICY, row, end)
        assert found is not None
        assert found.due == end
        assert reactions.urge_cash(row, found).command == UrgeCash(end)
        assert reactions.cash_upward(POLICY, row, LATER) is None, "who took it is told first"
        assert day_over(SHIPPED, row, LATER) is None, "as shipped nobody is asked"

    def test_then_so_long_after_it(self) -> None:
        story = [recorded(RECORDED, 1), recorded(URGED, 2)]
        row = fold_view(cash_due, story)[HOME,]
        assert reactions.cash_day_over(POLICY, row, UPWARD) is None
        found = reactions.cash_upward(POLICY, row, UPWARD)
        assert found is not None
        owed = reactions.urge_cash_upward(row, found)
        assert owed is not None
        assert owed.command == UrgeCash(MIDNIGHT, UPWARD)
        told = fold_view(cash_due, [*story, recorded(TOLD, 3)])[HOME,]
        assert reactions.cash_upward(POLICY, told, UPWARD) is None
        done = fold_view(cash_due, [*story, recorded(RECEIVED, 3)])[HOME,]
        assert reactions.cash_upward(POLICY, done, UPWARD) is None
        assert not fold_view(cash_due, [recorded(FREE, 1)])

    def test_nobody_is_owed_a_reminder_of_what_is_settled_though_it_is_written_again(self) -> None:
        story = [recorded(each, n) for n, each in enumerate((RECORDED, RECEIVED, RECORDED), 1)]
        row = fold_view(cash_due, story)[HOME,]
        assert reactions.cash_day_over(POLICY, row, LATER) is None

    def test_each_is_reminded_by_name(self) -> None:
        assert reminders.reminds(URGED) == Whom((LIU,))
        assert reminders.reminds(TOLD) == Whom((BOSS,))


def test_a_branch_may_have_its_own_rule() -> None:
    branches = {"HZ02": BranchPolicy(fees=OwnFees(settle_same_day=True))}
    core = msgspec.structs.replace(SHIPPED, branches=branches)
    assert core.fees_of("HZ02") == Fees(settle_same_day=True, upward=SHIPPED.fees.upward)
    assert core.fees_of("HZ01") == SHIPPED.fees


def test_what_a_branch_says_of_it_otherwise_counts() -> None:
    slower = Clock(timedelta(days=2), Hours.ALWAYS)
    own = BranchPolicy(fees=OwnFees(settle_same_day=False, upward=slower))
    core = msgspec.structs.replace(POLICY, branches={"HZ02": own})
    assert core.fees_of("HZ02") == Fees(settle_same_day=False, upward=slower)
