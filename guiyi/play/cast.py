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
    return Cast((*STAFF, ONLOOKER), tomllib.loads(TABLES.read_text("utf-8")))
