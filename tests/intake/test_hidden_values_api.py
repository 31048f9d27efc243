"""选项停用 over HTTP: what open reports have stays, what is hidden is listed and refused."""

from typing import Any

import httpx
import pytest

from tests.intake.desk import EXAMPLES, Intake
from tests.shared.http_desk import codes

PATH = "/v1/branches/HZ01/hidden-values"


@pytest.fixture
def desk(intake: Intake) -> Intake:
    return intake.opened()


def hiding(desk: Intake, field: str, value: str, path: str = PATH) -> httpx.Response:
    return desk.desk.post(path, {"field": field, "value": value}, desk.operator)


def listed(desk: Intake) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = desk.told("/v1/hidden-values?branch=HZ01", desk.clerk)["rows"]
    return rows


def test_what_is_hidden_is_listed_until_it_is_shown(desk: Intake) -> None:
    path = desk.hidden()
    (row,) = listed(desk)
    assert (row["branch"], row["field"], row["value"]) == ("HZ01", "travel_mode", "air")
    assert row["because"] == EXAMPLES["branches/{number}/hidden-values"]["because"]
    shown = desk.desk.post(f"{path}/showings", EXAMPLES["showings"], desk.operator)
    assert desk.done(shown).json()["facts"] == ["ValueShown"]
    assert listed(desk) == []


def test_what_is_hidden_is_refused_and_the_refusal_says_where(desk: Intake) -> None:
    desk.done(hiding(desk, "fault_nature", "wear"))
    path = desk.reported()
    told = desk.desk.post(f"{path}/diagnoses", EXAMPLES["diagnoses"], desk.technician)
    assert codes(told) == ["value-hidden"]
    (said,) = told.json()["reasons"]
    assert said["zh"].startswith("网点 HZ01 的“故障性质”已停用“磨损”")
    assert {each["path"] for each in said["mends"]} == {
        f"{path}/diagnoses",
        f"{path}/amendment-drafts",
        f"{PATH}/showings",
    }


def test_what_an_open_report_has_is_not_hidden(desk: Intake) -> None:
    path = desk.diagnosed()
    ticket = path.rpartition("/")[2]
    for field, value in (("fault_nature", "wear"), ("travel_mode", "company_car")):
        told = hiding(desk, field, value)
        assert codes(told) == ["value-in-use"]
        assert ticket in told.json()["reasons"][0]["en"]
    diagnosis = {**EXAMPLES["diagnoses"]["diagnosis"], "fault_nature": "material"}
    changed = desk.desk.post(f"{path}/diagnoses", {"diagnosis": diagnosis}, desk.technician)
    desk.done(changed)
    desk.done(hiding(desk, "fault_nature", "wear"))
    assert codes(hiding(desk, "fault_nature", "material")) == ["value-in-use"]
    desk.done(desk.desk.post(f"{path}/closings", EXAMPLES["closings"], desk.clerk))
    desk.done(hiding(desk, "fault_nature", "material"))


def test_what_is_approved_or_drafted_is_in_use(desk: Intake) -> None:
    path = desk.approved()
    desk.give(path, "amendment-drafts", desk.technician)
    for nature in ("warranty", "paid"):
        assert codes(hiding(desk, "repair_nature", nature)) == ["value-in-use"]
    desk.done(hiding(desk, "repair_nature", "goodwill"))


def test_other_branches_choose_as_before(desk: Intake) -> None:
    far = {**EXAMPLES["branches"], "code": "NB01", "web_owner": None}
    desk.done(desk.desk.post("/v1/branches", far, desk.operator))
    desk.diagnosed()
    desk.done(hiding(desk, "fault_nature", "wear", PATH.replace("HZ01", "NB01")))
    desk.diagnosed()
    nowhere = hiding(desk, "travel_mode", "air", PATH.replace("HZ01", "XX99"))
    assert codes(nowhere) == ["branch-unknown"]
    told = desk.desk.post(PATH, {"field": "travel_mode", "value": "air"}, desk.clerk)
    assert codes(told) == ["role"]
