"""用户网上报修 as stories: customers report their own machines by web, and see only those."""

from dataclasses import replace
from typing import Any

import pytest

from services.intake import report
from services.intake.report.reporting import RegisterReport
from shared.decider import Asked
from shared.events.cards import BranchCard
from shared.events.report_form import CallNotes, Equipment
from shared.events.values import Channel, ReportKind, Role, WayIn
from shared.personal.seal import HIDDEN
from tests.intake.desk import CLERK, CUSTOMER, EXAMPLES, Intake
from tests.intake.example import BASICS, BRANCH, CARDS, HE, LI, MACHINE, REGISTER, REPORTED, by
from tests.shared.http_desk import codes
from tests.spec import ANY_HASH, given

HIMSELF = "YH-1001"
BY_WEB = replace(REGISTER, channel=Channel.WEB)
BODY: Any = EXAMPLES["my-reports"]


def asked(**cards: Any) -> Asked:
    named = {name.replace("_", "-", 1): card for name, card in cards.items()}
    return replace(by(HIMSELF, Role.CUSTOMER), reads={**CARDS, **named})


def test_a_customer_reports_and_the_branch_names_the_owner() -> None:
    told = replace(REPORTED, channel=Channel.WEB, received_by=HIMSELF, owner=LI, content=ANY_HASH)
    given(report).when(BY_WEB, asked()).then(told)
    question = replace(BY_WEB, kind=ReportKind.INQUIRY, equipment=Equipment())
    asks = replace(told, kind=ReportKind.INQUIRY, equipment=Equipment())
    given(report).when(question, asked()).then(asks)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (REGISTER, "channel"),
        (replace(BY_WEB, kind=ReportKind.COMMISSIONING), "kind"),
        (replace(BY_WEB, way_in=WayIn.B), "way_in"),
        (replace(BY_WEB, received_by=LI), "received_by"),
        (replace(BY_WEB, owner=HE), "owner"),
        (replace(BY_WEB, noted=CallNotes("像是密封圈")), "noted"),
        (replace(BY_WEB, basics=replace(BASICS, customer="YH-9")), "customer"),
    ],
)
def test_a_customer_says_nothing_that_is_not_his_to_say(
    command: RegisterReport, field: str
) -> None:
    given(report).when(command, asked()).refused_with("not-by-customer", fields=[field])


def test_a_customer_reports_no_machine_of_another() -> None:
    others = asked(**{"machine_SB-77": replace(MACHINE, customer="YH-7")})
    given(report).when(BY_WEB, others).refused_with("not-by-customer", fields=["machine"])


def test_a_branch_without_an_owner_for_them_takes_no_reports_by_web() -> None:
    closed = asked(branch_HZ01=BranchCard(BRANCH, "杭州"))
    given(report).when(replace(BY_WEB, owner=None), closed).refused("web-closed")


def test_a_report_by_web_goes_to_the_desk_and_its_customer_sees_how_far_it_is(
    intake: Intake,
) -> None:
    taken = intake.opened().desk.post("/v1/my-reports", BODY, intake.customer)
    here = intake.done(taken).headers["location"]
    ticket = taken.json()["ticket"]
    assert (taken.status_code, here) == (201, f"/v1/my-reports/{ticket}")
    own = intake.done(intake.desk.get(here, intake.customer)).json()
    assert (own["ticket"], own["stage"], own["owner"]) == (ticket, "registered", CLERK)
    assert not {"report", "diagnosis", "approvals", "contact_phone"} & own.keys()
    (row,) = intake.desk.get("/v1/reports", intake.clerk).json()["rows"]
    assert (row["channel"], row["way_in"], row["customer"]) == ("web", "A", CUSTOMER)
    report = intake.desk.get(f"/v1/reports/{ticket}", intake.clerk).json()["report"]
    assert (row["contact_name"], report["contact_name"]) == (HIDDEN, BODY["contact_name"])
    intake.give(f"/v1/reports/{ticket}", "closings", intake.clerk)
    assert intake.desk.get(here, intake.customer).json()["ending"] == "withdrawn"


def test_a_customer_sees_his_own_reports_and_no_other(intake: Intake) -> None:
    ticket = intake.opened().reported().rpartition("/")[2]
    card = {**EXAMPLES["customers"], "id": "C-2"}
    intake.done(intake.desk.post("/v1/customers", card, intake.clerk))
    other = intake.desk.token("C-2", ["customer"], ["HZ01"])
    (row,) = intake.desk.get("/v1/my-reports", intake.customer).json()["rows"]
    assert (row["ticket"], row["contact_phone"]) == (ticket, EXAMPLES["reports"]["contact_phone"])
    assert intake.desk.get("/v1/my-reports", other).json()["rows"] == []
    told = intake.desk.get(f"/v1/my-reports/{ticket}", other)
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    machine = intake.desk.post("/v1/my-reports", BODY, other)
    assert (machine.status_code, codes(machine)) == (422, ["not-by-customer"])


