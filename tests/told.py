"""讲过的 (told): the facts and refusals that the stories of a room have asserted in one run.

Stories say so by `tests/spec.py` and, over HTTP, by `tests/shared/http_desk.py`. Where the stories
of all rooms were told, every fact that a room writes and every refusal it knows must be among them;
a run of some of them is not asked.
"""

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guiyi.rooms import ROOMS
from shared.events import BOOK, reading

assert reading.SHELF, "importing it has entered every fact of every room"
SERVICES = Path(__file__).parents[1] / "services"
WHOLE = ("", "not slow", "not stack and not long and not slow")
"""The marks with which the stories of all rooms are told."""
MISSING = pytest.StashKey[list[tuple[str, str]]]()
told: set[tuple[str, str]] = set()
"""By room: the names of facts and the codes of refusals."""


def tell(*names: str) -> None:
    """Note that the running test has asserted these facts or refusal codes."""
    folder = os.environ.get("PYTEST_CURRENT_TEST", "").split("/")[1:2]
    told.update((room, name) for room in folder for name in names)


def untold() -> Iterator[tuple[str, str]]:
    """Facts that rooms write and codes that they refuse with, which no story has asserted."""
    for room in ROOMS:
        facts = {name for name, line in BOOK.items() if room in line.writers}
        yield from sorted({(room, name) for name in facts | codes(room)} - told)


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
    told.update(map(tuple, getattr(node, "workeroutput", {}).get("told", ())))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was asserted. The whole run fails if something was never asserted."""
    config = session.config
    if (output := getattr(config, "workeroutput", None)) is not None:
        output["told"] = sorted(told)
    elif _is_whole(session) and (missing := list(untold())):
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
