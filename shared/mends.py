"""补救 (mends): what mends a refusal: other contents, another person, another step, or time.

Each texts.toml has a mends.toml beside it:

    form = ["short-unexplained"]      # the same step, asked for with other contents
    person = ["self-approval"]        # the same step, asked for by somebody else
    wait = ["unavailable"]            # it passes; ask for the same again
    over = ["closed-already"]         # a said ending: it is done, or over for good

    [steps]                           # another step, of any room: its paper and its path
    not-arrived = ["visit/arrivals"]

What steps there are in all rooms, and who may take them, stands in steps.json: rooms do not know
each other's code. `make generate` writes it from the rows of all papers.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

STEPS = Path(__file__).with_name("steps.json")
"""Every step of every room, by paper and path."""


class MendKind(StrEnum):
    """补救方式: what has to be otherwise before it is no longer refused."""

    FORM = "form"
    PERSON = "person"
    STEP = "step"
    WAIT = "wait"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Mend:
    """补救步骤: a step that mends a refusal, where it is asked for, and who may."""

    room: str
    path: str
    """Of its route, with the number of its paper in braces unless that is known."""
    zh: str
    en: str
    by: Sequence[str]
    """Roles."""


@dataclass(frozen=True, slots=True)
class Mended:
    """补救: how a refusal is mended, and by which steps, if by others."""

    kind: MendKind
    steps: Sequence[str] = ()
    """By paper and path: `visit/arrivals`."""


def load(file: Path) -> Mapping[str, Mended]:
    """The mends of a file, by the code of the refusal; none if there is no such file."""
    if not file.exists():
        return {}
    table = tomllib.loads(file.read_text("utf-8"))
    steps: Mapping[str, Sequence[str]] = table.get("steps", {})
    by_step = {code: Mended(MendKind.STEP, tuple(named)) for code, named in steps.items()}
    plain = {
        code: Mended(kind, tuple(steps.get(code, ())))
        for kind in MendKind
        for code in table.get(kind, ())
    }
    return by_step | plain


def steps_of(mended: Mended) -> Iterable[Mend]:
    """The steps that mend it. KeyError if there is no such step."""
    return [_index()[each] for each in mended.steps]


@cache
def _index() -> Mapping[str, Mend]:
    return {name: Mend(**row) for name, row in json.loads(STEPS.read_text("utf-8")).items()}
