"""How many hand-written files name the command of a step, or a fact that its rule writes.

    python -m tests.house.test_files_of_a_step

prints the table for every row of every paper. What is generated is not counted, and what is left
out altogether stands below with its reason.
"""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from guiyi.rooms import ROOMS, wiring
from shared.events import BOOK
from shared.step import Row

PROJECT = Path(__file__).parents[2]
GENERATED = (
    *("docs/catalogue.md", "docs/steps.md", "docs/coverage.md", "docs/clocks.md"),
    *("tests/shared/golden/", "tests/pages/stories.json"),
)
"""What `make generate` and `python -m tests.pages.coverage` write."""
COUNTED_AGAIN = "guiyi/recount/"
"""A second fold names facts as their bytes do, so as to share nothing with the first."""
LEFT_OUT = {
    "CHANGELOG.md": "it names every new fact for those who build on our facts: one line a step",
    "tests/pages/states.toml": "the copy of the state tables: one line a fact",
    "tests/pages/clocks.toml": "the copy of the clocks: one line a clock",
    "tests/house/test_files_of_a_step.py": "it names a step, so as to show how it counts",
    "tests/house/steps_that_stood.toml": "it names the steps that are not held to the bound",
}
"""Files written by hand that are not counted, and why."""
STOOD = Path(__file__).with_name("steps_that_stood.toml")
BOUND = 6


@dataclass(frozen=True)
class Line:
    """One row of the table: a command, its facts, and the files that name one of them."""

    room: str
    command: str
    facts: Sequence[str]
    files: Sequence[str]


@cache
def sources() -> Mapping[str, str]:
    """Every file of the project that is written by hand, by its path; new ones too."""
    git = ["git", "-C", str(PROJECT), "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(git, check=True, capture_output=True, text=True).stdout.split("\0")
    wanted = [
        name
        for name in listed
        if name.endswith((".py", ".md", ".toml", ".json"))
        and not name.startswith((*GENERATED, COUNTED_AGAIN))
        and name not in LEFT_OUT
    ]
    return {
        name: (PROJECT / name).read_text("utf-8") for name in wanted if (PROJECT / name).is_file()
    }


@cache
def words() -> Mapping[str, frozenset[str]]:
    """The words of every source: each is read once, however many steps are looked for."""
    return {name: frozenset(re.findall(r"\w+", text)) for name, text in sources().items()}


def facts_of(row: Row[Any, Any]) -> Sequence[str]:
    """The facts that the rule of a row names, itself or in functions of its module."""
    module = ast.parse(inspect.getsource(inspect.getmodule(row.decide)))  # type: ignore[arg-type]
    functions = {each.name: each for each in module.body if isinstance(each, ast.FunctionDef)}
    ahead, seen, found = [row.decide.__name__], set[str](), list[str]()
    while ahead:
        name = ahead.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                ahead.append(node.func.id)
                if node.func.id in BOOK:
                    found.append(node.func.id)
    return list(dict.fromkeys(found))


def rows() -> Iterator[tuple[str, Row[Any, Any]]]:
    """Every row of every paper, with its room."""
    for room in ROOMS:
        for paper in wiring(room).papers.values():
            yield from ((room, row) for row in paper.STEPS)


def line(room: str, row: Row[Any, Any]) -> Line:
    """The line of one row. Every source is searched for it."""
    facts = facts_of(row)
    names = {row.command.__name__, *facts}
    files = [name for name, found in words().items() if names & found]
    return Line(room, row.command.__name__, facts, files)


@cache
def lines() -> Sequence[Line]:
    """The line of every row."""
    return [line(room, row) for room, row in rows()]


def is_view(name: str) -> bool:
    """Whether a file of a room is a read model: it has the function that makes its rows."""
    return name.startswith("services/") and "\ndef project(" in sources()[name]


def written(one: Line) -> Sequence[str]:
    """The files of a step beside views, of which each may show it or not."""
    return [name for name in one.files if not is_view(name)]


def stood() -> Mapping[str, str]:
    """The steps that are not held to the bound, each with the reason."""
    groups = tomllib.loads(STOOD.read_text("utf-8"))["stood"]
    return {name: each["because"] for each in groups for name in each["steps"].split()}


def test_every_step_is_written_in_few_files_unless_it_stood_before() -> None:
    """A new step stands in no list, so it is measured whoever adds it."""
    many = {one.command: written(one) for one in lines() if len(written(one)) > BOUND}
    new = {name: files for name, files in many.items() if name not in stood()}
    assert not new, "write it in fewer files: see CONTRIBUTING"
    assert many.keys() == stood().keys(), "what is in few files again is held to it"
    assert all(stood().values())


def test_a_step_is_counted_by_its_name_and_by_its_fact() -> None:
    (one,) = (each for each in lines() if each.command == "UrgeTechnician")
    assert one.facts == ["TechnicianUrged"]
    assert "services/dispatch/work_order/sheet.py" in one.files, "it names the fact alone"


def table() -> Iterator[str]:
    """A line for every row; with `-v` each file below it."""
    for each in sorted(lines(), key=lambda one: len(one.files)):
        yield f"{len(each.files):3} {each.room:10} {each.command:24} {' '.join(each.facts)}"
        if "-v" in sys.argv:
            yield from (f"      {name}" for name in each.files)


if __name__ == "__main__":
    sys.stdout.write("\n".join([*table(), ""]))
