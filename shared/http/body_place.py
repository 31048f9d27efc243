"""位置 (places in a body): what stands at a place of a class of bodies, and what may be sent there.

Pydantic names the members of unions in its places. The classes themselves say which steps are
fields.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from shared.decider import Number
from shared.events.values import Constraint
from shared.http.written import written

LONGEST_NAME = 80
"""Characters of a name that a refusal repeats."""
_TYPES: Mapping[type, str] = {
    bool: "boolean",
    int: "integer",
    datetime: "moment",
    date: "date",
    str: "string",
}


@dataclass(frozen=True, slots=True)
class Place:
    """位置: a place that was complained of, and the types of what belongs there."""

    name: str
    """Its steps with points between them; `body` for the whole."""
    hints: Sequence[object]

    def fields(self) -> Sequence[str]:
        """The names that may stand there, if it is an object."""
        return [name for each in self.hints for name in _members(each)]

    def bounds(self) -> Sequence[str]:
        """Between which numbers its value lies."""
        found = {sign: most for each in self.hints for sign, most in _bounds(each)}
        return [f"{sign} {most}" for sign, most in found.items()]

    def expected(self) -> Number:
        """What may be sent there: the codes of a list, the name of a form, or a type."""
        kinds = [kind for each in self.hints for kind in _plain(each)]
        if codes := [str(code) for kind in kinds for code in _codes(kind)]:
            return codes
        forms = [form for each in self.hints for form in _forms(each)]
        return next(iter([*forms, *map(_type, kinds)]), "object")


def place(hint: object, steps: Sequence[str | int]) -> Place:
    """The place that pydantic names by its steps."""
    found, hints = list[str](), [hint]
    for step in steps:
        if inner := [each for outer in hints for each in _inside(outer, step)]:
            found.append(str(step))
            hints = inner
    return Place(".".join(found) or "body", hints)


def _inside(hint: object, step: str | int) -> Sequence[object]:
    return _items(hint) if isinstance(step, int) else _members(hint).get(step, ())


@cache
def _items(hint: object) -> Sequence[object]:
    """What is listed in it."""
    return [
        each for kind in _plain(hint) if get_origin(kind) is tuple for each in get_args(kind)[:1]
    ]


@cache
def _members(hint: object) -> Mapping[str, Sequence[object]]:
    """The types of its fields; a name may be that of a field of several classes."""
    found: dict[str, list[object]] = {}
    for kind in _plain(hint):
        for name, inner in _fields(kind).items():
            found.setdefault(name, []).append(inner)
    return found


@cache
def _fields(kind: Any) -> Mapping[str, object]:
    return get_type_hints(kind, include_extras=True) if is_dataclass(kind) else {}


def _parts(hint: object) -> Iterator[object]:
    """The hint, and what it is made of, but not what is listed in it."""
    yield hint
    if get_origin(hint) is not tuple:
        for each in get_args(hint):
            yield from _parts(each)


def _plain(hint: object) -> Iterator[Any]:
    for each in _parts(hint):
        if isinstance(each, type) or get_origin(each) is tuple:
            yield each


def _forms(hint: object) -> Iterator[str]:
    for each in _parts(hint):
        if isinstance(each, Constraint) and (pattern := each.asked.get("pattern")):
            yield written(str(pattern))


def _bounds(hint: object) -> Iterator[tuple[str, object]]:
    for each in _parts(hint):
        if isinstance(each, Constraint):
            yield from ((sign, each.asked[b]) for b, sign in SIGNS.items() if b in each.asked)


SIGNS: Mapping[str, str] = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
"""How a bound is told, by its name in a schema."""


def _codes(kind: Any) -> Iterator[object]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        yield from kind


def _type(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return "list"
    return _TYPES.get(kind, "object")
