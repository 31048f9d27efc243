"""Stories of deputies in dispatch: whoever grants a change has one, and both are held apart."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.dispatch.app import room
from services.dispatch.visit.departure import Depart
from shared.decider import Asked
from shared.events.cards import Delegated, DelegationDocument
from shared.events.order_sheet import NoteStage
from shared.events.values import Role, TravelMode
from tests.dispatch.desk import EXAMPLES, VISIT_PATH, Dispatch
from tests.dispatch.example import BRANCH, CHEN, CLERK, LIU, TICKET
from tests.dispatch.job import LATER, VISIT, noted_note
from tests.shared.http_desk import codes

APPROVER, DEPUTY, ELSEWHERE = "A-ZHAOLEI", "K-DEPUTY", "NB01"
TODAY = LATER.astimezone(ZoneInfo("Asia/Shanghai")).date()
MOVED = {**EXAMPLES["travel-changes"], "travel_at": "2026-11-26T08:00:00+08:00"}
ASK, GRANT, REFUSE = "travel-changes", "travel-change-approvals", "travel-change-refusals"


@pytest.fixture
def asked(dispatch: Dispatch) -> Dispatch:
    """The technician has asked for another journey."""
    path = dispatch.signed()
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/{ASK}", EXAMPLES[ASK]))
    dispatch.desk.staff(APPROVER, ["approver"], [BRANCH])
    return dispatch


def delegated(
    deputy: str = DEPUTY,
    as_what: Sequence[str] = ("approver",),
    branch: str = BRANCH,
    days: tuple[int, int] = (0, 0),
) -> Delegated:
    first, last = (TODAY + timedelta(each) for each in days)
    return Delegated(1, deputy, tuple(as_what), branch, first, last)


def heard(dispatch: Dispatch, *given: Delegated, person: str = APPROVER) -> None:
    """What somebody has delegated, and not ended, has come."""
    dispatch.views.documents["intake", f"delegation-{person}"] = DelegationDocument(given)


def acting(
    dispatch: Dispatch, actor: str = DEPUTY, person: str = APPROVER, step: str = GRANT
) -> httpx.Response:
    """Somebody takes a step in the place of another, with the roles of their own card."""
    roles = ["clerk", "technician"]
    token = dispatch.desk.staff(actor, roles, [BRANCH, ELSEWHERE], skills=("filling",))
    path = f"/v1/work-orders/{TICKET}-W1/{step}"
    return dispatch.desk.post(path, EXAMPLES[step], token, X_Acting_For=person)


@pytest.mark.parametrize(
    ("step", "fact"), [(GRANT, "TravelChangeApproved"), (REFUSE, "TravelChangeRefused")]
)
def test_a_deputy_decides_and_the_history_says_for_whom(
    asked: Dispatch, step: str, fact: str
) -> None:
    heard(asked, delegated())
    assert asked.done(acting(asked, step=step)).json()["facts"] == [fact]
    found = [(e["actor"], e["acting_for"]) for e in asked.history() if e["type"] == fact]
    assert found == [(DEPUTY, APPROVER)]


@pytest.mark.parametrize(
    "given",
    [
        (),
        (delegated("K-OTHER"),),
        (delegated(days=(1, 2)),),
        (delegated(days=(-2, -1)),),
        (delegated(as_what=("finance",)),),
        (delegated(as_what=("cost_deputy",)),),
    ],
    ids=["none", "of another", "to come", "over", "of another role", "of a post"],
)
def test_nobody_acts_without_a_delegation_of_today_for_that(
    asked: Dispatch, given: Sequence[Delegated]
) -> None:
    heard(asked, *given)
    told = acting(asked)
    assert (told.status_code, codes(told)) == (403, ["no-deputy"])


def test_what_is_delegated_for_another_branch_holds_there_alone(asked: Dispatch) -> None:
    asked.desk.staff(APPROVER, ["approver"], [BRANCH, ELSEWHERE])
    heard(asked, delegated(branch=ELSEWHERE))
    assert acting(asked).status_code == 404
    heard(asked, delegated(branch=ELSEWHERE), delegated())
    asked.done(acting(asked))


def test_an_ended_delegation_is_over(asked: Dispatch) -> None:
    heard(asked, delegated())
    heard(asked)
    told = acting(asked)
    assert (told.status_code, codes(told)) == (403, ["no-deputy"])


def test_what_is_not_a_decision_nobody_does_for_another(asked: Dispatch) -> None:
    heard(asked, delegated())
    told = acting(asked, step=ASK)
    assert (told.status_code, codes(told)) == (403, ["no-deputy"])


def test_one_of_the_crew_decides_for_nobody_and_nobody_for_them(asked: Dispatch) -> None:
    heard(asked, delegated(LIU))
    own = acting(asked, LIU)
    assert (own.status_code, codes(own)) == (422, ["own-request"])
    asked.desk.staff(LIU, ["technician", "approver"], [BRANCH])
    heard(asked, delegated(), person=LIU)
    theirs = acting(asked, person=LIU)
    assert (theirs.status_code, codes(theirs)) == (422, ["own-request"])
    heard(asked, delegated(CHEN))
    asked.done(acting(asked, CHEN))


def test_of_two_who_may_not_decide_both_are_told(asked: Dispatch) -> None:
    asked.desk.staff(CLERK, ["clerk", "approver"], [BRANCH], skills=("filling",))
    asked.done(asked.does(asked.clerk, f"/v1/work-orders/{TICKET}-W1/{ASK}", MOVED))
    heard(asked, delegated(LIU), person=CLERK)
    told = acting(asked, LIU, CLERK)
    assert (told.status_code, codes(told)) == (422, ["changed-since-asked", *2 * ["own-request"]])
    assert {each["numbers"].get("person") for each in told.json()["reasons"]} == {CLERK, LIU, None}


@pytest.mark.parametrize("sent", [APPROVER, DEPUTY])
def test_neither_of_the_two_is_sent_on_what_they_granted(asked: Dispatch, sent: str) -> None:
    heard(asked, delegated())
    asked.done(acting(asked))
    path = f"/v1/work-orders/{TICKET}-W1"
    asked.heard(noted_note(NoteStage.VOID, 3))
    asked.done(asked.does(asked.clerk, f"{path}/recalls", {"because": "刘洋请假"}))
    asked.desk.staff(sent, ["technician"], [BRANCH], skills=("filling",))
    told = asked.does(asked.clerk, f"{path}/assignments", {"technician": sent})
    assert (told.status_code, codes(told)) == (422, ["granter-goes"])
    asked.done(asked.does(asked.clerk, f"{path}/assignments", {"technician": CHEN}))


def test_who_granted_a_deviation_is_not_sent_either(dispatch: Dispatch) -> None:
    """It stands on the visit, which is read where somebody is sent."""
    path = dispatch.drawn()
    for step in ("plans", "appointments"):
        dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/{step}", EXAMPLES[step]))
    left = Depart(TravelMode.RAIL, is_told_late=True)
    asked = Asked(VISIT, LIU, frozenset({Role.TECHNICIAN}), LATER, BRANCH, TICKET)
    dispatch.decided(room, left, asked)
    approver = dispatch.desk.staff(APPROVER, ["approver", "technician"], [BRANCH])
    dispatch.done(dispatch.does(approver, f"{VISIT_PATH}/deviation-grants", {}))
    off = {"because": "用户出差", "customer_told_at": LATER.isoformat()}
    dispatch.done(dispatch.does(dispatch.clerk, f"{VISIT_PATH}/cancellations", off))
    dispatch.heard(noted_note(NoteStage.VOID, 3))
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/recalls", {"because": "刘洋请假"}))
    refused = dispatch.does(dispatch.clerk, f"{path}/assignments", {"technician": APPROVER})
    assert (refused.status_code, codes(refused)) == (422, ["granter-goes"])
