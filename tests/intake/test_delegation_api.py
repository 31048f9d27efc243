"""Stories of delegations over HTTP: a deputy approves on their days, and it says for whom."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.intake.app import room
from services.intake.delegation import RecordDelegation
from shared.decider import Asked
from shared.events.values import Role
from tests.intake.desk import APPROVER, CLERK, DELEGATIONS, EXAMPLES, Intake
from tests.shared.http_desk import codes


def today() -> date:
    """The day it is at the branch, which is another one than ours for some hours."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


TODAY = today()
DAYS = {"from_on": str(TODAY + timedelta(3)), "until_on": str(TODAY + timedelta(4))}
DEPUTY, QIAN = "K-2", "A-QIAN"
POST = "cost_deputy"
JOINT_FEN = 600_000
"""By the ladder of the house an approver and the cost deputy approve this together."""
OVER = TODAY - timedelta(days=3)
"""A day that is over."""


@pytest.fixture
def desk(intake: Intake) -> Intake:
    card = {**EXAMPLES["people"], "id": DEPUTY, "roles": ["clerk"]}
    intake.done(intake.opened().desk.post("/v1/people", card, intake.operator))
    return intake


def approving(desk: Intake, path: str, actor: str = DEPUTY, **said: Any) -> httpx.Response:
    body = {"as_what": "approver", "content": desk.content(path), "acting_for": APPROVER, **said}
    deputy = desk.desk.token(actor, ["clerk"], ["HZ01"])
    return desk.desk.post(f"{path}/approvals", body, deputy)


def recorded_long_ago(desk: Intake) -> None:
    """A delegation of a day that is over, recorded on that day."""
    then, now = datetime(OVER.year, OVER.month, OVER.day, 3, tzinfo=UTC), datetime.now(UTC)
    home = f"delegation-{APPROVER}"
    command = RecordDelegation(DEPUTY, ("approver",), OVER, OVER)
    roles = frozenset({Role.APPROVER})
    desk.decided(room, command, Asked(home, APPROVER, roles, now, "HZ01", now=then))


def test_a_deputy_approves_and_the_history_says_for_whom(desk: Intake) -> None:
    desk.delegated(deputy=DEPUTY)
    path = desk.submitted()
    taken = desk.done(approving(desk, path)).json()
    assert taken["facts"] == ["ApprovalGiven", "RepairApproved"]
    (approval,) = desk.desk.get(path, desk.clerk).json()["report"]["approvals"]
    assert (approval["by"], approval["as_what"], approval["acting_for"]) == (
        DEPUTY,
        "approver",
        APPROVER,
    )


def test_a_deputy_without_a_delegation_of_today_is_refused(desk: Intake) -> None:
    path = desk.submitted()
    assert codes(approving(desk, path)) == ["not-delegated"]
    recorded_long_ago(desk)
    told = approving(desk, path)
    assert (told.status_code, codes(told)) == (422, ["not-delegated"])
    assert APPROVER in told.json()["reasons"][0]["zh"]
    deputy = desk.desk.staff(DEPUTY, ["clerk"], ["HZ01"])
    body = {"as_what": "approver", "content": desk.content(path)}
    plain = desk.desk.post(f"{path}/approvals", body, deputy)
    assert codes(plain) == ["approval-not-asked"]
    said = desk.desk.post(f"{path}/approvals", {**body, "on": str(OVER)}, deputy)
    assert codes(said) == ["field-unknown"]


def test_a_device_that_tells_another_day_moves_no_delegation(desk: Intake) -> None:
    recorded_long_ago(desk)
    path = desk.submitted()
    body = {"as_what": "approver", "content": desk.content(path), "acting_for": APPROVER}
    deputy = desk.desk.staff(DEPUTY, ["clerk"], ["HZ01"])
    at = f"{OVER}T04:00:00+00:00"
    told = desk.desk.post(f"{path}/approvals", body, deputy, X_Occurred_At=at)
    assert codes(told) == ["not-delegated", "before-its-ground"]


