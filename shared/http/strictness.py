"""严格 (strictness): what the wire takes for a value of a kind, wherever the kind occurs.

Pydantic alone takes a number for a date, `yes` for true and a text without a visible sign for a
name. Here the schema of a parameter or a body is made stricter, kind by kind, so that no class of a
paper needs to say it.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeAlias, cast

from pydantic import TypeAdapter
from pydantic_core import CoreSchema, PydanticCustomError, SchemaValidator

from shared.events.values import NAMES

FIRST, LAST = 1900, 2199
"""The years of the days that are taken. Those of moments their type says."""
MOST_INT = 2**53 - 1
"""The largest number that every reader of JSON reads as it was written."""
LONGEST_TEXT, LONGEST_PART = 4000, 200
"""Characters of a text of a body, and of a part of a path or a query, unless its type says so."""

Schema: TypeAlias = Mapping[str, Any]
"""A core schema, or a part of one: pydantic types the parts as Any."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_WHOLE = re.compile(r"-?\d{1,40}", re.ASCII)
FLAGS = {"true": True, "1": True, "false": False, "0": False}
"""How a part of a query says yes and no."""
_NO_SCHEMAS = frozenset(
    {"metadata", "serialization", "config", "default", "cls", "function", "ref", "expected"}
)
"""Members of a core schema in which no schema stands."""
_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"})
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs without a shape."""


def is_visible(text: str) -> bool:
    """Whether a reader sees anything of the text."""
    return any(
        unicodedata.category(each) not in _INVISIBLE and each not in _FILLERS for each in text
    )


def validator(adapter: TypeAdapter[object], *, is_text: bool) -> SchemaValidator:
    """What checks values of the type; `is_text`: they come as parts of a path or a query.

    Raises TypeError for a list of any length, and for a kind that the wire does not have.
    """
    return SchemaValidator(cast("CoreSchema", _strict(adapter.core_schema, is_text=is_text)))


def _strict(part: Any, *, is_text: bool) -> Any:
    """The part with every schema in it made stricter."""
    if isinstance(part, list | tuple):
        return type(part)(_strict(each, is_text=is_text) for each in part)
    if not isinstance(part, dict):
        return part
    inner = {
        name: each if name in _NO_SCHEMAS else _strict(each, is_text=is_text)
        for name, each in part.items()
    }
    kind = inner.get("type")
    if kind in _UNKNOWN or (kind in _LISTS and "max_length" not in inner):
        raise TypeError(f"the wire takes no {kind} such as this: {inner}")
    stricter = _BY_KIND.get(kind) if isinstance(kind, str) else None
    return stricter(inner, is_text) if stricter else inner


def _bool(schema: Schema, is_text: bool) -> Schema:
    flag = {**schema, "strict": True}
    return _before(_flag, flag) if is_text else flag


def _int(schema: Schema, is_text: bool) -> Schema:
    whole = {"ge": -MOST_INT, "le": MOST_INT, **schema, "strict": True}
    return _before(_number, whole) if is_text else whole


def _date(schema: Schema, _: bool) -> Schema:
    return _before(_day, {"ge": date(FIRST, 1, 1), "le": date(LAST, 12, 31), **schema})


def _datetime(schema: Schema, _: bool) -> Schema:
    return _before(_moment, schema)


def _str(schema: Schema, is_text: bool) -> Schema:
    longest = {} if "pattern" in schema else {"max_length": _LONGEST[is_text]}
    text = {**longest, **schema}
    if is_text:
        return text
    return _after(_named if schema.get("metadata", {}).get(NAMES) else _said, text)


_BY_KIND: Mapping[str, Callable[[Schema, bool], Schema]] = {
    "bool": _bool,
    "int": _int,
    "date": _date,
    "datetime": _datetime,
    "str": _str,
}
_LISTS = frozenset({"list", "set", "frozenset", "dict", "tuple", "bytes"})
_UNKNOWN = frozenset({"float", "decimal", "time", "timedelta", "any", "generator"})
_LONGEST = {False: LONGEST_TEXT, True: LONGEST_PART}


def _before(check: Callable[[object], object], schema: Schema) -> Schema:
    told = {"type": "no-info", "function": check}
    return {"type": "function-before", "function": told, "schema": schema}


def _after(check: Callable[[Any], object], schema: Schema) -> Schema:
    told = {"type": "no-info", "function": check}
    return {"type": "function-after", "function": told, "schema": schema}


def _flag(value: object) -> object:
    return FLAGS.get(value, value) if isinstance(value, str) else value


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value


def _day(value: object) -> object:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("date_type", "a day is written 2026-11-23")
    return value


def _moment(value: object) -> object:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise PydanticCustomError("datetime_type", "a moment is written 2026-11-23T09:30:00+08:00")
    return value


def _named(name: str) -> str:
    if name and not is_visible(name):
        raise _nothing_seen()
    return name


def _said(text: str) -> str:
    """As a name, but a note may be nothing but the output of a machine."""
    if text and not is_visible(text) and not any(each < " " for each in text):
        raise _nothing_seen()
    return text


def _nothing_seen() -> PydanticCustomError:
    return PydanticCustomError("string_too_short", "nothing is seen of it")
