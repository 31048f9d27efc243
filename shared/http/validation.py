"""填写错误 (what is wrong with a body): each complaint of pydantic, in our words, with its mend.

What was sent is left out: it may be personal.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from shared.decider import Number, Reason

PydanticError: TypeAlias = Mapping[str, Any]
"""What pydantic tells of one error; it types the parts of it as Any."""
_Numbers: TypeAlias = Mapping[str, Number]


def complaints(errors: Sequence[PydanticError]) -> Sequence[Reason]:
    """Every complaint once: of a union each member complains of the same."""
    found: dict[tuple[str, str], Reason] = {}
    for each in map(_complaint, errors):
        found.setdefault((each.code, repr(sorted(each.numbers.items()))), each)
    return [*found.values()]


def _complaint(error: PydanticError) -> Reason:
    kind, context = str(error["type"]), error.get("ctx", {})
    code, numbers = _CODES.get(kind) or ("wrong-type", lambda _: {"expected": _expected(kind)})
    named = {"field": ".".join(_path(error["loc"])) or "body", **numbers(context)}
    return Reason(code, MappingProxyType(named))


def _choices(context: PydanticError) -> _Numbers:
    listed = str(context["expected"]).replace(" or ", ", ")
    return {"expected": [each.strip(" '") for each in listed.split(",")]}


def _nothing(_: PydanticError) -> _Numbers:
    return {}


def _bound(sign: str, name: str) -> Callable[[PydanticError], _Numbers]:
    return lambda context: {"expected": f"{sign} {context[name]}"}


_CODES: Mapping[str, tuple[str, Callable[[PydanticError], _Numbers]]] = {
    "missing": ("field-missing", _nothing),
    "missing_argument": ("field-missing", _nothing),
    "missing_keyword_only_argument": ("field-missing", _nothing),
    "unexpected_keyword_argument": ("field-unknown", _nothing),
    "extra_forbidden": ("field-unknown", _nothing),
    "enum": ("not-one-of", _choices),
    "literal_error": ("not-one-of", _choices),
    "string_too_long": ("too-long", lambda context: {"limit": context["max_length"]}),
    "string_too_short": ("too-short", _nothing),
    "string_pattern_mismatch": ("wrong-form", lambda context: {"expected": context["pattern"]}),
    "timezone_aware": ("zone-needed", _nothing),
    "greater_than": ("out-of-range", _bound(">", "gt")),
    "greater_than_equal": ("out-of-range", _bound("≥", "ge")),
    "less_than": ("out-of-range", _bound("<", "lt")),
    "less_than_equal": ("out-of-range", _bound("≤", "le")),
    "too_long": ("too-many", lambda context: {"limit": context["max_length"]}),
    "too_short": ("too-short", _nothing),
    "value_error": ("not-accepted", lambda context: {"expected": str(context["error"])}),
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


def _expected(kind: str) -> str:
    return next((ours for theirs, ours in _TYPES.items() if kind.startswith(theirs)), "object")


def _path(place: Sequence[str | int]) -> Iterator[str]:
    """Where it is, without `body` and without pydantic's names for the members of a union."""
    inside = place[1:] if place and place[0] in ("body", "query", "path", "header") else place
    for step in inside:
        if isinstance(step, int) or step.isidentifier():
            yield str(step)