def test_who_submitted_approves_for_nobody_either(desk: Intake) -> None:
    desk.delegated(deputy=CLERK)
    assert codes(approving(desk, desk.submitted(), CLERK)) == ["self-approval"]


def test_an_ended_delegation_is_over(desk: Intake) -> None:
    path = desk.delegated(deputy=DEPUTY)
    ended = desk.desk.post(f"{path}/1/endings", EXAMPLES["{which}/endings"], desk.approver)
    assert desk.done(ended).json()["facts"] == ["DelegationEnded"]
    assert codes(approving(desk, desk.submitted())) == ["not-delegated"]
    shown = desk.desk.get(path, desk.clerk).json()
    assert (shown["given"]["1"]["deputy"], shown["ended"]) == (DEPUTY, [1])
    nowhere = desk.desk.post(f"{path}/7/endings", EXAMPLES["{which}/endings"], desk.approver)
    assert (nowhere.status_code, codes(nowhere)) == (404, ["unknown"])


def test_all_of_a_branch_are_listed_and_the_ended_ones_are_marked(desk: Intake) -> None:
    path = desk.delegated(deputy=DEPUTY)
    desk.delegated(deputy=CLERK)
    desk.done(desk.desk.post(f"{path}/1/endings", EXAMPLES["{which}/endings"], desk.approver))
    rows = desk.desk.get("/v1/delegations?branch=HZ01", desk.clerk).json()["rows"]
    assert [(each["person"], each["deputy"], each["ended"]) for each in rows] == [
        (APPROVER, DEPUTY, True),
        (APPROVER, CLERK, False),
    ]
    open_ = desk.desk.get(f"/v1/delegations?ended=false&deputy={CLERK}", desk.clerk).json()["rows"]
    assert [each["number"] for each in open_] == [2]


def test_nobody_delegates_for_another(desk: Intake) -> None:
    other = desk.desk.staff("A-OTHER", ["approver"], ["HZ01"])
    path = f"/v1/people/{APPROVER}/delegations"
    told = desk.desk.post(path, {**EXAMPLES[DELEGATIONS], **DAYS}, other)
    assert (told.status_code, codes(told)) == (422, ["not-yours-to-delegate"])
    told = desk.desk.post(path, EXAMPLES[DELEGATIONS], desk.clerk)
    assert (told.status_code, codes(told)) == (403, ["role"])
    far = desk.desk.post(f"{path}?branch=SH01", EXAMPLES[DELEGATIONS], desk.approver)
    assert (far.status_code, codes(far)) == (403, ["foreign-branch"])


def test_a_request_says_in_whose_place_it_is_made(desk: Intake) -> None:
    desk.delegated(deputy=DEPUTY)
    path = desk.submitted()
    body = {"as_what": "approver", "content": desk.content(path)}
    deputy = desk.desk.token(DEPUTY, ["clerk"], ["HZ01"])
    desk.done(desk.desk.post(f"{path}/approvals", body, deputy, X_Acting_For=APPROVER))
    (approval,) = desk.desk.get(path, desk.clerk).json()["report"]["approvals"]
    assert (approval["by"], approval["acting_for"]) == (DEPUTY, APPROVER)


def test_a_request_and_its_body_name_one_person(desk: Intake) -> None:
    """Whom the header names was looked up, whom the body names is recorded: they are the same."""
    card = {**EXAMPLES["people"], "id": QIAN, "roles": ["approver"]}
    desk.done(desk.desk.post("/v1/people", card, desk.operator))
    desk.delegated(deputy=DEPUTY)
    days = {"from_on": str(today()), "until_on": str(today() + timedelta(1))}
    given = {**EXAMPLES[DELEGATIONS], **days, "deputy": DEPUTY}
    qian = desk.desk.token(QIAN, ["approver"], ["HZ01"])
    desk.done(desk.desk.post(f"/v1/people/{QIAN}/delegations", given, qian))
    path = desk.submitted()
    deputy = desk.desk.token(DEPUTY, ["clerk"], ["HZ01"])
    body = {"as_what": "approver", "content": desk.content(path), "acting_for": QIAN}
    told = desk.desk.post(f"{path}/approvals", body, deputy, X_Acting_For=APPROVER)
    assert (told.status_code, codes(told)) == (422, ["acts-for-two"])
    assert told.json()["reasons"][0]["numbers"]["people"] == [APPROVER, QIAN]
    desk.done(desk.desk.post(f"{path}/approvals", body, deputy, X_Acting_For=QIAN))


