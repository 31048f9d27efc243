"""角色表 (the cast): who plays, what is entered before, and what people say in each repair."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guiyi.plain import JsonObject
from guiyi.play.people import ONLOOKER, STAFF, Person

TABLES = Path(__file__).with_name("cast.toml")


@dataclass(frozen=True, slots=True)
class Cast:
    """角色表: the people, and the tables of cast.toml."""

    people: Sequence[Person]
    said: JsonObject = field(repr=False)

    def __getitem__(self, name: str) -> Any:  # a table or a list of tables, as cast.toml has it
        return self.said[name]


def cast() -> Cast:
    """The cast as it stands in the file."""
    tables = tomllib.loads(TABLES.read_text("utf-8"))
    return Cast((*STAFF, ONLOOKER), {name: _whole(tables, name) for name in tables})


def _whole(tables: JsonObject, name: str) -> Any:  # as Cast.__getitem__
    """A table with what it does not say itself and the one it is like says, section by section."""
    said = tables[name]
    if not isinstance(said, dict) or "like" not in said:
        return said
    whole = dict(_whole(tables, said["like"]))
    for section, new in said.items():
        old = whole.get(section)
        if isinstance(new, dict) and isinstance(old, dict):
            whole[section] = {**old, **new}
        else:
            whole[section] = new
    return whole
