"""填写错误 (what is wrong with a body): each complaint of pydantic, in our words, with its mend.

What was sent is left out: it may be personal. Only the name of a field that nobody knows is told.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from shared.decider import Number, Reason
from shared.events.values import OfNoForm
from shared.http.body_place import LONGEST_NAME, SIGNS, Place, place
from shared.http.written import written

PydanticError: TypeAlias = Mapping[str, Any]
"""What pydantic tells of one error; it types the parts of it as Any."""
_Numbers: TypeAlias = Mapping[str, Number]
_Complain: TypeAlias = Callable[[PydanticError, Place], _Numbers]
_WHOLE = 200
"""Errors that are looked at in whole. Of more, an answer tells only how many there are."""
_COUNTED = Reason("wrong-type")
"""One of so many that no answer tells it: it only counts."""
_NEAR, _LIKE = 3, 0.6


def complaints(errors: Sequence[PydanticError], hint: object = None) -> Sequence[Reason]:
    """Every complaint once: of a union each member complains of the same.

    `hint`: the type that was asked for, unless each error has its own (`hint`). An error that has
    a `part` is of that part of a path or a query.
    """
    found: dict[object, Reason] = {}
    for error in errors[:_WHOLE]:
        each = _complaint(error, error.get("hint", hint))
        found.setdefault((each.code, repr(sorted(each.numbers.items()))), each)
    found.update((error["loc"], _COUNTED) for error in errors[_WHOLE:])
    return [*found.values()]


def _complaint(error: PydanticError, hint: object) -> Reason:
    kind, at = str(error["type"]), place(hint, error["loc"])
    if kind in _UNKNOWN:
        outer = "" if at.name == "body" else f"{at.name}."
        return unknown_name(outer, str(error["loc"][-1]), at.fields())
    code, numbers = _CODES.get(kind) or ("wrong-type", lambda _, __: {"expected": _type(kind)})
    told = {"field": error.get("part", at.name), **numbers(error.get("ctx", {}), at)}
    return Reason(code, MappingProxyType(told))


def unknown_name(outer: str, name: str, known: Sequence[str]) -> Reason:
    """The name as it was sent, and what it may have been meant to be: one of the known ones."""
    name = name[:LONGEST_NAME]
    near = difflib.get_close_matches(name, known, _NEAR, _LIKE)
    told: _Numbers = {"field": f"{outer}{name}", "expected": near or known}
    return Reason("field-unknown", MappingProxyType(told))


def _choices(context: PydanticError, _: Place) -> _Numbers:
    listed = str(context["expected"]).replace(" or ", ", ")
    return {"expected": [each.strip(" '") for each in listed.split(",")]}


def _missing(_: PydanticError, at: Place) -> _Numbers:
    return {"expected": at.expected()}


def _moment(_: PydanticError, __: Place) -> _Numbers:
    return {"expected": "moment"}


def _written(context: PydanticError, _: Place) -> _Numbers:
    return {"expected": written(context["pattern"])}


def _at_most(unit: str) -> _Complain:
    return lambda context, _: {"limit": context["max_length"], "unit": unit}


def _at_least(unit: str) -> _Complain:
    return lambda context, _: {"limit": context.get("min_length", 1), "unit": unit}


def _out_of_range(context: PydanticError, at: Place) -> _Numbers:
    broken = [f"{sign} {context[name]}" for name, sign in SIGNS.items() if name in context]
    return {"expected": at.bounds() or broken}


def _otherwise(context: PydanticError, _: Place) -> _Numbers:
    error = context["error"]
    return {"expected": error.form if isinstance(error, OfNoForm) else "object"}


_UNKNOWN = frozenset({"unexpected_keyword_argument", "extra_forbidden"})
_CODES: Mapping[str, tuple[str, _Complain]] = {
    "missing": ("field-missing", _missing),
    "missing_argument": ("field-missing", _missing),
    "missing_keyword_only_argument": ("field-missing", _missing),
    "enum": ("not-one-of", _choices),
    "literal_error": ("not-one-of", _choices),
    "string_too_long": ("too-long", _at_most("characters")),
    "string_too_short": ("too-short", _at_least("characters")),
    "string_pattern_mismatch": ("wrong-form", _written),
    "timezone_aware": ("zone-needed", _moment),
    "greater_than": ("out-of-range", _out_of_range),
    "greater_than_equal": ("out-of-range", _out_of_range),
    "less_than": ("out-of-range", _out_of_range),
    "less_than_equal": ("out-of-range", _out_of_range),
    "too_long": ("too-many", _at_most("entries")),
    "too_short": ("too-short", _at_least("entries")),
    "value_error": ("wrong-form", _otherwise),
}

# How pydantic's names of types begin, and what we call them.
_TYPES = {
    "string_": "string",
    "int_": "integer",
    "float_": "number",
    "bool_": "boolean",
    "datetime_": "moment",
    "date_": "date",
    "tuple_": "list",
    "list_": "list",
    "set_": "list",
}


def _type(kind: str) -> str:
    return next((ours for theirs, ours in _TYPES.items() if kind.startswith(theirs)), "object")
