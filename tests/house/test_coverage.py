"""The state tables against the STEPS, and against what the stories were seen to say."""

import ast
from collections.abc import Iterator

import pytest

from guiyi.rooms import ROOMS
from shared.events import BOOK
from tests.pages import coverage
from tests.pages.coverage import PROJECT, Row

SECTIONS = {
    "报修单 report": "report",
    "维修单 work order": "work_order",
    "上门 visit": "visit",
    "出库单 issue note": "issue_note",
}
ROWS = coverage.rows()


def test_every_row_has_its_stories_or_is_said_to_be_open() -> None:
    assert list(coverage.lacking(coverage.told())) == [], "run: python -m tests.pages.coverage"


def test_a_row_without_a_story_is_named() -> None:
    said = {room: dict(coverage.told()[room]) for room in ROOMS}
    del said["dispatch"]["Departed"]
    said["intake"]["CallNoted"] = ["a story", ""]
    said["dispatch"]["WorkOrderReassigned"] = ["a story", ""]
    found = [line.split(", ", 1)[1] for line in coverage.lacking(said)]
    assert "confirmed → departed, Departed: no story in which it is accepted" in found
    assert "open → same, CallNoted: no story in which it is refused" in found
    assert any(
        "WorkOrderReassigned: told by a story, and said to be open" in line for line in found
    )


def test_every_story_that_is_named_is_there() -> None:
    named = {story for room in coverage.told().values() for both in room.values() for story in both}
    named |= {group.story for group in coverage.groups()}
    assert sorted(named - {"", *_stories({each.partition("::")[0] for each in named})}) == []


def test_the_rows_are_those_facts_that_the_rooms_write() -> None:
    for row in ROWS:
        assert row.open or row.room in BOOK[row.fact].writers, row
        assert row.by in ("step", "owed"), row
    assert sorted(_of_papers() - {row.fact for row in ROWS}) == [], "a row of the tables is missing"


@pytest.mark.parametrize("section", SECTIONS)
def test_no_row_stands_twice(section: str) -> None:
    rows: list[Row] = [row for row in ROWS if row.section == section]
    assert rows
    assert len({(row.states, row.fact) for row in rows}) == len(rows)


def _of_papers() -> set[str]:
    """The facts of these papers, as their stories were seen to say."""
    told = coverage.told()
    rooms = {row.room for row in ROWS}
    of_others = ("survey", "dossier", "part", "stock", "serial", "register", "legacy", "delegation")
    return {
        fact
        for room in rooms
        for fact, (story, _) in told[room].items()
        if any(f"/{paper}/" in story for paper in SECTIONS.values())
        and not any(f"/{paper}/" in story for paper in of_others)
    } - {"StockMoved", "SerialsEntered", "SerialsLeft"}


def _stories(paths: set[str]) -> Iterator[str]:
    for path in sorted(paths - {""}):
        tree = ast.parse((PROJECT / path).read_text("utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                yield f"{path}::{node.name}"
            elif isinstance(node, ast.ClassDef):
                for each in node.body:
                    if isinstance(each, ast.FunctionDef):
                        yield f"{path}::{node.name}::{each.name}"
