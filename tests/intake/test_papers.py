"""The page of a ticket: the report as it stands, and what may be done next, or why not."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.http import query
from tests.intake.desk import EXAMPLES, Intake


def page(intake: Intake, path: str, token: str) -> Mapping[str, Any]:
    ticket = path.rpartition("/")[2]
    (row,) = intake.desk.get(f"/v1/tickets/{ticket}/papers", token).json()["rows"]
    assert isinstance(row, Mapping)
    return row


def next_of(row: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    return {each["path"].rpartition("/")[2]: each for each in row["next"]}


def codes(step: Mapping[str, Any]) -> list[str]:
    return [reason["code"] for reason in step["reasons"]]


def test_a_new_report_may_be_diagnosed_by_a_technician_and_not_be_submitted(
    intake: Intake,
) -> None:
    path = intake.opened().reported()
    row = page(intake, path, intake.clerk)
    assert (row["kind"], row["stage"], row["zh"]) == ("report", "registered", "报修单")
    assert row["paper"]["contact_name"] == "王小明"
    steps = next_of(row)
    assert steps["basics"]["allowed"]
    assert codes(steps["diagnoses"]) == ["role"], "and the clerk is told why he may not"
    assert codes(steps["submissions"]) == ["not-diagnosed"]
    assert not steps["submissions"]["allowed"]
    assert next_of(page(intake, path, intake.technician))["diagnoses"]["allowed"]


def test_looking_changes_nothing(intake: Intake) -> None:
    path = intake.opened().reported()
    ticket = path.rpartition("/")[2]
    page(intake, path, intake.technician)
    row = page(intake, path, intake.technician)
    history = intake.desk.get(f"/v1/tickets/{ticket}/history", intake.clerk).json()["rows"]
    assert (row["version"], len(history)) == (1, 1)


def test_who_submitted_is_told_why_he_may_not_approve(intake: Intake) -> None:
    path = intake.opened().submitted()
    mine = next_of(page(intake, path, intake.clerk))
    assert "self-approval" in codes(mine["approvals"])
    his = next_of(page(intake, path, intake.approver))
    assert his["approvals"]["allowed"], codes(his["approvals"])


def test_a_closed_report_leaves_nothing_to_do(intake: Intake) -> None:
    path = intake.opened().reported()
    closing = {
        "ending": "withdrawn",
        "reason": "用户自行处理",
        "customer_told_at": datetime.now(UTC).isoformat(),
    }
    intake.done(intake.desk.post(f"{path}/closings", closing, intake.clerk))
    row = page(intake, path, intake.clerk)
    assert (row["stage"], row["next"]) == ("closed", [])


def test_a_ticket_nobody_knows_has_no_page(intake: Intake) -> None:
    told = intake.opened().desk.get("/v1/tickets/BX-HZ01-20261123-9999/papers", intake.clerk)
    assert told.status_code == 404


def test_what_only_a_person_knows_is_needed_and_not_refused(intake: Intake) -> None:
    path = intake.opened().submitted()
    his = next_of(page(intake, path, intake.approver))
    assert his["returns"]["allowed"], codes(his["returns"])
    assert "reasons" in [each["field"] for each in his["returns"]["needed"]]
    assert [each["code"] for each in his["returns"]["conditions"]] == ["return-unreasoned"]


def test_a_step_that_would_change_nothing_is_not_shown(intake: Intake) -> None:
    path = intake.opened().submitted()
    mine = next_of(page(intake, path, intake.clerk))
    assert "submissions" not in mine
    assert not mine["basics"]["allowed"]
    assert codes(mine["basics"]) == ["wrong-stage"]


def test_who_only_signs_is_not_offered_what_others_have_to_mend(intake: Intake) -> None:
    path = intake.opened().signed()
    assert next_of(page(intake, path, intake.clerk))["submissions"]["allowed"]
    other = {**EXAMPLES["diagnoses"]["diagnosis"], "fault_cause": "阀体裂纹"}
    body = {"diagnosis": other}
    intake.done(intake.desk.post(f"{path}/diagnoses", body, intake.technician))
    mine = next_of(page(intake, path, intake.clerk))["submissions"]
    assert not mine["allowed"], "the technician signs anew; the clerk has nothing else to say"
    assert codes(mine) == ["signature-stale"]
    (mend,) = mine["reasons"][0]["mends"]
    assert mend["path"] == f"{path}/signatures"


def test_what_was_recalled_is_not_recalled_again(intake: Intake) -> None:
    path = intake.opened().submitted()
    assert next_of(page(intake, path, intake.clerk))["recalls"]["allowed"]
    intake.give(path, "recalls", intake.clerk)
    assert "recalls" not in next_of(page(intake, path, intake.clerk))
    intake.give(path, "submissions", intake.clerk)
    assert next_of(page(intake, path, intake.clerk))["recalls"]["allowed"]


def test_a_step_too_early_or_too_late_names_what_comes_first(intake: Intake) -> None:
    path = intake.opened().reported()

    def told(step: str, token: str, body: Mapping[str, Any]) -> tuple[str, list[str]]:
        (why,) = intake.desk.post(f"{path}/{step}", body, token).json()["reasons"]
        return why["code"], [each["path"].rpartition("/")[2] for each in why["mends"]]

    approval = {**EXAMPLES["approvals"], "content": intake.content(path)}
    first = told("approvals", intake.approver, approval)
    assert first == ("not-submitted", ["submissions"])
    signing = {**EXAMPLES["signatures"], "content": intake.content(path)}
    assert told("signatures", intake.technician, signing) == ("not-diagnosed", ["diagnoses"])
    wrong_number = EXAMPLES["contact-corrections"]
    early = told("contact-corrections", intake.clerk, wrong_number)
    assert early == ("before-submitting", ["basics", "diagnoses"])
    given_up = {"ending": "withdrawn", "reason": "不修了"}
    closed = {**given_up, "customer_told_at": datetime.now(UTC).isoformat()}
    intake.done(intake.desk.post(f"{path}/closings", closed, intake.clerk))
    late = told("calls", intake.clerk, EXAMPLES["calls"])
    assert late == ("case-over", ["reports"])


def test_a_refusal_names_the_step_that_mends_it_and_who_may(intake: Intake) -> None:
    path = intake.opened().submitted()
    ticket = path.rpartition("/")[2]
    (why,) = next_of(page(intake, path, intake.clerk))["basics"]["reasons"]
    assert why["mended"] == "step"
    recall = why["mends"][0]
    assert (recall["room"], recall["path"], recall["by"]) == (
        "intake",
        f"/v1/reports/{ticket}/recalls",
        ["clerk"],
    )
    paths = [each["path"].rpartition("/")[2] for each in why["mends"]]
    assert paths == ["recalls", "contact-corrections"], "nothing is drafted before the approval"
    door, body = f"/v1/reports/{ticket}/basics", {"fault_description": "又漏水了"}
    told = intake.desk.post(door, body, intake.clerk).json()["reasons"]
    assert told[0]["mends"] == why["mends"], "the answer to the step itself says the same"
    intake.give(path, "approvals", intake.approver)
    (late,) = intake.desk.post(door, body, intake.clerk).json()["reasons"]
    assert [each["path"].rpartition("/")[2] for each in late["mends"]] == [
        *("amendment-drafts", "contact-corrections")
    ]
    named = [each["person"] for each in late["mends"][0]["who"]]
    assert named == ["K-CHENJING", "T-LIUYANG"], "by name, where the paper names them"


def test_who_is_next_is_named_or_else_the_role_and_deputies(intake: Intake) -> None:
    path = intake.opened().submitted()
    his = next_of(page(intake, path, intake.approver))
    assert [each["role"] for each in his["approvals"]["who"]] == ["approver"]
    assert [each["person"] for each in his["diagnoses"]["who"]] == ["T-LIUYANG"]
    assert his["diagnoses"]["who"][0]["name"]
    intake.delegated()
    his = next_of(page(intake, path, intake.approver))
    deputy = his["approvals"]["who"][-1]
    assert deputy["stands_in_for"], "and whom they stand in for"
    assert deputy["zh"] == "负责人"


def test_a_delegation_that_is_over_crowds_no_deputy_out(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long list of delegations those count that are in force, wherever they stand in it."""
    path = intake.opened().submitted()
    given = intake.delegated()
    intake.done(intake.desk.post(f"{given}/1/endings", {}, intake.approver))
    intake.delegated()
    monkeypatch.setattr(query, "LIMIT", 1)
    deputy = next_of(page(intake, path, intake.approver))["approvals"]["who"][-1]
    assert deputy["stands_in_for"]


