"""讲过的 (told): the facts and refusals that the stories of a room have asserted in one run.

Stories say so by `tests/spec.py` and, over HTTP, by `tests/shared/http_desk.py`. Where the stories
of all rooms were told, every fact that a room writes and every refusal it knows must be among them;
a run of some of them is not asked.
"""

import ast
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from guiyi.rooms import ROOMS
from shared.events import BOOK, reading
from tests.deeds import ACCEPTED, ACCEPTED_BY, HOWS, REFUSED, REFUSED_AT, Deed

assert reading.SHELF, "importing it has entered every fact of every room"
WRITES = "GUIYI_STORIES"
"""Names the file to which the stories of a run are written: see `tests/pages/coverage.py`."""
SERVICES = Path(__file__).parents[1] / "services"
WHOLE = ("", "not slow", "not stack and not long and not slow")
"""The marks with which the stories of all rooms are told."""
MISSING = pytest.StashKey[list[tuple[str, str]]]()
told: set[tuple[str, str]] = set()
"""By room: the names of facts and the codes of refusals."""
acted: set[tuple[str, str, Deed]] = set()
"""The room, the story, and what came of a command in it."""


def tell(*names: str) -> None:
    """Note that the running test has asserted these facts or refusal codes.

    What a drawn example reaches is no story: another draw need not reach it.
    """
    if hypothesis.currently_in_test_context():
        return
    folder = os.environ.get("PYTEST_CURRENT_TEST", "").split("/")[1:2]
    told.update((room, name) for room in folder for name in names)


def tell_of(*deeds: Deed) -> None:
    """Note what came of a command in the running test."""
    story = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0].partition("[")[0]
    room = story.split("/")[1] if story.startswith("tests/") else ""
    acted.update((room, story, deed) for deed in deeds)


def stories() -> dict[str, dict[str, dict[str, Any]]]:
    """By room and fact: which commands make it, from where to where, and the first story of each.

    One in which it is accepted, one in which such a command is refused; and, where a reaction gives
    it, one in which the same comes again, and one in which it comes after a newer one. The first
    two also by the move that was made, and by the stage at which it was refused.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for room in ROOMS:
        mine = sorted((story, deed) for at, story, deed in acted if at == room)
        facts = sorted({deed.fact for _, deed in mine if deed.how != REFUSED})
        found[room] = {fact: _of_fact(fact, mine) for fact in facts}
    return found


def _of_fact(fact: str, mine: Sequence[tuple[str, Deed]]) -> dict[str, Any]:
    of_it = [(story, deed) for story, deed in mine if deed.fact == fact]
    made = [deed for _, deed in of_it if deed.how == ACCEPTED]
    gives, papers = {deed.command for deed in made}, {deed.paper for deed in made}
    refused = [(s, deed) for s, deed in mine if deed.how == REFUSED and deed.command in gives]
    told_by = {deed.how: story for story, deed in reversed([*of_it, *refused])}
    return {
        "paper": made[0].paper if made else "",
        "commands": sorted(gives),
        "moves": sorted({_move(deed) for deed in made if deed.after}),
        **{how: told_by.get(how, "") for how in HOWS},
        ACCEPTED_BY: _first((_move(d), s) for s, d in of_it if d.how == ACCEPTED and d.after),
        REFUSED_AT: _first((d.before, s) for s, d in refused if d.paper in papers),
    }


def _move(deed: Deed) -> str:
    return f"{deed.before} → {deed.after}"


def _first(told_by: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """By move or stage, the first of its stories, which come in their order."""
    found: dict[str, str] = {}
    for where, story in told_by:
        found.setdefault(where, story)
    return dict(sorted(found.items()))


def gates() -> Iterator[str]:
    """The refusals of the stories, as the tables name those that demand a field."""
    for room, story, deed in sorted(acted):
        if deed.how == REFUSED:
            yield f"{room} {deed.command} {deed.fact} {story}"


def untold() -> Iterator[tuple[str, str]]:
    """Facts that rooms write and codes that they refuse with, which no story has asserted."""
    for room in ROOMS:
        facts = {name for name, line in BOOK.items() if room in line.writers}
        yield from sorted({(room, name) for name in facts | codes(room)} - told)


def unlisted() -> Iterator[tuple[str, str]]:
    """Rows of the state tables that no story of this run told."""
    from tests.pages import coverage

    lacking = [*coverage.lacking(stories()), *coverage.unheld(set(gates()))]
    yield from (("coverage", line) for line in lacking if not line.endswith("to be open"))


def _seen() -> dict[str, Any]:
    from tests.pages import state_tables

    wanted = {each.gate for each in state_tables.fields()}
    held = dict.fromkeys(gate for gate in gates() if gate in wanted)
    return {"facts": stories(), "gates": [*held]}


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
    acted.update((room, story, Deed(*deed)) for room, story, deed in said.get("acted", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was asserted. The whole run fails if something was never asserted."""
    config = session.config
    if (output := getattr(config, "workeroutput", None)) is not None:
        output["told"] = sorted(told)
        output["acted"] = [(room, story, tuple(deed)) for room, story, deed in sorted(acted)]
        return
    if where := os.environ.get(WRITES):
        Path(where).write_text(json.dumps(_seen(), indent=1, ensure_ascii=False) + "\n", "utf-8")
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
