"""The examples of the interface: the body that each step of a room shows, by its path."""

from collections.abc import Mapping
from typing import Any

from shared.room import Room
from shared.step import Step


def examples_of(room: Room) -> Mapping[str, Mapping[str, Any]]:
    """The example of each step, by its path without the first slash; unique within a room."""
    found: dict[str, Mapping[str, Any]] = {}
    for prefix in room.papers:
        for step in room.papers[prefix].STEPS:
            if isinstance(step, Step):
                found[step.path.removeprefix("/")] = step.example
    return found
