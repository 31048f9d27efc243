"""登记册的墙: a card is written by its own branch, and goes to another by somebody of both."""

from typing import Any

import httpx
import pytest

from tests.intake.desk import APPROVER, CLERK, DELEGATIONS, EXAMPLES, Intake
from tests.shared.http_desk import codes

CUSTOMER, MACHINE = EXAMPLES["customers"], EXAMPLES["machines"]
PHONE = {"phone": "0571-8700 1234"}
kept = pytest.mark.parametrize(
    ("path", "card", "change"),
    [
        ("/v1/customers/C-1001", CUSTOMER, {"active": False}),
        ("/v1/machines/M-2001", MACHINE, {"customer": None, "warranty_until": "2099-01-01"}),
    ],
)


@pytest.fixture
def two(intake: Intake) -> Intake:
    """The branch with its people, and another one."""
    branch = {**EXAMPLES["branches"], "code": "SH02", "web_owner": None}
    intake.opened().done(intake.desk.post("/v1/branches", branch, intake.operator))
    return intake


def alike(told: httpx.Response, missing: httpx.Response, number: str, nobody: str) -> None:
    """Both are 404, and differ in the number that was asked for alone."""
    assert (told.status_code, missing.status_code) == (404, 404)
    shown, unseen = (
        {k: v for k, v in answer.json().items() if k != "request"} for answer in (told, missing)
    )
    assert str(shown).replace(number, nobody) == str(unseen)
    assert told.headers.keys() == missing.headers.keys()


@kept
def test_another_branch_neither_reads_nor_writes_a_card(
    two: Intake, path: str, card: dict[str, Any], change: dict[str, Any]
) -> None:
    far, number = two.desk.staff("K2", ["clerk"], ["SH02"]), path.rpartition("/")[2]
    nobody = path.replace(number, "NOBODY")
    alike(two.desk.get(path, far), two.desk.get(nobody, far), number, "NOBODY")
    for query in ("", "?branch=SH02"):
        told = two.desk.change(f"{path}{query}", {**card, **change}, far)
        missing = two.desk.change(f"{nobody}{query}", {**card, **change}, far)
        alike(told, missing, number, "NOBODY")
    told = two.desk.post(f"{path}/handovers", {"to": "SH02"}, far)
    alike(told, two.desk.post(f"{nobody}/handovers", {"to": "SH02"}, far), number, "NOBODY")
    assert two.told(path, two.clerk)["version"] == 1


@kept
def test_a_number_of_another_branch_is_taken_whatever_is_said_of_it(
    two: Intake, path: str, card: dict[str, Any], change: dict[str, Any]
) -> None:
    far, register = two.desk.staff("K2", ["clerk"], ["SH02"]), path.rpartition("/")[0]
    alone = {"customer": None} if "customer" in card else {}
    for said in ({}, change):
        told = two.desk.post(register, {**card, **said, **alone}, far)
        assert (told.status_code, codes(told)) == (422, ["number-taken"])


@kept
def test_a_card_goes_to_another_branch_by_somebody_of_both(
    two: Intake, path: str, card: dict[str, Any], change: dict[str, Any]
) -> None:
    both = two.desk.staff("K3", ["clerk"], ["HZ01", "SH02"])
    far = two.desk.staff("K2", ["clerk"], ["SH02"])
    told = two.desk.change(f"{path}?branch=SH02", {**card, **change}, both)
    assert codes(told) == ["kept-elsewhere"]
    told = two.desk.post(f"{path}/handovers", {"to": "SH02"}, two.clerk)
    assert (told.status_code, codes(told)) == (403, ["foreign-branch"])
    before = two.told(path, two.clerk)
    assert two.done(two.desk.post(f"{path}/handovers", {"to": "SH02"}, both)).json()["facts"]
    assert two.told(path, far) == {**before, "branch": "SH02", "version": 2}
    assert two.desk.get(path, two.clerk).status_code == 404
    assert two.desk.change(path, {**card, **change}, two.clerk).status_code == 404
    assert two.done(two.desk.change(path, {**card, **change}, far)).json()["facts"]
    again = two.done(two.desk.post(f"{path}/handovers", {"to": "SH02"}, both))
    assert again.json()["facts"] == []


def test_nobody_hands_a_card_to_a_branch_there_is_not(two: Intake) -> None:
    everywhere = two.desk.staff("K3", ["clerk"], ["*"])
    told = two.desk.post("/v1/customers/C-1001/handovers", {"to": "XX99"}, everywhere)
    assert codes(told) == ["branch-unknown"]


