"""样张 (golden files): one fact of each type and version, as it may stand in a record somewhere.

`make generate` writes the golden file of the version a fact or document has now, every field filled
in, and never touches one that is there: what is checked in has to load for ever.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from shared.events import DocumentEntry, FactEntry
from shared.events.values import PersonalMark, Sealed

FOLDER = Path(__file__).with_name("golden")
SEALED = Sealed("customer-YH-1001", "name", "7Jx3c2VhbGVkIGZvciBnb29k")
PLAIN: Mapping[type, Any] = {
    str: "文字 text 🙏",
    int: 7,
    bool: True,
    date: date(2026, 11, 23),
    datetime: datetime(2026, 11, 23, 2, 30, 15, 250_000, tzinfo=UTC),
}


def file_of(line: FactEntry | DocumentEntry, schema: int) -> Path:
    """Where the golden file of a version stands; a document's name begins in small letters."""
    return FOLDER / f"{line.name}.v{schema}.json"


def sample(hint: Any) -> Any:
    """A value of a type, with nothing left out."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        marked = any(isinstance(mark, PersonalMark) for mark in parts[1:])
        return SEALED if marked else sample(parts[0])
    if isinstance(hint, type):
        return _instance(hint)
    if origin is tuple:
        return (sample(parts[0]),)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"列 column": sample(parts[1])}
    return sample(next(part for part in parts if part is not NoneType))


def _instance(kind: type) -> Any:
    if is_dataclass(kind):
        hints = get_type_hints(kind, include_extras=True)
        return kind(**{item.name: sample(hints[item.name]) for item in fields(kind)})
    return next(iter(kind)) if issubclass(kind, Enum) else PLAIN[kind]


def golden(line: FactEntry | DocumentEntry) -> str:
    """What the golden file of a fact's or document's present version says."""
    plain = msgspec.to_builtins(sample(line.kind))
    return json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
