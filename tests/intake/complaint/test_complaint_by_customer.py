"""网上投诉 as stories: in the customer's own words, about what is theirs, and nothing beyond it."""

from dataclasses import replace
from typing import Any

import pytest

from services.intake import complaint
from shared.decider import Asked
from shared.events.complaints import ComplaintChannel
from shared.events.intake import ReportComplained
from shared.events.values import Role
from tests.intake.complaint.example import HOME, NUMBER, RECEIVE, RECEIVED, by
from tests.intake.desk import CUSTOMER, EXAMPLES, Intake
from tests.intake.example import AT, TICKET
from tests.shared.http_desk import codes
from tests.spec import given

HIMSELF, ANOTHER = "YH-1001", "YH-9"
BY_WEB = replace(
    RECEIVE,
    channel=ComplaintChannel.WEB,
    customer=HIMSELF,
    machine="SB-77",
    complained_of=None,
)
BODY: Any = EXAMPLES["my-complaints"]


def asked(customer: str = HIMSELF) -> Asked:
    """Asked by a customer themselves."""
    return replace(by(customer), roles=frozenset({Role.CUSTOMER}))


def test_a_customer_complains_of_their_own_case_and_nobody_took_it() -> None:
    told = replace(
        RECEIVED,
        channel=ComplaintChannel.WEB,
        customer=HIMSELF,
        machine="SB-77",
        complained_of=None,
        received_by=None,
    )
    given(complaint).when(BY_WEB, asked()).then_on(
        (HOME, told), (f"report-{TICKET}", ReportComplained(NUMBER, None))
    )


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"channel": ComplaintChannel.CALL}, "channel"),
        ({"customer": None}, "customer"),
        ({"complained_of": "T-WANGWEI"}, "complained_of"),
        ({"survey": f"{TICKET}-H1"}, "survey"),
        ({"received_at": AT}, "received_at"),
    ],
)
def test_they_say_nothing_that_the_desk_says(said: dict[str, Any], field: str) -> None:
    given(complaint).when(replace(BY_WEB, **said), asked()).refused_with(
        "not-by-customer", fields=[field]
    )


def test_of_another_s_case_and_machine_they_know_nothing() -> None:
    strange = replace(BY_WEB, customer=ANOTHER)
    given(complaint).when(strange, asked(ANOTHER)).refused("ticket-unknown", "machine-unknown")


def test_it_comes_to_the_desk_and_its_customer_sees_how_far_it_is(intake: Intake) -> None:
    desk = intake.opened().desk
    taken = intake.done(desk.post("/v1/my-complaints", BODY, intake.customer))
    here = taken.headers["location"]
    own = intake.told(here, intake.customer)
    assert (own["what"], own["stage"], own["machine"]) == (BODY["what"], "received", "M-2001")
    assert not {"findings", "owner", "complained_of", "department"} & own.keys()
    (row,) = intake.told("/v1/complaints?is_open=true", intake.clerk)["rows"]
    assert (row["channel"], row["customer"], row["owner"]) == ("web", CUSTOMER, None)
    (line,) = intake.told("/v1/my-complaints?is_open=true", intake.customer)["rows"]
    assert (line["number"], line["subject"]) == (own["number"], BODY["subject"])
    assert "owner" not in line
    intake.done(
        desk.post(
            here.replace("my-", "") + "/terminations",
            {"ending": "withdrawn", "said": "算了"},
            intake.clerk,
        )
    )
    assert intake.told(here, intake.customer)["ending"] == "withdrawn"
    assert intake.told("/v1/my-complaints?is_open=true", intake.customer)["rows"] == []


def test_what_the_desk_registered_for_them_is_theirs_too_and_nobody_else_s(
    intake: Intake,
) -> None:
    desk = intake.opened().desk
    path = intake.complaint(intake.reported().rpartition("/")[2])
    own = path.replace("complaints", "my-complaints")
    assert intake.told(own, intake.customer)["channel"] == "call"
    intake.done(desk.post("/v1/customers", {**EXAMPLES["customers"], "id": "C-2"}, intake.clerk))
    other = desk.token("C-2", ["customer"], ["HZ01"])
    told = desk.get(own, other)
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    assert intake.told("/v1/my-complaints", other)["rows"] == []
    machine = desk.post("/v1/my-complaints", BODY, other)
    assert (machine.status_code, codes(machine)) == (422, ["machine-unknown"])
    free = desk.post("/v1/my-complaints", {**BODY, "machine": None}, other)
    assert intake.done(free).json()["warnings"] == []
    again = desk.post("/v1/my-complaints", {**BODY, "what": "又没来"}, intake.customer)
    (warned,) = intake.done(again).json()["warnings"]
    assert warned["code"] == "open-complaint"
