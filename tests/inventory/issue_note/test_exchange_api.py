"""互换更正 over HTTP: the pieces of two notes of two tickets were crossed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from guiyi.play.evidence import drawing
from services.inventory.app import room
from shared.decider import Asked
from tests.inventory.desk import DRAWN, PATH, Inventory
from tests.inventory.example import AT, BRANCH, LIU, NUMBER, PUMP, RELEASE, TICKET, WORK_ORDER
from tests.shared.http_desk import codes

SECOND = "BX-HZ01-20261124-0002"
THERE = f"/v1/issue-notes/{SECOND}-C1"
G1 = {"number": f"{NUMBER}-G1"}
CROSSED = {
    "part": PUMP,
    "handed": {"quantity": 1, "serials": ["P-2"]},
    "exchanged_with": f"{SECOND}-C1",
    "because": "装反了",
}


@pytest.fixture
def out(inventory: Inventory) -> Inventory:
    """By the books P-1 is out on the first note, and P-2 on that of another ticket."""
    inventory.issued()
    asked = Asked(f"issue_note-{SECOND}-C1", "reaction:note-order", frozenset(), AT, BRANCH, SECOND)
    release = replace(RELEASE, ticket=SECOND, order=f"{SECOND}-W1")
    inventory.decided(room, release, asked)
    order = replace(WORK_ORDER, number=release.order, ticket=SECOND)
    inventory.views.documents["dispatch", f"work_order-{release.order}"] = order
    pump = {"part": PUMP, "quantity": 1, "serials": ["P-2"]}
    sheet = inventory.post(f"{THERE}/issue-sheets", pump)
    kept = inventory.done(inventory.desk.bring(f"{SECOND}-C1", drawing(), inventory.keeper)).json()
    signed = {"content": sheet["content"], "evidence": {"name": "签字.png", **kept}}
    inventory.post(f"{THERE}/issues", {**pump, **DRAWN, **signed})
    return inventory


def pump_of(inventory: Inventory, path: str) -> Mapping[str, Any]:
    lines = inventory.shown(path)["note"]["lines"]
    (line,) = (each for each in lines if each["part"] == PUMP)
    issued: Mapping[str, Any] = line["issued"]
    return issued


def test_both_notes_are_corrected_and_each_belongs_to_its_own_ticket(out: Inventory) -> None:
    out.post(f"{PATH}/corrections", CROSSED)
    out.post(f"{PATH}/correction-approvals", G1, out.liu)
    assert pump_of(out, PATH)["serials"] == ["P-2"]
    assert pump_of(out, THERE)["serials"] == ["P-1"]
    for path, other in ((PATH, f"{SECOND}-C1"), (THERE, NUMBER)):
        (request,) = out.shown(path)["requests"]
        assert (request["decided"], request["what"]["exchanged_with"]) == ("granted", other)
    for ticket, number in ((TICKET, NUMBER), (SECOND, f"{SECOND}-C1")):
        facts = out.desk.store.ticket_facts(ticket, None)
        told = {each.stream for each in facts if "IssueCorrected" in each.body.decode()}
        assert told == {f"issue_note-{number}"}


def test_a_piece_that_the_other_note_has_not_is_told_where_it_is_asked_for(out: Inventory) -> None:
    asked = {**CROSSED, "handed": {"quantity": 1, "serials": ["P-9"]}}
    assert codes(out.desk.post(f"{PATH}/corrections", asked, out.keeper)) == ["exchange-unlike"]


def test_without_the_other_note_the_way_is_named(out: Inventory) -> None:
    out.post(f"{PATH}/corrections", {k: v for k, v in CROSSED.items() if k != "exchanged_with"})
    told = out.desk.post(f"{PATH}/correction-approvals", G1, out.liu)
    assert codes(told) == ["serial-booked-elsewhere"]
    said = told.json()["reasons"][0]
    assert "互换" in said["zh"]
    assert "exchanged_with" in said["en"]
    assert said["numbers"]["accounts"] == [f"technician:{LIU}"]
