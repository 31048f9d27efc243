"""直线与欠账: what the straight repair says is told in stories; what it still owes is listed here.

The papers up to the filed dossier are decided along the straight line. What the trade knows beside
it and nobody can do yet stands below: with the room and the paper where it belongs, and with the
fields that were laid out for it. Whoever writes one of them strikes it off this list.
"""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from guiyi.rooms import ROOMS
from shared.events import BOOK, dispatch, inventory, order_sheet, reading
from shared.policy import Core

assert reading.SHELF, "importing it has entered every fact of every room"
PROJECT = Path(__file__).parents[2]
every_room = pytest.mark.parametrize("room", ROOMS)


@dataclass(frozen=True, slots=True)
class Owed:
    """欠: something of a paper that nobody can do yet, and where it will stand."""

    paper: str
    """The decider it belongs to."""
    what: str
    laid_out: tuple[tuple[type, str], ...] = ()
    """The fields that wait for it: where there are none, it brings its own."""


ORDER, VISIT, NOTE, FILE = (
    "services.dispatch.work_order",
    "services.dispatch.visit",
    "services.inventory.issue_note",
    "services.followup.dossier",
)
WORD, ACCOUNT = order_sheet.CustomerWord, inventory.Account
FACTS: dict[str, Owed] = {
    "TravelChangeAsked": Owed(ORDER, "another mode or time, before departure"),
    "TravelChangeApproved": Owed(ORDER, "the latest approved one counts at departure"),
    "TravelChangeRefused": Owed(ORDER, "and the approved journey stands"),
    "SupplementAsked": Owed(ORDER, "parts beyond the approved list"),
    "SupplementApproved": Owed(
        ORDER,
        "a milestone: opens a further note of the ticket",
        ((dispatch.FurtherNoteNamed, "note"), (order_sheet.WorkOrderDocument, "notes")),
    ),
    "SupplementRefused": Owed(ORDER, "and the approved list stands"),
    "BaseHelpAsked": Owed(ORDER, "on one of three grounds, with what was tried"),
    "BaseGuided": Owed(ORDER, "base answers from afar before it sends anybody"),
    "BaseTechnicianSent": Owed(
        ORDER,
        "who is sent signs the order himself",
        ((order_sheet.WorkOrderDocument, "technicians"),),
    ),
    "BaseHelpDeclined": Owed(ORDER, "with its reason"),
    "SignatureRefused": Owed(ORDER, "the customer does not sign; why, and who saw it"),
    "SignatureWaived": Owed(
        ORDER,
        "a milestone: the approver waives it, and the parts are accounted for without",
        ((WORD, "waived_by"), (WORD, "waived_because"), (inventory.SignatureNoted, "waived")),
    ),
    "PartsHandedOver": Owed(
        NOTE,
        "a milestone: both technicians sign, and the recipient changes",
        ((inventory.IssueNoteDocument, "recipient"),),
    ),
    "OldPartWaived": Owed(
        NOTE, "asked and granted by two", ((ACCOUNT, "waived"), (ACCOUNT, "waiver"))
    ),
    "LossApproved": Owed(NOTE, "asked and granted by two", ((ACCOUNT, "lost"), (ACCOUNT, "loss"))),
    "ReconciliationCorrected": Owed(NOTE, "a milestone: counter-entries, with a reason"),
    "PaperLent": Owed(FILE, "to whom, why, until when"),
    "PaperReturned": Owed(FILE, "and the file is whole again"),
    "AddendumFiled": Owed(FILE, "what comes after the filing; nothing is ever taken out"),
}
CODES: dict[str, Owed] = {
    "report-out": Owed(FILE, "nothing is filed while the claim has the report"),
}
POLICIES: dict[str, Owed] = {
    "departing": Owed(
        VISIT, "what is to be checked before anybody leaves", ((dispatch.Departed, "checklist"),)
    ),
    "filing": Owed(FILE, "two days after the fourth paper, the clerk is reminded"),
}
"""Tables of the core policy; the clock also wants a fact that says who was reminded."""


def called(room: str) -> Iterator[ast.Call]:
    """Every call of a plain name in the files of a room."""
    for path in sorted((PROJECT / "services" / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield node


def named(room: str) -> set[str]:
    return {node.func.id for node in called(room) if isinstance(node.func, ast.Name)}


def codes(room: str) -> set[str]:
    """Every code a room refuses with."""
    return {
        str(node.args[0].value)
        for node in called(room)
        if isinstance(node.func, ast.Name) and node.func.id == "reason"
        if node.args and isinstance(node.args[0], ast.Constant)
    }


def told(room: str) -> str:
    """All stories of a room."""
    return "\n".join(path.read_text("utf-8") for path in (PROJECT / "tests" / room).glob("*.py"))


@every_room
def test_every_fact_of_the_book_is_written_and_told(room: str) -> None:
    own = [name for name, line in BOOK.items() if room in line.writers]
    written, stories = named(room), told(room)
    assert [name for name in own if name not in written] == []
    assert [name for name in own if name not in stories] == []


@every_room
def test_every_refusal_is_told(room: str) -> None:
    stories = told(room)
    assert sorted(code for code in codes(room) if f'"{code}"' not in stories) == []


def test_what_is_owed_is_not_there_yet() -> None:
    assert [name for name in FACTS if name in BOOK] == [], "strike it off: it stands in the book"
    used = {code for room in ROOMS for code in codes(room)}
    assert [code for code in CODES if code in used] == [], "strike it off: a room asks for it"
    kept = set(Core.__struct_fields__)
    assert [table for table in POLICIES if table in kept] == [], "strike it off: policy has it"


@pytest.mark.parametrize("name", [*FACTS, *CODES, *POLICIES])
def test_what_is_owed_has_its_place(name: str) -> None:
    """Its paper is there to take it, and what was laid out for it has not been forgotten."""
    owed = {**FACTS, **CODES, **POLICIES}[name]
    assert {"decide", "evolve"} <= set(dir(importlib.import_module(owed.paper)))
    for kind, field in owed.laid_out:
        assert field in {each.name for each in fields(kind)}
