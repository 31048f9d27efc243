"""政策文件 (the source of policy): a table of one kind, read from TOML and checked whole."""

import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")


class PolicyBroken(Exception):
    """A policy file cannot be used. The message names the file, the field and what is wrong."""


class Unfit(ValueError):
    """A table forbids this value of one of its fields. `read` says which file and table it is."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(what)
        self.field = field


def read(path: Path, kind: type[T]) -> T:
    """A table of this kind from a TOML file. Raises PolicyBroken."""
    try:
        plain = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise PolicyBroken(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyBroken(f"{path} is not TOML: {error}") from error
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        key, what = place_of(error)
        raise PolicyBroken(f"{path}: {key}: {what}") from error


_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<key>[^`]*)`)?$", re.DOTALL)
_FIELD = re.compile(r"field `(?P<field>[^`]+)`")


def place_of(error: msgspec.ValidationError) -> tuple[str, str]:
    """The key of the table that is wrong, and what is wrong with it."""
    place = _PLACE.match(str(error))
    assert place is not None
    match error.__cause__:
        case Unfit(field=field):
            what = place["what"]
        case _:
            named = _FIELD.search(place["what"])
            field = named["field"] if named else ""
            what = place["what"][0].lower() + place["what"][1:]
    return ".".join(filter(None, [place["key"], field])), what
