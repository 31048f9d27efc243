"""一周 (a branch's week): each situation off the straight line, and the tests that tell its end.

The rows stand in `situations.toml`; `make generate` makes `docs/situations.md` of them. A house
test sees that every test is there.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("situations.toml")
PAGE = Path(__file__).parents[2] / "docs" / "situations.md"
HEAD = """# 一周 · A branch's week, and the tests that tell it

Made by `make generate` from `tests/pages/situations.toml`; a test fails when one of these tests is
not there. What is open says what it waits for. Which story tells each row of the forms stands in
[the coverage](coverage.md).
"""


@dataclass(frozen=True, slots=True)
class Situation:
    """情形: what happens, and how it ends, or what never happens; with its tests."""

    section: str
    what: str
    tests: Sequence[str]
    open: str


def situations() -> Sequence[Situation]:
    """Every row, in its order."""
    said = tomllib.loads(TABLE.read_text("utf-8"))
    return [Situation(each["name"], *row) for each in said["section"] for row in each["rows"]]


def page() -> str:
    """The situations as Markdown."""
    return "\n".join([HEAD, *_lines(), ""])


def _lines() -> Iterator[str]:
    section = ""
    for each in situations():
        if each.section != section:
            section = each.section
            yield f"\n## {section}\n\n| what | told by |\n|---|---|"
        told = "<br>".join(map(_named, each.tests))
        yield f"| {each.what} | {told or f'open: {each.open}'} |"


def _named(test: str) -> str:
    path, _, name = test.partition("::")
    return f"`{path}` {name}"
