"""The state tables against the STEPS, and against what the stories were seen to say."""

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.dispatch import work_order
from services.inventory import ledger
from shared.events import BOOK
from shared.events.inventory import Outside
from shared.events.order_sheet import OrderStage
from shared.events.values import Role
from shared.step import Step
from tests.deeds import HOWS, REFUSED
from tests.pages import clocks, coverage, state_tables
from tests.pages.coverage import PROJECT
from tests.pages.state_tables import Row

ROWS = state_tables.rows()
SECTIONS = sorted({row.section.name for row in ROWS})


def test_every_row_has_its_stories_or_is_said_to_be_open() -> None:
    assert list(coverage.lacking(coverage.told())) == [], "run: python -m tests.pages.coverage"


def test_the_tables_say_what_the_steps_the_book_and_the_stories_say() -> None:
    assert list(state_tables.differing(coverage.told())) == []


def test_every_field_is_demanded_by_its_gate_in_the_story_that_is_named() -> None:
    assert list(coverage.unheld(coverage.gates())) == [], "run: python -m tests.pages.coverage"
    assert list(coverage.unheld(coverage.gates() - {state_tables.fields()[0].gate})) != []
    for each in state_tables.fields():
        assert each.story or each.open, each


def test_a_row_without_a_story_is_named() -> None:
    said: Any = copy.deepcopy(coverage.told())
    del said["dispatch"]["Departed"]
    said["intake"]["CallNoted"]["refused_at"] = {"closed": "a story from another stage"}
    said["inventory"]["SignatureNoted"] |= {"repeated": "", "older": ""}
    said["dispatch"]["WorkOrderReassigned"] = {"accepted": "a story"}
    found = [line.split(", ", 1)[1] for line in coverage.lacking(said)]
    assert [line.rpartition("→ ")[2] for line in found] == [
        "same, CallNoted: no story in which it is refused",
        "same, WorkOrderReassigned: told by a story, and said to be open",
        "departed, Departed: no story in which it is accepted",
        "departed, Departed: no story in which it is refused",
        "same, SignatureNoted: no story in which it is repeated",
        "same, SignatureNoted: no story in which it is older",
    ]


def test_the_rows_that_are_refused_elsewhere_alone_are_those_that_are_listed() -> None:
    told = coverage.told()
    rows = [row for row in ROWS if not row.open and REFUSED in coverage.wanted(row)]
    seen = [(row, told[row.section.room].get(row.fact, {})) for row in rows]
    lacking = {row.fact for row, said in seen if not coverage.story_of(row, REFUSED, said)}
    assert lacking == state_tables.elsewhere()


def test_what_is_otherwise_in_the_tables_or_in_the_stories_is_named() -> None:
    said: Any = copy.deepcopy(coverage.told())
    said["dispatch"]["Departed"]["moves"] = ["planned → departed"]
    said["inventory"]["PartLent"] = {"paper": "issue_note"}
    assert list(state_tables.differing(said)) == [
        "上门 visit, Departed: confirmed → departed: in no story",
        "上门 visit, Departed: planned → departed: in no row",
        "出库单 issue note, PartLent: stands in no row",
    ]


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        ({"by": {Role.CLERK}}, "by ['clerk'] in the STEPS, by ['technician'] in the tables"),
        ({"until": OrderStage.SIGNED}, "shown until ['signed'], in the tables until assigned"),
        ({"until": None}, "shown until ['always'], in the tables until assigned"),
    ],
)
def test_a_step_that_is_otherwise_is_named(
    changed: dict[str, Any], differs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        replace(row, **changed) if isinstance(row, Step) and row.path == "declines" else row
        for row in work_order.STEPS
    ]
    monkeypatch.setattr(work_order, "STEPS", rows)
    found = list(state_tables.differing(coverage.told()))
    assert found == [f"维修单 work order, WorkOrderDeclined: {differs}"]


def test_a_fact_that_is_a_milestone_or_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = replace(BOOK["WorkOrderSigned"], documents={})
    monkeypatch.setattr(state_tables, "BOOK", {**BOOK, "WorkOrderSigned": plain})
    (found,) = state_tables.differing(coverage.told())
    assert found.startswith("维修单 work order, WorkOrderSigned: a milestone in the book: False")


def test_every_story_that_is_named_is_there() -> None:
    told = coverage.told().values()
    named = {said[how] for room in told for said in room.values() for how in HOWS}
    named |= {each.story for each in state_tables.groups()}
    named |= {each.story for each in state_tables.fields()}
    assert sorted(named - {"", *stories_in({each.partition("::")[0] for each in named})}) == []


def test_the_rows_are_those_facts_that_the_rooms_write() -> None:
    for row in ROWS:
        assert row.open or row.section.room in BOOK[row.fact].writers, row
        assert row.open or row.by, row


def test_every_account_of_the_books_and_every_clock_has_its_story() -> None:
    rows = [each for each in state_tables.groups() if each.section.startswith("账户")]
    told = set(re.findall(r"`(\w+)`", " ".join(each.what for each in rows if each.story)))
    inside = {ledger.STORE, ledger.IN_TRANSIT, ledger.QUARANTINE, ledger.HANDS.rstrip(":")}
    old = {ledger.OLD_WARRANTY, ledger.OLD_OTHER, ledger.OLD_IN_TRANSIT}
    assert told == {*map(str, Outside), *inside, *old, "parcel"}
    page = coverage.page()
    assert [each.name for each in clocks.clocks() if f"| {each.name} | `" not in page] == []


@pytest.mark.parametrize("section", SECTIONS)
def test_no_row_stands_twice(section: str) -> None:
    rows: list[Row] = [row for row in ROWS if row.section.name == section]
    assert rows
    assert len({(row.states, row.fact) for row in rows}) == len(rows)


def stories_in(paths: set[str]) -> Iterator[str]:
    """The tests of these files, by their ids."""
    for path in sorted(paths - {""}):
        tree = ast.parse((PROJECT / path).read_text("utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                yield f"{path}::{node.name}"
            elif isinstance(node, ast.ClassDef):
                for each in node.body:
                    if isinstance(each, ast.FunctionDef):
                        yield f"{path}::{node.name}::{each.name}"
