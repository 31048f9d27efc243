"""待填 (what is needed): what whoever takes a step still has to say, field by field, with choices.

A step is rehearsed with what the page knows. What only a person knows is no reason against it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_type_hints

from shared.signing import TO_BE_DRAWN
from shared.step import LONG_AGO, WORDS
from shared.texts import Texts

_SHAPES: dict[type[Any], Sequence["Shaped"]] = {}
_NOTHING: Mapping[str, Sequence[object]] = {}
_UNSAID = (WORDS, LONG_AGO, TO_BE_DRAWN)


@dataclass(frozen=True, slots=True)
class Choice:
    """可选: a value that may be chosen."""

    value: object
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Needed:
    """待填: a field that whoever takes the step fills in."""

    field: str
    """Its place in the body, without the numbers of what is listed."""
    zh: str
    en: str
    choices: Sequence[Choice] = ()
    """Its values; empty if it is free."""
    only_for: Sequence[Choice] = ()
    """The values of the choice that ask for it; empty if it is needed whatever is chosen."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """栏目: a field of a body: whether it has to be said, and among which values."""

    name: str
    required: bool
    values: Sequence[object]


def shape(body: type[Any]) -> Sequence[Shaped]:
    """The fields of the class of a body, found out once."""
    if (known := _SHAPES.get(body)) is None:
        known = _SHAPES[body] = _shape(body)
    return known


def _shape(body: type[Any]) -> Sequence[Shaped]:
    hints = get_type_hints(body)
    return [
        Shaped(
            each.name,
            each.default is MISSING and each.default_factory is MISSING,
            tuple(_values(hints[each.name])),
        )
        for each in fields(body)
    ]


def needed(
    kind: type[Any],
    body: object,
    texts: Texts,
    *,
    is_free: bool,
    closed: Sequence[object] = (),
    known: Mapping[str, Sequence[object]] = _NOTHING,
) -> list[Needed]:
    """What is left to say of this body of the kind; `closed`: choices that are refused now.

    `is_free`: the body is an example alone; `known`: by field, what else may be said.
    """
    found: dict[str, Sequence[object]] = {**known}
    for field in shape(kind):
        value = getattr(body, field.name, None)
        if field.required and (is_free or field.values):
            found[field.name] = field.values
        else:
            found |= dict.fromkeys(_unsaid(value, field.name), ())
    return [_needed(name, values, closed, texts) for name, values in found.items()]


def asked_by(asked: Mapping[str, Sequence[object]], texts: Texts) -> Iterator[Needed]:
    """By field, the values of the choice that ask for it: what is needed for these alone."""
    for name, values in asked.items():
        said = texts.label(name)
        yield Needed(name, said.zh, said.en, only_for=_choices(values, texts))


def _needed(name: str, values: Sequence[object], closed: Sequence[object], texts: Texts) -> Needed:
    said = texts.label(name)
    choices = _choices((value for value in values if value not in closed), texts)
    return Needed(name, said.zh, said.en, choices)


def _choices(values: Iterable[object], texts: Texts) -> Sequence[Choice]:
    labels = ((value, texts.label(str(value))) for value in values)
    return [Choice(value, to.zh, to.en) for value, to in labels]


def _unsaid(value: Any, place: str) -> Iterator[str]:
    """The places at which something stands for what a person will say."""
    if any(value == each for each in _UNSAID):
        yield place
    elif isinstance(value, tuple):
        for each in value:
            yield from _unsaid(each, place)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _unsaid(getattr(value, each.name), f"{place}.{each.name}")


def _values(hint: Any) -> Iterator[object]:
    """The values of a class of codes, also where it may be left out."""
    if isinstance(hint, type) and issubclass(hint, Enum):
        yield from hint
    else:
        for each in get_args(hint):
            if isinstance(each, type) and issubclass(each, Enum):
                yield from each
