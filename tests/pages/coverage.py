"""覆盖 (the coverage): each row of the state tables, and the stories that tell it.

python -m tests.pages.coverage     plays the stories of all rooms, and writes which tells what

The rows stand in `states.toml`, in our own words; which story tells what stands in `stories.json`.
`make generate` makes `docs/coverage.md` of both. A test holds the rows to the STEPS and to what the
stories say.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from guiyi.rooms import ROOMS
from tests.told import WRITES

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "coverage.md"
TABLES, STORIES = (Path(__file__).with_name(name) for name in ("states.toml", "stories.json"))
HEAD = """# 覆盖 · Which story tells each row of the forms

Made by `make generate` from a copy of the state tables (`tests/pages/states.toml`) and from what
the stories of the rooms were seen to say (`tests/pages/stories.json`, written anew by
`python -m tests.pages.coverage`). A test fails when a row has no story and is not said to be open.

Accepted and refused: a story in which the step is taken, and one in which it is not. What a
reaction or a timer does is never refused.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """一行: from one state to another by a fact; and what is open of it, if anything is."""

    section: str
    room: str
    states: str
    fact: str
    by: str
    """`step`: people take it; `owed`: a reaction or a timer does."""
    open: str


@dataclass(frozen=True, slots=True)
class Group:
    """一组: fields of a paper, or two who are kept apart; with its story, or with what is open."""

    section: str
    what: str
    story: str = ""
    open: str = ""


def rows() -> Sequence[Row]:
    """Every row of the state tables."""
    said = tomllib.loads(TABLES.read_text("utf-8"))
    return [
        Row(each["name"], each["room"], *row) for each in said["section"] for row in each["rows"]
    ]


def groups() -> Sequence[Group]:
    """The groups of fields, and who is kept apart."""
    said = tomllib.loads(TABLES.read_text("utf-8"))
    return [Group(each["name"], *row) for each in said["group"] for row in each["rows"]]


def told() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """By room and fact: the story in which it comes of a step, and one of a refusal."""
    found: Mapping[str, Mapping[str, Sequence[str]]] = json.loads(STORIES.read_text("utf-8"))
    return found


def lacking(said: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[str]:
    """Rows that no story tells, and that are not said to be open; and the other way round."""
    for row in rows():
        yes, no = said[row.room].get(row.fact, ("", ""))
        name = f"{row.section}, {row.states}, {row.fact}"
        if row.open and yes:
            yield f"{name}: told by {yes}, and said to be open"
        if not row.open and not yes:
            yield f"{name}: no story in which it is accepted"
        if not row.open and row.by == "step" and not no:
            yield f"{name}: no story in which it is refused"


def page() -> str:
    """The coverage as Markdown."""
    return "\n".join([HEAD, *_of_states(), *_of_groups(), ""])


def main() -> None:
    """Play the stories of all rooms, and write which tells what."""
    folders = [f"tests/{room}" for room in ROOMS]
    chosen = ["-q", "-m", "not stack and not long and not slow", *folders]
    told_to = {**os.environ, WRITES: str(STORIES)}
    done = subprocess.run([sys.executable, "-m", "pytest", *chosen], env=told_to, check=False)
    sys.exit(done.returncode)


def _of_states() -> Iterator[str]:
    said, section = told(), ""
    for row in rows():
        if row.section != section:
            section = row.section
            yield f"\n## {section}\n\n| from → to | fact | accepted | refused |\n|---|---|---|---|"
        yes, no = said[row.room].get(row.fact, ("", ""))
        stories = f"open: {row.open} | " if row.open else f"{_named(yes)} | {_named(no, row.by)}"
        yield f"| {row.states} | `{row.fact}` | {stories} |"


def _of_groups() -> Iterator[str]:
    section = ""
    for group in groups():
        if group.section != section:
            section = group.section
            yield f"\n## {section}\n\n| what | story |\n|---|---|"
        yield f"| {group.what} | {_named(group.story) if group.story else f'open: {group.open}'} |"


def _named(story: str, by: str = "step") -> str:
    path, _, test = story.partition("::")
    return f"`{path}` {test}" if story and by == "step" else "by a reaction"


if __name__ == "__main__":
    main()
