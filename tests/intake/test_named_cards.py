"""Whom and what a paper names: there, active, and not erased; else it is refused."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from shared.personal.keys import KeyState
from tests.intake.desk import (
    APPROVER,
    CLERK,
    CUSTOMER,
    DELEGATIONS,
    EXAMPLES,
    Intake,
)
from tests.shared.http_desk import codes

LEFT = {"person": "P-LEFT", "customer": "C-LEFT", "machine": "M-LEFT", "branch": "LF01"}
"""Registered once, and no longer active."""
STRANGE = {"person": "P-X", "customer": "C-X", "machine": "M-X", "branch": "XX01"}
ERASED = "C-ERASED"
REGISTERS = {"person": "people", "customer": "customers", "machine": "machines"}


def reported(intake: Intake) -> str:
    return intake.reported()


def unknown_customer(intake: Intake) -> str:
    """A report whose customer nobody knows yet: its texts are sealed with its own key."""
    known = EXAMPLES["reports"]["basics"]
    basics = {**known, "customer": None, "asked_unknown": ["customer"]}
    return intake.reported(basics=basics)


STEPS: dict[str, tuple[Callable[[Intake], str], str, str]] = {
    "reports": (lambda _: "/v1/reports", "reports", "clerk"),
    "my-reports": (lambda _: "/v1/my-reports", "my-reports", "customer"),
    "continuations": (lambda room: room.imported("7"), "reports", "clerk"),
    "basics": (lambda room: f"{unknown_customer(room)}/basics", "basics", "clerk"),
    "diagnoses": (lambda room: f"{reported(room)}/diagnoses", "diagnoses", "technician"),
    "plans": (
        lambda room: f"{room.reported(kind='commissioning')}/plans",
        "plans",
        "clerk",
    ),
    "handovers": (lambda room: f"{reported(room)}/handovers", "handovers", "clerk"),
    "approvals": (lambda room: f"{room.submitted()}/approvals", "approvals", "approver"),
    "returns": (lambda room: f"{room.submitted()}/returns", "returns", "approver"),
    "delegations": (lambda _: f"/v1/people/{APPROVER}/delegations", DELEGATIONS, "approver"),
    "people": (lambda _: "/v1/people", "people", "operator"),
    "machines": (lambda _: "/v1/machines", "machines", "clerk"),
    "changes": (lambda _: "/v1/machines/M-2001/changes", "machines", "clerk"),
}
"""Of a step: where it is asked for, its example, and by whom."""
NAMED = [
    ("reports", "received_by", "person"),
    ("reports", "owner", "person"),
    ("reports", "basics.customer", "customer"),
    ("reports", "equipment.machine", "machine"),
    ("my-reports", "equipment.machine", "machine"),
    ("continuations", "received_by", "person"),
    ("continuations", "owner", "person"),
    ("continuations", "basics.customer", "customer"),
    ("continuations", "equipment.machine", "machine"),
    ("basics", "basics.customer", "customer"),
    ("basics", "equipment.machine", "machine"),
    ("diagnoses", "diagnosis.travel.travellers", "person"),
    ("plans", "travel.travellers", "person"),
    ("handovers", "to", "person"),
    ("approvals", "acting_for", "person"),
    ("returns", "acting_for", "person"),
    ("delegations", "deputy", "person"),
    ("people", "branches", "branch"),
    ("machines", "customer", "customer"),
    ("changes", "customer", "customer"),
]


@pytest.fixture
def room(intake: Intake) -> Intake:
    """The room with a person, a customer, a machine and a branch that are active no more."""
    intake.opened()
    for kind, register in REGISTERS.items():
        token = intake.operator if kind == "person" else intake.clerk
        card = {**EXAMPLES[register], "id": LEFT[kind]}
        if kind == "machine":
            card["serial_no"] = "SN-GONE"
        intake.done(intake.desk.post(f"/v1/{register}", card, token))
        path = f"/v1/{register}/{LEFT[kind]}"
        intake.done(intake.desk.change(path, {**card, "active": False}, token))
    branch = {**EXAMPLES["branches"], "code": LEFT["branch"], "active": False}
    intake.done(intake.desk.post("/v1/branches", branch, intake.operator))
    return intake


def erased(room: Intake, number: str = ERASED) -> str:
    """A customer who was registered and is erased; their card stays as it was."""
    card = {**EXAMPLES["customers"], "id": number}
    room.done(room.desk.post("/v1/customers", card, room.clerk))
    room.desk.keys.destroy(f"customer-{number}")
    return number


def asked(room: Intake, step: str, field: str, number: str) -> Any:
    """The answer to the example of the step, with this number in the field."""
    where, example, who = STEPS[step]
    path = where(room)
    body = copy.deepcopy(dict(EXAMPLES[example]))
    if "content" in body:
        body["content"] = room.content(path.rpartition("/")[0])
    *above, last = field.split(".")
    part = body
    for name in above:
        part = part.setdefault(name, {})
    part[last] = [number] if last in ("travellers", "branches") else number
    if step in ("people", "machines"):
        body["id"] = "NEW-1"
    seen = {"If_Match": '"1"'} if path.endswith("/changes") else {}
    return room.desk.post(path, body, getattr(room, who), **seen)


@pytest.mark.parametrize(("step", "field", "kind"), NAMED)
def test_who_or_what_is_not_there_or_not_active_is_not_named(
    room: Intake, step: str, field: str, kind: str
) -> None:
    gone = asked(room, step, field, LEFT[kind])
    assert f"{kind}-inactive" in codes(gone), gone.text
    strange = asked(room, step, field, STRANGE[kind])
    assert f"{kind}-unknown" in codes(strange), strange.text


@pytest.mark.parametrize(
    ("step", "field"), [(step, field) for step, field, kind in NAMED if kind == "customer"]
)
def test_an_erased_customer_is_named_on_no_paper(room: Intake, step: str, field: str) -> None:
    refused = asked(room, step, field, erased(room))
    assert codes(refused) == ["customer-erased"]
    assert "/v1/customers" in refused.json()["reasons"][0]["zh"]


def test_naming_an_erased_customer_leaves_the_report_as_it_was(room: Intake) -> None:
    path = unknown_customer(room)
    number = erased(room)
    body = {"basics": {**EXAMPLES["reports"]["basics"], "customer": number, "customer_name": None}}
    assert codes(room.desk.post(f"{path}/basics", body, room.clerk)) == ["customer-erased"]
    ticket = path.rpartition("/")[2]
    assert room.desk.keys.state(f"report-{ticket}") is KeyState.LIVE
    body["basics"]["customer"] = CUSTOMER
    room.done(room.desk.post(f"{path}/basics", body, room.clerk))


def test_an_erased_customer_reports_nothing_by_web(room: Intake) -> None:
    room.desk.keys.destroy(f"customer-{CUSTOMER}")
    refused = room.desk.post("/v1/my-reports", EXAMPLES["my-reports"], room.customer)
    assert codes(refused) == ["customer-erased"]


def test_what_was_done_before_the_erasure_is_answered_again(room: Intake) -> None:
    def ask() -> Any:
        return room.desk.post("/v1/reports", EXAMPLES["reports"], room.clerk, Idempotency_Key="one")

    first = room.done(ask()).json()
    room.desk.keys.destroy(f"customer-{CUSTOMER}")
    assert room.done(ask()).json()["ticket"] == first["ticket"]


def test_a_branch_names_no_web_owner_who_left_but_one_who_is_still_to_come(room: Intake) -> None:
    card = {**EXAMPLES["branches"], "code": "NB01"}
    left = room.desk.post("/v1/branches", {**card, "web_owner": LEFT["person"]}, room.operator)
    assert codes(left) == ["person-inactive"]
    room.done(room.desk.post("/v1/branches", {**card, "web_owner": "P-TO-COME"}, room.operator))
    changed = {**card, "web_owner": CLERK}
    room.done(room.desk.change("/v1/branches/NB01", changed, room.operator))
