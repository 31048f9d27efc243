"""派工的待办: what waits on orders and claims, for whom and by when."""

from dataclasses import replace
from typing import Any

import pytest

from services.dispatch.waiting import tasks
from services.dispatch.work_order import cash
from shared.events.dispatch import (
    HandInEntrusted,
    HandInReturned,
    SignatureVoided,
    TravelChangeAsked,
    WorkOrderDeclined,
)
from shared.events.order_sheet import Deviation, Journey
from shared.events.values import TravelMode
from shared.events.visits import AnotherTimeAsked, DeviationGranted, VisitReassigned
from tests.dispatch.claim.example import CLAIM as CLAIM_STREAM
from tests.dispatch.claim.example import REVIEWED, SUBMITTED
from tests.dispatch.desk import CLAIM, CLAIM_PATH, EXAMPLES, VISIT_PATH, Dispatch
from tests.dispatch.example import (
    ASSIGNED,
    BRANCH,
    CHEN,
    CLERK,
    DAY,
    LIU,
    NOTED,
    OPENED,
    SIGNED,
    TICKET,
    TRAVEL_AT,
)
from tests.dispatch.job import (
    ARRIVED,
    CLOSED,
    CUSTOMER_SIGNED,
    DEPARTED,
    ENDED,
    HANDED_IN,
    LATER,
    PAID,
    PLANNED,
    THERE,
    VISIT,
    WINDOW,
    order_of,
)
from tests.dispatch.seen import seen
from tests.dispatch.test_deputies import APPROVER, DEPUTY, asked, delegated, heard
from tests.dispatch.visit.test_visit import CANCELLED, MOVED
from tests.dispatch.work_order.test_work_order_cash import (
    CHARGED,
    FREE,
    LABOUR,
    RECEIVED,
    RECORDED,
    URGED,
)

__all__ = ["asked"]
TAKEN = (NOTED, OPENED, ASSIGNED, SIGNED)
WANTED = Journey(TravelMode.COMPANY_CAR, TRAVEL_AT, DAY)
CHANGE = TravelChangeAsked(LIU, None, WANTED, "车坏了", None)
MINE = "?mine=true"


def waits(*facts: Any) -> dict[str, tuple[str, Any]]:
    """By line of work the step, and who takes it."""
    rows = seen(tasks, facts)
    return {line: (row.step, row.person or row.roles) for (_, line), row in rows.items()}


def test_an_order_goes_from_hand_to_hand() -> None:
    clerk = ("clerk",)
    assert waits(NOTED) == {"order": ("openings", clerk)}
    assert waits(*TAKEN[:2]) == {"order": ("assignments", clerk)}
    assert waits(*TAKEN[:3]) == {"order": ("signatures", LIU)}
    assert waits(*TAKEN[:3], WorkOrderDeclined(LIU, "x")) == {"order": ("assignments", clerk)}
    assert waits(*TAKEN) == {"order": ("work-records", LIU)}
    signed = (*TAKEN, CUSTOMER_SIGNED)
    assert waits(*signed) == {"order": ("hand-ins", LIU)}
    assert waits(*signed, SignatureVoided("x")) == {"order": ("work-records", LIU)}
    assert waits(*signed, HANDED_IN) == {"order": ("closings", clerk)}
    back = HandInReturned(CLERK, ("缺单",))
    assert waits(*signed, HANDED_IN, back) == {"order": ("hand-ins", LIU)}
    entrusted = HandInEntrusted("A-1", CLERK, "病假")
    assert waits(*signed, entrusted) == {"order": ("hand-ins", CLERK)}
    assert waits(*signed, HANDED_IN, CLOSED) == {}