def test_a_post_has_a_deputy_by_the_header_like_a_role(desk: Intake) -> None:
    card = {**EXAMPLES["people"], "id": APPROVER, "roles": ["approver"], "posts": [POST]}
    desk.done(desk.desk.change(f"/v1/people/{APPROVER}", card, desk.operator))
    path = desk.submitted()
    content = desk.content(path)

    def asked(step: str, as_what: str, **said: Any) -> httpx.Response:
        body = {"as_what": as_what, **said}
        deputy = desk.desk.token(DEPUTY, ["clerk"], ["HZ01"])
        return desk.desk.post(f"{path}/{step}", body, deputy, X_Acting_For=APPROVER)

    refused = asked("approvals", POST, content=content)
    assert (refused.status_code, codes(refused)) == (403, ["no-deputy"])
    desk.delegated(deputy=DEPUTY, as_what=[POST])
    # Who stands in for them in the post alone is no deputy of theirs as approver.
    assert codes(asked("approvals", "approver", content=content)) == ["not-delegated"]
    assert codes(asked("approvals", POST, content=content)) == ["approval-not-asked"]
    assert codes(asked("returns", POST, reasons=["x"], fields=["estimated_fen"])) == [
        "approval-not-asked"
    ]
    other = desk.desk.token(DEPUTY, ["clerk"], ["HZ01"])
    called = desk.desk.post(f"{path}/calls", EXAMPLES["calls"], other, X_Acting_For=APPROVER)
    assert (called.status_code, codes(called)) == (403, ["no-deputy"])


def test_the_deputy_of_a_post_approves_on_a_joint_rung(desk: Intake) -> None:
    card = {**EXAMPLES["people"], "id": QIAN, "roles": ["approver"], "posts": [POST]}
    desk.done(desk.desk.post("/v1/people", card, desk.operator))
    days = {"from_on": str(today()), "until_on": str(today() + timedelta(1))}
    given = {**EXAMPLES[DELEGATIONS], **days, "deputy": DEPUTY, "as_what": [POST]}
    qian = desk.desk.token(QIAN, ["approver"], ["HZ01"])
    desk.done(desk.desk.post(f"/v1/people/{QIAN}/delegations", given, qian))
    path = desk.diagnosed_at(JOINT_FEN)
    desk.give(path, "signatures", desk.technician)
    desk.give(path, "submissions", desk.clerk)
    desk.give(path, "approvals", desk.approver)
    body = {"as_what": POST, "content": desk.content(path)}
    deputy = desk.desk.token(DEPUTY, ["clerk"], ["HZ01"])
    taken = desk.done(desk.desk.post(f"{path}/approvals", body, deputy, X_Acting_For=QIAN))
    assert taken.json()["facts"] == ["ApprovalGiven", "RepairApproved"]
    approval = desk.desk.get(path, desk.clerk).json()["report"]["approvals"][-1]
    assert (approval["by"], approval["as_what"], approval["acting_for"]) == (DEPUTY, POST, QIAN)


def test_nobody_is_made_a_deputy_for_days_that_are_over(desk: Intake) -> None:
    path, days = f"/v1/people/{APPROVER}/delegations", {"from_on": str(OVER), "until_on": str(OVER)}
    desk.opened()
    told = desk.desk.post(path, {**EXAMPLES[DELEGATIONS], **days}, desk.approver)
    assert (told.status_code, codes(told)) == (422, ["delegation-backdated"])