def test_a_persons_card_is_written_by_who_is_of_all_their_branches(two: Intake) -> None:
    far, path = two.desk.staff("O2", ["operator"], ["SH02"]), f"/v1/people/{CLERK}"
    card = {**EXAMPLES["people"], "id": CLERK, "roles": ["clerk"]}
    taken = {**card, "branches": ["SH02"], "active": False}
    alike(
        two.desk.change(path, taken, far),
        two.desk.change("/v1/people/NOBODY", taken, far),
        CLERK,
        "NOBODY",
    )
    near = two.desk.staff("O3", ["operator"], ["HZ01"])
    lent = {**card, "branches": ["HZ01", "SH02"]}
    told = two.desk.change(path, lent, near)
    assert (told.status_code, codes(told)) == (403, ["foreign-branch"])
    two.done(two.desk.change(path, lent, two.operator))
    for one in (near, far):
        told = two.desk.change(path, {**lent, "active": False}, one)
        assert (told.status_code, codes(told)) == (403, ["foreign-branch"])
        assert two.told(path, one)["branches"] == ["HZ01", "SH02"]


def test_people_are_listed_to_their_branches(two: Intake) -> None:
    far = two.desk.staff("K2", ["clerk"], ["SH02"])
    two.desk.staff("K4", ["clerk"], ["SH02"])
    nowhere = two.desk.token("K4", ["clerk"], [])
    assert [row["id"] for row in two.told("/v1/people", far)["rows"]] == ["K2", "K4"]
    assert two.told("/v1/people", nowhere)["rows"] == []
    for token in (far, nowhere):
        assert two.desk.get(f"/v1/people/{CLERK}", token).status_code == 404
    assert len(two.told("/v1/people", two.clerk)["rows"]) == 3


def test_a_branchs_own_card_is_read_by_all_and_written_by_its_own(two: Intake) -> None:
    far = two.desk.staff("O2", ["operator"], ["SH02"])
    assert two.told("/v1/branches/HZ01", far)["name"] == EXAMPLES["branches"]["name"]
    told = two.desk.change("/v1/branches/HZ01", EXAMPLES["branches"], far)
    assert (told.status_code, codes(told)) == (403, ["foreign-branch"])


def test_delegations_of_another_branch_are_not_there(two: Intake) -> None:
    path = two.delegated()
    far = two.desk.staff("O2", ["operator"], ["SH02"])
    nobody = path.replace(APPROVER, "NOBODY")
    alike(two.desk.get(path, far), two.desk.get(nobody, far), APPROVER, "NOBODY")
    body = EXAMPLES[DELEGATIONS]
    told, missing = (two.desk.post(each, body, far) for each in (path, nobody))
    alike(told, missing, APPROVER, "NOBODY")
    told, missing = (two.desk.post(f"{each}/1/endings", {}, far) for each in (path, nobody))
    alike(told, missing, APPROVER, "NOBODY")


def test_a_warning_says_nothing_of_another_branchs_report(two: Intake) -> None:
    first = two.reported().rpartition("/")[2]
    card = {**EXAMPLES["people"], "id": "K2", "roles": ["clerk"], "branches": ["SH02"]}
    two.done(two.desk.post("/v1/people", card, two.operator))
    far = two.desk.staff("K2", ["clerk"], ["SH02"])
    body = {**EXAMPLES["reports"], "branch": "SH02"}
    taken = two.done(two.desk.post("/v1/reports", body, far))
    (warning,) = taken.json()["warnings"]
    assert (warning["code"], warning["numbers"]) == ("open-report-elsewhere", {"about": []})
    assert first not in two.desk.get(taken.headers["location"], far).text


def test_a_look_up_is_cut_behind_the_wall(two: Intake) -> None:
    everywhere = two.desk.staff("K3", ["clerk"], ["*"])
    for n in range(55):
        card = {**CUSTOMER, "id": f"A-{n:03}"}
        two.done(two.desk.post("/v1/customers?branch=SH02", card, everywhere))
    far = two.desk.staff("K2", ["clerk"], ["SH02"])
    for sought in (PHONE, {"name": "王小明"}, {**PHONE, "name": "王小明"}):
        found = two.desk.post("/v1/lookups", sought, two.clerk).json()["rows"]
        assert [each["stream"] for each in found] == ["customer-C-1001"]
        assert len(two.desk.post("/v1/lookups", sought, far).json()["rows"]) == 50
