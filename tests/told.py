"""讲过的 (told): the facts and refusals that the stories of a room have asserted in one run.

Stories say so by `tests/spec.py` and, over HTTP, by `tests/shared/http_desk.py`. Where the stories
of all rooms were told, every fact that a room writes and every refusal it knows must be among them;
a run of some of them is not asked.
"""

import ast
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guiyi.rooms import ROOMS
from shared.events import BOOK, reading

assert reading.SHELF, "importing it has entered every fact of every room"
WRITES = "GUIYI_STORIES"
"""Names the file to which the stories of a run are written: see `tests/pages/coverage.py`."""
SERVICES = Path(__file__).parents[1] / "services"
WHOLE = ("", "not slow", "not stack and not long and not slow")
"""The marks with which the stories of all rooms are told."""
MISSING = pytest.StashKey[list[tuple[str, str]]]()
told: set[tuple[str, str]] = set()
"""By room: the names of facts and the codes of refusals."""
acted: set[tuple[str, str, str, str]] = set()
"""Room, command, fact that came of it (empty: it was refused), and the story that says so."""


def tell(*names: str) -> None:
    """Note that the running test has asserted these facts or refusal codes."""
    folder = os.environ.get("PYTEST_CURRENT_TEST", "").split("/")[1:2]
    told.update((room, name) for room in folder for name in names)


def tell_of(command: str, *names: str) -> None:
    """Note what came of a command in the running test: these facts, or refusals."""
    story = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0].partition("[")[0]
    room = story.split("/")[1] if story.startswith("tests/") else ""
    acted.update((room, command, name if name in BOOK else "", story) for name in names)


def stories() -> dict[str, dict[str, list[str]]]:
    """By room and fact: the first story in which it came of a step, and the first of a refusal."""
    found: dict[str, dict[str, list[str]]] = {room: {} for room in ROOMS}
    for room in ROOMS:
        mine = sorted((story, command, fact) for at, command, fact, story in acted if at == room)
        for fact in sorted({fact for _, _, fact in mine if fact}):
            yes = [story for story, _, each in mine if each == fact]
            gives = {command for _, command, each in mine if each == fact}
            no = [story for story, command, each in mine if command in gives and not each]
            found[room][fact] = [yes[0], no[0] if no else ""]
    return found


def untold() -> Iterator[tuple[str, str]]:
    """Facts that rooms write and codes that they refuse with, which no story has asserted."""
    for room in ROOMS:
        facts = {name for name, line in BOOK.items() if room in line.writers}
        yield from sorted({(room, name) for name in facts | codes(room)} - told)


def unlisted() -> Iterator[tuple[str, str]]:
    """Rows of the state tables that no story of this run told."""
    from tests.pages import coverage

    lacking = coverage.lacking(stories())
    yield from (("coverage", line) for line in lacking if not line.endswith("to be open"))


def codes(room: str) -> set[str]:
    """Every code that a room refuses with."""
    return {
        str(node.args[0].value)
        for path in (SERVICES / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "reason" and node.args and isinstance(node.args[0], ast.Constant)
    }


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what one of several test processes has asserted."""
    said = getattr(node, "workeroutput", {})
    told.update(map(tuple, said.get("told", ())))
    acted.update(map(tuple, said.get("acted", ())))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was asserted. The whole run fails if something was never asserted."""
    config = session.config
    if (output := getattr(config, "workeroutput", None)) is not None:
        output["told"], output["acted"] = sorted(told), sorted(acted)
        return
    if where := os.environ.get(WRITES):
        Path(where).write_text(json.dumps(stories(), indent=1) + "\n", "utf-8")
    if _is_whole(session) and (missing := [*untold(), *unlisted()]):
        config.stash[MISSING] = missing
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name what was never asserted."""
    for room, name in config.stash.get(MISSING, ()):
        terminalreporter.write_line(f"UNTOLD {room}: {name} (no story of the room asserts it)")


def _is_whole(session: pytest.Session) -> bool:
    config = session.config
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    chosen = config.option.keyword or config.option.markexpr not in WHOLE
    return everything and not chosen and session.exitstatus == pytest.ExitCode.OK
