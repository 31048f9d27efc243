"""时限 (clocks): what may take how long, who is reminded, and the tests that tell it.

The rows stand in `clocks.toml`, the times in the policy; `make generate` makes `docs/clocks.md` of
both. A house test sees that every fact, timer and test is there, and that no timer lacks a row.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("clocks.toml")
PAGE = PROJECT / "docs" / "clocks.md"
POLICY = PROJECT / "deploy" / "policies" / "core.toml"
HEAD = """# 时限 · The clocks, whom they remind, and the tests that tell it

Made by `make generate` from `tests/pages/clocks.toml` and `deploy/policies/core.toml`; a test fails
when a fact, a timer or a test of it is not there, or when a timer stands in no row. `working`: as
long as the desk of the branch works, by its own calendar with public holidays and make-up days
([ADR 79](adr/0079-calendars-and-urging.md)); `24x7`: day and night. `shown as`: the room and the
step by which [what was late](desk-lists.md#what-was-late) shows when it was due and when done.

Each clock reminds the owner `first`, `then` the approver, so long after it was due as `upward` of
the same clock says; where nobody is told second, the row says why
([ADR 133](adr/0133-the-owner-then-the-approver.md)). That somebody is reminded is a fact, recorded
when the time is over; what waits stands among the tasks of whoever is to act. They are sent it too
in the branches that `reminding` of the policy names, by the timer `tell-reminded` of the room, once
a fact, and of parts once a store and day; in quiet hours it waits for the morning
([notices](notices.md), [ADR 132](adr/0132-whoever-is-reminded-is-told.md)).

| clock | runs | owner | after | first | then | fact | shown as | told by | open |
|---|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class ClockRow:
    """时限一行: of one clock."""

    name: str
    runs: str
    owner: str
    first: str
    """Who is told first."""
    then: str = ""
    """Who is told after that."""
    nobody: str = ""
    """Why nobody is told after that."""
    clock: str = ""
    """The table of the policy that says how long."""
    otherwise: str = ""
    """How long, where no such table says it."""
    fact: str = ""
    timer: str = ""
    """Room and name; of several, with a comma between."""
    shown: str = ""
    """Room and step, as both times are shown and counted."""
    tests: Sequence[str] = ()
    open: str = ""
    """What of it is not there yet."""


def clocks() -> Sequence[ClockRow]:
    """Every row, in its order."""
    return [ClockRow(**each) for each in tomllib.loads(TABLE.read_text("utf-8"))["clock"]]


def table_of(path: str) -> Mapping[str, Any]:
    """The table of the policy with that path. Raises KeyError, IndexError."""
    at: Any = tomllib.loads(POLICY.read_text("utf-8"))
    for key in path.split("."):
        at = at[int(key) if key.isdigit() else key]
    assert isinstance(at, Mapping)
    return at


def page() -> str:
    """The clocks as Markdown."""
    return HEAD + "".join(f"| {' | '.join(_cells(each))} |\n" for each in clocks())


def _cells(row: ClockRow) -> Iterator[str]:
    told = "<br>".join("`{}` {}".format(*test.split("::", 1)) for test in row.tests)
    fact = f"`{row.fact}`" if row.fact else ""
    yield from (row.name, row.runs, row.owner, _after(row), row.first, _then(row))
    shown = "{} `{}`".format(*row.shown.split(" ")) if row.shown else ""
    yield from (fact, shown, told, row.open)


def _after(row: ClockRow) -> str:
    if not row.clock:
        return row.otherwise
    said = table_of(row.clock)
    return f"{said['after']}, {said.get('calendar', 'working')} (`{row.clock}`)"


def _then(row: ClockRow) -> str:
    if row.nobody:
        return f"nobody: {row.nobody}"
    upward = table_of(row.clock).get("upward") if row.clock else None
    return f"{row.then}, after {upward} more" if upward else row.then
