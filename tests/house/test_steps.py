"""步骤 (steps): every command of a paper has a row, and every row has what is made from it."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pytest

from guiyi.rooms import ROOMS, wiring
from shared.decider import Decision
from shared.http.steps import is_by_post
from shared.room import Room
from shared.step import PaperModule, Row, Step
from tests.house.test_files_of_a_step import facts_of

PROJECT = Path(__file__).parents[2]
PAPERS = [(wiring(name), prefix) for name in ROOMS for prefix in wiring(name).papers]
ROWS = [
    pytest.param(room.papers[prefix], row, id=f"{prefix}-{row.command.__name__}-{n}")
    for room, prefix in PAPERS
    for n, row in enumerate(room.papers[prefix].STEPS)
]


def modules_of(room: Room) -> Iterator[ModuleType]:
    """Every module of a room that is imported without its HTTP."""
    for path in sorted((PROJECT / "services" / room.name).rglob("*.py")):
        if path.stem != "http":
            parts = path.relative_to(PROJECT).with_suffix("").parts
            yield import_module(".".join(parts).removesuffix(".__init__"))


def rules_of(module: ModuleType) -> Iterator[tuple[type[Any], Any]]:
    """The public rules of a module: functions that take a command and return a decision."""
    for name, made in vars(module).items():
        if not inspect.isfunction(made) or name.startswith("_"):
            continue
        hints = get_type_hints(made) if made.__module__ == module.__name__ else {}
        if hints.get("return") == Decision and list(hints)[2:3] == ["asked"]:
            yield next(iter(hints.values())), made


@pytest.mark.parametrize("name", ROOMS)
def test_every_command_that_a_rule_decides_has_a_row(name: str) -> None:
    room = wiring(name)
    rows = {(row.command, row.decide) for p in room.papers for row in room.papers[p].STEPS}
    decided = [rule for module in modules_of(room) for rule in rules_of(module)]
    assert decided, "no rule was found"
    assert [command.__name__ for command, rule in decided if (command, rule) not in rows] == []


@pytest.mark.parametrize(("paper", "row"), ROWS)
def test_a_row_says_in_chinese_and_english_what_its_command_is(
    paper: PaperModule, row: Row[Any, Any]
) -> None:
    said = (isinstance(row, Step) and row.said) or row.command.__doc__ or ""
    term, colon, sentence = said.partition(": ")
    assert term, paper.PAPER.prefix
    assert not term.isascii()
    assert colon
    assert sentence.strip()


@pytest.mark.parametrize(("paper", "row"), ROWS)
def test_a_step_is_somebody_s_and_shows_a_body(paper: PaperModule, row: Row[Any, Any]) -> None:
    if isinstance(row, Step):
        assert row.by, paper.PAPER.prefix
        assert row.example is not None


@pytest.mark.parametrize("name", ROOMS)
def test_every_fact_that_a_rule_makes_true_is_in_a_union_of_facts(name: str) -> None:
    """Only then does mypy show an `evolve` that lacks the case."""
    papers = wiring(name).papers.values()
    folded = {fact.__name__ for paper in papers for fact in folds(paper)}
    missing = {
        f"{row.command.__name__}: {fact}"
        for paper in papers
        for row in paper.STEPS
        for fact in facts_of(row)
        if fact not in folded
    }
    assert not missing, "add the fact to the union of facts of its paper, in state.py"


@pytest.mark.parametrize(("room", "prefix"), PAPERS)
def test_what_the_page_of_a_paper_shows_is_wired(room: Room, prefix: str) -> None:
    """Its views are filled, and its timers fire."""
    page = vars(room.papers[prefix]) if isinstance(room.papers[prefix], ModuleType) else {}
    assert [view for view in page.get("VIEWS", ()) if view not in room.views] == []
    assert [timer for timer in page.get("TIMERS", ()) if timer not in room.timers] == []


def folds(paper: PaperModule) -> tuple[type, ...]:
    """The facts that the paper's `evolve` takes."""
    _, taken, *_ = get_type_hints(paper.evolve).values()
    return get_args(taken) or (taken,)


def test_where_somebody_acts_by_a_post_their_deputy_acts_too() -> None:
    """Posts approve nowhere but where the body says as what; there it says for whom as well."""
    rows = [row for room, prefix in PAPERS for row in room.papers[prefix].STEPS]
    bodies = {row.command.__name__: row.command for row in rows}
    saying = {name for name, body in bodies.items() if "as_what" in body.__dataclass_fields__}
    assert saying == {"GiveApproval", "ReturnReport", "RecordDelegation"}
    assert {name for name, body in bodies.items() if is_by_post(body)} == {
        "GiveApproval",
        "ReturnReport",
    }
    reading = [
        path.relative_to(PROJECT / "services").parts[0]
        for path in (PROJECT / "services").rglob("*.py")
        if ".posts" in path.read_text("utf-8")
    ]
    assert set(reading) == {"intake"}, "only intake asks for posts"