def test_only_choices_that_are_open_are_offered(intake: Intake) -> None:
    path = intake.opened().reported()
    closing = next_of(page(intake, path, intake.clerk))["closings"]
    (ending,) = [each for each in closing["needed"] if each["field"] == "ending"]
    values = [each["value"] for each in ending["choices"]]
    assert "withdrawn" in values
    assert "repaired" not in values, "that is dispatch's to say"
    assert "answered" not in values, "it is no enquiry"
    asked = {each["field"]: [it["value"] for it in each["only_for"]] for each in closing["needed"]}
    assert asked["other_ticket"] == ["duplicate"], "and nothing else asks for it"
    assert asked["reason"] == [], "whatever is chosen"


def test_a_step_whose_choices_are_all_closed_is_not_allowed(intake: Intake) -> None:
    """A technician ends no new report: it is no enquiry, and nothing is solved from afar."""
    path = intake.opened().reported()
    assert not next_of(page(intake, path, intake.technician))["closings"]["allowed"]


def test_approvers_and_clerks_are_named_and_where_there_is_nobody_what_to_do(
    intake: Intake,
) -> None:
    path = intake.opened().submitted()
    steps = next_of(page(intake, path, intake.clerk))
    (approver,) = steps["approvals"]["who"]
    assert (approver["person"], approver["more"]) == ("A-ZHAO", 0)
    assert approver["name"]
    intake.desk.staff("A-ZHAO", ["clerk"], ["HZ01"])
    (nobody,) = next_of(page(intake, path, intake.clerk))["approvals"]["who"]
    assert (nobody["person"], nobody["role"]) == (None, "approver")
    assert nobody["to_do_zh"].startswith("本网点现在无人担任")
