"""The example body of every step of a room, by the path of the step."""

from collections.abc import Mapping
from typing import Any

from shared.room import Room
from shared.step import Step


def examples_of(room: Room) -> Mapping[str, Mapping[str, Any]]:
    """The example of each step, by its path without the first slash. Paths are unique in a room."""
    found: dict[str, Mapping[str, Any]] = {}
    for prefix in room.papers:
        for step in room.papers[prefix].STEPS:
            if isinstance(step, Step):
                found[step.path.removeprefix("/")] = step.example
    return found
