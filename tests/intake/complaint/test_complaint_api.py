"""投诉单 over HTTP: received at the desk, listed, walked to its end, and seen with its ticket."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.events.followup import SurveyStage
from tests.intake.desk import APPROVER, CLERK, DELEGATIONS, EXAMPLES, TECHNICIAN, Intake
from tests.intake.report.test_report_repeat import ANSWERED
from tests.shared.http_desk import codes

MANAGER, OTHER_CLERK = "G-SHENYI", "K-SECOND"


@pytest.fixture
def desk(intake: Intake) -> Intake:
    intake.opened()
    for person, role in ((MANAGER, "general_manager"), (OTHER_CLERK, "clerk")):
        card = {**EXAMPLES["people"], "id": person, "roles": [role]}
        intake.done(intake.desk.post("/v1/people", card, intake.operator))
    return intake


def shown(desk: Intake, path: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = desk.told(path, desk.clerk)["complaint"]
    return found


def listed(desk: Intake, asked: str) -> list[str]:
    rows = desk.told(f"/v1/complaints?{asked}", desk.clerk)["rows"]
    return [row["number"] for row in rows]


def assigned(desk: Intake, path: str, **changed: Any) -> Any:
    body = {**EXAMPLES["assignments"], **changed}
    return desk.desk.post(f"{path}/assignments", body, desk.clerk)


def test_a_complaint_of_manner_comes_to_its_end(desk: Intake) -> None:
    ticket = desk.reported().rpartition("/")[2]
    path = desk.complained(ticket, complained_of=TECHNICIAN)
    number = path.rpartition("/")[2]
    assert listed(desk, f"is_open=true&owner={APPROVER}") == [number]
    desk.done(desk.desk.post(f"{path}/confirmations", EXAMPLES["confirmations"], desk.clerk))
    told = desk.desk.post(f"{path}/closings", {}, desk.approver)
    assert codes(told) == ["owner-closes"]
    desk.done(desk.desk.post(f"{path}/closings", {}, desk.clerk))
    assert shown(desk, path)["stage"] == "closed"
    assert (listed(desk, "is_open=true"), listed(desk, f"ticket={ticket}")) == ([], [number])


def test_what_policy_and_cards_say_of_it_stands_on_it(desk: Intake) -> None:
    path = desk.complaint(complained_of=TECHNICIAN)
    before = shown(desk, path)
    assert before["upward"] == [MANAGER]
    desk.done(assigned(desk, path, class_code="complex", emergency=True, owner=CLERK))
    after = shown(desk, path)
    start = datetime.fromisoformat(before["received"]["received_at"])
    due = datetime.fromisoformat(after["terms"]["due_at"])
    assert due - start == timedelta(days=3)
    assert after["terms"]["notice_asked"]
    assert after["told"] == [APPROVER, MANAGER]
    told = desk.desk.post(f"{path}/resolutions", EXAMPLES["resolutions"], desk.clerk)
    assert "notice-missing" in codes(told)


def test_of_an_emergency_the_department_that_it_goes_to_is_told(desk: Intake) -> None:
    """Whoever came meanwhile is above it as well."""
    path = desk.complaint()
    desk.done(assigned(desk, path, emergency=True, owner=CLERK))
    card = {**EXAMPLES["people"], "id": "G-WUTAO", "roles": ["general_manager"]}
    desk.done(desk.desk.post("/v1/people", card, desk.operator))
    moves = {**EXAMPLES["reassignments"], "owner": OTHER_CLERK, "department": "engineering"}
    desk.done(desk.desk.post(f"{path}/reassignments", moves, desk.clerk))
    assert {*shown(desk, path)["told"]} == {APPROVER, MANAGER, "G-WUTAO"}


def test_who_stands_in_today_for_who_leads_is_told_of_an_emergency(desk: Intake) -> None:
    """As what leads the department: who acts for them as something else is not."""
    path = desk.complaint()
    desk.delegated(deputy=OTHER_CLERK)
    desk.desk.staff(APPROVER, ["approver", "clerk"], ["HZ01"])
    desk.delegated(deputy=CLERK, as_what=["clerk"])
    later = str(datetime.now(UTC).date() + timedelta(days=3))
    desk.delegated(deputy=TECHNICIAN, from_on=later)
    desk.done(assigned(desk, path, emergency=True, owner=CLERK))
    assert shown(desk, path)["told"] == [APPROVER, MANAGER, OTHER_CLERK]


def test_an_emergency_where_nobody_is_above_is_told_to_the_operators(desk: Intake) -> None:
    """The approver and the general manager of the branch have left."""
    path = desk.complaint()
    desk.desk.staff("S-OPS", ["operator"], ["HZ01"])
    for person, role in ((APPROVER, "approver"), (MANAGER, "general_manager")):
        desk.desk.staff(person, [role], ["HZ01"], active=False)
    desk.done(assigned(desk, path, emergency=True, owner=CLERK))
    after = shown(desk, path)
    assert (after["told"], after["nobody_above"]) == (["S-OPS"], True)


def test_a_class_that_policy_does_not_have_is_told_with_those_that_it_has(desk: Intake) -> None:
    told = assigned(desk, desk.complaint(), class_code="huge")
    assert codes(told) == ["complaint-class-unknown"]
    assert "very_complex" in told.json()["reasons"][0]["en"]


def test_the_page_of_a_ticket_shows_its_complaints_and_what_comes_next(desk: Intake) -> None:
    ticket = desk.reported().rpartition("/")[2]
    path = desk.complaint(ticket)
    rows = desk.told(f"/v1/tickets/{ticket}/papers", desk.clerk)["rows"]
    by_kind = {row["kind"]: row for row in rows}
    assert set(by_kind) == {"report", "complaint"}
    steps = {each["path"].rpartition("/")[2]: each for each in by_kind["complaint"]["next"]}
    assert steps["assignments"]["allowed"]
    assert {each["field"] for each in steps["assignments"]["needed"]} >= {"class_code", "owner"}
    assert shown(desk, path)["received"]["ticket"] == ticket
    history = desk.told(f"/v1/tickets/{ticket}/history", desk.clerk)["rows"]
    assert {"ComplaintReceived", "ReportComplained"} <= {each["type"] for each in history}
    technicians = desk.told(f"/v1/tickets/{ticket}/papers", desk.technician)["rows"]
    assert [row["kind"] for row in technicians] == ["report"], "of complaints they see nothing"


def test_who_did_the_job_is_not_told_that_somebody_complained_of_it(desk: Intake) -> None:
    """Technicians read no complaints; least of all those that are about them."""
    ticket = desk.signed().rpartition("/")[2]
    desk.complaint(ticket, complained_of=TECHNICIAN)
    report, history = f"/v1/reports/{ticket}", f"/v1/tickets/{ticket}/history"
    assert len(desk.told(report, desk.clerk)["report"]["complaints"]) == 1
    assert "complaints" not in desk.told(report, desk.technician)["report"]
    theirs = {each["type"] for each in desk.told(history, desk.technician)["rows"]}
    assert "FaultDiagnosed" in theirs
    assert theirs.isdisjoint({"ComplaintReceived", "ReportComplained"})


def test_a_complaint_without_a_ticket_has_a_page_of_its_own(desk: Intake) -> None:
    path = desk.complaint()
    (row,) = desk.told(f"{path}/papers", desk.clerk)["rows"]
    assert (row["stage"], row["kind"]) == ("received", "complaint")
    assert any(each["allowed"] for each in row["next"])
    assert desk.desk.get(f"{path}/papers", desk.technician).status_code == 403


def test_an_open_one_of_the_same_ticket_or_phone_is_pointed_out(desk: Intake) -> None:
    first = desk.complaint().rpartition("/")[2]
    second = desk.complaint()
    (warned,) = shown(desk, second)["received"]["warnings"]
    assert (warned["code"], warned["about"]) == ("open-complaint", [first])
    same = {"ending": "duplicate", "other": first}
    desk.done(desk.desk.post(f"{second}/terminations", same, desk.clerk))
    assert shown(desk, f"/v1/complaints/{first}")["linked"] == [second.rpartition("/")[2]]
    assert listed(desk, "is_open=true") == [first]


def test_over_days_of_the_record_nobody_is_reached(
    desk: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.complained()
    give_up = {"stage": "unreached", "because": "号码已停机"}
    assert codes(desk.desk.post(f"{path}/call-endings", give_up, desk.clerk)) == [
        "complaint-calls-few"
    ]
    for days in range(3):
        later = datetime.now(UTC) + timedelta(days=days)
        monkeypatch.setattr(desk.desk.store, "now", lambda at=later: at)
        tries = EXAMPLES["call-attempts"]
        desk.done(desk.desk.post(f"{path}/call-attempts", tries, desk.clerk))
    desk.done(desk.desk.post(f"{path}/call-endings", give_up, desk.clerk))
    assert shown(desk, path)["stage"] == "unreached"


def test_where_all_at_the_desk_had_it_base_calls_and_closes(desk: Intake) -> None:
    """They see whom to call once they say why."""
    path = desk.complained(complained_of=TECHNICIAN)
    for person in (CLERK, OTHER_CLERK, MANAGER):
        given = {"owner": person, "because": "调班 another shift"}
        desk.done(desk.desk.post(f"{path}/reassignments", given, desk.clerk))
    everybody = [
        *(desk.desk.token(each, ["clerk"], ["HZ01"]) for each in (CLERK, OTHER_CLERK)),
        desk.desk.token(MANAGER, ["general_manager"], ["HZ01"]),
        desk.approver,
    ]
    for who in everybody:
        told = desk.desk.post(f"{path}/confirmations", EXAMPLES["confirmations"], who)
        assert codes(told) == ["owner-calls"]
    card = {**EXAMPLES["people"], "id": "B-HEHUI", "roles": ["base"], "branches": ["*"]}
    desk.done(desk.desk.post("/v1/people", card, desk.operator))
    base = desk.desk.token("B-HEHUI", ["base"], ["*"])
    masked = desk.told(path, base)["complaint"]["received"]["contact_phone"]
    opened = desk.told(f"{path}?open=true&because=投诉回访", base)
    assert masked != opened["complaint"]["received"]["contact_phone"] == "0571-8700 1234"
    desk.done(desk.desk.post(f"{path}/confirmations", EXAMPLES["confirmations"], base))
    desk.done(desk.desk.post(f"{path}/closings", {}, base))
    assert shown(desk, path)["stage"] == "closed"


def test_a_duplicate_takes_whom_it_is_about_and_an_emergency_to_the_other(desk: Intake) -> None:
    first = desk.complaint()
    path = desk.complaint(complained_of=TECHNICIAN)
    desk.done(assigned(desk, path, emergency=True, owner=CLERK))
    number = first.rpartition("/")[2]
    same = {"ending": "duplicate", "other": number}
    desk.done(desk.desk.post(f"{path}/terminations", same, desk.approver))
    after = shown(desk, first)
    assert (after["emergency"], after["ever_complained_of"]) == (True, [TECHNICIAN])
    assert after["told"] == shown(desk, path)["told"] != []
    assert listed(desk, "is_open=true") == [number]
    (row,) = desk.told("/v1/complaints?is_open=true", desk.clerk)["rows"]
    assert (row["emergency"], row["complained_of"]) == (True, TECHNICIAN)
    told = assigned(desk, first, owner=TECHNICIAN)
    assert "owner-complained-of" in codes(told)


def test_of_an_emergency_another_department_that_has_the_other_one_is_told(desk: Intake) -> None:
    """Whoever came meanwhile is above it as well."""
    first = desk.complaint()
    path = desk.complaint()
    desk.done(assigned(desk, first, department="engineering", owner=OTHER_CLERK))
    desk.done(assigned(desk, path, emergency=True, owner=CLERK))
    card = {**EXAMPLES["people"], "id": "G-WUTAO", "roles": ["general_manager"]}
    desk.done(desk.desk.post("/v1/people", card, desk.operator))
    same = {"ending": "duplicate", "other": first.rpartition("/")[2]}
    desk.done(desk.desk.post(f"{path}/terminations", same, desk.approver))
    assert shown(desk, path)["told"] == [APPROVER, MANAGER]
    assert {*shown(desk, first)["told"]} == {APPROVER, MANAGER, "G-WUTAO"}


def test_who_came_to_act_for_whom_it_is_about_ends_nothing_of_it(desk: Intake) -> None:
    path = desk.complaint(complained_of=APPROVER)
    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
    given = {**EXAMPLES[DELEGATIONS], "deputy": CLERK, "as_what": ["approver"]}
    given |= {"from_on": today, "until_on": today}
    desk.done(desk.desk.post(f"/v1/people/{APPROVER}/delegations", given, desk.approver))
    gone = {"ending": "withdrawn", "said": "算了 let it be"}
    told = desk.desk.post(f"{path}/terminations", gone, desk.clerk)
    assert codes(told) == ["judge-stands-in"]
    other = desk.desk.token(OTHER_CLERK, ["clerk"], ["HZ01"])
    desk.done(desk.desk.post(f"{path}/terminations", gone, other))


def test_what_was_said_in_a_call_back_was_said_in_one_of_this_ticket_that_was_answered(
    desk: Intake,
) -> None:
    ticket = desk.reported().rpartition("/")[2]
    other = desk.reported(fault_description="另一台也漏水").rpartition("/")[2]
    number = f"{ticket}-H1"
    answered = replace(ANSWERED, number=number, ticket=ticket, branch="HZ01", caller=CLERK)
    answered = replace(answered, opinion=None, answered_by=None)
    gone = replace(answered, stage=SurveyStage.UNREACHED, attempts=(), by=None)
    said = {**EXAMPLES["complaints"], "channel": "survey", "survey": number}
    heard = desk.desk.views.documents
    for document, about in ((gone, ticket), (answered, other)):
        heard["followup", f"survey-{number}"] = document
        told = desk.desk.post("/v1/complaints", {**said, "ticket": about}, desk.clerk)
        assert codes(told) == ["survey-unknown"], document.stage
    desk.done(desk.desk.post("/v1/complaints", {**said, "ticket": ticket}, desk.clerk))
