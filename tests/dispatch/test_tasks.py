"""派工的待办: what waits on orders and claims, for whom and by when."""

from dataclasses import replace
from typing import Any

from services.dispatch.views import tasks
from shared.events.dispatch import (
    HandInEntrusted,
    HandInReturned,
    SignatureVoided,
    TravelChangeAsked,
    WorkOrderDeclined,
)
from shared.events.order_sheet import Journey
from shared.events.values import TravelMode
from tests.dispatch.desk import CLAIM_PATH, EXAMPLES, Dispatch
from tests.dispatch.example import (
    ASSIGNED,
    BRANCH,
    CLERK,
    DAY,
    LIU,
    NOTED,
    OPENED,
    SIGNED,
    TICKET,
    TRAVEL_AT,
)
from tests.dispatch.job import CLOSED, CUSTOMER_SIGNED, HANDED_IN, LATER
from tests.dispatch.seen import seen
from tests.dispatch.test_deputies import APPROVER, DEPUTY, asked, delegated, heard

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
