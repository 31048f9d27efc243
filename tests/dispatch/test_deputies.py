"""Stories of deputies in dispatch: whoever grants a change has one, and both are held apart."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from shared.events.cards import Delegated, DelegationDocument
from tests.dispatch.desk import EXAMPLES, Dispatch
from tests.dispatch.example import BRANCH, CHEN, LIU, TICKET
from tests.dispatch.job import LATER
from tests.shared.http_desk import codes

APPROVER, DEPUTY, ELSEWHERE = "A-ZHAOLEI", "K-DEPUTY", "NB01"
TODAY = LATER.astimezone(ZoneInfo("Asia/Shanghai")).date()
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
