"""覆盖 (the coverage): each row of the state tables, and the stories that tell it.

python -m tests.pages.coverage     plays the stories of all rooms, and writes which tells what

The rows stand in `states.toml`, in our own words; which story tells what stands in `stories.json`.
`make generate` makes `docs/coverage.md` of both. Tests hold the rows to the STEPS and to what the
stories say.
"""

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from guiyi.rooms import ROOMS
from tests.deeds import ACCEPTED, ACCEPTED_BY, OLDER, REFUSED, REFUSED_AT, REPEATED
from tests.pages.clocks import clocks
from tests.pages.state_tables import (
    EMPLOYEE,
    EMPLOYEES,
    OWED,
    STAR,
    Row,
    elsewhere,
    fields,
    groups,
    rows,
)
from tests.told import WRITES

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "coverage.md"
STORIES = Path(__file__).with_name("stories.json")
Told: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Any]]]
HEAD = """# 覆盖 · Which story tells each row of the forms

Made by `make generate` from a copy of the state tables (`tests/pages/states.toml`) and from what
the stories of the rooms were seen to say (`tests/pages/stories.json`, written anew by
`python -m tests.pages.coverage`). A test fails when a row has no story and is not said to be open.

Accepted and refused: a story in which people take the step, and one in which they may not, each
from a stage of the row itself. What a reaction or a timer does (`owed`) is never refused: it is
accepted; repeated, when the same comes again and makes no fact; older, when it comes after a newer
one and changes nothing. Each row is held to the `STEPS`, to the book of facts (★: a milestone) and
to the stages that the stories went through; each group of fields to the gate that demands it. The
clocks have [a page of their own](clocks.md), which says more.
"""


def told() -> Told:
    """By room and fact: what makes it, from where to where, and the stories that tell it."""
    found: Told = json.loads(STORIES.read_text("utf-8"))["facts"]
    return found


def gates() -> frozenset[str]:
    """The gates that the stories were seen to hold, of those that the forms name."""
    return frozenset(json.loads(STORIES.read_text("utf-8"))["gates"])


def unheld(seen: Collection[str]) -> Iterator[str]:
    """Fields that no gate demands in the story that is named."""
    for each in fields():
        if each.code and each.gate not in seen:
            yield f"{each.section}, {each.what}: {each.gate} does not hold"


def lacking(said: Told) -> Iterator[str]:
    """Rows that no story tells, and that are not said to be open; and the other way round."""
    for row in rows():
        seen = said[row.section.room].get(row.fact, {})
        name = f"{row.section.name}, {row.states}, {row.fact}"
        if row.open and seen.get(ACCEPTED):
            yield f"{name}: told by {seen[ACCEPTED]}, and said to be open"
        for how in () if row.open else wanted(row):
            outside = how == REFUSED and row.fact in elsewhere() and seen.get(REFUSED)
            if not outside and not story_of(row, how, seen):
                yield f"{name}: no story in which it is {how}"


def wanted(row: Row) -> Sequence[str]:
    """What is to be told of a row: people are refused, and a reaction comes again or too late."""
    people = (REFUSED,) if row.by - {OWED} else ()
    owed = (REPEATED, OLDER) if OWED in row.by else ()
    return (ACCEPTED, *people, *owed)


def story_of(row: Row, how: str, seen: Mapping[str, Any]) -> str:
    """The story of the row itself: of a move of its own, and refused at a stage of its own.

    What a step of another paper writes, and what no stage is known of, has the story of its fact.
    """
    found = seen.get(how, "")
    if seen.get("moves") and how == ACCEPTED:
        found = _any(sorted(row.moves), seen.get(ACCEPTED_BY, {}))
    elif seen.get("moves") and how == REFUSED:
        found = _any(row.stages, seen.get(REFUSED_AT, {}))
    return str(found)


def _any(places: Sequence[str], told_by: Mapping[str, str]) -> str:
    return next((told_by[each] for each in places if each in told_by), "")


def page() -> str:
    """The coverage as Markdown."""
    return "\n".join([HEAD, *_of_states(), *_of_fields(), *_of_groups(), *_of_clocks(), ""])


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
        if row.section.name != section:
            section = row.section.name
            yield f"\n## {section}\n\n| from → to | fact | who | stories |\n|---|---|---|---|"
        star = f" {STAR}" if row.milestone else ""
        yield f"| {row.states} | `{row.fact}`{star} | {_who(row)} | {_stories(row, said)} |"


def _who(row: Row) -> str:
    all_of_them = row.by >= EMPLOYEES
    named = sorted(row.by - EMPLOYEES if all_of_them else row.by)
    return ", ".join([*([EMPLOYEE] if all_of_them else []), *named])


def _stories(row: Row, said: Told) -> str:
    if row.open:
        return f"open: {row.open}"
    seen = said[row.section.room].get(row.fact, {})
    told_by = {how: story_of(row, how, seen) for how in wanted(row)}
    return "; ".join(f"{how}: {_named(story)}" for how, story in told_by.items() if story)


def _of_fields() -> Iterator[str]:
    section = ""
    for each in fields():
        if each.section != section:
            section = each.section
            yield f"\n## {section}\n\n| fields | by | refused | story |\n|---|---|---|---|"
        story = f"open: {each.open}" if each.open else _named(each.story)
        code = f"`{each.code}`" if each.code else ""
        yield f"| {each.what} | {each.by} | {code} | {story} |"


def _of_groups() -> Iterator[str]:
    section = ""
    for group in groups():
        if group.section != section:
            section = group.section
            yield f"\n## {section}\n\n| what | story |\n|---|---|"
        yield f"| {group.what} | {_named(group.story) if group.story else f'open: {group.open}'} |"


def _of_clocks() -> Iterator[str]:
    yield "\n## 时限 clocks\n\n| clock | fact | stories |\n|---|---|---|"
    for each in clocks():
        fact = f"`{each.fact}`" if each.fact else ""
        yield f"| {each.name} | {fact} | {'; '.join(map(_named, each.tests))} |"


def _named(story: str) -> str:
    path, _, test = story.partition("::")
    return f"`{path}` {test}"


if __name__ == "__main__":
    main()
