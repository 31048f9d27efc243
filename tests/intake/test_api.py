"""Stories of intake over HTTP: from the call to the approval, and every way it is told no."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest

from services.intake.app import room
from shared.step import Step
from tests.intake.desk import APPROVER, CLERK, EXAMPLES, Intake
from tests.moments import told_at
from tests.shared.http_desk import codes, web_desk


def test_a_report_goes_from_the_call_to_the_approval(intake: Intake) -> None:
    path = intake.opened().approved()
    shown = intake.desk.get(path, intake.clerk)
    assert shown.headers["etag"] == '"7"'
    report = shown.json()["report"]
    assert (report["stage"], report["contact_name"]) == ("approved", "王小明")
    assert report["approval"]["policy"] == "core@1"
    ticket = path.rpartition("/")[2]
    told = intake.desk.get(f"/v1/tickets/{ticket}/history", intake.clerk).json()["rows"]
    assert [step["type"] for step in told] == [
        "RepairReported",
        "RemoteGuidanceGiven",
        "FaultDiagnosed",
        "ReportSigned",
        "ReportSubmitted",
        "ApprovalGiven",
        "RepairApproved",
    ]
    assert told[4]["policy"] == "core@1"
    assert told[6]["zh"] == "批准维修"
    (row,) = intake.desk.get("/v1/reports?state=approved", intake.clerk).json()["rows"]
    assert (row["ticket"], row["owner"], row["due_at"]) == (ticket, CLERK, None)


def test_what_a_report_lacks_is_shown_before_anybody_refuses_it(intake: Intake) -> None:
    path = intake.opened().reported()
    lacking = intake.desk.get(path, intake.clerk).json()["missing"]
    assert {"field": "solution", "zh": "解决方案", "en": "solution"} in lacking
    told = intake.desk.post(f"{path}/submissions", {"content": "0" * 64}, intake.clerk)
    assert (told.status_code, codes(told)) == (422, ["not-diagnosed"])


def test_a_refused_submission_names_every_broken_rule(intake: Intake) -> None:
    path = intake.opened().reported(contact_name="王")
    diagnosis = {**EXAMPLES["diagnoses"]["diagnosis"], "travel": None, "estimated_fen": None}
    body = {"diagnosis": diagnosis}
    intake.done(intake.desk.post(f"{path}/diagnoses", body, intake.technician))
    told = intake.desk.post(f"{path}/submissions", {"content": "0" * 64}, intake.clerk)
    assert codes(told) == ["report-incomplete", "remote-not-tried", "unsigned", "signature-stale"]
    missing = told.json()["reasons"][0]["numbers"]["missing"]
    assert missing == ["estimated_fen", "travel_mode", "travel_at", "travellers"]
    assert "旅程方式" in told.json()["reasons"][0]["zh"]


def test_who_submitted_does_not_approve(intake: Intake) -> None:
    path = intake.opened().submitted()
    both = intake.desk.staff(CLERK, ["clerk", "approver"], ["HZ01"])
    body = {"as_what": "approver", "content": intake.content(path)}
    told = intake.desk.post(f"{path}/approvals", body, both)
    assert (told.status_code, codes(told)) == (422, ["self-approval"])


def test_the_second_report_of_a_machine_warns_with_the_first(intake: Intake) -> None:
    first = intake.opened().reported().rpartition("/")[2]
    taken = intake.desk.post("/v1/reports", EXAMPLES["reports"], intake.clerk).json()
    (warning,) = taken["warnings"]
    assert warning["code"] == "open-report-on-same-machine"
    assert warning["numbers"] == {"about": [first]}


def test_the_number_is_of_the_branch_and_its_local_day(intake: Intake) -> None:
    at = datetime(2025, 12, 31, 17, 0, tzinfo=UTC)
    with web_desk(room, intake.desk.private_key.parent, clock=lambda: at) as desk:
        late = Intake(desk)
        told = late.opened()
        assert told.reported() == "/v1/reports/BX-HZ01-20260101-0001"
        assert told.reported() == "/v1/reports/BX-HZ01-20260101-0002"


def test_a_number_is_taken_once_for_a_repeated_command(intake: Intake) -> None:
    intake.opened()
    tickets = {
        intake.desk.post(
            "/v1/reports", EXAMPLES["reports"], intake.clerk, Idempotency_Key="call-1"
        ).json()["ticket"]
        for _ in range(3)
    }
    assert len(tickets) == 1
    assert intake.reported().endswith("-0002")


def test_an_open_legacy_ticket_lives_on_as_a_report(intake: Intake) -> None:
    path = intake.opened().imported("1-364285768")
    taken = intake.desk.post(path, EXAMPLES["reports"], intake.clerk, Idempotency_Key="go")
    ticket = taken.json()["ticket"]
    assert (taken.status_code, taken.headers["location"]) == (201, f"/v1/reports/{ticket}")
    again = intake.desk.post(path, EXAMPLES["reports"], intake.clerk, Idempotency_Key="go")
    assert again.json()["ticket"] == ticket
    report = intake.desk.get(f"/v1/reports/{ticket}", intake.clerk).json()["report"]
    assert (report["channel"], report["reference"]) == ("import", "legacy-old-1-364285768")
    old = intake.desk.get("/v1/tickets/old-1-364285768", intake.clerk).json()
    assert (old["state"], old["is_open"], old["continued_as"]) == ("continued", False, ticket)
    assert (old["source"], old["number"], old["facts"]) == ("old", "1-364285768", 2)
    past = intake.desk.get("/v1/tickets/old-1-364285768/history", intake.clerk).json()["rows"]
    assert {(step["type"], step["ticket"]) for step in past} == {
        ("LegacyEntryImported", "old-1-364285768"),
        ("LegacyTicketContinued", ticket),
    }
    begun = intake.desk.get(f"/v1/tickets/{ticket}/history", intake.clerk).json()["rows"]
    assert {step["type"] for step in begun} == {"LegacyTicketContinued", "RepairReported"}
    told = intake.desk.post(path, EXAMPLES["reports"], intake.clerk)
    assert (told.status_code, codes(told)) == (422, ["continued-already"])
    (row,) = intake.desk.get("/v1/tickets?source=old", intake.clerk).json()["rows"]
    assert row["ticket"] == "old-1-364285768"


def test_a_legacy_ticket_of_any_number_has_its_own_address(intake: Intake) -> None:
    number = "甲 7/2#3?x=1&y=50%+é"
    intake.opened().imported(number)
    here = quote(f"old-{number}", safe="")
    path = f"/v1/legacy-tickets/{here}/continuations"
    taken = intake.desk.post(path, EXAMPLES["reports"], intake.clerk)
    assert taken.status_code == 201, taken.text
    shown = intake.desk.get(f"/v1/tickets/{here}", intake.clerk).json()
    assert (shown["number"], shown["continued_as"]) == (number, taken.json()["ticket"])
    past = intake.desk.get(f"/v1/tickets/{here}/history", intake.clerk).json()["rows"]
    assert past[0]["ticket"] == f"old-{number}"


def test_a_closed_legacy_ticket_stays_as_it_is(intake: Intake) -> None:
    path = intake.opened().imported("7", is_open=False)
    told = intake.desk.post(path, EXAMPLES["reports"], intake.clerk)
    assert (told.status_code, codes(told)) == (422, ["legacy-closed"])
    nowhere = intake.desk.post(path.replace("7", "8"), EXAMPLES["reports"], intake.clerk)
    assert (nowhere.status_code, codes(nowhere)) == (404, ["unknown"])


def test_a_closed_report_leaves_the_desk_and_stays_in_the_list(intake: Intake) -> None:
    path = intake.opened().reported()
    intake.give(path, "closings", intake.clerk)
    assert intake.desk.get("/v1/reports", intake.clerk).json()["rows"] == []
    (row,) = intake.desk.get("/v1/tickets?is_open=false", intake.clerk).json()["rows"]
    assert (row["state"], row["ending"], row["facts"]) == ("closed", "withdrawn", 2)


def test_who_is_no_longer_active_is_refused_at_once(intake: Intake) -> None:
    card = {**EXAMPLES["people"], "id": "K-OLD", "roles": ["clerk"], "active": False}
    intake.opened()
    intake.done(intake.desk.post("/v1/people", {**card, "active": True}, intake.operator))
    intake.done(intake.desk.change("/v1/people/K-OLD", card, intake.operator))
    old = intake.desk.token("K-OLD", ["clerk"], ["HZ01"])
    told = intake.desk.post("/v1/reports", EXAMPLES["reports"], old)
    assert (told.status_code, codes(told)) == (403, ["person-inactive"])


def test_registers_are_written_by_whoever_keeps_them(intake: Intake) -> None:
    intake.opened()
    for path, token in (
        ("/v1/branches", intake.clerk),
        ("/v1/people", intake.clerk),
        ("/v1/customers", intake.operator),
        ("/v1/machines", intake.technician),
    ):
        told = intake.desk.post(path, EXAMPLES[path[4:]], token)
        assert (told.status_code, codes(told)) == (403, ["role"])


def test_a_card_is_changed_in_whole_and_under_its_own_number(intake: Intake) -> None:
    intake.opened()
    card = {**EXAMPLES["customers"], "contact_name": "李四"}
    told = intake.desk.change("/v1/customers/C-1001", card, intake.clerk, If_Match='"1"')
    assert (told.status_code, told.headers["etag"]) == (200, '"2"')
    assert intake.desk.get("/v1/customers/C-1001", intake.clerk).json()["contact_name"] == "李四"
    told = intake.desk.change("/v1/customers/C-9", card, intake.clerk)
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    other = {**card, "id": "C-9"}
    told = intake.desk.change("/v1/customers/C-1001", other, intake.clerk)
    assert codes(told) == ["card-elsewhere"]
    again = intake.desk.post("/v1/customers", EXAMPLES["customers"], intake.clerk)
    assert codes(again) == ["registered-already"]


@pytest.mark.parametrize(
    ("path", "register", "first", "second"),
    [
        ("/v1/branches/HZ01", "branches", {"address": "一路"}, {"phone": "0571-1"}),
        ("/v1/people/T-LIUYANG", "people", {"name": "刘"}, {"skills": ["valves"]}),
        ("/v1/customers/C-1001", "customers", {"phone": "139 0000 1111"}, {"address": "二路"}),
        ("/v1/machines/M-2001", "machines", {"category": "other"}, {"model": "GX-200"}),
    ],
)
def test_a_later_save_of_what_was_read_earlier_undoes_nothing(
    intake: Intake, path: str, register: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    token = intake.clerk if register in ("customers", "machines") else intake.operator
    read = intake.opened().done(intake.desk.get(path, token)).headers["etag"]
    card = EXAMPLES[register]
    blind = intake.desk.post(f"{path}/changes", {**card, **first}, token)
    assert (blind.status_code, codes(blind)) == (428, ["version-needed"])
    saved = intake.desk.change(path, {**card, **first}, token, If_Match=read, Idempotency_Key="a")
    late = intake.desk.change(path, {**card, **second}, token, If_Match=read)
    assert (late.status_code, codes(late)) == (412, ["version-mismatch"])
    again = intake.desk.change(path, {**card, **first}, token, If_Match=read, Idempotency_Key="a")
    assert (again.status_code, again.headers["etag"]) == (200, saved.headers["etag"])
    shown = intake.told(path, token)
    (field, value), (other, lost) = (*first.items(), *second.items())
    assert (shown[field], shown[other] == lost) == (value, False)


def test_the_operator_reads_no_customer(intake: Intake) -> None:
    path = intake.opened().reported()
    customer = intake.desk.get("/v1/customers/C-1001", intake.operator).json()
    assert customer == {"id": "C-1001", "branch": "HZ01", "active": True, "version": 1}
    shown = intake.desk.get(path, intake.operator).json()
    numbers = {"branch": "HZ01", "stage": "registered", "kind": "repair", "round": 1}
    assert shown["report"] == {**numbers, "urged": False}
    assert not {"contact_name", "fault_description", "missing"} & shown.keys()
    assert intake.desk.get("/v1/people/T-LIUYANG", intake.clerk).json()["phone"] == "139 0000 0000"


def test_the_same_words_again_change_nothing(intake: Intake) -> None:
    path = intake.opened().signed()
    same = {"contact_name": "王小明", "basics": EXAMPLES["reports"]["basics"]}
    told = intake.desk.post(f"{path}/basics", same, intake.clerk)
    assert (told.status_code, told.json()["facts"]) == (200, [])
    other = intake.desk.post(f"{path}/basics", {"contact_name": "王大明"}, intake.clerk)
    assert other.json()["facts"] == ["BasicsCompleted"]
    assert intake.desk.get(path, intake.clerk).json()["report"]["technician_sig"] is None


def test_a_paper_is_found_by_a_phone_number_however_it_is_written(intake: Intake) -> None:
    path = intake.opened().reported()
    report = f"report-{path.rpartition('/')[2]}"
    for sought in ({"phone": "+86 571 8700-1234"}, {"phone": "057187001234", "name": "王 小明"}):
        told = intake.done(intake.desk.post("/v1/lookups", sought, intake.clerk))
        assert [row["stream"] for row in told.json()["rows"]] == ["customer-C-1001", report]
    assert intake.desk.post("/v1/lookups", {"name": "李四"}, intake.clerk).json()["rows"] == []
    other = intake.desk.staff("K-SH", ["clerk"], ["SH01"])
    assert intake.desk.post("/v1/lookups", {"phone": "0571-87001234"}, other).json()["rows"] == []
    told = intake.desk.post("/v1/lookups", {"phone": "0571-87001234"}, intake.operator)
    assert codes(told) == ["role"]


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({"kind": "rumour"}, [("not-one-of", "kind")]),
        ({"kind": None}, [("not-one-of", "kind")]),
        ({"contact_phone": "ring me"}, [("wrong-form", "contact_phone")]),
        ({"fault_description": "漏" * 4001}, [("too-long", "fault_description")]),
        ({"warnings": []}, [("field-unknown", "warnings")]),
        ({"basics": {"customer_name": "x", "nick": "y"}}, [("field-unknown", "basics.nick")]),
        ({"received_at": "2026-11-23T09:30:00"}, [("zone-needed", "received_at")]),
        ({"way_in": "C", "channel": 7}, [("not-one-of", "channel"), ("not-one-of", "way_in")]),
        ({"circumstances": {"photos": "none"}}, [("wrong-type", "circumstances.photos")]),
        ({"equipment": {"bought_on": "soon"}}, [("wrong-type", "equipment.bought_on")]),
    ],
)
def test_a_body_that_is_wrong_is_refused_field_by_field(
    empty: Intake, changed: dict[str, Any], broken: list[tuple[str, str]]
) -> None:
    told = empty.desk.post("/v1/reports", {**EXAMPLES["reports"], **changed}, empty.clerk)
    codes(told)
    reasons = told.json()["reasons"]
    assert told.status_code == 422
    assert sorted((each["code"], each["numbers"]["field"]) for each in reasons) == broken


def test_what_was_told_in_the_future_is_refused(intake: Intake) -> None:
    late = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {**EXAMPLES["reports"], "received_at": late}
    told = intake.opened().desk.post("/v1/reports", body, intake.clerk)
    assert codes(told) == ["in-the-future"]


Prepared: TypeAlias = Callable[[Intake], tuple[str, str]]
READY: Mapping[str, Prepared] = {
    "/v1/branches": lambda i: ("/v1/branches", i.operator),
    "/v1/branches/{number}/changes": lambda i: (
        "/v1/branches/HZ01/changes",
        i.opened().operator,
    ),
    "/v1/people": lambda i: (after(i, "branches", i.operator, "people"), i.operator),
    "/v1/people/{number}/changes": lambda i: ("/v1/people/T-LIUYANG/changes", i.opened().operator),
    "/v1/people/{number}/delegations": lambda i: (
        f"/v1/people/{APPROVER}/delegations?branch=HZ01",
        i.opened().operator,
    ),
    "/v1/people/{number}/delegations/{which}/endings": lambda i: (
        f"{i.opened().delegated()}/1/endings",
        i.approver,
    ),
    "/v1/customers": lambda i: ("/v1/customers", i.staffed().clerk),
    "/v1/customers/{number}/changes": lambda i: ("/v1/customers/C-1001/changes", i.opened().clerk),
    "/v1/machines": lambda i: (after(i.staffed(), "customers", i.clerk, "machines"), i.clerk),
    "/v1/machines/{number}/changes": lambda i: ("/v1/machines/M-2001/changes", i.opened().clerk),
    "/v1/reports": lambda i: ("/v1/reports", i.opened().clerk),
    "/v1/my-reports": lambda i: ("/v1/my-reports", i.opened().customer),
    "/v1/my-complaints": lambda i: ("/v1/my-complaints", i.opened().customer),
    "/v1/legacy-tickets/{ticket}/continuations": lambda i: (i.opened().imported("3"), i.clerk),
    "/v1/reports/{ticket}/basics": lambda i: (i.opened().reported(), i.clerk),
    "/v1/reports/{ticket}/diagnoses": lambda i: (i.opened().reported(), i.technician),
    "/v1/reports/{ticket}/remote-guidances": lambda i: (i.opened().reported(), i.technician),
    "/v1/reports/{ticket}/signatures": lambda i: (i.opened().diagnosed(), i.technician),
    "/v1/reports/{ticket}/submissions": lambda i: (i.opened().signed(), i.clerk),
    "/v1/reports/{ticket}/approvals": lambda i: (i.opened().submitted(), i.approver),
    "/v1/reports/{ticket}/returns": lambda i: (i.opened().submitted(), i.approver),
    "/v1/reports/{ticket}/recalls": lambda i: (i.opened().submitted(), i.clerk),
    "/v1/reports/{ticket}/handovers": lambda i: (with_another(i.opened()), i.clerk),
    "/v1/reports/{ticket}/closings": lambda i: (i.opened().reported(), i.clerk),
}


def after(intake: Intake, first: str, token: str, then: str) -> str:
    """Where `then` is registered, once what it rests on is."""
    intake.done(intake.desk.post(f"/v1/{first}", EXAMPLES[first], token))
    return f"/v1/{then}"


def with_another(intake: Intake) -> str:
    """A report whose owner is another than the one the example hands it to."""
    clerk_2 = {**EXAMPLES["people"], "id": "K-2", "roles": ["clerk"]}
    intake.done(intake.desk.post("/v1/people", clerk_2, intake.operator))
    intake.clerk = intake.desk.token("K-2", ["clerk"], ["HZ01"])
    return intake.reported()


def of_today(example: Any) -> Any:
    """The example of a step, sent today: what it tells as past is told of now."""
    steps = (each for paper in room.papers.values() for each in paper.STEPS)
    of_steps = (each for each in steps if isinstance(each, Step))
    command = next(each.command for each in of_steps if each.example == example)
    return told_at(command, example, datetime.now(UTC))


@pytest.fixture(scope="module")
def described(empty: Intake) -> Mapping[str, Any]:
    """What the description says of every path."""
    paths: Mapping[str, Any] = empty.desk.client.request("GET", "/openapi.json").json()["paths"]
    return paths


@pytest.mark.parametrize("route", READY)
def test_a_documented_example_is_accepted_in_its_time(
    intake: Intake, described: Mapping[str, Any], route: str
) -> None:
    content = described[route]["post"]["requestBody"]["content"]["application/json"]
    path, token = READY[route](intake)
    where = f"{path}/{route.rpartition('/')[2]}" if "/reports/{ticket}" in route else path
    body = of_today(content["example"])
    if "from_on" in body:  # a delegation begins today or later
        days = datetime.now(UTC).date() + timedelta(1), datetime.now(UTC).date() + timedelta(2)
        body |= {"from_on": str(days[0]), "until_on": str(days[1])}
    if "content" in body:
        body["content"] = intake.content(path)
    unchanged = route.endswith("/changes")
    seen = {"If_Match": '"1"'} if unchanged else {}
    taken = intake.done(intake.desk.post(where, body, token, **seen))
    assert bool(taken.json()["facts"]) != unchanged
