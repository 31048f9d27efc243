"""派工的指标: first-time fix, days at each stage of an order, and clocks."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.dispatch.figures.http import closed
from services.dispatch.views import case_work
from services.dispatch.waiting import order_clocks
from shared.clock_runs import counted
from shared.events.dispatch import ClaimUrged, HandInReturned, RepairContinued
from shared.events.order_sheet import ClaimDue, OrderStage, VisitOutcome
from shared.events.values import Ending
from shared.events.visits import VisitEnded
from shared.view import Recorded
from tests.dispatch.claim.example import CLAIM, SUBMITTED
from tests.dispatch.desk import Dispatch
from tests.dispatch.example import (
    ASSIGNED,
    AT,
    CHEN,
    CLERK,
    HOME,
    LIU,
    NOTED,
    NUMBER,
    OPENED,
    SIGNED,
    TICKET,
)
from tests.dispatch.job import (
    CLOSED,
    CUSTOMER_SIGNED,
    ENDED,
    HANDED_IN,
    ISSUED,
    NOBODY_HOME,
    PLANNED,
    VISIT,
)
from tests.dispatch.seen import recorded
from tests.dispatch.work_order.test_work_order_urging import REMINDED
from tests.seen import fold_view

BEFORE = ((HOME, NOTED), (HOME, OPENED), (HOME, ASSIGNED), (HOME, SIGNED))
AFTER = ((HOME, CUSTOMER_SIGNED), (HOME, HANDED_IN), (HOME, CLOSED))
DONE = (VISIT, ENDED)
NOT_DONE = (VISIT, VisitEnded(VisitOutcome.PARTS_MISSING, "缺轴承", "等配件", None))
MINUTE = 60
LATER = AT + timedelta(days=60)


def told(*facts: tuple[str, Any]) -> list[Recorded]:
    versions = dict[str, int]()
    found = []
    for n, (stream, fact) in enumerate(facts, start=1):
        versions[stream] = versions.get(stream, 0) + 1
        found.append(replace(recorded(fact, n, stream), version=versions[stream]))
    return found


def case(*facts: tuple[str, Any]) -> case_work.Row:
    (row,) = fold_view(case_work, told(*facts)).values()
    assert isinstance(row, case_work.Row)
    return row


def fixed(*facts: tuple[str, Any]) -> list[int]:
    rows = closed(case(*facts), AT)
    return [each.amount for each in rows if each.figure == "first_time_fix"]


def test_one_visit_that_was_done_is_a_first_time_fix() -> None:
    assert fixed(*BEFORE, DONE, *AFTER) == [1]
    assert fixed(*BEFORE, (VISIT, NOBODY_HOME), DONE, *AFTER) == [1], "nobody was there"


def test_more_visits_or_orders_are_none() -> None:
    assert fixed(*BEFORE, NOT_DONE, DONE, *AFTER) == [0]
    assert fixed(*BEFORE, NOT_DONE, *AFTER) == [0]
    second = f"work_order-{TICKET}-W2"
    over = (HOME, RepairContinued(f"{TICKET}-W2", "进厂修", None, ()))
    further = (second, replace(NOTED, number=f"{TICKET}-W2"))
    ended = tuple((second, fact) for _, fact in AFTER)
    assert fixed(*BEFORE, over, further, DONE, *ended) == [0]


def test_what_was_not_repaired_or_not_gone_to_does_not_count() -> None:
    given_up = (HOME, replace(CLOSED, ending=Ending.NOT_REPAIRABLE))
    assert fixed(*BEFORE, DONE, given_up) == []
    assert fixed(*BEFORE, *AFTER) == []
    assert fixed(*BEFORE, DONE) == [], "it is open"


def test_each_stage_is_a_span_of_the_record() -> None:
    row = case(*BEFORE, DONE, *AFTER)
    spans = {stay.stage: stay.seconds for stay in row.stays}
    assert spans == {
        OrderStage.AWAITING: MINUTE,
        OrderStage.OPENED: MINUTE,
        OrderStage.ASSIGNED: MINUTE,
        OrderStage.ACCEPTED: 2 * MINUTE,
        OrderStage.SIGNED: MINUTE,
        OrderStage.HANDED_IN: MINUTE,
    }
    again = case(*BEFORE, (HOME, NOTED), DONE, *AFTER)
    assert again.orders == 1, "what is approved anew is no further order"


def met(*facts: tuple[str, Any], now: datetime = LATER) -> list[tuple[str, int]]:
    """The clocks of an order that were due, each with whether it was met."""
    rows = fold_view(order_clocks, told(*facts)).values()
    return [(each.of, each.amount) for row in rows for each in counted(row, now)]


class TestTheNextVisit:
    """下次上门: in time where nobody had to be reminded."""

    OUT = (*BEFORE, (HOME, ISSUED))
    URGED = (HOME, REMINDED)
    PLAN = (VISIT, PLANNED)

    def test_is_planned_in_time_if_nobody_had_to_be_reminded(self) -> None:
        assert met(*self.OUT) == [], "nobody knows yet by when"
        assert met(*self.OUT, self.PLAN) == [("plans", 1)]
        assert met(*self.OUT, self.URGED) == [("plans", 0)]
        assert met(*self.OUT, self.URGED, self.PLAN, now=AT) == [("plans", 1)], "by when it was due"

    def test_counts_each_time_that_nobody_was_to_go(self) -> None:
        again = (VISIT.removesuffix("1") + "2", replace(PLANNED, number=f"{TICKET}-V2"))
        assert met(*self.OUT, self.PLAN, NOT_DONE, again) == [("plans", 1), ("plans", 1)]
        assert met(*self.OUT, self.PLAN, NOT_DONE, self.URGED) == [("plans", 1), ("plans", 0)]

    def test_is_no_clock_where_it_ended_otherwise_or_parts_came_after_the_plan(self) -> None:
        assert met(*self.OUT, (HOME, CUSTOMER_SIGNED)) == []
        assert met(*BEFORE, self.PLAN, (HOME, ISSUED)) == []
        assert met(*self.OUT, self.URGED, (HOME, CLOSED), now=AT) == [("plans", 1)]


class TestClaims:
    """差旅报销: of everybody who travelled."""

    DUE = AT + timedelta(days=7)
    BROUGHT = (HOME, replace(HANDED_IN, claim=ClaimDue((LIU, CHEN), DUE, DUE + timedelta(days=7))))
    MINE, THEIRS = (CLAIM, SUBMITTED), (f"{CLAIM}-2", replace(SUBMITTED, claimant=CHEN))

    def test_each_who_travelled_claims_in_time_or_not(self) -> None:
        assert met(self.BROUGHT, now=AT) == []
        assert met(self.BROUGHT) == [("claims", 0)] * 2
        assert met(self.BROUGHT, self.MINE) == [("claims", 1), ("claims", 0)]
        assert met(self.BROUGHT, self.MINE, self.THEIRS) == [("claims", 1)] * 2
        late = (HOME, ClaimUrged((CHEN,), self.DUE))
        assert met(self.BROUGHT, self.MINE, late) == [("claims", 1), ("claims", 0)]

    def test_a_task_that_went_back_begins_anew(self) -> None:
        back = (HOME, HandInReturned(CLERK, ("少一只旧件",)))
        assert met(self.BROUGHT, back) == [("claims", 1)] * 2
        mine = replace(self.BROUGHT[1], claim=ClaimDue((LIU,), self.DUE, self.DUE))
        assert met(self.BROUGHT, back, (HOME, mine)) == [("claims", 1)] * 2 + [("claims", 0)]
        assert met((HOME, HANDED_IN)) == [], "no policy, no clock"


def test_they_are_told_by_week(dispatch: Dispatch) -> None:
    dispatch.handed_in()
    week = "?until_week=2026-W48"
    rows = dispatch.told(f"/v1/figures{week}", dispatch.boss)["rows"]
    clocks = {row["of"]: (row["count"], row["total"]) for row in rows if row["figure"] == "clock"}
    assert clocks == {"signatures": (1, 1), "plans": (1, 1), "hand-ins": (1, 1)}
    far = dispatch.desk.staff("A-FAR", ["approver"], ["SH02"])
    assert dispatch.told(f"/v1/figures{week}", far)["rows"] == []


def test_a_ticket_and_each_of_its_papers_show_when_a_step_was_due_and_done(
    dispatch: Dispatch,
) -> None:
    dispatch.handed_in()

    def told(number: str, token: str = dispatch.boss) -> list[Any]:
        return list(dispatch.told(f"/v1/clocks?number={number}", token)["rows"])

    rows = {row["clock"]: row for row in told(TICKET)}
    assert set(rows) == {"signatures", "plans", "hand-ins", "claims"}
    signed, planned = rows["signatures"], rows["plans"]
    assert (signed["number"], signed["is_late"]) == (NUMBER, False)
    assert signed["met_at"] <= signed["due_at"]
    assert (planned["due_at"], planned["met_at"] is None) == (None, False)
    assert rows["claims"]["met_at"] is None
    assert len(told(NUMBER)) == len(rows)
    assert told(f"{TICKET}-V1") == []
    assert told(TICKET, dispatch.desk.staff("A-FAR", ["approver"], ["SH02"])) == []
    assert dispatch.desk.get(f"/v1/clocks?number={TICKET}", dispatch.liu).status_code == 403
