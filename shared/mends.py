"""补救 (mends): what mends a refusal: other contents, another person, another step, or time.

Each texts.toml has a mends.toml beside it:

    form = ["short-unexplained"]      # the same step, asked for with other contents
    person = ["self-approval"]        # the same step, asked for by somebody else
    wait = ["unavailable"]            # it passes; ask for the same again
    over = ["closed-already"]         # a said ending: it is done, or over for good
    choice = ["ending-differs"]       # of the first: forbids the value that is chosen

    [steps]                           # another step, of any room: its paper and its path
    not-arrived = ["visit/arrivals"]
    visit-over = ["visit/plans+"]     # on a further paper of that kind

    [steps.papers-missing.why]        # which one, a number of the refusal says
    note_open = ["issue_note/reconciliations"]
    not_arrived = "wait"

What steps there are in all rooms, and who may take them, stands in steps.json: rooms do not know
each other's code. `make generate` writes it from the rows of all papers.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from urllib.parse import quote

STEPS = Path(__file__).with_name("steps.json")
"""Every step of every room, by paper and path."""
FURTHER = "+"
_NUMBER = re.compile(r"(?P<ticket>BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6})(?:-(?P<kind>[A-Z])[0-9]+)?")
"""The number of a ticket, or of one of its papers."""
_OF_CARD: Mapping[str, str] = {"delegation": "person", "hidden_values": "branch"}
"""The papers that have the number of a card, by whose it is."""
_KINDS: Mapping[str, str] = {
    "W": "work_order",
    "V": "visit",
    "C": "issue_note",
    "H": "survey",
    "L": "claim",
}
"""The kind of a paper, by the letter in its number."""


class MendKind(StrEnum):
    """补救方式: what has to be otherwise before it is no longer refused."""

    FORM = "form"
    PERSON = "person"
    STEP = "step"
    WAIT = "wait"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Who:
    """由谁: a person who may take a step, or the role, as long as nobody is named."""

    role: str
    zh: str
    en: str
    person: str | None = None
    name: str | None = None
    stands_in_for: str | None = None
    """代: whom they stand in for, by a recorded delegation."""
    more: int = 0
    """另有: how many more people have the role than are named; then it names nobody."""
    to_do_zh: str | None = None
    """待补: what to do, where nobody has the role."""
    to_do_en: str | None = None


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
    is_further: bool = False
    """Whether it is taken on a further paper of its kind, whose number nobody has yet."""
    kind: str = ""
    """Of the paper that the step is taken on."""
    number: str | None = None
    """Of that paper, if it is known."""
    who: Sequence[Who] = ()
    """Whom that paper names for it, where it is seen."""

    def on(self, known: Mapping[str, str]) -> "Mend":
        """The same step with the number of its paper in the path, if that is among the known."""
        number = known.get(_OF_CARD.get(self.kind, self.kind))
        if number is None or self.is_further:
            return self
        path = re.sub(r"\{\w+\}", quote(number, safe=":"), self.path)
        return replace(self, path=path, number=number)


@dataclass(frozen=True, slots=True)
class Mended:
    """补救: how a refusal is mended, and by which steps, if by others."""

    kind: MendKind
    steps: Sequence[str] = ()
    """By paper and path: `visit/arrivals`; all of them, where a number says which."""
    by: str = ""
    """The number of the refusal that says what mends it, if that is not always the same."""
    choices: Mapping[str, "Mended"] = field(default_factory=dict)
    """What mends it, by the value of that number."""
    of_choice: bool = False
    """Whether it forbids the value that is chosen, whatever else is said."""

    def of(self, numbers: Mapping[str, object]) -> "Mended":
        """What mends a refusal with these numbers."""
        value = numbers.get(self.by)
        return self.choices.get(value, self) if isinstance(value, str) else self


def load(file: Path) -> Mapping[str, Mended]:
    """The mends of a file, by the code of the refusal; none if there is no such file."""
    if not file.exists():
        return {}
    table = tomllib.loads(file.read_text("utf-8"))
    by_step = {code: _by_step(said) for code, said in table.get("steps", {}).items()}
    plain = {
        code: Mended(
            kind,
            by_step[code].steps if code in by_step else (),
            of_choice=code in table.get("choice", ()),
        )
        for kind in MendKind
        for code in table.get(kind, ())
    }
    return by_step | plain


def _by_step(said: Sequence[str] | Mapping[str, Mapping[str, object]]) -> Mended:
    """The steps that mend it; or by which number it is told which, and what for each value."""
    if not isinstance(said, Mapping):
        return Mended(MendKind.STEP, tuple(said))
    ((number, table),) = said.items()
    choices = {value: _choice(mended) for value, mended in table.items()}
    every = dict.fromkeys(step for each in choices.values() for step in each.steps)
    return Mended(MendKind.STEP, tuple(every), number, choices)


def _choice(said: object) -> Mended:
    """Steps; or, as one word, in which other way it is mended."""
    if isinstance(said, str):
        return Mended(MendKind(said))
    assert isinstance(said, list)
    return Mended(MendKind.STEP, tuple(said))


def steps_of(mended: Mended) -> Iterable[Mend]:
    """The steps that mend it. KeyError if there is no such step."""
    return [
        replace(_index()[each.rstrip(FURTHER)], is_further=each.endswith(FURTHER))
        for each in mended.steps
    ]


def numbers_in(texts: Iterable[str], cards: Mapping[str, object]) -> Mapping[str, str]:
    """The numbers of papers, by their kinds; of several of a kind the first one.

    `cards`: numbers of a refusal by their names, among them those of cards (`customer`).
    """
    found: dict[str, str] = {name: value for name, value in cards.items() if isinstance(value, str)}
    for text in texts:
        for kind, number in _papers(text):
            found.setdefault(kind, number)
    return found


def _papers(text: str) -> Iterator[tuple[str, str]]:
    if (told := _NUMBER.fullmatch(text)) is None:
        return
    if kind := _KINDS.get(told["kind"] or ""):
        yield kind, text
    yield from (("report", told["ticket"]), ("dossier", told["ticket"]))


@cache
def _index() -> Mapping[str, Mend]:
    rows = json.loads(STEPS.read_text("utf-8")).items()
    return {name: Mend(**row, kind=name.partition("/")[0]) for name, row in rows}
