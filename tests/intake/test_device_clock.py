"""A device whose clock was never set, and moments that nobody means."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.intake.desk import APPROVER, EXAMPLES, Intake
from tests.shared.http_desk import codes


@pytest.mark.parametrize("year", ["0001", "1970", "2099", "9999"])
def test_a_clock_that_nobody_set_is_refused_by_name(intake: Intake, year: str) -> None:
    intake.opened()
    at = f"{year}-01-01T08:00:00+08:00"
    told = intake.desk.post("/v1/reports", EXAMPLES["reports"], intake.clerk, X_Occurred_At=at)
    assert (told.status_code, codes(told)) == (400, ["header"])
    assert "X-Occurred-At" in told.text


@pytest.mark.parametrize("year", ["0001", "1970", "2099", "9999"])
@pytest.mark.parametrize(
    "changed", [{"received_at": None}, {"circumstances": {"fault_since": None}}]
)
def test_a_moment_of_such_a_year_is_refused_by_name(
    intake: Intake, year: str, changed: Any
) -> None:
    at = f"{year}-01-01T08:00:00+08:00"
    (name, inner), *_ = changed.items()
    body = {**EXAMPLES["reports"], name: at if inner is None else dict.fromkeys(inner, at)}
    told = intake.opened().desk.post("/v1/reports", body, intake.clerk)
    assert told.status_code == 422
    named = told.json()["reasons"][0]["numbers"]["field"]
    assert named in ("received_at", "circumstances.fault_since")


def test_nothing_was_reported_before_the_branch_was_there(intake: Intake) -> None:
    intake.opened()
    before = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    body, token = EXAMPLES["reports"], intake.clerk
    told = intake.desk.post("/v1/reports", body, token, X_Occurred_At=before)
    assert codes(told) == ["before-its-ground"]
    told = intake.desk.post("/v1/reports", {**body, "received_at": before}, token)
    assert told.json()["reasons"][0]["numbers"]["field"] == "received_at"


def test_since_when_is_told_as_the_clocks_of_the_branch_show_it(intake: Intake) -> None:
    path = intake.opened().submitted()
    body = {"as_what": "approver", "content": intake.content(path)}
    before = (datetime.now(UTC) - timedelta(days=10)).isoformat()
    told = intake.desk.post(f"{path}/approvals", body, intake.approver, X_Occurred_At=before)
    (why,) = told.json()["reasons"]
    since = datetime.fromisoformat(why["numbers"]["since"])
    assert since.utcoffset() == timedelta(hours=8)
    assert timedelta() < datetime.now(UTC) - since < timedelta(hours=1)
    for language in ("zh", "en"):
        assert f"{since:%Y-%m-%d %H:%M}" in why[language]
        assert "+" not in why[language]


def test_nothing_was_approved_before_it_was_submitted(intake: Intake) -> None:
    path = intake.opened().submitted()
    body = {"as_what": "approver", "content": intake.content(path)}
    before = (datetime.now(UTC) - timedelta(days=10)).isoformat()
    told = intake.desk.post(f"{path}/approvals", body, intake.approver, X_Occurred_At=before)
    assert codes(told) == ["before-its-ground"]


def test_a_clock_that_is_a_little_behind_tells_of_the_step_before(intake: Intake) -> None:
    path = intake.opened().submitted()
    body = {"as_what": "approver", "content": intake.content(path)}
    behind = (datetime.now(UTC) - timedelta(minutes=3)).isoformat()
    intake.done(intake.desk.post(f"{path}/approvals", body, intake.approver, X_Occurred_At=behind))
    rows = intake.told(f"/v1/tickets/{path.rpartition('/')[2]}/history", intake.clerk)["rows"]
    submitted = next(row for row in rows if row["type"] == "ReportSubmitted")
    approved = next(row for row in rows if row["actor"] == APPROVER)
    assert approved["occurred_at"] == submitted["occurred_at"]
