"""The example body of every step of a room, by the path of the step."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.room import Room
from shared.step import Step
from tests.moments import told_at


def real_now() -> datetime:
    """The moment by the clock of the machine."""
    return datetime.now(UTC)


class Examples(Mapping[str, Mapping[str, Any]]):
    """The examples as somebody sends them now: what is told as past is told of this moment."""

    def __init__(self, room: Room, now: Callable[[], datetime]) -> None:
        self._now = now
        self._steps = {
            step.path.removeprefix("/"): step
            for prefix in room.papers
            for step in room.papers[prefix].STEPS
            if isinstance(step, Step)
        }

    def __getitem__(self, path: str) -> Mapping[str, Any]:
        step = self._steps[path]
        found: Mapping[str, Any] = told_at(step.command, dict(step.example), self._now())
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)


def examples_of(room: Room, now: Callable[[], datetime] = real_now) -> Examples:
    """The example of each step, by its path without the first slash. Paths are unique in a room."""
    return Examples(room, now)
