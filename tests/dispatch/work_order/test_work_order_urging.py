"""督促 as stories: nobody is to go though parts are out; by hand; upward; done late is shown."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.dispatch import reactions, rules, work_order
from services.dispatch.views import next_visit
from services.dispatch.work_order import urged
from services.dispatch.work_order.clocks import ClockShown
from services.dispatch.work_order.sheet import sheet_of
from services.dispatch.work_order.state import WorkOrderFact
from services.dispatch.work_order.urging import UrgeApprovers, UrgeNextVisit, UrgeTechnician
from shared.document import CommandOwed
from shared.events.dispatch import (
    HandInUrged,
    IssueNoteNoted,
    SignatureVoided,
    TakingUrged,
    WorkOrderRecalled,
)
from shared.events.order_sheet import NoteStage, OrderStage
from shared.events.urging import ApproversUrged, NextVisitUrged, OrderClock, TechnicianUrged
from shared.policy import CORE, Core
from shared.policy.clocks import Occurrence
from shared.policy.source import read
from tests.dispatch.example import (
    ASSIGNED,
    AT,
    BRANCH,
    CLERK,
    HOME,
    LIU,
    NOTED,
    OPENED,
    REPORT,
    SIGNED,
    TICKET,
)
from tests.dispatch.job import (
    CLOSED,
    CUSTOMER_SIGNED,
    DONE,
    DRAWN,
    ENDED,
    HANDED_IN,
    HOME_AGAIN,
    ISSUED,
    PLANNED,
    RECORDED,
    TAKEN,
    THERE,
    VISIT,
    asks,
    noted_note,
    order_of,
    settled,
    visit_of,
)
from tests.dispatch.seen import recorded, seen
from tests.seen import fold_view
from tests.shared.http_desk import POLICIES
from tests.spec import given

POLICY = read(POLICIES / CORE, Core)
TIMER, APPROVER = "timer:urge", "A-ZHAOLEI"
DUE, UPWARD = AT + timedelta(hours=9), AT + timedelta(days=1)
LACKING = UrgeNextVisit(AT, DUE)
REMINDED = NextVisitUrged(LIU, AT, DUE)
BY_ZHAO = replace(NOTED, approved=replace(REPORT, approved_by=(APPROVER,)))


class TestNobodyIsToGo:
    def test_the_technician_is_reminded_once_as_long_as_parts_are_out(self) -> None:
        given(work_order, *DRAWN).when(LACKING, asks(TIMER, visits=())).then(REMINDED)
        given(work_order, *DRAWN, REMINDED).when(LACKING, asks(TIMER, visits=())).then()
        again = UrgeNextVisit(UPWARD, UPWARD + timedelta(hours=9))
        later = NextVisitUrged(LIU, again.since, again.due_at)
        given(work_order, *DRAWN, REMINDED).when(again, asks(TIMER, visits=())).then(later)
        given(work_order, *DRAWN, later).when(LACKING, asks(TIMER, visits=())).then()

    def test_nobody_is_where_a_visit_is_planned(self) -> None:
        given(work_order, *DRAWN).when(LACKING, asks(TIMER, visits=(visit_of(PLANNED),))).then()
        over = asks(TIMER, visits=(visit_of(*THERE, ENDED),))
        given(work_order, *DRAWN).when(LACKING, over).then(REMINDED)

    @pytest.mark.parametrize(
        "past",
        [
            (NOTED, OPENED, ASSIGNED),
            TAKEN,
            (*TAKEN, IssueNoteNoted(noted_note(NoteStage.RELEASED))),
            (*TAKEN, IssueNoteNoted(settled(None, 0, 0))),
            DONE,
            (*HOME_AGAIN, CLOSED),
        ],
        ids=["not taken", "no word", "not issued", "home again", "signed", "closed"],
    )
    def test_nor_where_nothing_is_out(self, past: tuple[WorkOrderFact, ...]) -> None:
        given(work_order, *past).when(LACKING, asks(TIMER, visits=())).then()

    def test_nor_where_nobody_has_to_go_there(self) -> None:
        here = replace(REPORT, diagnosis=replace(REPORT.diagnosis, on_site=False))
        past = (replace(NOTED, approved=here), *DRAWN[1:])
        given(work_order, *past).when(LACKING, asks(TIMER, visits=())).then()


class TestUpward:
    @pytest.mark.parametrize(
        ("clock", "past", "reminder", "over"),
        [
            (
                OrderClock.TAKING,
                (NOTED, OPENED, replace(ASSIGNED, due_at=DUE)),
                TakingUrged(LIU, DUE),
                SIGNED,
            ),
            (OrderClock.NEXT_VISIT, DRAWN, REMINDED, WorkOrderRecalled(LIU, "换人")),
            (
                OrderClock.HAND_IN,
                (*DRAWN, RECORDED, replace(CUSTOMER_SIGNED, due_at=DUE)),
                HandInUrged(LIU, DUE),
                SignatureVoided("改用量"),
            ),
        ],
    )
    def test_whoever_approved_is_told_once_while_it_still_waits(
        self, clock: OrderClock, past: Any, reminder: Any, over: Any
    ) -> None:
        past = (BY_ZHAO, *past[1:])
        told = ApproversUrged(clock, LIU, (APPROVER,), DUE, UPWARD)
        owed = UrgeApprovers(clock, DUE, UPWARD)
        given(work_order, *past, reminder).when(owed, asks(TIMER, visits=())).then(told)
        given(work_order, *past, reminder, told).when(owed, asks(TIMER, visits=())).then()
        given(work_order, *past, reminder, over).when(owed, asks(TIMER, visits=())).then()
        earlier = UrgeApprovers(clock, AT, UPWARD)
        given(work_order, *past, reminder).when(earlier, asks(TIMER, visits=())).then()
        assert sheet_of(order_of(*past, reminder, told)).approvers_urged == told
        [row] = seen(urged, (*past, reminder)).values()
        assert (row.stream, row.clock, row.due, row.technician) == (HOME, clock, DUE, LIU)
        for end in (told, over):
            assert seen(urged, (*past, reminder, end)) == {}

    def test_not_of_an_earlier_time(self) -> None:
        later = DUE + timedelta(days=1)
        past = (BY_ZHAO, OPENED, replace(ASSIGNED, due_at=DUE), TakingUrged(LIU, DUE))
        anew = (WorkOrderRecalled(LIU, "换人"), replace(ASSIGNED, due_at=later))
        told = ApproversUrged(OrderClock.TAKING, LIU, (APPROVER,), later, UPWARD)
        owed = UrgeApprovers(OrderClock.TAKING, DUE, UPWARD)
        all_of_it = (*past, *anew, TakingUrged(LIU, later), told)
        given(work_order, *all_of_it).when(owed, asks(TIMER, visits=())).then()

    def test_nobody_is_before_the_technician(self) -> None:
        owed = UrgeApprovers(OrderClock.TAKING, DUE, UPWARD)
        past = (NOTED, OPENED, replace(ASSIGNED, due_at=DUE))
        given(work_order, *past).when(owed, asks(TIMER, visits=())).then()

    def test_the_time_is_that_of_the_policy(self) -> None:
        row = urged.Row(HOME, TICKET, BRANCH, LIU, OrderClock.HAND_IN, AT)
        upward = AT + timedelta(days=1)
        assert reactions.upward(POLICY, row, upward - timedelta(seconds=1)) is None
        found = reactions.upward(POLICY, row, upward)
        assert found is not None
        assert found.due == upward
        owed = UrgeApprovers(OrderClock.HAND_IN, AT, upward)
        assert reactions.urge_approvers(row, found) == CommandOwed(HOME, owed)
        never = msgspec.structs.replace(POLICY, handing_in=None, taking=None, next_visit=None)
        for clock in OrderClock:
            assert rules.upward(never, clock, AT) is None


class TestByHand:
    URGE = UrgeTechnician("用户又来电催")

    @pytest.mark.parametrize(
        ("past", "stage"),
        [
            ((NOTED, OPENED, ASSIGNED), OrderStage.ASSIGNED),
            (DRAWN, OrderStage.ACCEPTED),
            (DONE, OrderStage.SIGNED),
        ],
    )
    def test_somebody_reminds_the_technician_in_their_words(
        self, past: tuple[WorkOrderFact, ...], stage: OrderStage
    ) -> None:
        told = TechnicianUrged(CLERK, LIU, stage, "用户又来电催")
        given(work_order, *past).when(self.URGE, asks(CLERK)).then(told)
        given(work_order, *past, told).when(self.URGE, asks(CLERK)).then()
        by_other = replace(told, by=APPROVER)
        given(work_order, *past, told).when(self.URGE, asks(APPROVER)).then(by_other)
        assert sheet_of(order_of(*past, told)).urged_by_hand == told

    def test_only_while_the_order_is_with_a_technician(self) -> None:
        given(work_order, NOTED, OPENED).when(self.URGE, asks(CLERK)).refused("not-assigned")
        given(work_order, *DONE, HANDED_IN).when(self.URGE, asks(CLERK)).refused(
            "handed-in-already"
        )


class TestBothTimes:
    def test_what_is_done_late_shows_by_when_and_when(self) -> None:
        signed = SIGNED.signature.signed_at
        for due, late in ((signed - timedelta(hours=1), True), (signed, False)):
            given_ = replace(ASSIGNED, due_at=due)
            (shown,) = sheet_of(order_of(NOTED, OPENED, given_, SIGNED)).clocks
            assert shown == ClockShown(OrderClock.TAKING, due, signed, late)

    def test_what_is_not_done_has_no_second_time(self) -> None:
        waits = (NOTED, OPENED, replace(ASSIGNED, due_at=DUE))
        (shown,) = sheet_of(order_of(*waits)).clocks
        assert shown == ClockShown(OrderClock.TAKING, DUE, None, is_late=False)
        (shown,) = sheet_of(order_of(*waits, TakingUrged(LIU, DUE))).clocks
        assert shown == ClockShown(OrderClock.TAKING, DUE, None, is_late=True)
        (shown,) = sheet_of(order_of(*DRAWN, REMINDED)).clocks
        assert shown == ClockShown(OrderClock.NEXT_VISIT, DUE, None, is_late=True)

    def test_the_hand_in_too(self) -> None:
        at = HANDED_IN.hand_in.at
        signed = (*DRAWN, RECORDED, replace(CUSTOMER_SIGNED, due_at=at - timedelta(minutes=1)))
        (shown,) = sheet_of(order_of(*signed, HANDED_IN)).clocks
        assert (shown.clock, shown.met_at, shown.is_late) == (OrderClock.HAND_IN, at, True)


def told_at(n: int) -> datetime:
    """When the n-th fact was recorded."""
    return recorded(PLANNED, n).recorded_at


class TestTheClock:
    OUT = (NOTED, OPENED, ASSIGNED, SIGNED, ISSUED)

    def since(self, *more: tuple[str, Any]) -> datetime | None:
        """From when on nobody is to go, after an order with parts out and this."""
        facts = [*((HOME, each) for each in self.OUT), *more]
        told = (recorded(fact, n, stream) for n, (stream, fact) in enumerate(facts, start=1))
        rows = fold_view(next_visit, told)
        return rows[(TICKET,)].since if rows else None

    def test_it_runs_while_parts_are_out_and_nobody_is_to_go(self) -> None:
        assert self.since() == told_at(5)
        assert self.since((VISIT, PLANNED)) is None
        assert self.since((VISIT, PLANNED), (VISIT, ENDED)) == told_at(7)
        assert self.since((HOME, REMINDED), (HOME, ISSUED)) == told_at(5)
        assert self.since((HOME, IssueNoteNoted(settled(None, 0, 0)))) is None
        assert self.since((HOME, CUSTOMER_SIGNED)) is None
        assert self.since((HOME, CUSTOMER_SIGNED), (HOME, SignatureVoided("x"))) == told_at(7)
        assert self.since((HOME, WorkOrderRecalled(LIU, "换人"))) is None
        assert self.since((HOME, CLOSED)) is None

    def test_the_time_is_that_of_the_policy(self) -> None:
        row = next_visit.Row(TICKET, HOME, BRANCH, taken=True, out=("C1",), visits=(), since=AT)
        due = rules.visit_lacking(POLICY, AT)
        assert due is not None
        assert reactions.visit_lacking(POLICY, row, due - timedelta(seconds=1)) is None
        found = reactions.visit_lacking(POLICY, row, due)
        assert found == Occurrence((due + timedelta(hours=8)).date(), due)
        assert found is not None
        assert reactions.urge_next_visit(row, found) == CommandOwed(HOME, UrgeNextVisit(AT, due))
        idle = replace(row, since=None)
        assert reactions.visit_lacking(POLICY, idle, due) is None
        assert reactions.urge_next_visit(idle, found) is None
        nobody = msgspec.structs.replace(POLICY, next_visit=None)
        assert reactions.visit_lacking(nobody, row, due) is None
