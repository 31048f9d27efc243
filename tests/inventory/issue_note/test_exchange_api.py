"""互换更正 over HTTP: the pieces of two notes of two tickets were crossed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from guiyi.play.evidence import drawing
from services.inventory.app import room
from services.inventory.issue_note.release import NoteSignature
from shared.decider import Asked
from shared.events.issue_notes import SignedUse
from tests.inventory.desk import DRAWN, PATH, Inventory
from tests.inventory.example import (
    AT,
    BRANCH,
    LIU,
    NUMBER,
    PUMP,
    RELEASE,
    SIGNED,
    TICKET,
    WORK_ORDER,
)
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


PAGE = f"/v1/tickets/{TICKET}/papers"


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


def signs(inventory: Inventory, number: str, serial: str) -> None:
    """The customer of the note signs for the pump that is in their machine."""
    used = (SignedUse(PUMP, 1, (serial,), (), 0, 1),)
    ticket = number.rpartition("-")[0]
    home, nobody = f"issue_note-{number}", frozenset[str]()
    asked = Asked(home, "reaction:note-signature", nobody, AT, BRANCH, ticket)
    inventory.decided(room, NoteSignature(7, SIGNED, waived=False, used=used), asked)


def choices(inventory: Inventory, token: str | None = None) -> list[str] | None:
    """With which notes the page of the first ticket says that a piece was exchanged."""
    (told,) = inventory.rows(PAGE, token)
    (step,) = (each for each in told["next"] if each["path"] == f"{PATH}/corrections")
    found = [each for each in step["needed"] if each["field"] == "exchanged_with"]
    return [each["value"] for each in found[0]["choices"]] if found else None


def test_the_page_says_with_which_note_the_signed_piece_was_exchanged(out: Inventory) -> None:
    signs(out, NUMBER, "P-2")
    assert choices(out) == [f"{SECOND}-C1"]
    assert choices(out, out.liu) is None
    signs(out, f"{SECOND}-C1", "P-1")
    assert choices(out) == [f"{SECOND}-C1"]


def test_it_names_no_note_that_cannot_come_to_say_the_other_piece(out: Inventory) -> None:
    signs(out, NUMBER, "P-2")
    signs(out, f"{SECOND}-C1", "P-2")
    assert choices(out) is None


def test_of_a_piece_that_lies_on_the_shelf_there_is_no_other_note(inventory: Inventory) -> None:
    inventory.issued()
    signs(inventory, NUMBER, "P-2")
    assert choices(inventory) is None


def test_while_the_list_of_pieces_is_built_the_page_says_the_rest(out: Inventory) -> None:
    signs(out, NUMBER, "P-2")
    out.views.is_building = True
    assert choices(out) is None


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