class TestMoney:
    """What a customer paid waits for whoever receives it."""

    def test_from_when_it_is_recorded_to_when_it_is_settled(self) -> None:
        (row,) = of_money(RECORDED)
        assert (row.step, row.roles, row.due_at) == (
            "cash-settlements",
            ("finance", "approver"),
            None,
        )
        (row,) = of_money(RECORDED, URGED)
        assert row.due_at == URGED.due_at
        assert of_money(RECORDED, RECEIVED) == []
        assert of_money(FREE) == []
        assert of_money(RECORDED, CLOSED) == []

    def test_written_again_it_waits_only_if_it_is_another_sum(self) -> None:
        assert of_money(RECORDED, RECEIVED, CUSTOMER_SIGNED, SignatureVoided("x"), RECORDED) == []
        more = replace(LABOUR, fen=25_000, quoted_fen=25_000)
        anew = replace(RECORDED, work=replace(CHARGED, fees=(more,)))
        assert len(of_money(RECORDED, RECEIVED, anew)) == 1
        assert of_money(RECORDED, RECEIVED, anew, RECORDED) == []

    @pytest.mark.parametrize("over", [(), (CUSTOMER_SIGNED,), (FREE, CUSTOMER_SIGNED)])
    def test_it_waits_as_long_as_the_order_says_so(self, over: tuple[Any, ...]) -> None:
        for settled in ((), (RECEIVED,)):
            for past in ((RECORDED, *settled, *over), (RECORDED, *over, *settled), (FREE, *over)):
                assert bool(of_money(*past)) == cash.waits(order_of(*PAID, *past))

    def test_the_reminder_stays_while_the_sum_is_the_same(self) -> None:
        (row,) = of_money(RECORDED, URGED, RECORDED)
        assert row.due_at == URGED.due_at


def of_money(*facts: Any) -> list[tasks.Row]:
    """The task of receiving what was paid, if it is one."""
    rows = seen(tasks, (*PAID, *facts)).items()
    return [row for (_, line), row in rows if line == tasks.CASH and row.waiting]


def test_it_is_due_by_the_clock_of_policy() -> None:
    due = replace(ASSIGNED, due_at=LATER)
    (row,) = seen(tasks, [NOTED, OPENED, due]).values()
    assert (row.due_at, row.whom, row.ticket) == (LATER, (LIU,), TICKET)
    (row,) = seen(tasks, [*TAKEN, CUSTOMER_SIGNED]).values()
    assert row.due_at == CUSTOMER_SIGNED.due_at


def test_what_is_approved_anew_does_not_begin_the_order_again() -> None:
    assert waits(*TAKEN, NOTED) == waits(*TAKEN)


def test_what_is_asked_for_beside_the_order_is_a_line_of_its_own() -> None:
    both = waits(*TAKEN, CHANGE)
    assert both["order"] == ("work-records", LIU)
    assert both["journey"] == ("travel-change-approvals", ("approver",))
    assert waits(*TAKEN, CHANGE, CLOSED) == {}


def visiting(*facts: Any) -> dict[str, tuple[str, Any]]:
    rows = seen(tasks, facts, stream=VISIT)
    return {line: (row.step, row.person or row.roles) for (_, line), row in rows.items()}


class TestVisits:
    """上门: whoever goes has it among their tasks, by the hour at which they leave."""

    def test_it_goes_from_the_plan_to_its_end(self) -> None:
        leave, agree = ("departures", LIU), ("appointments", ("clerk",))
        assert visiting(PLANNED) == {"visit": leave, "appointment": agree}
        assert visiting(*THERE[:2]) == {"visit": leave}
        assert visiting(*THERE[:3]) == {"visit": ("arrivals", LIU)}
        assert visiting(*THERE) == {"visit": ("endings", LIU)}
        assert visiting(*THERE, ENDED) == {}
        assert visiting(PLANNED, CANCELLED) == {}

    def test_it_is_due_when_they_are_to_leave(self) -> None:
        (row,) = seen(tasks, THERE[:2], stream=VISIT).values()
        assert row.due_at == TRAVEL_AT
        (row,) = seen(tasks, [*THERE[:2], MOVED], stream=VISIT).values()
        assert (row.due_at, row.person) == (MOVED.travel_at, LIU)
        assert seen(tasks.CLOCKS, THERE, stream=VISIT) == {}, "its hour is no clock of policy"

    def test_the_desk_agrees_on_it_again_where_the_customer_did_not(self) -> None:
        asked = visiting(PLANNED, AnotherTimeAsked(WINDOW, "下午才在"))
        assert asked["appointment"] == ("reschedulings", ("clerk",))
        alone = replace(MOVED, customer_agreed=False)
        assert visiting(*THERE[:2], alone)["appointment"] == ("appointments", ("clerk",))
        assert "appointment" not in visiting(PLANNED, MOVED)

    def test_whoever_has_the_order_now_goes(self) -> None:
        assert visiting(*THERE[:2], VisitReassigned(CHEN, "病假"))["visit"] == ("departures", CHEN)

    def test_a_departure_that_was_otherwise_waits_for_the_approver(self) -> None:
        otherwise = replace(DEPARTED, deviation=(Deviation.TRAVEL_AT,))
        told = (*THERE[:2], otherwise, ARRIVED, ENDED)
        assert visiting(*told) == {"deviation": ("deviation-grants", ("approver",))}
        assert visiting(*told, DeviationGranted("A-1", otherwise.deviation)) == {}