def test_everything_else_is_closed_to_a_customer(intake: Intake) -> None:
    path = intake.opened().reported()
    ticket = path.rpartition("/")[2]
    routes = intake.desk.client.request("GET", "/openapi.json").json()["paths"]
    tried = 0
    for route, methods in routes.items():
        here = route.replace("{ticket}", ticket).replace("{number}", "X").replace("{which}", "1")
        if not here.startswith("/v1/") or here.startswith(("/v1/my-", "/v1/files")):
            continue
        for method in methods:
            headers = intake.desk.headers(intake.customer, Idempotency_Key="closed")
            told = intake.desk.client.request(method.upper(), here, headers=headers, json={})
            assert (told.status_code, codes(told)) == (403, ["role"]), route
            tried += 1
    assert tried > 20
    for token in (intake.clerk, intake.operator, intake.approver):
        assert codes(intake.desk.post("/v1/my-reports", BODY, token)) == ["role"]


def test_a_customer_says_what_is_missing_and_nothing_internal(intake: Intake) -> None:
    said = {**BODY, "contact_phone": None, "address": None}
    told = intake.opened().desk.post("/v1/my-reports", said, intake.customer)
    assert codes(told) == ["report-incomplete"]
    assert told.json()["reasons"][0]["numbers"]["missing"] == ["contact_phone", "address"]
    for field in ("owner", "channel", "noted", "basics"):
        wrong = intake.desk.post("/v1/my-reports", {**BODY, field: None}, intake.customer)
        assert codes(wrong) == ["field-unknown"]
    far = intake.desk.post("/v1/my-reports", {**BODY, "branch": "SH01"}, intake.customer)
    assert (far.status_code, codes(far)) == (403, ["foreign-branch"])


def test_a_customer_who_is_none_any_more_is_refused(intake: Intake) -> None:
    gone = {**EXAMPLES["customers"], "active": False}
    path = f"/v1/customers/{CUSTOMER}"
    intake.done(intake.opened().desk.change(path, gone, intake.clerk))
    told = intake.desk.post("/v1/my-reports", BODY, intake.customer)
    assert (told.status_code, codes(told)) == (403, ["person-inactive"])
    nobody = intake.desk.token("C-404", ["customer"], ["HZ01"])
    told = intake.desk.post("/v1/my-reports", {**BODY, "equipment": {}}, nobody)
    assert (told.status_code, codes(told)) == (403, ["person-unregistered"])


def test_a_customer_reports_where_the_card_says(intake: Intake) -> None:
    """The branch that keeps the card, and those that it names; a token claims no other."""
    intake.opened()
    desk, web = intake.desk, {**EXAMPLES["branches"], "code": "SH02"}
    intake.done(desk.post("/v1/branches", web, intake.operator))
    elsewhere = desk.token(CUSTOMER, ["customer"], ["SH02"])
    told = desk.post("/v1/my-reports", {**BODY, "equipment": {}}, elsewhere)
    assert (told.status_code, codes(told)) == (403, ["branch-not-on-card"])
    path = f"/v1/customers/{CUSTOMER}"
    card = {**EXAMPLES["customers"], "web_branches": ["SH02"]}
    unknown = desk.change(path, {**card, "web_branches": ["NO1"]}, intake.clerk)
    assert codes(unknown) == ["branch-unknown"]
    intake.done(desk.change(path, card, intake.clerk))
    assert desk.get(path, intake.clerk).json()["web_branches"] == ["SH02"]
    assert desk.get("/v1/my-reports", elsewhere).is_success
    assert desk.get("/v1/my-reports", intake.customer).is_success
    both = desk.token(CUSTOMER, ["customer"], ["HZ01", "SH02"])
    named = desk.post("/v1/my-reports", {**BODY, "branch": "SH99"}, both)
    assert (named.status_code, codes(named)) == (403, ["foreign-branch"])


def test_a_card_that_is_handed_over_takes_its_customer_along(intake: Intake) -> None:
    intake.opened()
    desk, path = intake.desk, f"/v1/customers/{CUSTOMER}"
    intake.done(
        desk.post("/v1/branches", {**EXAMPLES["branches"], "code": "SH02"}, intake.operator)
    )
    both = desk.staff("K-BOTH", ["clerk"], ["HZ01", "SH02"])
    intake.done(desk.post(f"{path}/handovers", {"to": "SH02"}, both))
    there = desk.token(CUSTOMER, ["customer"], ["SH02"])
    assert desk.get("/v1/my-reports", there).is_success
    told = desk.get("/v1/my-reports", intake.customer)
    assert codes(told) == ["branch-not-on-card"]