def test_a_visit_that_is_planned_is_theirs_who_goes(dispatch: Dispatch) -> None:
    dispatch.drawn()
    dispatch.done(dispatch.does(dispatch.clerk, f"{VISIT_PATH}/plans", EXAMPLES["plans"]))
    assert "departures" in steps(dispatch, dispatch.liu, MINE)
    assert "departures" not in steps(dispatch, dispatch.chen, MINE)


def steps(dispatch: Dispatch, token: str, asked: str = "") -> list[str]:
    return [row["step"] for row in dispatch.told(f"/v1/tasks{asked}", token)["rows"]]


def test_each_is_shown_their_own(dispatch: Dispatch) -> None:
    path = dispatch.assigned()
    assert steps(dispatch, dispatch.liu) == ["signatures"]
    assert steps(dispatch, dispatch.chen) == []
    assert steps(dispatch, dispatch.clerk, MINE) == []
    assert steps(dispatch, dispatch.clerk) == ["signatures"]
    dispatch.done(dispatch.desk.post(f"{path}/declines", EXAMPLES["declines"], dispatch.liu))
    assert steps(dispatch, dispatch.clerk, MINE) == ["assignments"]
    far = dispatch.desk.staff("K-FAR", ["clerk"], ["SH02"])
    assert steps(dispatch, far) == []


def test_a_deputy_sees_what_waits_for_whom_they_act_for(asked: Dispatch) -> None:
    deputy = asked.desk.staff(DEPUTY, ["clerk"], [BRANCH], skills=("filling",))
    assert "travel-change-approvals" not in steps(asked, deputy, MINE)
    heard(asked, delegated())
    rows = asked.told(f"/v1/tasks{MINE}", deputy)["rows"]
    theirs = [(row["step"], row["acting_for"]) for row in rows if row["acting_for"]]
    assert theirs == [("travel-change-approvals", [APPROVER])]
    heard(asked, delegated(days=(-5, -3)))
    assert "travel-change-approvals" not in steps(asked, deputy, MINE)


def test_a_claim_goes_to_finance_and_back(dispatch: Dispatch) -> None:
    dispatch.claimed()
    finance = dispatch.desk.staff("F-1", ["finance"], [BRANCH])
    assert steps(dispatch, finance) == ["reviews"]
    assert "reviews" not in steps(dispatch, dispatch.liu)
    why = {"reasons": ["缺票"]}
    dispatch.done(dispatch.desk.post(f"{CLAIM_PATH}/returns", why, finance))
    assert "resubmissions" in steps(dispatch, dispatch.liu)


def test_a_claim_waits_for_those_whom_the_ladder_names(dispatch: Dispatch) -> None:
    """Whoever may not approve the sum does not have it among their tasks."""
    dispatch.handed_in()
    line = {**CLAIM["lines"][0], "fen": 600_000}
    dispatch.done(dispatch.does(dispatch.liu, "/v1/claims", {**CLAIM, "lines": [line]}))
    finance = dispatch.desk.staff("F-1", ["finance"], [BRANCH])
    chief = dispatch.desk.staff("G-LIN", ["general_manager"], [BRANCH])
    for fen, because, boss in ((600_000, None, []), (499_900, "退票", ["approvals"])):
        review = {"lines": [{"line": 1, "allowed_fen": fen, "because": because}]}
        dispatch.done(dispatch.desk.post(f"{CLAIM_PATH}/reviews", review, finance))
        assert steps(dispatch, dispatch.boss, MINE) == boss
        assert steps(dispatch, chief, MINE) == ["approvals"]


def test_of_a_review_that_does_not_say_who_approves_it_waits_for_all_who_may() -> None:
    said_no_more = replace(REVIEWED, needed=())
    (row,) = seen(tasks, (SUBMITTED, said_no_more), stream=CLAIM_STREAM).values()
    assert row.roles == ("approver", "general_manager")
